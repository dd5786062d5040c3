"""Fraud by a model: what people have judged teaches it, and it takes the rules' place when it goes live.

Labels are verdicts only: those on the check-in itself, else those on its anomalies. A check-in that nobody judged says
nothing, least of all that it was honest. The vectors are those that were stored with the rows.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from data.records.fraud import FraudScore
from engine.models.scorer import Scorer
from engine.models.spec import ModelSpec, Refused, Rows
from engine.score.fraud import WEIGHTS, Borders, Estimate, calibrated
from engine.score.fraud_features import EVIDENCE, NAMES

KIND: Final = "fraud"
ITSELF: Final = ""  # in `FraudScore.judged`: the verdict on the check-in, not on one of its anomalies
HIGHEST: Final = 0.9  # probability above which HIGH never begins
GRAVE: Final = 0.5  # kinds of evidence that weigh less are no fraud, also when they are confirmed
SPEC: Final = ModelSpec(
    name=KIND,
    outcome="the check-in was fraud, as people have judged",
    trivial="outside_m",
    per_entity=1,
    depth=3,
    trees=100,
    signs={
        **dict.fromkeys(EVIDENCE, 1), "rules_score": 1, "outside_m": 1, "gps_drift_meters": 1, "photo_manipulation": 1,
        "photo_authenticity": -1, "face_liveness": -1, "face_recognition_confidence": -1, "face_below_usual": 1,
        "photo_away_m": 1, "biometric_mismatch_count_30d": 1, "confirmed_before_90d": 1,
    },
    words={
        "rules_score": "the rules score it {percent}",
        "outside_m": "it was {value} m beyond the fence of the site (below zero: inside)",
        "gps_drift_meters": "it was {value} m from the middle of the site",
        "gps_accuracy_m": "its position was said to be right within {value} m",
        "location_consistency_score": "earlier check-ins there lay together by {value} of 1",
        "check_in_frequency_zscore": "it checks in {value} deviations more often than others there",
        "late_arrival_rate": "{percent} of the arrivals in 30 days were late",
        "weekend_work_frequency": "{percent} of the check-ins in 90 days were on weekends",
        "face_recognition_confidence": "the face matched by {percent}",
        "face_liveness": "the face looked alive by {percent}",
        "face_below_usual": "the face matched {value} less than this person's usually does",
        "biometric_mismatch_count_30d": "{count} verifications of this person failed in 30 days",
        "time_since_last_event": "{value} seconds since the last check-in or check-out",
        "photo_authenticity": "the photo looked genuine by {percent}",
        "photo_manipulation": "the photo looked changed by {percent}",
        "photo_away_m": "the photo was taken {value} m away",
        "minutes_after_start": "it was {minutes} after the start of the shift",
        "on_plan": "there was {yes:a shift|no shift} of this person then",
        "at_home": "it is {yes:the person's own|not the person's own} site",
        "hours_worked": "{value} hours worked without a rest before",
        "confirmed_before_90d": "{count} check-ins of this person were judged fraud in 90 days",
        "hour_of_day": "of the hour, {count} o'clock",
        "day_of_week": "of the day of the week",
        "is_weekend": "it was {yes:a weekend|no weekend}",
        "is_holiday": "it was {yes:a holiday|no holiday}",
        "evidence_*": "{name} is {percent} sure",
    },
)  # fmt: skip


class Model:
    """A version at work behind the socket of the rules."""

    def __init__(self, scorer: Scorer, borders: Borders | None = None) -> None:
        self.scorer = scorer
        self.version: str | None = scorer.version
        self.borders = borders or borders_of(scorer)

    def estimate(self, vector: Sequence[float | None], score: float) -> Estimate:  # noqa: ARG002 - the vector has it
        chance = self.scorer.one(NAMES, plain(vector))
        low, high = self.scorer.bounds(chance)
        return Estimate(round(chance, 6), self.borders.level(chance), round(low, 6), round(high, 6))


def borders_of(scorer: Scorer) -> Borders:
    """HIGH begins where at most 5 of 1,000 honest check-ins came on the rows that judged the version, but not below
    the rules' own border; nor above `HIGHEST`, since some that were called honest by mistake are fraud."""
    usual = Borders()
    high = min(HIGHEST, max(usual.high, scorer.about.seldom))
    return Borders(usual.low, usual.medium, high, max(usual.critical, high))


def plain(vector: Sequence[float | None]) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    """As trees read it: NaN for what is not known, also for features that were added later."""
    row = np.full(len(NAMES), np.nan, np.float32)
    row[: len(vector)] = [np.nan if value is None else value for value in vector]
    return row


def label(row: FraudScore, until: int) -> float:
    """1 fraud, 0 honest, NaN where nobody said so before `until`. The newest verdict on the check-in counts; without
    one, a confirmed anomaly of a grave kind makes it fraud, and false ones alone make it honest."""
    told = {kind: fraud for kind, (fraud, time) in row.judged.items() if time < until}
    if ITSELF in told:
        return float(told[ITSELF])
    grave = [fraud for kind, fraud in told.items() if WEIGHTS.get(kind, 0.0) >= GRAVE]
    return float(any(grave)) if grave else float("nan")


def fraud_rows(rows: Iterable[FraudScore], tenant: str, until: int) -> Rows:
    """What the verdicts teach. A row that later evidence changed from `until` on is left out: its vector would tell
    of the future. Raises Refused where there are none."""
    found = [
        (row, said) for row in rows
        if row.tenant == tenant and row.time < until and row.decided_at < until and "late" not in row.evidence
        and (said := label(row, until)) == said
    ]  # fmt: skip
    if not found:
        raise Refused("nobody has judged a check-in before that time; verdicts are what fraud is learned from")
    matrix = np.array([plain(row.vector) for row, _ in found], np.float32)
    return Rows(
        list(NAMES), matrix, np.array([said for _, said in found]), np.array([row.time for row, _ in found], np.int64),
        np.arange(len(found), dtype=np.int64), np.array([calibrated(row.score) for row, _ in found]),
    )  # fmt: skip
