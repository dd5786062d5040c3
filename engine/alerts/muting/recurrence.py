"""When a window is open: once, or again and again on the clocks of a named zone, right across changes of the clocks.

An occurrence lasts from the first moment at which the clocks show its start to the last at which they show its end: a
time that is skipped in spring is the moment of the skip, one that comes twice in autumn counts whole. An occurrence
that the skip leaves without length does not take place. Meaning of the fields: RFC 5545, recurrence rules.
"""

import itertools
import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo

from data.records.silence import Schedule
from data.times import DAY, from_datetime
from engine.query.moments import local, parse_clock, zone_named

Span = tuple[int, int]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
GROUPS = {"weekdays": DAYS[:5], "weekend": DAYS[5:], "daily": DAYS}
REPEATS = ("once", "daily", "weekly", "monthly")
LONGEST = 31 * DAY  # of one occurrence that comes again
AHEAD = 8 * 366  # days that are looked through for the next occurrence; 29 February may be that far
_NTH = re.compile(r"(-?[1-5])?(mon|tue|wed|thu|fri|sat|sun)")
SAMPLE = date(2026, 1, 1)  # from where on a schedule without a first day is checked
_EPOCH = date(1970, 1, 5)  # a Monday


class ScheduleError(ValueError):
    """`field` of the schedule is nonsense; `remedy` says what to write."""

    def __init__(self, field: str, text: str, remedy: str) -> None:
        super().__init__(f"{field}: {text}; {remedy}")
        self.field = field
        self.text = text
        self.remedy = remedy


class Recurrence:
    """The occurrences of one schedule, in order. Raises ScheduleError."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.zone = zone_of(schedule.zone)
        if schedule.repeat not in REPEATS:
            raise ScheduleError("repeat", f"'{schedule.repeat}' is not a choice", f"one of {', '.join(REPEATS)}")
        if schedule.end and schedule.lasts:
            raise ScheduleError("lasts", "both an end and a length are given", "keep one of `end` and `lasts`")
        if not schedule.end and not schedule.lasts:
            raise ScheduleError("end", "it never ends", "add `end:` or `lasts:`")
        self._once: Span | None = None
        if schedule.repeat == "once":
            self._once = self._single()
            return
        self._first, self._last = day_of("first", schedule.first), day_of("last", schedule.last)
        self._start = clock_of("start", schedule.start)
        self._end: tuple[int | None, time] | None = end_of(schedule.end) if schedule.end else None
        self._check()
        self._days = [_nth(name) for name in spread(schedule.days)]

    @property
    def repeats(self) -> bool:
        return self._once is None

    def covering(self, now: int) -> Span | None:
        """The occurrence that is on at `now`; of several the one that ends last."""
        if self._once is not None:
            return self._once if self._once[0] <= now < self._once[1] else None
        today = local(now, self.zone).date()
        back = 9 if self._end is not None else self.schedule.lasts // DAY + 2
        spans = (self._span(today - timedelta(days=days)) for days in range(-1, back))
        return max((one for one in spans if one and one[0] <= now < one[1]), key=lambda one: one[1], default=None)

    def following(self, now: int) -> Span | None:
        """The first occurrence that begins after `now`, None if there is none in the next eight years."""
        if self._once is not None:
            return self._once if self._once[0] > now else None
        return next((one for one in self._from(local(now, self.zone).date() - timedelta(days=1)) if one[0] > now), None)

    def between(self, since: int, until: int) -> Iterator[Span]:
        """All occurrences that overlap [since, until), in order of their start."""
        now = since - 1
        covering = self.covering(since)
        if covering is not None and covering[0] < since:
            yield covering
        while (one := self.following(now)) is not None and one[0] < until:
            yield one
            now = one[0]

    def never(self) -> bool:
        """Is there no day on which it opens?"""
        return not any(self._falls_on(day) for day in self._sample(AHEAD))

    def skipped(self) -> date | None:
        """The first day in two years on which the clocks skip it whole."""
        return next((day for day in self._sample(731) if self._falls_on(day) and self._span(day) is None), None)

    def _sample(self, length: int) -> Iterator[date]:
        """Days from the first on, until the last."""
        begin = self._first or SAMPLE
        days = (begin + timedelta(days=number) for number in range(min(length, (date.max - begin).days)))
        return itertools.takewhile(lambda day: self._last is None or day <= self._last, days)

    def _from(self, day: date) -> Iterator[Span]:
        day = max(day, self._first) if self._first is not None else day
        for _ in range(AHEAD):
            span = self._span(day)
            if span is not None:
                yield span
            if day == date.max or (self._last is not None and day > self._last):
                return
            day += timedelta(days=1)

    def _span(self, day: date) -> Span | None:
        """The occurrence that begins on that day, if any."""
        if (self._first and day < self._first) or (self._last and day > self._last) or not self._falls_on(day):
            return None
        start = instant(datetime.combine(day, self._start), self.zone, last=False)
        if self._end is None:
            return start, start + self.schedule.lasts
        weekday, clock = self._end
        ahead = (weekday - day.weekday()) % 7 if weekday is not None else 0
        if ahead == 0 and clock <= self._start:
            ahead = 1 if weekday is None else 7
        end = instant(datetime.combine(day + timedelta(days=ahead), clock), self.zone, last=True)
        return (start, end) if start < end else None

    def _falls_on(self, day: date) -> bool:
        schedule = self.schedule
        if schedule.repeat == "daily":
            return (day - (self._first or _EPOCH)).days % schedule.every == 0 and self._is_named(day)
        if schedule.repeat == "weekly":
            begin = self._first or _EPOCH
            monday = begin - timedelta(days=begin.weekday())
            return (day - monday).days // 7 % schedule.every == 0 and self._is_named(day)
        begin = self._first or _EPOCH
        if ((day.year - begin.year) * 12 + day.month - begin.month) % schedule.every:
            return False
        if not schedule.month_days:
            return self._is_named(day)
        length = month_length(day)
        return any(day.day == (one if one > 0 else length + 1 + one) for one in schedule.month_days) and (
            self._is_named(day)
        )

    def _is_named(self, day: date) -> bool:
        """Is it one of the named weekdays? None named: all are."""
        if not self._days:
            return True
        nth, from_end = (day.day + 6) // 7, -((month_length(day) - day.day) // 7 + 1)
        return any(weekday == day.weekday() and place in (0, nth, from_end) for place, weekday in self._days)

    def _single(self) -> Span:
        schedule = self.schedule
        for name in ("days", "month_days", "first", "last"):
            if getattr(schedule, name):
                remedy = "remove it, or write `repeat:` weekly or monthly"
                raise ScheduleError(name, "a window that is open once has none", remedy)
        start = moment_of("start", schedule.start, self.zone, last=False)
        end = start + schedule.lasts if schedule.lasts else moment_of("end", schedule.end, self.zone, last=True)
        if end <= start:
            raise ScheduleError("end", "it ends before it begins", "write a later moment")
        return start, end

    def _check(self) -> None:
        schedule = self.schedule
        if self._first and self._last and self._last < self._first:
            raise ScheduleError("last", "it is over before its first day", "write a later date")
        if schedule.every < 1 or schedule.every > 366:
            raise ScheduleError("every", f"{schedule.every} is out of range", "write 1 to 366")
        if schedule.every > 1 and self._first is None:
            raise ScheduleError("every", "nothing says where counting begins", "add `first:` with a date")
        if schedule.repeat == "weekly" and not schedule.days:
            raise ScheduleError("days", "no day is named", "add `days: [sat, sun]` or the like")
        if schedule.repeat == "monthly" and not (schedule.days or schedule.month_days):
            raise ScheduleError("month_days", "no day is named", "add `month_days: [1]` or `days: [2tue]`")
        if schedule.month_days and schedule.repeat != "monthly":
            raise ScheduleError("month_days", f"{schedule.repeat} windows have none", "write `repeat: monthly`")
        if schedule.lasts > LONGEST:
            raise ScheduleError("lasts", "longer than 31 days", "use a window that is open once")
        if schedule.repeat == "daily" and not schedule.days and schedule.lasts >= DAY * schedule.every:
            raise ScheduleError("lasts", "it never closes: the next one begins before", "make it shorter")
        self._check_days(schedule)

    def _check_days(self, schedule: Schedule) -> None:
        for one in schedule.month_days:
            if not 1 <= abs(one) <= 31:
                raise ScheduleError("month_days", f"{one} is no day of a month", "write 1 to 31, or -1 for the last")
        for name in spread(schedule.days):
            place, _ = _nth(name)
            if place and schedule.repeat != "monthly":
                raise ScheduleError("days", f"'{name}' belongs to monthly windows", "write `repeat: monthly`")


def instant(naive: datetime, zone: tzinfo, *, last: bool) -> int:
    """The moment at which clocks show `naive`: the first or the last of two; the moment of the skip for a time that is
    skipped."""
    moment = from_datetime(naive.replace(tzinfo=zone, fold=1 if last else 0))
    if local(moment, zone).replace(tzinfo=None) == naive:
        return moment
    before, after = (naive.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    assert before is not None
    assert after is not None
    low, high = from_datetime(naive.replace(tzinfo=zone, fold=1)), from_datetime(naive.replace(tzinfo=zone, fold=0))
    low, high = low // 1_000_000, high // 1_000_000
    while low < high:  # the first second with the offset that holds behind the skip
        middle = (low + high) // 2
        if local(middle * 1_000_000, zone).utcoffset() == after:
            high = middle
        else:
            low = middle + 1
    return low * 1_000_000


def zone_of(name: str) -> tzinfo:
    """Raises ScheduleError."""
    try:
        return zone_named(name)
    except (ValueError, KeyError, OSError):
        import zoneinfo

        from engine.query.errors import did_you_mean

        hint = did_you_mean(name, zoneinfo.available_timezones())
        remedy = hint or "write it such as Europe/Berlin or Asia/Kolkata"
        raise ScheduleError("zone", f"'{name}' is no time zone", remedy) from None


def day_of(field: str, text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ScheduleError(field, f"'{text[:40]}' is no date", "write it such as 2026-03-29") from None


def clock_of(field: str, text: str) -> time:
    clock = parse_clock(text)
    if clock is None:
        raise ScheduleError(field, f"'{text[:40]}' is no time of day", 'write it in quotes, such as "02:00"')
    return clock


def end_of(text: str) -> tuple[int | None, time]:
    """`06:00`, or `mon 06:00`: (weekday, clock)."""
    word, _, rest = text.strip().rpartition(" ")
    if not word:
        return None, clock_of("end", rest if rest != "24:00" else "00:00")
    if word[:3].lower() not in DAYS:
        raise ScheduleError("end", f"'{word[:40]}' is no weekday", 'write it such as "mon 06:00"')
    return DAYS.index(word[:3].lower()), clock_of("end", rest)


def moment_of(field: str, text: str, zone: tzinfo, *, last: bool) -> int:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        remedy = "write it such as 2026-03-29T02:00"
        raise ScheduleError(field, f"'{text[:40]}' is no moment", remedy) from None
    return from_datetime(moment) if moment.tzinfo else instant(moment, zone, last=last)


def spread(days: tuple[str, ...]) -> list[str]:
    """Single days for `weekdays` and `weekend`."""
    found: list[str] = []
    for name in days:
        found += GROUPS.get(name.lower(), (name.lower(),))
    return found


def _nth(name: str) -> tuple[int, int]:
    """(0 for each, else which of the month, weekday)."""
    found = _NTH.fullmatch(name) or _NTH.fullmatch(name[:3])
    if found is None or (len(name) > 3 and _NTH.fullmatch(name) is None and not name.endswith("day")):
        remedy = f"one of {', '.join(DAYS)}, weekdays, weekend; monthly also 2tue or -1fri"
        raise ScheduleError("days", f"'{name[:40]}' is no day", remedy)
    return int(found[1] or 0), DAYS.index(found[2])


def month_length(day: date) -> int:
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1) if day.year < 9999 or day.month < 12 else None
    return 31 if following is None else (following - timedelta(days=1)).day
