"""Points and stretches of time in a filter. Those that hang on `now` are worked out anew when `now` changes.

A moment is a half-open span [start, end) of microseconds: a date is its whole day, `22:00` that minute, an RFC 3339
time one microsecond.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TypeAlias
from zoneinfo import ZoneInfo

from data.times import MINUTE, SECOND, from_datetime, to_datetime
from engine.query.durations import parse_duration

Span: TypeAlias = tuple[int, int]
Moment: TypeAlias = Callable[[int], Span]

FORMS = "an RFC 3339 time, a date, 22:00, today, yesterday, tomorrow, now"
WORDS = {"today": 0, "yesterday": -1, "tomorrow": 1}
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9:.,]+(Z|z|[+-][0-9:]+)?")


def zone_named(name: str) -> tzinfo:
    """Raises ValueError (or KeyError's kind, ZoneInfoNotFoundError) for an unknown zone."""
    return UTC if name == "UTC" else ZoneInfo(name)


def parse_clock(text: str) -> time | None:
    found = _CLOCK.fullmatch(text)
    return time(int(found[1]), int(found[2]), int(found[3] or 0)) if found else None


def parse_moment(text: str, zone: tzinfo, *, ago: bool = False) -> Span | Moment | None:
    """A fixed span, a moment that hangs on `now`, or None if `text` is no time.

    `22:00` is the last time it was 22:00. With `ago` a duration is a moment too: that long before now.
    """
    word = text.lower()
    if word in WORDS:
        return remembered(lambda now: day_span(local(now, zone).date() + timedelta(days=WORDS[word]), zone))
    if word == "now":
        return lambda now: (now, now + 1)
    length = parse_duration(text) if ago else None
    if length is not None:
        return lambda now: (now - length, now - length + 1)
    clock = parse_clock(text)
    if clock is not None:
        return remembered(lambda now: last_clock(clock, now, zone))
    return parse_fixed(text, zone)


def parse_fixed(text: str, zone: tzinfo) -> Span | None:
    try:
        if _DATE.fullmatch(text):
            return day_span(date.fromisoformat(text), zone)
        if _TIME.fullmatch(text):
            moment = datetime.fromisoformat(text)
            start = from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=zone))
            return start, start + 1
    except (ValueError, OverflowError):
        return None
    return None


def local(now: int, zone: tzinfo) -> datetime:
    return to_datetime(now).astimezone(zone)


def day_span(day: date, zone: tzinfo) -> Span:
    """The calendar day in its zone: 23 or 25 hours where the clocks change."""
    start = datetime.combine(day, time(), zone)
    return from_datetime(start), from_datetime(datetime.combine(day + timedelta(days=1), time(), zone))


def last_clock(clock: time, now: int, zone: tzinfo) -> Span:
    """The newest moment at or before `now` at which the clocks showed `clock`."""
    day = local(now, zone).date()
    start = from_datetime(datetime.combine(day, clock, zone))
    if start > now:
        start = from_datetime(datetime.combine(day - timedelta(days=1), clock, zone))
    return start, start + (SECOND if clock.second else MINUTE)


def next_clock(clock: time, after: int, zone: tzinfo) -> Span:
    """The first moment after `after` at which the clocks show `clock`: the end of a shift that began then."""
    day = local(after, zone).date()
    start = from_datetime(datetime.combine(day, clock, zone))
    if start <= after:
        start = from_datetime(datetime.combine(day + timedelta(days=1), clock, zone))
    return start, start + (SECOND if clock.second else MINUTE)


def remembered(work: Moment) -> Moment:
    """`work` with its last answer kept: `now` is the same for all rows of a page."""
    last: tuple[int, Span] | None = None

    def recall(now: int) -> Span:
        nonlocal last
        kept = last
        if kept is None or kept[0] != now:
            kept = last = (now, work(now))
        return kept[1]

    return recall
