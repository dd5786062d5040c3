"""Calendars in and out: VEVENTs of RFC 5545, as far as times on call need them.

Read are DTSTART, DTEND or DURATION, RRULE (DAILY, WEEKLY), EXDATE, RECURRENCE-ID (one time of a recurring event that
was moved), SUMMARY and ATTENDEE. Cancelled events are left out. What would change the meaning and is not known here
(RDATE, monthly rules, zones without a name) is refused with its line, never guessed.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, tzinfo

import msgspec

from data import ids
from data.records.oncall import Turn
from data.times import from_datetime, to_datetime
from engine.oncall.moments import zone
from engine.oncall.recurrence import Rule, parse_rule, parse_stamp, write_rule

FOLD = 75  # octets of a line
MOST = 20_000  # events in one calendar
REFUSED = ("RDATE", "EXRULE")


class IcalError(ValueError):
    """The calendar cannot be used; says in which line and why."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(f"line {line}: {text}")
        self.line = line


class Happening(msgspec.Struct, frozen=True):
    """One event. `start` and `end` are local to `zone_name`; `skip` are beginnings left out, in microseconds."""

    uid: str
    summary: str
    attendee: str  # mail address, or empty
    start: datetime
    end: datetime
    zone_name: str
    rule: Rule | None = None
    skip: tuple[int, ...] = ()


class Line(msgspec.Struct):
    number: int
    name: str
    params: dict[str, str]
    value: str


def read_calendar(text: str, zone_name: str = "UTC") -> list[Happening]:
    """The events of a calendar in their order; times without a zone are in `zone_name`. Raises IcalError."""
    found: list[tuple[Happening, int | None]] = []
    event: list[Line] | None = None
    began, depth = False, 0
    for line in _lines(text):
        if line.name == "BEGIN":
            began = began or line.value.upper() == "VCALENDAR"
            if line.value.upper() == "VEVENT":
                event, depth = [], 0
            elif event is not None:
                depth += 1  # an alarm inside
        elif line.name == "END" and event is not None:
            if line.value.upper() == "VEVENT":
                one = _event(event, line.number, zone_name)
                if one is not None:
                    found.append(one)
                event = None
                if len(found) > MOST:
                    raise IcalError(line.number, f"more than {MOST} events; export a shorter time")
            else:
                depth -= 1
        elif event is not None and depth == 0:
            event.append(line)
    if not began:
        raise IcalError(1, "this is no calendar; it begins with BEGIN:VCALENDAR")
    return _moved(found)


def write_calendar(name: str, turns: Iterable[Turn], written_at: int, labels: dict[str, str]) -> str:
    """Turns as a calendar, each its own event in UTC, which every program reads alike. `labels` are people's names."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//noc//on call//EN", f"X-WR-CALNAME:{_escaped(name)}"]
    for turn in turns:
        uid = ids.derive("D", name, turn.layer, turn.person, str(turn.start))
        note = f"in place of {labels.get(turn.instead_of, turn.instead_of)}" if turn.instead_of else ""
        lines += [
            "BEGIN:VEVENT",
            f"UID:{uid}@noc",
            f"DTSTAMP:{_utc(written_at)}",
            f"DTSTART:{_utc(turn.start)}",
            f"DTEND:{_utc(turn.end)}",
            f"SUMMARY:{_escaped(turn.person)}",
            f"DESCRIPTION:{_escaped(', '.join(filter(None, (labels.get(turn.person), turn.layer, note))))}",
            "END:VEVENT",
        ]
    return "".join(f"{part}\r\n" for line in [*lines, "END:VCALENDAR"] for part in _folded(line))


def write_happenings(name: str, events: Iterable[Happening], written_at: int) -> str:
    """Events with their rules, as `read_calendar` gives them."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//noc//on call//EN", f"X-WR-CALNAME:{_escaped(name)}"]
    for one in events:
        lines += ["BEGIN:VEVENT", f"UID:{_escaped(one.uid)}", f"DTSTAMP:{_utc(written_at)}"]
        lines += [f"DTSTART{_local(one.start, one.zone_name)}", _length(one)]
        lines += [f"SUMMARY:{_escaped(one.summary)}"]
        if one.attendee:
            lines.append(f"ATTENDEE:mailto:{one.attendee}")
        if one.rule is not None:
            lines.append(f"RRULE:{write_rule(one.rule)}")
        if one.skip:
            lines.append(f"EXDATE:{','.join(map(_utc, one.skip))}")
        lines.append("END:VEVENT")
    return "".join(f"{part}\r\n" for line in [*lines, "END:VCALENDAR"] for part in _folded(line))


def _lines(text: str) -> Iterator[Line]:
    """Unfolded content lines."""
    number, whole = 0, ""
    for count, raw in enumerate(text.splitlines(), 1):
        if raw[:1] in (" ", "\t") and whole:
            whole += raw[1:]
            continue
        if whole.strip():
            yield _line(number, whole)
        number, whole = count, raw
    if whole.strip():
        yield _line(number, whole)


def _line(number: int, whole: str) -> Line:
    """`NAME;PARAM=VALUE;PARAM="QUOTED":VALUE`."""
    parts: list[str] = []
    part, quoted = "", False
    for place, letter in enumerate(whole):
        if letter == '"':
            quoted = not quoted
        elif letter == ":" and not quoted:
            params = dict(_param(one) for one in [*parts, part][1:])
            return Line(number, [*parts, part][0].strip().upper(), params, whole[place + 1 :].strip())
        elif letter == ";" and not quoted:
            parts.append(part)
            part = ""
        else:
            part += letter
    raise IcalError(number, f"'{whole[:40]}' is no line of a calendar; they look like NAME:VALUE")


def _param(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip().upper(), value.strip()


def _event(lines: list[Line], end: int, zone_name: str) -> tuple[Happening, int | None] | None:
    """The event, and, if it is one moved time of a recurring one, which."""
    found = {line.name: line for line in reversed(lines)}
    for name in REFUSED:
        if name in found:
            raise IcalError(found[name].number, f"{name} cannot be used; write separate events")
    if "STATUS" in found and found["STATUS"].value.upper() == "CANCELLED":
        return None
    if "DTSTART" not in found:
        raise IcalError(end, "the event has no DTSTART")
    start, zone_named = _stamp(found["DTSTART"], zone_name)
    zone_info = zone(zone_named)
    skip = [from_datetime(one) for line in lines if line.name == "EXDATE" for one in _stamps(line, zone_named)]
    rule = None
    if "RRULE" in found:
        try:
            rule = parse_rule(found["RRULE"].value, zone_info)
        except ValueError as error:
            raise IcalError(found["RRULE"].number, str(error)) from None
    summary = _plain(found["SUMMARY"].value) if "SUMMARY" in found else ""
    happening = Happening(
        found["UID"].value if "UID" in found else "",
        summary,
        _attendee(found.get("ATTENDEE")),
        start.astimezone(zone_info).replace(tzinfo=None),
        _end(found, start, zone_named, end).astimezone(zone_info).replace(tzinfo=None),
        zone_named,
        rule,
        tuple(sorted(skip)),
    )
    if happening.end <= happening.start:
        raise IcalError(end, "the event ends before it begins")
    moved = found.get("RECURRENCE-ID")
    return happening, from_datetime(_stamp(moved, zone_named)[0]) if moved is not None else None


def _end(found: dict[str, Line], start: datetime, zone_name: str, end: int) -> datetime:
    if "DTEND" in found:
        return _stamp(found["DTEND"], zone_name)[0]
    if "DURATION" in found:
        return start + _duration(found["DURATION"])
    if len(found["DTSTART"].value) == 8:
        return start + timedelta(days=1)
    raise IcalError(end, "the event has neither DTEND nor DURATION")


def _stamps(line: Line, zone_name: str) -> list[datetime]:
    values = [value for value in line.value.split(",") if value]
    return [_stamp(Line(line.number, line.name, line.params, value), zone_name)[0] for value in values]


def _stamp(line: Line, zone_name: str) -> tuple[datetime, str]:
    """A time and the zone in which it is local."""
    named = line.params.get("TZID", "").lstrip("/")
    try:
        where: tzinfo = zone(named, zone_name)
        stamp = parse_stamp(line.value.upper(), where)
    except ValueError as error:
        raise IcalError(line.number, str(error)) from None
    return stamp, "UTC" if line.value.upper().endswith("Z") else named or zone_name


def _duration(line: Line) -> timedelta:
    """`P1W`, `P1DT12H`, `PT90M`."""
    text, total, number = line.value.upper().lstrip("+"), 0, ""
    units = {"W": 604_800, "D": 86_400, "H": 3_600, "M": 60, "S": 1}
    for letter in text[1:] if text.startswith("P") else "?":
        if letter.isdigit() and letter.isascii() and len(number) < 9:
            number += letter
        elif letter in units and number:
            total, number = total + int(number) * units[letter], ""
        elif letter != "T":
            raise IcalError(line.number, f"'{line.value[:40]}' is no duration; they look like PT12H or P7D")
    return timedelta(seconds=total)


def _moved(found: list[tuple[Happening, int | None]]) -> list[Happening]:
    """A moved time is left out of its recurring event, and stands for itself."""
    moves: dict[str, list[int]] = {}
    for one, moved in found:
        if moved is not None:
            moves.setdefault(one.uid, []).append(moved)
    return [
        msgspec.structs.replace(one, skip=tuple(sorted({*one.skip, *moves[one.uid]})))
        if moved is None and one.rule is not None and one.uid in moves
        else one
        for one, moved in found
    ]


def _attendee(line: Line | None) -> str:
    value = line.value if line is not None else ""
    return value[7:].strip() if value[:7].lower() == "mailto:" else ""


def _plain(text: str) -> str:
    out, escaped = "", False
    for letter in text:
        if escaped:
            out, escaped = out + {"n": " ", "N": " "}.get(letter, letter), False
        elif letter == "\\":
            escaped = True
        else:
            out += letter
    return "".join(letter for letter in out if letter.isprintable()).strip()


def _escaped(text: str) -> str:
    for letter in "\\;,":
        text = text.replace(letter, "\\" + letter)
    return text.replace("\r", "").replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """Lines of at most 75 octets; letters are not cut."""
    part, size = "", 0
    for letter in line:
        width = len(letter.encode("utf-8", "replace"))
        if size + width > FOLD:
            yield part
            part, size = " ", 1
        part, size = part + letter, size + width
    yield part


def _utc(micros: int) -> str:
    return f"{to_datetime(micros):%Y%m%dT%H%M%SZ}"


def _length(one: Happening) -> str:
    """Whole days as such: they last 23 or 25 h where clocks change, which an end cannot say (RFC 5545 §3.8.5.3)."""
    length = one.end - one.start
    if one.rule is not None and not length.seconds and not length.microseconds:
        return f"DURATION:P{length.days}D"
    return f"DTEND{_local(one.end, one.zone_name)}"


def _local(moment: datetime, zone_name: str) -> str:
    if zone_name == "UTC":
        return f":{moment:%Y%m%dT%H%M%SZ}"
    return f";TZID={zone_name}:{moment:%Y%m%dT%H%M%S}"
