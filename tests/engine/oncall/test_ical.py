"""Calendars in and out: what others write is understood or refused with its line, what we write is read back."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import times
from data.records.entity import Entity
from data.records.oncall import Turn
from data.times import DAY, HOUR
from engine.oncall.ical import Happening, IcalError, read_calendar, write_calendar, write_happenings
from engine.oncall.imports import People, appointments, yaml_of
from engine.oncall.recurrence import Rule
from engine.oncall.recurring import recurring
from engine.oncall.schedule import Roll
from engine.settings import load
from engine.settings.oncall import Layer, Schedule
from tests.engine.shelf import T0

FOREIGN = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:STANDARD
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:one@example
DTSTART;TZID=Europe/Berlin:20260105T200000
DTEND;TZID=Europe/Berlin:20260106T060000
RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU;UNTIL=20260301T000000Z
EXDATE;TZID=Europe/Berlin:20260119T200000
SUMMARY:Ana Lima\\, nights
 and more
ATTENDEE;CN="Lima: Ana":mailto:ana@example.com
BEGIN:VALARM
TRIGGER:-PT15M
SUMMARY:not this
END:VALARM
END:VEVENT
BEGIN:VEVENT
UID:one@example
RECURRENCE-ID;TZID=Europe/Berlin:20260120T200000
DTSTART;TZID=Europe/Berlin:20260120T220000
DURATION:PT8H
SUMMARY:Bob
END:VEVENT
BEGIN:VEVENT
UID:two@example
DTSTART;VALUE=DATE:20260110
SUMMARY:Bob
END:VEVENT
BEGIN:VEVENT
UID:three@example
STATUS:CANCELLED
DTSTART:20260110T100000Z
DTEND:20260110T110000Z
SUMMARY:nobody
END:VEVENT
END:VCALENDAR
"""


def test_a_foreign_calendar_becomes_a_schedule_of_the_configuration(tmp_path) -> None:  # type: ignore[no-untyped-def]
    ana = Entity("person/P1", "default", T0, 1, name="Ana Lima", attributes={"email": "Ana@Example.com"})
    made, unknown = appointments(read_calendar(FOREIGN, "Europe/Berlin"), People([ana]))
    assert [one.person for one in made] == ["P1", "Bob", "Bob"]
    assert unknown == ["Bob"]
    file = tmp_path / "noc.yaml"
    file.write_text(yaml_of("night's", "Europe/Berlin", made))
    [schedule] = load(file, {}).oncall.schedules
    roll = Roll(schedule)
    turns = roll.shifts(times.parse("2026-01-01T00:00:00Z"), times.parse("2026-04-01T00:00:00Z"))
    begun = [(times.text(turn.start), turn.person) for turn in turns]
    assert begun == [
        ("2026-01-05T19:00:00Z", "P1"),
        ("2026-01-06T19:00:00Z", "P1"),
        ("2026-01-09T23:00:00Z", "Bob"),
        ("2026-01-20T21:00:00Z", "Bob"),
        ("2026-02-02T19:00:00Z", "P1"),
        ("2026-02-03T19:00:00Z", "P1"),
        ("2026-02-16T19:00:00Z", "P1"),
        ("2026-02-17T19:00:00Z", "P1"),
    ]
    assert turns[3].end - turns[3].start == 8 * HOUR


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU", "FREQ=MONTHLY"), 14, "FREQ=MONTHLY"),
        (("DTSTART;TZID=Europe/Berlin:20260105", "DTSTART;TZID=Mars/Olympus:20260105"), 12, "Mars/Olympus"),
        (("DTSTART;TZID=Europe/Berlin:20260105T200000", "DTSTART:gestern"), 12, "GESTERN"),
        (("DTEND;TZID=Europe/Berlin:20260106", "DTEND;TZID=Europe/Berlin:20260104"), 23, "ends before it begins"),
        (("DURATION:PT8H", "DURATION:8h"), 28, "no duration"),
        (("20260106T060000", "99991231T235959"), 13, "no time of a calendar"),
        (("SUMMARY:Bob", "RDATE:20260101T000000Z"), 29, "RDATE"),
        (("BEGIN:VCALENDAR\n", ""), 1, "no calendar"),
        (("VERSION:2.0", "VERSION"), 2, "no line of a calendar"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_line(change: tuple[str, str], line: int, words: str) -> None:
    with pytest.raises(IcalError, match=words) as refused:
        read_calendar(FOREIGN.replace(change[0], change[1], 1), "Europe/Berlin")
    assert refused.value.line == line


def test_an_exported_schedule_is_read_back_as_the_same_turns() -> None:
    roll = Roll(Schedule("desk", "Europe/Berlin", (Layer("first", ("P1", "Jürgen; Ölig, Ñandú " + "x" * 80), "day"),)))
    turns = roll.shifts(T0, T0 + 100 * DAY)
    text = write_calendar("desk", turns, T0, {"P1": "Ana Lima"})
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    read = read_calendar(text)
    assert [
        (times.from_datetime(one.start.replace(tzinfo=times.to_datetime(0).tzinfo)), one.summary) for one in read
    ] == [(turn.start, turn.person) for turn in turns]
    assert len({one.uid for one in read}) == len(turns)
    assert write_calendar("desk", turns, T0, {"P1": "Ana Lima"}) == text


STARTS = st.integers(0, 365 * 86_400).map(
    lambda second: times.to_datetime(T0).replace(tzinfo=None) + timedelta(0, second)
)
RULES = st.builds(
    Rule,
    weekly=st.booleans(),
    interval=st.integers(1, 9),
    weekdays=st.sets(st.integers(0, 6)).map(lambda days: tuple(sorted(days))),
    count=st.one_of(st.none(), st.integers(1, 99)),
)
EVENTS = st.builds(
    lambda uid, summary, start, hours, zone, rule: Happening(
        uid, summary, "", start, start + timedelta(hours=hours), zone, rule
    ),
    st.text("abc;,:\\0", min_size=1, max_size=5).map(
        lambda text: text.replace(";", "").replace(",", "").replace("\\", "")
    ),
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), max_size=90).map(
        lambda text: " ".join(text.split())
    ),
    STARTS,
    st.integers(1, 200),
    st.sampled_from(("UTC", "Europe/Berlin", "Asia/Kolkata")),
    st.one_of(st.none(), RULES),
)


@given(st.lists(EVENTS, max_size=5))
def test_what_is_written_is_read_back(events: list[Happening]) -> None:
    def clear(one: Happening) -> bool:  # local times that the clocks skip or show twice come back as their neighbours
        return one.zone_name == "UTC" or not any(
            (moment.month, moment.hour) in ((3, 2), (10, 2)) for moment in (one.start, one.end)
        )

    kept = [one for one in events if clear(one)]
    assert read_calendar(write_happenings("desk", kept, T0)) == kept


@given(st.text(max_size=300), st.text(max_size=50))
def test_no_text_does_anything_but_being_refused(text: str, value: str) -> None:
    for whole in (text, FOREIGN.replace("20260105T200000", value, 1), FOREIGN.replace("FREQ=WEEKLY", value, 1)):
        with suppress(IcalError):
            read_calendar(whole)


@given(
    st.lists(st.sampled_from(("P1", "P2", "P3")), min_size=1, max_size=3, unique=True),
    st.sampled_from(("day", "week")),
    st.integers(1, 3),
    st.integers(0, 700),
)
def test_a_rotation_written_as_rules_is_the_same_rotation(people: list[str], every: str, turn: int, ahead: int) -> None:
    layer = Layer("first", tuple(people), every, turn, "09:00", "thu")  # type: ignore[arg-type]
    roll = Roll(Schedule("desk", "Europe/Berlin", (layer,)))
    read = read_calendar(write_happenings("desk", recurring(roll), T0))
    made, _ = appointments(read, People([]))
    again = Roll(Schedule("desk", "Europe/Berlin", appointments=tuple(made)))
    since = T0 + ahead * DAY
    shown = [(one.start, one.end, one.person) for one in roll.shifts(since, since + 40 * DAY)]
    told = [(one.start, one.end, one.person) for one in again.shifts(since, since + 40 * DAY)]
    if len(people) > 1:  # the turns of one alone are one for ever
        assert told == shown
    else:
        assert {one[2] for one in told} == {one[2] for one in shown}


def test_what_rules_cannot_say_is_refused() -> None:
    limited = Roll(Schedule("desk", layers=(Layer("nights", ("P1",), hours="20:00-06:00"),)))
    with pytest.raises(ValueError, match="limited to hours"):
        recurring(limited)


def test_turns_say_whom_they_replace() -> None:
    text = write_calendar("desk", [Turn(T0, T0 + HOUR, "P9", "first", "P1")], T0, {"P1": "Ana", "P9": "Bo"})
    assert "DESCRIPTION:Bo\\, first\\, in place of Ana" in text
