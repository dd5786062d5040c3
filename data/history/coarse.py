"""Buckets into hours and days. A day is the calendar day of a place: 23 or 25 hours where clocks are changed."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from data.history.columns import Buckets, Whole
from data.history.fold import merged
from data.times import DAY, HOUR, SECOND, from_datetime, to_datetime

_FIRST: Final = from_datetime(datetime(2, 1, 1, tzinfo=UTC))
_LAST: Final = from_datetime(datetime(9999, 1, 1, tzinfo=UTC))


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


def day_ends(buckets: Buckets, zones: dict[int, str]) -> Whole:
    """When the day ends in which each of the buckets begins; `zones` by series, UTC where it is not told."""
    found = np.zeros(len(buckets), np.int64)
    for number in np.unique(buckets.series).tolist():
        mine = buckets.series == number
        zone = zones.get(number, "UTC")
        starts, place = np.unique(day_starts(buckets.start[mine], zone), return_inverse=True)
        found[mine] = np.array([day_of(start, zone)[1] for start in starts.tolist()], np.int64)[place]
    return found


def is_zone(name: str) -> bool:
    """Whether that is the name of a time zone."""
    return _zone(name) is not None


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
