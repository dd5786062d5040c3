"""Times in words: `last 3 hours`, `since Monday`, `between 2 and 4 am`, `last night`. Half-open, in a place's zone."""

# ruff: noqa: E501 - a table of patterns, a meaning a line

import re
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from typing import Final, NamedTuple

from data.times import DAY, HOUR, MINUTE, from_datetime, to_datetime
from engine.ask.asked import NotUnderstood

UNITS: Final = {"minute": MINUTE, "min": MINUTE, "hour": HOUR, "hr": HOUR, "h": HOUR, "day": DAY, "d": DAY,
                "week": 7 * DAY, "month": 30 * DAY, "year": 365 * DAY}  # fmt: skip
DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS: Final = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
                 "november", "december")  # fmt: skip
NUMBER: Final = r"(\d{1,5}|a|an|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen|fifteen|twenty|twenty-four|thirty)"
_WORDS: Final = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
                 "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fourteen": 14, "fifteen": 15, "twenty": 20, "twenty-four": 24, "thirty": 30}  # fmt: skip
UNIT: Final = r"(minutes?|mins?|hours?|hrs?|h|days?|d|weeks?|months?|years?)"
_CLOCK = r"(\d{1,2})(?::(\d{2}))?\s*(am|pm|h|o'clock)?"
_DAY = (
    r"(\d{4}-\d{2}-\d{2}|today|(?:the )?day before yesterday|yesterday|"
    + "|".join(f"(?:last )?{d}" for d in DAYS)
    + r"|\d{1,2}(?:st|nd|rd|th)? (?:of )?(?:"
    + "|".join(f"{m[:3]}(?:{m[3:]})?" for m in MONTHS)
    + r")(?: \d{4})?|(?:"
    + "|".join(f"{m[:3]}(?:{m[3:]})?" for m in MONTHS)
    + r") \d{1,2}(?:st|nd|rd|th)?(?!\d)(?: \d{4})?)"
)
NOW: Final = r"right now|at (?:the|this) moment|at present|currently|now"
_STAMP = r"(\d{4}-\d{2}-\d{2}[t ]\d{2}:\d{2}(?::\d{2})?z?)"


class Range(NamedTuple):
    since: int
    until: int


class Clock:
    """Now, at a place."""

    def __init__(self, now: int, zone: tzinfo) -> None:
        self.now, self.zone = now, zone
        self.local = to_datetime(now).astimezone(zone)

    def at(self, day: datetime, hour: int = 0, minute: int = 0) -> int:
        return from_datetime(datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone))

    def midnight(self, back: int = 0) -> int:
        return self.at(self.local - timedelta(days=back))

    def night(self, back: int) -> Range:
        """The night shift, 20:00 to 06:00; 0 the one that runs, or comes, 1 the one before."""
        begun = self.local if self.local.hour >= 6 else self.local - timedelta(days=1)
        begun -= timedelta(days=back)
        return Range(self.at(begun, 20), self.at(begun + timedelta(days=1), 6))

    def day(self, text: str) -> datetime:
        """A day in words. Raises NotUnderstood."""
        text = text.strip()
        if text in ("today", "yesterday") or text.endswith("before yesterday"):
            return self.local - timedelta(days=("today", "yesterday").index(text) if " " not in text else 2)
        name = text.removeprefix("last ")
        if name in DAYS:
            back = (self.local.weekday() - DAYS.index(name)) % 7
            return self.local - timedelta(days=back or (7 if text.startswith("last ") else 0))
        try:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
                return datetime.fromisoformat(text)
            number, month, *year = re.sub(r"(?<=\d)(st|nd|rd|th)\b|\bof\b", " ", text).split()
            if month.isdigit():
                number, month = month, number
            place = next(at for at, name in enumerate(MONTHS) if name.startswith(month[:3]))
            found = self.local.replace(int(year[0]) if year else self.local.year, place + 1, int(number))
        except (ValueError, StopIteration):
            raise NotUnderstood("invalid", f"`{text}` is no day") from None
        return found if year or found.date() <= self.local.date() else found.replace(year=found.year - 1)

    def hour(self, match: tuple[str, str, str], other: str = "") -> tuple[int, int]:
        """A time of day. Raises NotUnderstood for one that may be of the morning or of the evening."""
        hour, minute, half = int(match[0]), int(match[1] or 0), (match[2] or "") or other
        if hour > 24 or minute > 59 or (half in ("am", "pm") and not 1 <= hour <= 12):
            raise NotUnderstood("invalid", f"`{match[0]}:{minute:02d}` is no time of day")
        if half in ("am", "pm"):
            return hour % 12 + (12 if half == "pm" else 0), minute
        if not match[1] and not half and 1 <= hour <= 12:
            told = [f"{hour} am", f"{hour} pm"]
            raise NotUnderstood("ambiguous", f"{hour} in the morning, or in the evening?", told)
        return hour % 24, minute


Reader = Callable[[re.Match[str], Clock], Range]


def _number(text: str) -> int:
    return _WORDS.get(text) or int(text)


def length(number: str, unit: str) -> int:
    """Microseconds of so many units, both in words."""
    return _number(number) * UNITS[_singular(unit)]


def _last(match: re.Match[str], clock: Clock) -> Range:
    return Range(clock.now - length(match[1], match[2]), clock.now + 1)


def _singular(unit: str) -> str:
    return unit if unit in UNITS else unit.rstrip("s")


def _week(clock: Clock, back: int) -> Range:
    start = clock.midnight(clock.local.weekday() + 7 * back)
    return Range(start, clock.now + 1 if not back else clock.midnight(clock.local.weekday() + 7 * (back - 1)))


def _weekend(clock: Clock) -> Range:
    """The newest Saturday and Sunday that have begun."""
    saturday = clock.local - timedelta(days=(clock.local.weekday() - 5) % 7)
    return Range(clock.at(saturday), min(clock.at(saturday + timedelta(days=2)), clock.now + 1))


def _month(clock: Clock, back: int) -> Range:
    first = clock.local.replace(day=1)
    start = (first - timedelta(days=1)).replace(day=1) if back else first
    return Range(clock.at(start), clock.at(first) if back else clock.now + 1)


def _named_month(match: re.Match[str], clock: Clock) -> Range:
    """The newest one of that name that has begun, without a year."""
    month = MONTHS.index(match[1]) + 1
    year = int(match[2]) if match[2] else clock.local.year - (month > clock.local.month)
    begin = clock.local.replace(year=year, month=month, day=1)
    return Range(clock.at(begin), min(clock.at((begin + timedelta(days=32)).replace(day=1)), clock.now + 1))


def _between(match: re.Match[str], clock: Clock) -> Range:
    """`between 2 and 4 am [yesterday]`: of the day that is named, else of the newest one of which it is over."""
    begin = clock.hour((match[1], match[2], match[3]), match[6] or "")
    end = clock.hour((match[4], match[5], match[6]))
    day = clock.day(match[7]) if match[7] else clock.local
    since, until = clock.at(day, *begin), clock.at(day, *end)
    if until <= since:
        until = clock.at(day + timedelta(days=1), *end)
    if not match[7] and since > clock.now:
        since, until = since - DAY, until - DAY
    return Range(since, until)


def _stamp(text: str, clock: Clock) -> int:
    moment = datetime.fromisoformat(text.upper().replace("Z", "+00:00").replace(" ", "T"))
    return from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=clock.zone))


def _days(match: re.Match[str], clock: Clock) -> Range:
    return Range(clock.at(clock.day(match[1])), clock.at(clock.day(match[2]) + timedelta(days=1)))


def _since_clock(match: re.Match[str], clock: Clock) -> Range:
    day = clock.day(match[4]) if match[4] else clock.local
    since = clock.at(day, *clock.hour((match[1], match[2], match[3])))
    return Range(since if since <= clock.now else since - DAY, clock.now + 1)


def _within_day(match: re.Match[str], clock: Clock) -> Range:
    """`yesterday after 18:00`: to the end of that day."""
    day = clock.day(match[1])
    return Range(
        clock.at(day, *clock.hour((match[2], match[3], match[4]))),
        min(clock.at(day + timedelta(days=1)), clock.now + 1),
    )


def _until_clock(day: str, hour: tuple[str, str, str], clock: Clock) -> Range:
    """`before 12:00 yesterday`: from the beginning of that day."""
    found = clock.day(day) if day else clock.local
    return Range(clock.at(found), clock.at(found, *clock.hour(hour)))


def _one_day(match: re.Match[str], clock: Clock) -> Range:
    day = clock.day(match[1])
    return Range(clock.at(day), min(clock.at(day + timedelta(days=1)), clock.now + 1))


def _part(begins: int, ends: int, back: int) -> Reader:
    def read(match: re.Match[str], clock: Clock) -> Range:  # noqa: ARG001
        day = clock.local - timedelta(days=back)
        if clock.at(day, begins) > clock.now:  # just after midnight the newest morning is that of the day before
            day -= timedelta(days=1)
        return Range(clock.at(day, begins), min(clock.at(day, ends), clock.now + 1))

    return read


def _at_hour(match: re.Match[str], clock: Clock) -> Range:
    hour, minute = clock.hour((match[1], match[2], match[3]))
    day = clock.day(match[4]) if match[4] else clock.local
    since = clock.at(day, hour, minute)
    if not match[4] and since > clock.now:
        since -= DAY
    return Range(since, since + HOUR)


def _numeric_date(match: re.Match[str], clock: Clock) -> Range:  # noqa: ARG001
    told = f"`{match[0].strip()}` may be read in two ways"
    raise NotUnderstood(
        "ambiguous", told, [f"{match[3]}-{match[2]:0>2}-{match[1]:0>2}", f"{match[3]}-{match[1]:0>2}-{match[2]:0>2}"]
    )


# Tried in this order; the first that is found is taken out of the question.
READERS: Final[tuple[tuple[re.Pattern[str], Reader], ...]] = tuple(
    (re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])"), read)
    for pattern, read in (
        (r"on (\d{1,2})/(\d{1,2})/(\d{4})|(?<!\d)(\d{1,2})/(\d{1,2})/(\d{4})", _numeric_date),
        (rf"(?:between|from) {_STAMP} (?:and|to|until|till) {_STAMP}",
         lambda m, c: Range(_stamp(m[1], c), _stamp(m[2], c))),
        (r"(?:since|from) (?:the )?(?:start|beginning) of (?:the |this )?(day|week|month)",
         lambda m, c: {"day": Range(c.midnight(), c.now + 1), "week": _week(c, 0), "month": _month(c, 0)}[m[1]]),
        (rf"(?:since|after|from) {_CLOCK} (?:last night|yesterday evening)",
         lambda m, c: Range(c.at(c.local - timedelta(days=1), *c.hour((m[1], m[2], m[3] or ("pm" if int(m[1]) < 12 else "")))), c.now + 1)),
        (rf"(?:since|after|from) {_STAMP}", lambda m, c: Range(_stamp(m[1], c), c.now + 1)),
        (r"(?:this week|week) (?:with|to|vs|versus|against|and|or|than|over) (?:the )?(?:last week|week(?: before)?)",
         lambda m, c: Range(_week(c, 1).since, c.now + 1)),
        (r"today (?:with|to|vs|versus|against|and|or|than) yesterday|yesterday and today",
         lambda m, c: Range(c.midnight(1), c.now + 1)),
        (rf"(?:before|until) {_STAMP}", lambda m, c: Range(_stamp(m[1], c) - DAY, _stamp(m[1], c))),
        (rf"(?:newer|younger|less) than {NUMBER} ?{UNIT}(?: old| ago)?", _last),
        (rf"(?:on )?{_DAY} (?:after|since|from) {_CLOCK}", _within_day),
        (rf"(?:on )?{_DAY} (?:before|until|till) {_CLOCK}", lambda m, c: _until_clock(m[1], (m[2], m[3], m[4]), c)),
        (rf"(?:between|from) {_DAY} (?:and|to|until|till|through) {_DAY}", _days),
        (rf"(?:between|from) {_CLOCK} (?:and|to|until|till|-) {_CLOCK}(?: (?:on )?{_DAY})?", _between),
        (rf"(?:in|within|over|during|for|from)? ?(?:the )?(?:last|past|previous|recent) {NUMBER} ?{UNIT}", _last),
        (r"(?:in |within |over |during |for )?(?:the )?(?:last|past|previous) (minute|hour|day)",
         lambda m, c: Range(c.now - UNITS[m[1]], c.now + 1)),
        (rf"{NUMBER} ?{UNIT} ago", lambda m, c: _around(m, c)),
        (r"last (?:24h|24 ?hrs)|past 24h", lambda m, c: Range(c.now - DAY, c.now + 1)),
        (r"(?:during |in |of )?(?:the )?(?:last night(?:'s shift| shift)?|previous night(?: shift)?|overnight)", lambda m, c: _night(c, 1)),
        (r"(?:during |in |on )?(?:the )?(?:tonight|this night|current night shift|night shift|the night)", lambda m, c: _night(c, 0)),
        (r"since this (morning|afternoon|evening)",
         lambda m, c: Range(_part({"morning": 6, "afternoon": 12, "evening": 18}[m[1]], 23, 0)(m, c).since, c.now + 1)),
        (r"(?:in |during )?this morning", _part(6, 12, 0)), (r"yesterday morning", _part(6, 12, 1)),
        (r"(?:in |during )?this afternoon", _part(12, 18, 0)), (r"yesterday afternoon", _part(12, 18, 1)),
        (r"(?:in |during )?this evening", _part(18, 22, 0)), (r"yesterday evening", _part(18, 22, 1)),
        (r"(?:in |during |of )?this week|(?:of|for) the week|week to date|so far this week", lambda m, c: _week(c, 0)),
        (r"(?:in |within |over |during |for |of )?(?:the )?past (week|month)", lambda m, c: Range(c.now - UNITS[m[1]], c.now + 1)),
        (r"(?:over |on |at |during |in )?(?:the |this |last )?weekend", lambda m, c: _weekend(c)),
        (r"(?:in|within|over|during|for) the (?:last|previous) (week|month)",
         lambda m, c: Range(c.now - UNITS[m[1]], c.now + 1)),
        (r"(?:in |during |of |the )?(?:last|previous) week", lambda m, c: _week(c, 1)),
        (r"(?:in |during |of )?this month|(?:of|for) the month|month to date", lambda m, c: _month(c, 0)),
        (r"(?:in |during |of |the )?(?:last|previous) month", lambda m, c: _month(c, 1)),
        (rf"(?:in |during |of |for )({'|'.join(MONTHS)})(?! \d{{1,2}}(?!\d))(?: (\d{{4}}))?", lambda m, c: _named_month(m, c)),
        (rf"(?:since|starting in|from) ({'|'.join(MONTHS)})(?! \d{{1,2}}(?!\d))(?: (\d{{4}}))?",
         lambda m, c: Range(_named_month(m, c).since, c.now + 1)),
        (r"since (?:the )?(?:new year(?:'?s)?(?: day| eve)?|(?:start|beginning) of (?:the )?year)|this year|year to date",
         lambda m, c: Range(c.at(c.local.replace(month=1, day=1)), c.now + 1)),
        (r"since midnight", lambda m, c: Range(c.midnight(), c.now + 1)),
        (r"since (?:last )?night", lambda m, c: Range(_night(c, 1).since, c.now + 1)),
        (rf"(?:since|after|starting) {_DAY}(?: at)? {_CLOCK}", lambda m, c: Range(c.at(c.day(m[1]), *c.hour((m[2], m[3], m[4]))), c.now + 1)),
        (rf"(?:since|after|starting) {_DAY}", lambda m, c: Range(c.at(c.day(m[1])), c.now + 1)),
        (rf"(?:since|after) {_CLOCK}(?: (?:on )?{_DAY})?", _since_clock),
        (rf"(?:at|around|about) {_CLOCK}(?: (?:on )?{_DAY})?", _at_hour),
        (r"(?:on |for |of |from )?((?:the )?day before yesterday)", _one_day),
        (rf"(?:before|until) {_DAY}", lambda m, c: Range(c.at(c.day(m[1])) - 7 * DAY, c.at(c.day(m[1])))),
        (rf"(?:before|until|till) {_CLOCK}(?: (?:on )?{_DAY})?", lambda m, c: _until_clock(m[4], (m[1], m[2], m[3]), c)),
        (rf"(?:on |for |of |from )?(?:the )?{_DAY}", _one_day),
        (rf"(?<!next )(?:for |over )?{NUMBER} ?{UNIT}$", _last),
        (NOW, lambda m, c: Range(c.now - DAY, c.now + 1)),
    )
)  # fmt: skip


def _night(clock: Clock, back: int) -> Range:
    found = clock.night(back)
    return Range(found.since, min(found.until, clock.now + 1)) if found.since <= clock.now else clock.night(back + 1)


def _around(match: re.Match[str], clock: Clock) -> Range:
    unit = UNITS[_singular(match[2])]
    begin = clock.now - length(match[1], match[2])
    return Range(begin, begin + unit)


def find(text: str, clock: Clock) -> tuple[Range | None, str]:
    """The range that a question names, and the question without it. Raises NotUnderstood for one that is ambiguous."""
    for pattern, read in READERS:
        match = pattern.search(text)
        if match is not None:
            return read(match, clock), f"{text[: match.start()]} | {text[match.end() :]}"
    return None, text
