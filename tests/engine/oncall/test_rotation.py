"""A rotation gives every moment to exactly one person, on days on which clocks change too; overrides and gaps."""

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import times
from data.records.entity import Entity
from data.times import DAY, HOUR, MINUTE
from engine.oncall.gaps import gaps, on_call_time, unreachable
from engine.oncall.rotation import Rotation
from engine.oncall.schedule import OnCall, Roll
from engine.settings.oncall import Appointment, Layer, OnCallSettings, Override, Schedule
from tests.engine.shelf import T0

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Cairo")
LAYERS = st.builds(
    Layer,
    name=st.just("first"),
    people=st.lists(st.sampled_from(("P1", "P2", "P3")), min_size=1, max_size=4).map(tuple),
    every=st.sampled_from(("day", "week")),
    turn=st.integers(1, 3),
    handover=st.sampled_from(("00:00", "02:30", "03:00", "09:00", "23:45")),
    weekday=st.sampled_from(("mon", "sun", "thu")),
)
# Around the days on which the clocks of all these zones change in 2026.
MOMENTS = st.one_of(
    st.integers(times.parse("2026-01-01T00:00:00Z") // MINUTE, times.parse("2027-01-01T00:00:00Z") // MINUTE),
    *(
        st.integers(times.parse(f"{day}T00:00:00Z") // MINUTE, times.parse(f"{day}T00:00:00Z") // MINUTE + 3000)
        for day in ("2026-03-07", "2026-03-28", "2026-04-04", "2026-10-03", "2026-10-24", "2026-10-31")
    ),
).map(lambda minute: minute * MINUTE)


def at(text: str, zone: str = "Europe/Berlin") -> int:
    return times.from_datetime(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))


def roll(*layers: Layer, zone: str = "Europe/Berlin", **more: object) -> Roll:
    return Roll(Schedule("desk", zone, layers, **more))  # type: ignore[arg-type]


def who(found: Roll, time: int) -> list[str]:
    return [turn.person for turn in found.who(time)]


@given(LAYERS, st.sampled_from(ZONES), MOMENTS, st.integers(1, 60))
def test_every_moment_belongs_to_exactly_one_turn(layer: Layer, zone: str, since: int, days: int) -> None:
    turns = list(Rotation(layer, zone).shifts(since, since + days * DAY))
    assert turns[0].start <= since < turns[0].end
    assert turns[-1].end >= since + days * DAY
    assert all(one.end == other.start for one, other in pairwise(turns))
    order = layer.people * (len(turns) + 2)
    place = next(n for n in range(len(layer.people)) if order[n : n + len(turns)] == tuple(t.person for t in turns))
    assert place >= 0


@given(LAYERS, st.sampled_from(ZONES), MOMENTS)
def test_a_moment_looked_up_alone_is_as_in_the_whole(layer: Layer, zone: str, time: int) -> None:
    rotation = Rotation(layer, zone)
    whole = [turn for turn in rotation.shifts(time - 30 * DAY, time + 30 * DAY) if turn.start <= time < turn.end]
    assert list(rotation.shifts(time, time + 1)) == whole
    assert len(whole) == 1


@given(LAYERS, st.sampled_from(ZONES), MOMENTS)
def test_a_turn_begins_when_the_clocks_show_the_hand_over(layer: Layer, zone: str, time: int) -> None:
    [turn] = Rotation(layer, zone).shifts(time, time + 1)
    shown = times.to_datetime(turn.start).astimezone(ZoneInfo(zone))
    hour, minute = map(int, layer.handover.split(":"))
    wanted = shown.replace(hour=hour, minute=minute, fold=0)
    skipped = wanted.astimezone(ZoneInfo("UTC")).astimezone(ZoneInfo(zone)).replace(fold=0) != wanted
    assert skipped or (shown.hour, shown.minute) == (hour, minute)
    if layer.every == "week" and not skipped:
        assert ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[shown.weekday()] == layer.weekday


def test_a_days_turn_is_shorter_or_longer_where_clocks_change() -> None:
    layer = Layer("first", ("P1", "P2"), "day", handover="09:00")
    spring = next(iter(Rotation(layer, "Europe/Berlin").shifts(at("2026-03-28T12:00"), at("2026-03-28T13:00"))))
    autumn = next(iter(Rotation(layer, "Europe/Berlin").shifts(at("2026-10-24T12:00"), at("2026-10-24T13:00"))))
    assert (spring.end - spring.start, autumn.end - autumn.start) == (23 * HOUR, 25 * HOUR)


def test_weeks_follow_each_other_from_the_start_until_the_end() -> None:
    found = roll(Layer("first", ("P1", "P2"), weekday="mon", start="2026-01-07", until="2026-01-21"))
    assert who(found, at("2026-01-07T08:59")) == []
    assert who(found, at("2026-01-07T09:00")) == ["P1"]
    assert who(found, at("2026-01-12T08:59")) == ["P1"]
    assert who(found, at("2026-01-12T09:00")) == ["P2"]
    assert who(found, at("2026-01-21T08:59")) == ["P1"]
    assert who(found, at("2026-01-21T09:00")) == []


def test_nights_and_days_of_the_week_limit_a_layer() -> None:
    found = roll(Layer("nights", ("P1", "P2"), "day", handover="12:00", hours="20:00-06:00", days=("fri", "sat")))
    assert who(found, at("2026-01-09T19:59")) == []
    assert who(found, at("2026-01-09T20:00")) == who(found, at("2026-01-10T05:59")) != []
    assert who(found, at("2026-01-10T20:00")) != who(found, at("2026-01-09T20:00"))
    assert who(found, at("2026-01-11T20:00")) == []
    [turn] = found.who(at("2026-01-09T23:00"))
    assert (turn.start, turn.end) == (at("2026-01-09T20:00"), at("2026-01-10T06:00"))


def test_overrides_replace_a_layer_a_person_or_everybody_and_fill_holes() -> None:
    first, second = Layer("first", ("P1",)), Layer("second", ("P2",), hours="08:00-18:00")
    given_ = (
        Override("P7", "2026-01-07T10:00", "2026-01-07T12:00", layer="second"),
        Override("P8", "2026-01-07T11:00", "2026-01-07T19:00", instead_of="P1"),
        Override("P9", "2026-01-08T00:00", "2026-01-09T00:00"),
        Override("P6", "2026-01-10T20:00", "2026-01-10T22:00", layer="second"),
    )
    found = roll(first, second, overrides=given_)
    assert who(found, at("2026-01-07T09:00")) == ["P1", "P2"]
    assert who(found, at("2026-01-07T10:00")) == ["P1", "P7"]
    assert who(found, at("2026-01-07T11:00")) == ["P8", "P7"]
    assert who(found, at("2026-01-07T12:00")) == ["P8", "P2"]
    assert found.who(at("2026-01-07T12:00"))[0].instead_of == "P1"
    assert who(found, at("2026-01-08T10:00")) == ["P9"]
    assert who(found, at("2026-01-10T21:00")) == ["P1", "P6"]


def test_of_overlapping_overrides_the_later_one_counts() -> None:
    given_ = (
        Override("P8", "2026-01-07T00:00", "2026-01-09T00:00"),
        Override("P9", "2026-01-08T00:00", "2026-01-08T12:00"),
    )
    found = roll(Layer("first", ("P1",)), overrides=given_)
    assert [who(found, at(f"2026-01-08T{hour}:00")) for hour in ("11", "12")] == [["P9"], ["P8"]]


@settings(max_examples=40)
@given(st.lists(LAYERS, max_size=2), st.sampled_from(ZONES[:5]), MOMENTS, st.data())
def test_gaps_are_what_a_look_at_every_quarter_finds(
    layers: list[Layer], zone: str, since: int, data: st.DataObject
) -> None:
    hours = data.draw(st.sampled_from(("", "20:00-06:00", "08:00-18:00", "02:30-02:45")))
    days = data.draw(st.sampled_from(((), ("mon", "tue"), ("sat", "sun"))))
    limited = tuple(
        Layer(f"l{n}", one.people, one.every, one.turn, one.handover, one.weekday, hours=hours, days=days)
        for n, one in enumerate(layers)
    )
    found = roll(*limited, zone=zone)
    since = since // (15 * MINUTE) * 15 * MINUTE
    until = since + 4 * DAY
    holes = gaps(found, since, until)
    for moment in range(since, until, 15 * MINUTE):
        assert (not found.who(moment)) == any(gap.start <= moment < gap.end for gap in holes)


def test_people_who_could_not_be_told_are_named() -> None:
    people = [
        Entity("person/P1", "default", T0, 1, attributes={"phone": "1"}),
        Entity("person/P2", "default", T0, 1, attributes={}),
        Entity("person/P3", "default", T0, 1, attributes={"phone": "1", "active": False}),
    ]
    found = roll(Layer("first", ("P1", "P2", "P3", "P4"), "day"))
    told = {one.person: one.reason for one in unreachable(found, people, T0, T0 + 10 * DAY)}
    assert told == {
        "P2": "has neither phone nor email",
        "P3": "has left",
        "P4": "nobody has told of this person",
    }


def test_the_burden_is_summed_within_the_time_asked_for() -> None:
    found = roll(Layer("first", ("P1", "P2"), "day", handover="00:00"), zone="UTC")
    spent = on_call_time(found.shifts(T0 + 12 * HOUR, T0 + 3 * DAY), T0 + 12 * HOUR, T0 + 3 * DAY)
    assert sorted(spent.values()) == [DAY, DAY + 12 * HOUR]


def test_recurring_appointments_keep_their_local_time() -> None:
    night = Appointment("P1", "2026-03-27T20:00", "2026-03-28T06:00", "FREQ=DAILY;COUNT=3")
    other = Appointment(
        "P2", "2026-01-05T08:00", "2026-01-05T09:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE", ("2026-01-19T08:00",)
    )
    found = roll(appointments=(night, other))
    shifts = [turn for turn in found.shifts(at("2026-03-20T00:00"), at("2026-04-20T00:00")) if turn.person == "P1"]
    assert [turn.end for turn in shifts] == [at(f"2026-03-{day}T06:00") for day in (28, 29, 30)]
    assert shifts[1].end - shifts[1].start == 9 * HOUR
    mine = [turn.start for turn in found.shifts(at("2026-01-01T00:00"), at("2026-02-05T00:00")) if turn.person == "P2"]
    assert mine == [at(f"2026-{day}T08:00") for day in ("01-05", "01-07", "01-21", "02-02", "02-04")]


@given(
    st.sampled_from(("DAILY", "WEEKLY")),
    st.integers(1, 4),
    st.sets(st.sampled_from(("MO", "TU", "SA", "SU")), max_size=3),
    st.one_of(st.none(), st.integers(1, 30)),
    st.sampled_from(ZONES[:3]),
    st.integers(0, 200),
)
def test_a_stretch_of_a_recurrence_is_cut_out_of_the_whole(
    freq: str, interval: int, days: set[str], count: int | None, zone: str, ahead: int
) -> None:
    rule = f"FREQ={freq};INTERVAL={interval}" + (f";BYDAY={','.join(sorted(days))}" if days else "")
    rule += f";COUNT={count}" if count else ""
    found = roll(appointments=(Appointment("P1", "2026-01-01T22:00", "2026-01-03T06:30", rule),), zone=zone)
    begin = at("2025-12-20T00:00", zone)
    since = begin + ahead * DAY
    whole = found.shifts(begin, begin + 300 * DAY)
    alone = {(turn.start, turn.end) for turn in found.shifts(since, since + 9 * DAY)}
    apart = [turn for turn in whole if turn.start < since + 9 * DAY and turn.end > since]
    assert alone == {(turn.start, turn.end) for turn in apart}
    if count:
        assert len(whole) <= count


def test_all_schedules_are_asked_each_person_once_and_an_unknown_one_has_nobody() -> None:
    both = OnCall(
        OnCallSettings(
            (
                Schedule("a", layers=(Layer("x", ("P1",)),)),
                Schedule("b", layers=(Layer("x", ("P1",)), Layer("y", ("P2",)))),
            )
        )
    )
    assert [turn.person for turn in both.who(T0)] == ["P1", "P2"]
    assert [turn.person for turn in both.who(T0, "b")] == ["P1", "P2"]
    assert both.who(T0, "c") == []


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (Layer("a", ()), "nobody takes turns"),
        (Layer("a", ("P1",), handover="9"), "'9' is no time of day"),
        (Layer("a", ("P1",), hours="9-5"), "'9' is no time of day"),
        (Layer("a", ("P1",), start="soon"), "'soon' is no date"),
    ],
)
def test_a_layer_that_cannot_be_read_says_why(layer: Layer, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Rotation(layer, "UTC")


def test_turns_of_one_person_that_touch_are_one() -> None:
    found = roll(Layer("first", ("P1",), "day"))
    [turn] = found.shifts(T0, T0 + 5 * DAY)
    assert turn.end - turn.start >= 5 * DAY


OVERRIDES = st.builds(
    lambda person, begin, hours, layer, instead_of: Override(
        person, times.text(T0 + begin * HOUR), times.text(T0 + (begin + hours) * HOUR), layer, instead_of
    ),
    st.sampled_from(("P1", "P8", "P9")),
    st.integers(-24, 72),
    st.integers(1, 60),
    st.sampled_from(("", "first", "second")),
    st.sampled_from(("", "", "P1", "P8")),
)


@given(st.lists(OVERRIDES, max_size=5), st.integers(0, 72))
def test_overrides_are_laid_over_one_after_the_other(overrides: list[Override], hour: int) -> None:
    layers = (Layer("first", ("P1", "P2"), "day"), Layer("second", ("P3",), hours="20:00-06:00"))
    found = roll(*layers, zone="UTC", overrides=tuple(overrides))
    time = T0 + hour * HOUR
    on = {turn.layer: turn.person for turn in roll(*layers, zone="UTC").who(time)}
    for one in overrides:
        if times.parse(one.start) <= time < times.parse(one.end):
            for layer, person in list(on.items()):
                if one.layer in ("", layer) and one.instead_of in ("", person):
                    del on[layer]
                    if one.instead_of:
                        on[layer] = one.person
            if not one.instead_of:
                on[one.layer or "override"] = one.person
    turns = found.who(time)
    assert {turn.layer: turn.person for turn in turns} == on
    assert len(turns) == len(on)
    for turn in turns:
        assert turn.start <= time < turn.end
        assert turn in found.shifts(turn.start, turn.end)
        assert {one.person for one in found.who(turn.end - 1) if one.layer == turn.layer} == {turn.person}
