"""What is kept of one metric: its series, and their buckets out of all tiers, stitched.

Five minutes, hours and days are kept for ever longer times. A moment is told by one tier: where hours are kept, samples
that came late for them are added to their hour. Hours end at local midnight where that lies inside them, so that the
days of a place with half an hour in its zone are exact too.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from data.history import Buckets, merged, unpack
from data.history.columns import empty
from data.records.metric import MetricBlock, MetricSeries
from data.store import Reader
from data.times import DAY, HOUR, SECOND, from_datetime, to_datetime
from engine.registry import Registry

FIVE: Final = 300
_FIRST: Final = from_datetime(datetime(2, 1, 1, tzinfo=UTC))
_LAST: Final = from_datetime(datetime(9999, 1, 1, tzinfo=UTC))
TIERS: Final = (300, 3600, 86400)  # seconds; a day is the calendar day of the site

Whole = NDArray[np.int64]


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
    for row in rows.values():
        site = row.site or registry.site_of(row.entity)
        place = registry.of("site", site)
        told = place.attributes.get("timezone") if place is not None else None
        own = told if isinstance(told, str) and _zone(told) is not None else zone if site else "UTC"
        client = registry.client_of(site)
        found.append(Known(row.number, name, row.entity, site, client, row.labels, row.unit, own))
    return sorted(found, key=lambda one: (one.site or "", one.entity or "", sorted(one.labels.items())))


def tiers(
    reader: Reader, tenant: str, name: str, series: Collection[Known], since: int, until: int, waiting: Waiting
) -> dict[int, Buckets]:
    """Buckets of these series by the length of their tier, from `since` less a day on, until `until` and a day more;
    each moment in one tier."""
    wanted = np.array(sorted(one.number for one in series), np.int64)
    zones = {one.number: one.zone for one in series}
    since, until = since - DAY, until + DAY
    read: dict[int, list[Buckets]] = {tier: [] for tier in TIERS}
    borders = {}
    for tier in TIERS:
        blocks = [one for one in reader.metric_blocks(tenant, name, tier, since, until) if one.number < waiting.before]
        if tier == FIVE:
            there = {one.number for one in blocks}
            blocks += [one for one in waiting.fresh if one.number not in there]
        read[tier] = [_some(unpack(block.packed), wanted, since, until) for block in blocks]
        borders[tier] = max((block.until for block in blocks), default=0)
    read[FIVE].append(_some(waiting.buckets, wanted, since, until))
    fine = merged(read[FIVE])
    old = fine.start < borders[3600] if len(fine) else np.zeros(0, bool)
    hours = merged([*read[3600], coarser(fine.pick(old), 3600, zones)])
    gone = hours.start < borders[86400] if len(hours) else np.zeros(0, bool)
    days = merged([*read[86400], coarser(hours.pick(gone), 86400, zones)])
    return {FIVE: fine.pick(~old), 3600: hours.pick(~gone), 86400: days}


def _some(buckets: Buckets, wanted: Whole, since: int, until: int) -> Buckets:
    inside = np.isin(buckets.series, wanted) & (buckets.start >= since) & (buckets.start < until)
    return buckets if inside.all() else buckets.pick(inside)


def coarser(buckets: Buckets, tier: int, zones: dict[int, str], *, whole_hours: bool = False) -> Buckets:
    """The same in hours or days. `whole_hours` joins what lies on both sides of a midnight inside an hour, as it is
    shown; kept are the two sides."""
    if not len(buckets):
        return buckets
    days = np.zeros(len(buckets), np.int64)
    if tier == 86400 or not whole_hours:
        for number in np.unique(buckets.series).tolist():
            mine = buckets.series == number
            days[mine] = day_starts(buckets.start[mine], zones.get(number, "UTC"))
    if tier == 86400:
        return merged([buckets], days)
    hours = buckets.start - buckets.start % HOUR
    return merged([buckets], hours if whole_hours else np.maximum(hours, days))


def day_starts(starts: Whole, zone: str) -> Whole:
    """The local midnight at or before each moment."""
    if zone == "UTC":
        return starts - starts % DAY
    quarter = 15 * 60 * SECOND  # no zone changes its day within one
    slots, place = np.unique(starts - starts % quarter, return_inverse=True)
    return np.array([day_of(slot, zone)[0] for slot in slots.tolist()], np.int64)[place]


@lru_cache(100_000)
def day_of(time: int, zone: str) -> tuple[int, int]:
    """(start, end) of the calendar day of a moment: 23 or 25 hours where clocks are changed."""
    if not _FIRST <= time < _LAST:  # at the ends of the calendar there is no day before or after
        return time - time % DAY, time - time % DAY + DAY
    local = to_datetime(time).astimezone(_zone(zone) or ZoneInfo("UTC"))
    midnight = datetime(local.year, local.month, local.day, tzinfo=local.tzinfo)
    following = midnight.date() + timedelta(days=1)
    end = datetime(following.year, following.month, following.day, tzinfo=local.tzinfo)
    return from_datetime(midnight), from_datetime(end)


@lru_cache(1_000)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def ends(starts: Iterable[int], tier: int, zone: str) -> list[int]:
    """When the buckets that begin at `starts` end."""
    if tier == 86400:
        return [day_of(start, zone)[1] for start in starts]
    return [start - start % (tier * SECOND) + tier * SECOND for start in starts]


def names(reader: Reader, tenant: str, waiting: Callable[[], Iterable[str]]) -> list[str]:
    """Every metric there ever was."""
    return sorted({row.name for row in reader.metric_series(tenant)} | set(waiting()))
