"""Fraud by the rules: evidence of several kinds becomes one score and one calibrated probability.

The rules answer until a model does; a model that is trained takes their place behind the same `Scorer`. The numbers
(`WEIGHTS`, `_CURVE`, `Borders`) were chosen once, on simulated worlds of the seeds 101 and 102, plain and hard, and
hold for all data. The score all but separates these worlds (a free logistic fit gives shift 1.9 and slope 2.8; one
honest check-in of 4,500 scores above 0.2), so the curve is kept flatter than they ask for: real operations are not so
clear.
"""

from collections.abc import Mapping, Sequence
from math import exp, log
from typing import Protocol

import msgspec

LEVELS = ("MINIMAL", "LOW", "MEDIUM", "HIGH", "CRITICAL")

# How much certain evidence of one kind says about fraud by itself. Being late or absent is no fraud; a check-in off the
# plan is often a planner's mistake.
WEIGHTS: Mapping[str, float] = {
    "WRONG_PERSON": 0.9,
    "UNAUTHORIZED_SITE": 0.9,
    "IMPOSSIBLE_SHIFTS": 0.95,
    "OVERTIME_VIOLATION": 0.9,
    "BUDDY_PUNCHING": 0.95,
    "GPS_SPOOFING": 0.95,
    "GEOFENCE_VIOLATION": 0.95,
    "BIOMETRIC_ANOMALY": 0.95,
    "PHOTO_ANOMALY": 0.95,
    "SCHEDULE_MISMATCH": 0.8,
    "GHOST_GUARD": 0.95,
    "LATE_ARRIVAL": 0.02,
}
_CURVE = (1.0, 1.5)  # logit of the probability = a + b * logit of the score
_LEAST = 0.002  # what is never less than possible


class Estimate(msgspec.Struct, frozen=True):
    """Probability of fraud 0-1, the bounds of its interval, and up to which probability each level reaches.

    `low` 0 and `high` 1: nothing is known of how sure it is."""

    probability: float
    level: str
    low: float = 0.0
    high: float = 1.0


class Scorer(Protocol):
    """What answers "is this fraud". `version` is None for the rules. Pure: the same vector, the same answer."""

    version: str | None

    def estimate(self, vector: Sequence[float | None], score: float) -> Estimate:
        """`vector` as `engine.score.fraud_features.NAMES` names it, `score` the rules' own."""
        ...


class Borders(msgspec.Struct, frozen=True):
    """Probabilities at which the levels above MINIMAL begin. HIGH begins where on past labelled data at most 5 of
    1,000 honest check-ins reach it."""

    low: float = 0.05
    medium: float = 0.25
    high: float = 0.6
    critical: float = 0.95

    def level(self, probability: float) -> str:
        borders = (self.low, self.medium, self.high, self.critical)
        return LEVELS[sum(probability >= border for border in borders)]


class Rules:
    """The scorer that needs no training."""

    version: str | None = None

    def __init__(self, borders: Borders | None = None) -> None:
        self.borders = borders or Borders()

    def estimate(self, vector: Sequence[float | None], score: float) -> Estimate:  # noqa: ARG002 - the score says it all
        chance = calibrated(score)
        return Estimate(round(chance, 6), self.borders.level(chance))


def combined(evidence: Mapping[str, float]) -> float:
    """The rules' score 0-1 of confidences by type: noisy or of what each kind of evidence, so sure, says by itself."""
    none = 1.0
    for kind, sure in evidence.items():
        none *= 1.0 - WEIGHTS.get(kind, 0.0) * sure
    return 1.0 - none


def calibrated(score: float) -> float:
    """The probability of fraud that a score stands for."""
    score = min(1 - 1e-6, max(_LEAST, score))
    shift, slope = _CURVE
    return 1.0 / (1.0 + exp(-(shift + slope * log(score / (1.0 - score)))))
