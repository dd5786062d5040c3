"""Priority of an alert or item, 0-100: how much it matters that somebody looks now.

A weighted sum of what is known at that moment, the corrected form of the original's fallback (original-system.md
§3.3: the blast radius counts, slowness of repair does not). It never falls when severity or the client's tier rises.
"""

from math import log2

import msgspec

TIERS = {"VIP": 5, "PREMIUM": 4, "STANDARD": 3, "BASIC": 1}
UNKNOWN_TIER = 3
UNKNOWN_CRITICALITY = 3

_SEVERITY, _TIER, _CRITICALITY, _BLAST, _SITES = 50, 15, 10, 15, 10


class Standing(msgspec.Struct, frozen=True):
    """What is known: severity 1-5, tier of the client 1-5, criticality of the site 1-5, alerts and sites affected."""

    severity: int
    tier: int = UNKNOWN_TIER
    criticality: int = UNKNOWN_CRITICALITY
    members: int = 1
    sites: int = 1


def priority(standing: Standing) -> int:
    """0-100, rounded down."""
    return int(sum(_points(standing)))


def _points(standing: Standing) -> tuple[float, float, float, float, float]:
    blast = min(1.0, log2(max(1, standing.members)) / 6)  # 64 alerts are as many as it gets
    spread = min(1.0, max(0, standing.sites - 1) / 4)
    return (
        _SEVERITY * standing.severity / 5,
        _TIER * standing.tier / 5,
        _CRITICALITY * standing.criticality / 5,
        _BLAST * blast,
        _SITES * spread,
    )
