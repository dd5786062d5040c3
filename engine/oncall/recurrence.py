"""Recurring times, as RFC 5545 §3.3.10 writes them: FREQ=DAILY or WEEKLY with INTERVAL, BYDAY, UNTIL and COUNT.

Weeks begin on Monday. Recurrences keep their local time of day; so does their end (a night from 20:00 to 06:00 ends
at 06:00 also when clocks change, which leaves no gap to the next).
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo

import msgspec

from data.times import from_datetime, to_datetime
from engine.oncall.moments import local_day

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MOST = 10_000  # of COUNT
KNOWN = ("FREQ", "INTERVAL", "BYDAY", "UNTIL", "COUNT", "WKST")


class Rule(msgspec.Struct, frozen=True):
    """`weekdays` 0-6, empty: that of the first time (weekly), all (daily). `until`: no later beginning than this."""

    weekly: bool
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    until: int | None = None
    count: int | None = None


def parse_rule(text: str, zone: tzinfo) -> Rule:
    """Raises ValueError for a rule that is none, or that asks for more than is known here."""
    parts: dict[str, str] = {}
    for part in text.strip().removeprefix("RRULE:").split(";"):
        name, mark, value = part.partition("=")
        if name.upper() not in KNOWN or not mark:
            raise ValueError(f"'{part[:40]}' cannot be used; a rule knows {', '.join(KNOWN)}")
        parts[name.upper()] = value.upper()
    freq = parts.get("FREQ")
    if freq not in ("DAILY", "WEEKLY"):
        raise ValueError(f"'FREQ={(freq or '')[:20]}' cannot be used; write FREQ=DAILY or FREQ=WEEKLY")
    if parts.get("WKST", "MO") != "MO":
        raise ValueError("weeks begin on Monday here; leave WKST out")
    if "UNTIL" in parts and "COUNT" in parts:
        raise ValueError("UNTIL and COUNT exclude each other; keep one")
    interval, count = _number(parts, "INTERVAL", 1000), _number(parts, "COUNT", MOST)
    until = _until(parts["UNTIL"], zone) if "UNTIL" in parts else None
    return Rule(freq == "WEEKLY", interval or 1, _weekdays(parts.get("BYDAY", "")), until, count)


def write_rule(rule: Rule) -> str:
    parts = ["FREQ=WEEKLY" if rule.weekly else "FREQ=DAILY"]
    if rule.interval != 1:
        parts.append(f"INTERVAL={rule.interval}")
    if rule.weekdays:
        parts.append("BYDAY=" + ",".join(WEEKDAYS[day] for day in rule.weekdays))
    if rule.until is not None:
        parts.append(f"UNTIL={to_datetime(rule.until):%Y%m%dT%H%M%SZ}")
    if rule.count is not None:
        parts.append(f"COUNT={rule.count}")
    return ";".join(parts)


def times_of(
    rule: Rule | None, start: datetime, end: datetime, zone: tzinfo, since: int, until: int, skip: frozenset[int]
) -> Iterator[tuple[int, int]]:
    """(begin, end) of each time that overlaps [since, until), in order. `start`, `end`: local, without a zone."""
    for begin_at in _starts(rule, start, zone, since, until, end - start):
        end_at = begin_at + (end - start)
        begin, stop = from_datetime(begin_at.replace(tzinfo=zone)), from_datetime(end_at.replace(tzinfo=zone))
        if rule is not None and rule.until is not None and begin > rule.until:
            return
        if begin < until and stop > since and begin < stop and begin not in skip:
            yield begin, stop


def _starts(
    rule: Rule | None, start: datetime, zone: tzinfo, since: int, until: int, length: timedelta
) -> Iterator[datetime]:
    if rule is None:
        yield start
        return
    last = local_day(until, zone) + timedelta(days=1)
    left = rule.count if rule.count is not None else -1
    from_day = start.date()
    if rule.count is None:
        from_day = max(from_day, local_day(since, zone) - length - timedelta(days=1))
    for day in _days(rule, start.date(), from_day, last):
        if left == 0:
            return
        left -= 1
        yield datetime.combine(day, start.time())


def _days(rule: Rule, first: date, from_day: date, last: date) -> Iterator[date]:
    """Days of the rule from `from_day` on; the rule's first day is `first`."""
    if not rule.weekly:
        ahead = max(0, -((first - from_day).days // rule.interval))  # rounded up
        day = first + timedelta(days=ahead * rule.interval)
        while day <= last:
            if not rule.weekdays or day.weekday() in rule.weekdays:
                yield day
            day += timedelta(days=rule.interval)
        return
    weekdays = rule.weekdays or (first.weekday(),)
    monday = first - timedelta(days=first.weekday())
    step = 7 * rule.interval
    monday += timedelta(days=max(0, (from_day - monday).days // step) * step)
    while monday <= last:
        for weekday in weekdays:
            day = monday + timedelta(days=weekday)
            if first <= day <= last and day >= from_day:
                yield day
        monday += timedelta(days=step)


def _number(parts: dict[str, str], name: str, most: int) -> int | None:
    text = parts.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= most):
        raise ValueError(f"'{name}={text[:20]}' cannot be used; write 1 to {most}")
    return int(text)


def _weekdays(text: str) -> tuple[int, ...]:
    names = [name for name in text.split(",") if name]
    for name in names:
        if name not in WEEKDAYS:
            raise ValueError(f"'BYDAY={text[:40]}' cannot be used; it takes {', '.join(WEEKDAYS)}")
    return tuple(sorted({WEEKDAYS.index(name) for name in names}))


def _until(text: str, zone: tzinfo) -> int:
    return from_datetime(parse_stamp(text, zone, end_of_day=True))


def parse_stamp(text: str, zone: tzinfo, *, end_of_day: bool = False) -> datetime:
    """`20260105T200000Z`, `20260105T200000` in `zone`, or `20260105`. Raises ValueError."""
    bad = ValueError(f"'{text[:40]}' is no time of a calendar; they look like 20260105T200000Z")
    if not text.isascii() or not "1970" <= text[:4] <= "2200":  # what is far off overflows in some zone
        raise bad
    try:
        if len(text) == 8:
            day = datetime.strptime(text, "%Y%m%d").replace(tzinfo=zone)
            return day + timedelta(days=1) - timedelta(microseconds=1) if end_of_day else day
        if text.endswith("Z"):
            return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=to_datetime(0).tzinfo)
        return datetime.strptime(text, "%Y%m%dT%H%M%S").replace(tzinfo=zone)
    except ValueError:
        raise bad from None
