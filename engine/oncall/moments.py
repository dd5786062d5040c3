"""Local times of schedules as microseconds, right on the days on which clocks change."""

from datetime import date, datetime, time, tzinfo

from data.times import from_datetime, to_datetime
from engine.query.moments import parse_clock, parse_fixed, zone_named

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def instant(day: date, clock: time, zone: tzinfo) -> int:
    """When the clocks of `zone` show that. Where they show it twice, the first time; where they skip it, as long after
    the last time before as it would have been."""
    return from_datetime(datetime.combine(day, clock, zone))


def local_day(micros: int, zone: tzinfo) -> date:
    return to_datetime(micros).astimezone(zone).date()


def moment(text: str, zone: tzinfo) -> int:
    """`2026-01-05T20:00` in `zone`, or RFC 3339, or a date, which is its midnight. Raises ValueError."""
    found = parse_fixed(text.strip(), zone)
    if found is None or not isinstance(found, tuple):
        raise ValueError(f"'{text[:40]}' is no time; write it such as 2026-01-05T20:00")
    return found[0]


def day(text: str) -> date:
    """Raises ValueError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"'{text[:40]}' is no date; write it such as 2026-01-05") from None


def clock(text: str) -> time:
    """Raises ValueError."""
    found = parse_clock(text.strip())
    if found is None:
        raise ValueError(f"'{text[:40]}' is no time of day; write it such as 09:00")
    return found


def hours(text: str) -> tuple[time, time]:
    """`20:00-06:00`. Raises ValueError."""
    first, dash, last = text.partition("-")
    if not dash:
        raise ValueError(f"'{text[:40]}' are no hours; write them such as 20:00-06:00")
    return clock(first), clock(last)


def zone(name: str, otherwise: str = "UTC") -> tzinfo:
    """Raises ValueError for an unknown one."""
    try:
        return zone_named(name or otherwise)
    except (KeyError, OSError):
        raise ValueError(f"'{name[:40]}' is no time zone; write it such as Europe/Berlin") from None
