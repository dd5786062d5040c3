"""Activity signals: any window of any person and site is what counting everything again would give, whatever came late,
twice or out of order."""

from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data import times
from data.payloads import TYPES
from data.times import HOUR, MINUTE
from data.wire import Event, decode
from engine.detect.signals import Activity, Counts
from engine.detect.signals.path import leg_mm
from engine.registry import Registry
from engine.settings import Config
from engine.settings.places import Places
from tests.support.recordings import Decided, Script, at


def activity(config: Config | None = None) -> Activity:
    return Activity("default", Places(config or Config()), Registry("default"), lambda: None)


def feed(room: Activity, script: Script) -> None:
    for line in script.lines:
        event = decode(line)
        room.registry.observe(event)
        for kind, handler in room.handlers().items():
            if kind == event.type:
                handler(event)


# --- against a naive count -------------------------------------------------------------------------------------------

PEOPLE = ["P1", "P2"]
SITES = ["S1", "S2"]
moments = st.integers(0, 40).map(lambda minute: minute * MINUTE)
people = st.sampled_from(PEOPLE)
sites = st.sampled_from([None, *SITES])
phones = st.fixed_dictionaries({"person": people, "site": sites, "count": st.integers(0, 4)})
fixes = st.fixed_dictionaries(
    {
        "person": people,
        "site": sites,
        "lat": st.integers(0, 6).map(lambda n: 10 + n / 1000),
        "lon": st.integers(0, 6).map(lambda n: 76 + n / 1000),
        "accuracy_m": st.sampled_from([5.0, None, 900.0]),
    }
)
tasks = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["K1", "K2", "K3"]),
        "person": people,
        "site": st.sampled_from(SITES),
        "kind": st.just("task"),
    }
)
points = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["C1", "C2", "C3"]),
        "person": people,
        "site": st.sampled_from(SITES),
        "parent": st.just("K9"),
    }
)
ins = st.fixed_dictionaries({"person": people, "site": st.sampled_from(SITES)})
one = st.one_of(
    st.tuples(st.just("phone.activity"), moments, phones),
    st.tuples(st.just("location.fix"), moments, fixes),
    st.tuples(st.just("location.fix"), moments, fixes),
    st.tuples(st.just("task.completed"), moments, tasks),
    st.tuples(st.just("task.completed"), moments, points),
    st.tuples(st.just("attendance.check_in"), moments, ins),
)
Told = tuple[str, int, dict[str, Any]]


def event_of(told: Told, number: int) -> Event:
    kind, time, data = told
    payload = TYPES[f"noc.{kind}"](**{name: value for name, value in data.items() if value is not None})
    return Event(f"noc.{kind}", at() + time, "x", f"e{number}", "default", None, payload, b"", number)


def place(told: list[Told], person: str, time: int) -> str | None:
    marks = sorted((when, data["site"]) for _, when, data in told if data["person"] == person and data.get("site"))
    known = [site for when, site in marks if when <= time]
    return known[-1] if known else None


def counted(told: list[Told], person: str, after: int, until: int, site: str | None = None) -> Counts:
    """The slow way: everything looked at again. With `site`, what happened there, each stay for itself."""
    mine = [one for one in told if one[2]["person"] == person]
    inside = [one for one in mine if after < one[1] <= until]
    if site is not None:
        inside = [one for one in inside if place(told, person, one[1]) == site]
    done = Counts(phone=sum(data["count"] for kind, _, data in inside if kind == "phone.activity"))
    done.fixes = sum(kind == "location.fix" for kind, _, _ in inside)
    for field, first in (("tasks", "K"), ("checkpoints", "C")):
        earliest: dict[str, tuple[int, str]] = {}
        for kind, time, data in mine:
            if kind == "task.completed" and data["id"].startswith(first):
                earliest[data["id"]] = min(earliest.get(data["id"], (1 << 62, "")), (time, ""))
        times = [time for time, _ in earliest.values() if after < time <= until]
        setattr(done, field, sum(site in (None, place(told, person, time)) for time in times))
    sure = sorted(
        (time, data["lat"], data["lon"])
        for kind, time, data in mine
        if kind == "location.fix" and (data["accuracy_m"] or 0) <= 100 and after < time <= until
    )
    for (earlier, *start), (later, *end) in pairwise(sure):
        stayed = site is None or all(
            place(told, person, time) == site
            for time in [earlier, later, *(when for _, when, d in mine if earlier < when <= later and d.get("site"))]
        )
        if stayed:
            done.moved_mm += leg_mm(*start, *end)
    return done


TWO_PLACES_AT_ONCE: list[Told] = [
    ("phone.activity", 0, {"person": "P1", "site": "S2", "count": 0}),
    ("location.fix", MINUTE, {"person": "P1", "site": None, "lat": 10.0, "lon": 76.001, "accuracy_m": 5.0}),
    ("location.fix", 2 * MINUTE, {"person": "P1", "site": "S2", "lat": 10.0, "lon": 76.0, "accuracy_m": 5.0}),
    ("task.completed", 2 * MINUTE, {"id": "K1", "person": "P1", "site": "S1", "kind": "task"}),
]


@settings(max_examples=300, deadline=None)
@example(TWO_PLACES_AT_ONCE, Random(0), 0, 2 * MINUTE)
@given(st.lists(one, max_size=30), st.randoms(use_true_random=False), moments, moments)
def test_any_window_is_what_a_new_count_gives_in_whatever_order_it_came(
    told: list[Told], random: Any, one_end: int, other: int
) -> None:
    after, until = sorted((one_end, other))
    shuffled = list(enumerate(told))
    random.shuffle(shuffled)
    room = activity()
    for number, each in shuffled:
        event = event_of(each, number)
        room.handlers()[event.type](event)
    for person in PEOPLE:
        assert room.of_person(person, at() + after, at() + until) == counted(told, person, after, until)
    for site in SITES:
        expected = Counts()
        for person in PEOPLE:
            expected.add(counted(told, person, after, until, site))
        assert room.of_site(site, at() + after, at() + until)[0] == expected


@settings(max_examples=100, deadline=None)
@given(st.lists(one, max_size=30), st.integers(0, 30))
def test_a_dump_goes_on_exactly(told: list[Told], cut: int) -> None:
    whole, half = activity(), activity()
    for number, each in enumerate(told):
        event = event_of(each, number)
        whole.handlers()[event.type](event)
        if number == cut:
            fresh = activity()
            fresh.load(half.dump())
            half = fresh
        half.handlers()[event.type](event)
    assert half.dump() == whole.dump()
    now = at(40)
    assert [half.of_site(site, at(), now) for site in SITES] == [whole.of_site(site, at(), now) for site in SITES]


def test_forgetting_changes_no_window_that_is_still_kept() -> None:
    """Hours of fixes and calls; after each hourly sweep the last two hours still answer as if nothing was forgotten."""
    kept, all_of_it = activity(), activity()
    all_of_it.keep = 1 << 60
    for minute in range(0, 15 * 60, 3):
        data = {"person": "P1", "lat": 10 + (minute % 7) / 1000, "lon": 76.0, "site": SITES[minute // 200 % 2]}
        for room in (kept, all_of_it):
            room.fix(event_of(("location.fix", minute * MINUTE, data), minute))
            room.phone(event_of(("phone.activity", minute * MINUTE, {"person": "P1", "site": data["site"]}), minute))
        if minute % 60 == 0:
            kept.tick(at(minute))
        window = (at(minute) - 2 * HOUR, at(minute))
        assert kept.of_person("P1", *window) == all_of_it.of_person("P1", *window)
        assert [kept.of_site(site, *window) for site in SITES] == [all_of_it.of_site(site, *window) for site in SITES]
    assert len(kept.people["P1"].path.at) < 150, "memory is bounded by the window kept"


# --- what it means ---------------------------------------------------------------------------------------------------


def test_repeats_and_what_is_too_late_change_nothing_and_late_events_count_at_their_own_moment() -> None:
    script = Script()
    script.add("phone.activity", at(0), {"person": "P1", "site": "S1", "count": 3})
    script.add("phone.activity", at(130), {"person": "P1", "site": "S1"})
    script.add("phone.activity", at(121), {"person": "P1", "site": "S1", "count": 5})  # nine minutes late
    script.add("phone.activity", at(100), {"person": "P1", "site": "S1", "count": 90})  # behind the allowance
    room = Decided(script).pipeline.partition("default").detectors.activity
    assert room.of_person("P1", at(10), at(130)).phone == 6
    assert room.of_person("P1", at(121), at(130)).phone == 1
    assert room.of_person("P1", at(-1), at(120)).phone == 3


def test_a_checkpoint_has_a_parent_a_task_has_none_and_a_tour_is_neither() -> None:
    script = Script()
    script.add("task.created", at(0), {"id": "T1", "site": "S1", "person": "P1", "kind": "tour"})
    script.add("task.created", at(0), {"id": "T1.1", "site": "S1", "person": "P1", "parent": "T1"})
    script.add("task.created", at(0), {"id": "T1.2", "site": "S1", "person": "P1", "kind": "checkpoint"})
    script.add("task.created", at(0), {"id": "K1", "site": "S1", "person": "P1"})
    for minute, item in ((5, "T1.1"), (6, "T1.2"), (7, "K1"), (8, "T1"), (9, "K1")):
        script.add("task.completed", at(minute), {"id": item, "site": "S1"})
    room = activity()
    feed(room, script)
    assert room.of_person("P1", at(0), at(30)) == Counts(tasks=1, checkpoints=2)


def test_work_that_nobodys_name_stands_beside_is_the_sites() -> None:
    script = Script()
    script.add("task.completed", at(5), {"id": "K1", "site": "S1"})
    room = activity()
    feed(room, script)
    assert room.of_site("S1", at(0), at(30)) == (Counts(tasks=1), 0)


def test_a_guard_on_duty_who_does_nothing_is_there_and_one_who_left_is_not() -> None:
    script = Script()
    script.add("attendance.check_in", at(-300), {"person": "P1", "site": "S1"})
    script.add("attendance.check_in", at(-300), {"person": "P2", "site": "S1"})
    script.add("attendance.check_out", at(-200), {"person": "P2", "site": "S1"})
    room = activity()
    feed(room, script)
    assert room.of_site("S1", at(-120), at(0)) == (Counts(), 1)
    assert [person for person, _ in room.on_duty("S1", at(0))] == ["P1"]


def test_who_forgot_to_check_out_is_not_on_duty_long_after_the_shift() -> None:
    script = Script()
    shift = {"id": "H1", "site": "S1", "person": "P1", "start": times.text(at(-300)), "end": times.text(at(0))}
    script.add("shift.scheduled", at(-400), shift)
    script.add("attendance.check_in", at(-300), {"person": "P1", "site": "S1", "shift": "H1"})
    script.add("attendance.check_in", at(-300), {"person": "P2", "site": "S1"})
    room = activity()
    feed(room, script)
    assert [person for person, _ in room.on_duty("S1", at(20))] == ["P1", "P2"]
    assert [person for person, _ in room.on_duty("S1", at(40))] == ["P2"], "nobody knows when that turn ends"
    assert [person for person, _ in room.on_duty("S1", at(700))] == []


def test_somebody_lent_to_another_site_counts_where_they_are() -> None:
    script = Script()
    script.add("person.upserted", at(-400), {"id": "P1", "site": "S1"})
    script.add("location.fix", at(-100), {"person": "P1", "lat": 10, "lon": 76})
    script.add("attendance.check_in", at(-60), {"person": "P1", "site": "S2"})
    script.add("location.fix", at(-30), {"person": "P1", "lat": 10.001, "lon": 76})
    room = activity()
    feed(room, script)
    assert room.of_site("S1", at(-120), at(0))[0].fixes == 1
    assert room.of_site("S2", at(-120), at(0))[0].fixes == 1
    assert room.of_person("P1", at(-120), at(0)).moved_mm == pytest.approx(111_195, abs=10)


def test_a_flood_shortens_the_window_and_not_the_memory() -> None:
    room = activity()
    for second in range(60_000):
        room.phone(event_of(("phone.activity", second * 1000, {"person": "P1", "count": 1}), second))
    track = room.people["P1"]
    assert len(track.phone.at) <= 50_001
    assert track.short > 0
    assert room.of_person("P1", track.short, at(2)).phone == len(track.phone.at)
