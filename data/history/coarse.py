"""Buckets into hours and days. A day is the calendar day of a place: 23 or 25 hours where clocks are changed."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from data.history.columns import Buckets, Whole
from data.history.fold import merged
from data.times import DAY, HOUR, SECOND, from_datetime, to_datetime

_FIRST: Final = from_datetime(datetime(2, 1, 1, tzinfo=UTC))
_LAST: Final = from_datetime(datetime(9999, 1, 1, tzinfo=UTC))


class Zoned(dict[int, str]):
    """Zones by series, which are found for many at once. Only of these series is it asked."""

    def __init__(self, zones: Mapping[int, str]) -> None:
        super().__init__(zones)
        self.names = sorted(set(self.values()))
        place = {name: code for code, name in enumerate(self.names)}
        self._numbers = np.array(sorted(self), np.int64)
        self._codes = np.array([place[self[number]] for number in self._numbers.tolist()], np.int64)

    def codes(self, series: Whole) -> Whole:
        """Places in `names`."""
        found: Whole = self._codes[np.searchsorted(self._numbers, series)]
        return found


def coarser(buckets: Buckets, tier: int, zones: Mapping[int, str], *, whole_hours: bool = False) -> Buckets:
    """The same in hours or days. `whole_hours` joins what lies on both sides of a midnight inside an hour, as it is
    shown; kept are the two sides."""
    if not len(buckets):
        return buckets
    exact = tier == 86400 or not whole_hours
    days = days_of(buckets, zones) if exact else np.zeros(0, np.int64)
    if tier == 86400:
        return merged([buckets], days)
    hours = buckets.start - buckets.start % HOUR
    return merged([buckets], hours if whole_hours else np.maximum(hours, days))


def days_of(buckets: Buckets, zones: Mapping[int, str]) -> Whole:
    """The midnight at or before each bucket's start, where its series lies; UTC where that is not told."""
    found = np.empty(len(buckets), np.int64)
    for zone, mine in by_zone(buckets.series, zones):
        found[mine] = day_starts(buckets.start[mine], zone)
    return found


def day_ends(buckets: Buckets, zones: Mapping[int, str]) -> Whole:
    """When the day ends in which each of the buckets begins; `zones` by series, UTC where it is not told."""
    found = np.empty(len(buckets), np.int64)
    for zone, mine in by_zone(buckets.series, zones):
        found[mine] = day_stops(buckets.start[mine], zone)
    return found


def by_zone(series: Whole, zones: Mapping[int, str]) -> Iterator[tuple[str, Any]]:
    """Each zone with the rows that lie in it."""
    if not len(series):
        return
    if isinstance(zones, Zoned) and len(zones.names) == 1:
        yield zones.names[0], slice(None)
        return
    heads = np.flatnonzero(np.concatenate(([True], series[1:] != series[:-1])))
    if isinstance(zones, Zoned):
        codes = np.repeat(zones.codes(series[heads]), np.diff(np.append(heads, len(series))))
        for code in np.unique(codes).tolist():
            yield zones.names[code], np.flatnonzero(codes == code)
        return
    told = [zones.get(number, "UTC") for number in series[heads].tolist()]
    every = sorted(set(told))
    if len(every) == 1:
        yield every[0], slice(None)
        return
    place = {zone: number for number, zone in enumerate(every)}
    rows = np.repeat(np.array([place[zone] for zone in told]), np.diff(np.append(heads, len(series))))
    for number, zone in enumerate(every):
        yield zone, np.flatnonzero(rows == number)


def is_zone(name: str) -> bool:
    """Whether that is the name of a time zone."""
    return _zone(name) is not None


def day_starts(starts: Whole, zone: str) -> Whole:
    """The local midnight at or before each moment."""
    return starts - starts % DAY if zone == "UTC" else _days(starts, zone, 0)


def day_stops(starts: Whole, zone: str) -> Whole:
    """The local midnight after each moment."""
    return starts - starts % DAY + DAY if zone == "UTC" else _days(starts, zone, 1)


def _days(starts: Whole, zone: str, side: int) -> Whole:
    """By the midnights of all the time that `starts` reach over, unless these are far more than there are moments."""
    if not len(starts):
        return starts
    low, high = int(starts.min()), int(starts.max())
    if (high - low) // DAY > 4 * len(starts) + 64 or not _FIRST <= low <= high < _LAST:
        return np.array([day_of(start, zone)[side] for start in starts.tolist()], np.int64)
    midnights = [day_of(low, zone)[0]]
    while midnights[-1] <= high:
        following = day_of(midnights[-1], zone)[1]
        if following <= midnights[-1]:  # a place that left a day out
            return np.array([day_of(start, zone)[side] for start in starts.tolist()], np.int64)
        midnights.append(following)
    edges = np.array(midnights, np.int64)
    found: Whole = edges[np.searchsorted(edges, starts, side="right") - 1 + side]
    return found


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


def ends(starts: Whole, tier: int, zone: str) -> Whole:
    """When the buckets that begin at `starts` end."""
    if tier == 86400:
        return day_stops(starts, zone)
    return starts - starts % (tier * SECOND) + tier * SECOND
