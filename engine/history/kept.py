"""What is kept of one metric: its series, and their buckets out of all tiers, stitched.

Five minutes, hours and days are kept for ever longer times. A moment is told by one tier: where hours are kept, samples
that came late for them are added to their hour. Hours end at local midnight where that lies inside them, so that the
days of a place with half an hour in its zone are exact too.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Final, NamedTuple

import numpy as np

from data.history import Buckets, merged, unpack
from data.history.coarse import coarser, day_ends, is_zone
from data.history.columns import ALL, empty
from data.records.metric import MetricBlock, MetricSeries
from data.store import Reader
from data.times import DAY
from engine.registry import Registry

FIVE: Final = 300
TIERS: Final = (300, 3600, 86400)  # seconds; a day is the calendar day of the site


class Known(NamedTuple):
    """A series, with the place it is at now."""

    number: int
    name: str
    entity: str | None
    site: str | None
    client: str | None
    labels: dict[str, str]
    unit: str | None
    zone: str


class Waiting(NamedTuple):
    """What is not written down yet: the series of a name, and their five-minute buckets. The store may be behind, where
    the newest blocks (`fresh`) are not committed yet, or ahead, where some are newer than this: those from number
    `before` on."""

    series: list[MetricSeries]
    buckets: Buckets
    fresh: tuple[MetricBlock, ...] = ()
    before: int = 1 << 62


NOTHING: Final = Waiting([], empty())


def series_of(reader: Reader, registry: Registry, tenant: str, name: str, waiting: Waiting, zone: str) -> list[Known]:
    """Every series of a name, in order of what it is about; `zone` is that of places without one."""
    rows = {row.number: row for row in (*reader.metric_series(tenant, name), *waiting.series)}
    found = []
    places: dict[str | None, tuple[str | None, str]] = {}  # client and zone of each site
    for row in rows.values():
        site = row.site or registry.site_of(row.entity)
        known = places.get(site)
        if known is None:
            known = places[site] = registry.client_of(site), zone_of(registry, site, zone)
        found.append(Known(row.number, name, row.entity, site, known[0], row.labels, row.unit, known[1]))
    return sorted(found, key=lambda one: (one.site or "", one.entity or "", sorted(one.labels.items())))


def zone_of(registry: Registry, site: str | None, zone: str) -> str:
    """The time zone of a site; `zone` where it tells none, UTC for what has no site."""
    place = registry.of("site", site)
    told = place.attributes.get("timezone") if place is not None else None
    return told if isinstance(told, str) and is_zone(told) else zone if site else "UTC"


def tiers(
    reader: Reader, tenant: str, name: str, series: Collection[Known], since: int, until: int, waiting: Waiting,
    have: frozenset[str] = ALL,
) -> dict[int, Buckets]:  # fmt: skip
    """Buckets of these series by the length of their tier, from `since` less a day on, until `until` and a day more;
    each moment in one tier. `have` are the figures that are read."""
    wanted = np.array(sorted(one.number for one in series), np.int64)
    zones = {one.number: one.zone for one in series}
    since, until = since - DAY, until + DAY
    read: dict[int, list[Buckets]] = {tier: [] for tier in TIERS}
    borders = {}
    with reader.still():
        every = {tier: list(reader.metric_blocks(tenant, name, tier, since, until)) for tier in TIERS}
    for tier in TIERS:
        blocks = [one for one in every[tier] if one.number < waiting.before]
        if tier == FIVE:
            there = {one.number for one in blocks}
            blocks += [one for one in waiting.fresh if one.number not in there]
        read[tier] = [within(unpack(block.packed, have, wanted), since, until) for block in blocks]
        borders[tier] = max((block.until for block in blocks), default=0)
    fresh = waiting.buckets.pick(np.isin(waiting.buckets.series, wanted)).less(have)
    fine = merged([*read[FIVE], within(fresh, since, until)])
    old = fine.start < borders[3600] if len(fine) else np.zeros(0, bool)
    hours = merged([*read[3600], coarser(fine.pick(old), 3600, zones)])
    gone = day_ends(hours, zones) <= borders[86400]
    days = merged([*read[86400], coarser(hours.pick(gone), 86400, zones)])
    return {FIVE: fine.pick(~old), 3600: hours.pick(~gone), 86400: days}


def within(buckets: Buckets, since: int, until: int) -> Buckets:
    """Those that begin in the span."""
    inside = (buckets.start >= since) & (buckets.start < until)
    return buckets if inside.all() else buckets.pick(inside)


def names(reader: Reader, tenant: str, waiting: Callable[[], Iterable[str]]) -> list[str]:
    """Every metric there ever was."""
    return sorted({row.name for row in reader.metric_series(tenant)} | set(waiting()))
