"""Chance that depends on names only: every stream throws its own dice, so sites and days do not disturb one another."""

from random import Random
from typing import TypeVar

from data.times import SECOND

T = TypeVar("T")


def dice(*parts: object) -> Random:
    """Dice seeded by the text of `parts`; `Random` hashes text with SHA-512, the same on every machine."""
    return Random("/".join(map(str, parts)))  # noqa: S311 - a simulation, not a secret


def wobble(rng: Random, width: float) -> float:
    """Noise around 0 with standard deviation about `width` / 2.4: a triangle, a tenth of the cost of a normal."""
    return (rng.random() + rng.random() - 1.0) * width


def between(rng: Random, low: float, high: float) -> int:
    """A whole number of milliseconds, in microseconds, from a range of seconds."""
    return int((low + (high - low) * rng.random()) * 1000) * (SECOND // 1000)


def pick(rng: Random, weights: dict[T, float]) -> T:
    """One key of `weights`, as likely as its weight; the order of the dictionary counts, so keep it fixed."""
    at = rng.random() * sum(weights.values())
    for key, weight in weights.items():
        at -= weight
        if at < 0:
            return key
    return key
