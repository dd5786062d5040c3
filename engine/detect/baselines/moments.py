"""Which hour of the week it is at a site, and whether the day is like others."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo

import msgspec

from data.payloads import CalendarDay
from data.times import DAY, HOUR, to_datetime
from engine.registry import Registry

_FIRST = date(1970, 1, 1)
_THURSDAY = 3  # 1970-01-01 was one; Monday is 0


class Slot(msgspec.Struct, frozen=True):
    """`hour` of the week at the site (0 is Monday 00), `week` counted on, `holiday` its name or empty."""

    hour: int
    week: int
    holiday: str = ""


class Moments:
    """Local hours of sites. Without a time zone a site lives by UTC, as the wire has it."""

    def __init__(self, registry: Registry, calendar: Callable[[], Mapping[str, CalendarDay]]) -> None:
        self.registry = registry
        self.calendar = calendar
        self._offsets: dict[str, int] = {}
        self._at = -1

    def slot(self, site: str, start: int) -> Slot:
        """The slot in which the hour that begins at `start` lies."""
        place = self.registry.of("site", site)
        told = place.attributes if place is not None else {}
        local = start + self._offset(str(told.get("timezone") or "UTC"), start)
        day, rest = divmod(local, DAY)
        week, weekday = divmod(day + _THURSDAY, 7)
        return Slot(weekday * 24 + rest // HOUR, week, self._holiday(site, told.get("state"), day))

    def _offset(self, zone: str, start: int) -> int:
        """Microseconds east of Greenwich; worked out once for each zone and hour."""
        if start != self._at:
            self._offsets.clear()
            self._at = start
        found = self._offsets.get(zone)
        if found is None:
            away = to_datetime(start).astimezone(_zone(zone)).utcoffset()
            found = self._offsets[zone] = 0 if away is None else away // timedelta(microseconds=1)
        return found

    def _holiday(self, site: str, state: object, day: int) -> str:
        """A holiday or event that the calendar names for the site, its state or everywhere."""
        known = self.calendar()
        if not known:
            return ""
        written = (_FIRST + timedelta(days=day)).isoformat()
        for where in (site, state or "", ""):
            for kind in ("holiday", "event"):
                found = known.get(f"{written}/{where}/{kind}")
                if found is not None:
                    return found.name or kind
        return ""


@cache
def _zone(name: str) -> ZoneInfo | timezone:
    return timezone.utc if name == "UTC" else ZoneInfo(name)  # noqa: UP017
