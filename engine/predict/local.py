"""What the clock says at a site: hour, weekday, and whether the day is a holiday there."""

from collections.abc import Callable
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from data.payloads import CalendarDay
from data.times import HOUR, to_datetime
from engine.registry import Registry

UTC: Final = "UTC"
Floats = NDArray[np.float64]


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return ZoneInfo(UTC)


class Zones:
    """Local time by site. `calendar` are the days that events told of, as the detectors keep them."""

    def __init__(self, registry: Registry, calendar: Callable[[], dict[str, CalendarDay]], default: str = UTC) -> None:
        self.registry = registry
        self.calendar = calendar
        self.default = default

    def name(self, site: str | None) -> str:
        """Zone and, for its holidays, state of a site in one word."""
        place = self.registry.of("site", site)
        told = place.attributes if place is not None else {}
        return f"{told.get('timezone') or self.default}|{site or ''}|{told.get('state') or ''}"

    def clock(self, site: str | None, now: int) -> tuple[float, float, float]:
        """(hour with fraction, weekday from Monday 0, holiday 0 or 1) at a site."""
        return self._of(self.name(site), now)

    def rain(self, site: str | None, time: int) -> float:
        """Millimetres of rain that were told of for the day of `time` at a site; NaN where nothing was."""
        zone, name, state = self.name(site).split("|")
        date, calendar = to_datetime(time).astimezone(_zone(zone)).date().isoformat(), self.calendar()
        for place in (name, state, ""):
            day = calendar.get(f"{date}/{place}/weather")
            if day is not None and day.metrics and day.metrics.get("rain_mm") is not None:
                return float(day.metrics["rain_mm"] or 0.0)
        return float("nan")

    def clocks(self, codes: NDArray[np.int64], names: list[str], now: int) -> tuple[Floats, Floats, Floats]:
        """The same for many; `codes` are places in `names`, counted from 1."""
        told = np.full((len(names) + 1, 3), np.nan)
        for code in np.unique(codes).tolist():
            told[code] = self._of(names[code - 1] if code else f"{self.default}||", now)
        found = told[codes]
        return found[:, 0], found[:, 1], found[:, 2]

    def _of(self, name: str, now: int) -> tuple[float, float, float]:
        zone, site, state = name.split("|")
        local = to_datetime(now).astimezone(_zone(zone))
        date = local.date().isoformat()
        calendar, places = self.calendar(), {site, state, ""}
        holiday = any(f"{date}/{place}/holiday" in calendar for place in places)
        return local.hour + local.minute / 60, float(local.weekday()), float(holiday)


QUARTER: Final = HOUR // 4


def next_quarter(now: int) -> int:
    """The next full quarter of an hour after `now`."""
    return (now // QUARTER + 1) * QUARTER
