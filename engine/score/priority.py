"""Priority of an alert or item, 0-100: how much it matters that somebody looks now.

The nine features are those of the original system (original-system.md §3.3), with two that it knew and left out: how
critical the site is, and how many alerts stand together. Its formula weighed seven of the nine; here the *blast
radius* (sites and alerts that are hit) and the *usual time to repair* count too, and severity is the heaviest, so that
nothing common outweighs something grave. It never falls when severity or the client's tier rises.

`Ranker` is the socket of a learned model: it is given the same vector, which is kept with every record that was ranked
(`Alert.features`), so that what is learned from is what was seen.
"""

from math import log2
from operator import mul
from typing import Final, Protocol

import msgspec

TIERS: Final = {"VIP": 5, "PREMIUM": 4, "STANDARD": 3, "BASIC": 1}
UNKNOWN_TIER, UNKNOWN_CRITICALITY = 3, 3
WEIGHTS: Final = (40, 15, 15, 8, 5, 4, 4, 3, 3, 3)  # in the order of `_parts`
USUAL_IMPACT, USUAL_RESOLUTION = 30, 60  # minutes, where nothing is known of the type yet


class Features(msgspec.Struct, frozen=True, array_like=True):
    """What is known when an item is ranked, all whole numbers; kept in this order."""

    severity: int  # 1-5
    tier: int = UNKNOWN_TIER  # of the client, 1-5
    sites: int = 1  # sites that are hit
    impact: int = USUAL_IMPACT  # minutes: mean length of the newest alerts of the type, at most 100 of 30 days
    resolution: int = USUAL_RESOLUTION  # minutes: mean length of all of 90 days
    recurrence: int = 0  # alerts of the type within a day
    workload: int = 0  # other alerts that fire at the site
    business: int = 0  # 1 from 08 to 18 o'clock at the site
    on_call: int = 0  # 1 if somebody is on call, or in charge of the site
    criticality: int = UNKNOWN_CRITICALITY  # of the site, 1-5
    members: int = 1  # alerts that stand together


class Factor(msgspec.Struct, frozen=True):
    """What one feature adds: `points` of at most `most`."""

    name: str
    words: str
    points: float
    most: int


class Ranker(Protocol):
    """Ranks by features. Must be a pure function of them."""

    name: str

    def score(self, seen: Features) -> float:
        """0-100; what lies outside is cut off."""

    def factors(self, seen: Features) -> list[Factor]:
        """What the score is made of, heaviest first."""


class Formula:
    """The corrected formula: a weighted sum; the weights add up to 100."""

    name = "formula"

    def score(self, seen: Features) -> float:
        return float(sum(map(mul, WEIGHTS, _parts(seen))))

    def factors(self, seen: Features) -> list[Factor]:
        named = zip(_words(seen), WEIGHTS, _parts(seen), strict=True)
        found = [Factor(name, words, weight * part, weight) for (name, words), weight, part in named]
        return sorted(found, key=lambda factor: -factor.points)


def priority(seen: Features, ranker: Ranker) -> int:
    """0-100, rounded down."""
    return int(max(0.0, min(100.0, ranker.score(seen) + 1e-9)))


def read(kept: tuple[int, ...] | list[int]) -> Features | None:
    """The features as they were kept with a record; None where there are none."""
    return Features(*kept[: len(Features.__struct_fields__)]) if kept else None


def _parts(seen: Features) -> tuple[float, ...]:
    """Each 0-1, in the order of `WEIGHTS`."""
    return (
        seen.severity / 5,
        seen.tier / 5,
        _blast(seen),
        min(1.0, seen.impact / 240),
        seen.criticality / 5,
        min(1.0, seen.resolution / 240),
        min(1.0, seen.workload / 20),
        min(1.0, seen.recurrence / 50),
        seen.business,
        seen.on_call,
    )


def _blast(seen: Features) -> float:
    """Half by sites (5 are as many as it gets), half by alerts (64)."""
    sites = min(1.0, max(0, seen.sites - 1) / 4)
    return sites / 2 + min(1.0, log2(max(1, seen.members)) / 6) / 2


def _words(seen: Features) -> tuple[tuple[str, str], ...]:
    return (
        ("severity", f"severity {seen.severity} of 5"),
        ("client", f"client's tier {seen.tier} of 5"),
        ("blast radius", f"{_many(seen.members, 'alert')} at {_many(seen.sites, 'site')}"),
        ("impact", f"such alerts last {seen.impact} min lately"),
        ("site", f"criticality {seen.criticality} of 5"),
        ("repair", f"{seen.resolution} min is usual over 90 days"),
        ("workload", f"{_many(seen.workload, 'other alert')} at the site"),
        ("recurrence", f"{seen.recurrence} of its type within a day"),
        ("hours", "within office hours" if seen.business else "outside office hours"),
        ("on call", "somebody can act now" if seen.on_call else "nobody is on call"),
    )


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
