"""Chance that depends on names only: every stream throws its own dice, so sites and days do not disturb one another."""

from math import ceil
from random import Random
from typing import TypeVar

from data.times import SECOND

T = TypeVar("T")


def dice(*parts: object) -> Random:
    """Dice seeded by the text of `parts`; `Random` hashes text with SHA-512, the same on every machine."""
    return Random("/".join(map(str, parts)))  # noqa: S311


def wobble(rng: Random, width: float) -> float:
    """Noise around 0 with standard deviation about `width` / 2.4: a triangle, a tenth of the cost of a normal."""
    return (rng.random() + rng.random() - 1.0) * width


def between(rng: Random, low: float, high: float) -> int:
    """A whole number of milliseconds, in microseconds, from a range of seconds."""
    return int((low + (high - low) * rng.random()) * 1000) * (SECOND // 1000)


class Deck:
    """Draws from a shuffled deck with as many cards of each name as its weight (rounded up), dealt again when empty.

    Every name comes up before one comes up far too often, so that a short recording has something of all.
    """

    def __init__(self, rng: Random, weights: dict[str, float]) -> None:
        self._rng, self._weights = rng, weights
        self._cards: list[str] = []

    def draw(self) -> str:
        if not self._cards:
            self._cards = [name for name, weight in self._weights.items() for _ in range(ceil(weight))]
            self._rng.shuffle(self._cards)
        return self._cards.pop()


def pick(rng: Random, weights: dict[T, float]) -> T:
    """One key of `weights`, as likely as its weight; the order of the dictionary counts, so keep it fixed."""
    at = rng.random() * sum(weights.values())
    for key, weight in weights.items():
        at -= weight
        if at < 0:
            return key
    return key
