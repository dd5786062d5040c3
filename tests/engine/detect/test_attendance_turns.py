"""Attendance over the hours of a turn: silence, forged positions, overtime, impossible ways, no-shows."""

import asyncio
from typing import Any

import msgspec
import pytest

from data.store import Commit
from data.times import HOUR, MINUTE
from tests.engine.detect.test_attendance import check_in, post, scripted
from tests.support.memory import MemoryStore
from tests.support.recordings import Decided, Script, at, play, started

GUARDS = ("P1", "P2", "P3")


def crew(days: int = 4, *, last: bool = True) -> Script:
    """Three guards of one site who work eight hours a day and are heard of every ten minutes, days before today."""
    script = Script()
    script.add("site.upserted", at(-days * 1440 - 60), {"id": "S1", "client": "C1", "lat": 10.0, "lon": 76.0})
    for person in GUARDS:
        script.add("person.upserted", at(-days * 1440 - 60), {"id": person, "site": "S1"})
    for day in range(-days, 0):
        turn(script, day * 1440, GUARDS)
    if last:
        for person in GUARDS:
            script.add("shift.scheduled", at(-240), post(person, shift=f"H{person}"))
    return script


def turn(script: Script, first: float, people: tuple[str, ...], until: float = 480, *, begin: bool = True) -> None:
    """A turn from minute `first` on: check-ins, signs of life, check-outs."""
    step = 10
    for person in people if begin else ():
        check_in(script, first - 5, person, lat=10.0001, lon=76.0, accuracy_m=8)
    for minute in range(step, int(until), step):
        for number, person in enumerate(people):
            live(script, first + minute + number / 10, person, task=minute % 60 == 0)
    for person in people:
        script.add("attendance.check_out", at(first + 482), {"person": person, "site": "S1"})


def live(script: Script, minute: float, person: str, *, task: bool) -> None:
    script.add("phone.activity", at(minute), {"person": person, "site": "S1"})
    if task:
        script.add("task.completed", at(minute), {"id": f"K{person}{minute}", "site": "S1", "person": person})


def decided(script: Script) -> Decided:
    """What becomes of the events in the order of their times."""
    script.lines.sort(key=lambda line: msgspec.json.decode(line)["time"])
    return Decided(script)


def standing(found: Decided, kind: str) -> list[str]:
    return [one.person for one in found.anomalies.values() if one.anomaly_type == kind and one.status == "DETECTED"]


def test_checked_in_and_never_heard_of_again() -> None:
    script = crew()
    for person in GUARDS:
        check_in(script, -5, person, lat=10.0001, lon=76.0, accuracy_m=8)
    turn(script, 0, ("P1", "P2"), begin=False)
    found = Decided(script)
    assert standing(found, "GHOST_GUARD") == ["P3"]
    [row] = [
        row for row in found.pipeline.partitions["default"].fraud.rows.values() if row.level in ("HIGH", "CRITICAL")
    ]
    assert (row.person, row.anomalies) == ("P3", ["GHOST_GUARD"])
    assert row.decided_at >= row.time + 2 * HOUR


def test_a_dead_phone_is_no_ghost() -> None:
    """The handset is silent for seven hours, but the rounds are walked."""
    script = crew()
    for person in GUARDS:
        check_in(script, -5, person)
    for minute in range(10, 480, 10):
        live(script, minute, "P1", task=minute % 60 == 0)
        if minute % 60 == 0:
            script.add("task.completed", at(minute), {"id": f"K3{minute}", "site": "S1", "person": "P3"})
    assert standing(Decided(script), "GHOST_GUARD") == ["P2"]


def test_a_nap_is_forgiven_when_it_is_over() -> None:
    script = crew()
    for person in GUARDS:
        check_in(script, -5, person)
    for minute in range(10, 480, 10):
        live(script, minute, "P1", task=minute % 60 == 0)
        live(script, minute + 1, "P2", task=minute % 60 == 0)
        if not 120 < minute < 330:
            live(script, minute + 2, "P3", task=minute % 60 == 0)
    found = Decided(script)
    assert standing(found, "GHOST_GUARD") == []


def test_a_network_that_is_down_makes_no_ghosts() -> None:
    script = crew()
    for person in GUARDS:
        check_in(script, -5, person)
    script.add("alert.firing", at(300), {"alert_type": "Other", "severity": "LOW"})
    script.add("alert.firing", at(400), {"alert_type": "Other", "severity": "LOW"})
    assert standing(Decided(script), "GHOST_GUARD") == []


def walking(script: Script, how: str, day: int = 0, person: str = "P1") -> None:
    """Fifty fixes of a turn; `how` as a forging handset, a still one, or an honest one claims them."""
    for number in range(50):
        angle = number * 1.3
        lat, lon, accuracy = 10.0 + 0.0004 * (angle % 1), 76.0 + 0.0003 * (angle % 0.7), 5.0 + number % 9
        if how == "frozen":
            lat, lon = 10.0001, 76.0
        elif how == "offset":
            lat, lon = 10.0003 + 0.000001 * (number % 3), 76.0002 - 0.000001 * (number % 2)
        elif how == "desk":  # a handset that lies still wanders by a third of its accuracy
            lat, lon = 10.0 + 0.00004 * (number % 5), 76.0 - 0.00003 * (number % 4)
        elif how == "constant":
            accuracy = 5.0
        place = {"person": person, "lat": lat, "lon": lon, "accuracy_m": accuracy}
        script.add("location.fix", at(day * 1440 + 5 + 9 * number), place)


@pytest.mark.parametrize(
    ("how", "seen"), [("honest", []), ("desk", []), ("frozen", ["P1"]), ("offset", ["P1"]), ("constant", ["P1"])]
)
def test_positions_that_are_too_good(how: str, seen: list[str]) -> None:
    script = scripted()
    check_in(script, 0)
    walking(script, how)
    script.add("attendance.check_out", at(481), {"person": "P1", "site": "S1"})
    assert standing(Decided(script), "GPS_SPOOFING") == seen


def test_what_every_handset_does_is_no_forgery() -> None:
    """A fleet that reports an accuracy of 5 m always: at most the first turns are doubted."""
    script = Script()
    script.add("site.upserted", at(-300), {"id": "S1", "client": "C1", "lat": 10.0, "lon": 76.0})
    for day in range(30):
        script.add("attendance.check_in", at(day * 1440), {"person": f"P{day % 10}", "site": "S1"})
        walking(script, "constant", day, f"P{day % 10}")
        script.add("attendance.check_out", at(day * 1440 + 481), {"person": f"P{day % 10}", "site": "S1"})
    found = Decided(script)
    assert [one for one in found.anomalies.values() if one.detected_at > at(10 * 1440)] == []


def test_the_same_coordinates_day_after_day() -> None:
    script = Script()
    for day in range(4):
        for person, lat in (("P1", 10.000123), ("P2", 10.0002 + day / 1e5), ("P3", 10.0005), ("P4", 10.0005)):
            place = {"lat": lat, "lon": 76.0, "accuracy_m": 9}
            check_in(script, day * 1440, person, **place)
            script.add("attendance.check_out", at(day * 1440 + 480), {"person": person, "site": "S1"})
    found = Decided(script)
    assert set(standing(found, "GPS_SPOOFING")) == {"P1"}, "a reader that several share has one place"


@pytest.mark.parametrize(("hours", "seen"), [(8, []), (12, ["P1"])])
def test_a_turn_on_top_of_another(hours: float, seen: list[str]) -> None:
    script = scripted()
    script.add("attendance.check_in", at(-hours * 60), {"person": "P1", "site": "S1"})
    script.add("attendance.check_out", at(-4), {"person": "P1", "site": "S1"})
    name = check_in(script, -2)
    for minute in range(30, 480, 30):
        live(script, minute, "P1", task=False)
    script.add("attendance.check_out", at(478), {"person": "P1", "site": "S1"})
    found = decided(script)
    assert standing(found, "OVERTIME_VIOLATION") == seen
    assert all(one.event_id == name for one in found.anomalies.values() if one.anomaly_type == "OVERTIME_VIOLATION")


def test_whoever_forgets_to_check_out_has_not_worked_on() -> None:
    script = scripted()
    check_in(script, 0)
    live(script, 470, "P1", task=False)
    script.tick(at(30 * 60))
    assert standing(decided(script), "OVERTIME_VIOLATION") == []


@pytest.mark.parametrize(("minutes", "seen"), [(30, ["P1"]), (150, []), (900, [])])
def test_nobody_gets_there_so_fast(minutes: float, seen: list[str]) -> None:
    """From a site 222 km away: half an hour is impossible, two and a half are a drive."""
    script = scripted()
    script.add("site.upserted", at(-1500), {"id": "S2", "client": "C1", "lat": 12.0, "lon": 76.0})
    script.add("attendance.check_in", at(-minutes - 200), {"person": "P1", "site": "S2"})
    script.add("attendance.check_out", at(-minutes), {"person": "P1", "site": "S2"})
    check_in(script, 0)
    assert standing(decided(script), "IMPOSSIBLE_SHIFTS") == seen


def test_sites_of_unknown_place_need_the_shortest_credible_way() -> None:
    script = Script()
    for person, minutes in (("P1", 20), ("P2", 40)):
        script.add("attendance.check_in", at(-300), {"person": person, "site": "S8"})
        script.add("attendance.check_out", at(-minutes), {"person": person, "site": "S8"})
        script.add("attendance.check_in", at(0), {"person": person, "site": "S9"})
    assert standing(decided(script), "IMPOSSIBLE_SHIFTS") == ["P1"]


def test_verified_elsewhere_after_the_check_in_counts_against_the_check_in() -> None:
    script = scripted()
    name = check_in(script, 0)
    script.add("biometric.verified", at(3), {"person": "P1", "site": "S2", "verified": True})
    [anomaly] = decided(script).anomalies.values()
    assert (anomaly.anomaly_type, anomaly.event_id) == ("BUDDY_PUNCHING", name)


def test_neighbouring_gates_prove_no_buddy() -> None:
    script = scripted()
    script.add("site.upserted", at(-290), {"id": "S2", "client": "C1", "lat": 10.002, "lon": 76.0})
    script.add("biometric.verified", at(-4), {"person": "P1", "site": "S2", "verified": True})
    check_in(script, 0)
    assert decided(script).kinds() == []


def attended(script: Script) -> Script:
    """Somebody else comes: check-ins do arrive."""
    check_in(script, 2, "P7", "S7")
    return script


def test_nobody_comes() -> None:
    script = attended(scripted())
    script.tick(at(29))
    found = decided(script)
    assert found.kinds() == []
    script.tick(at(31))
    found.take(script)
    [anomaly] = found.anomalies.values()
    assert (anomaly.anomaly_type, anomaly.person, anomaly.event_id) == ("NO_SHOW", "P1", "e3")
    check_in(script, 52)
    found.take(script)
    assert anomaly.status == "WITHDRAWN"
    assert found.kinds() == ["LATE_ARRIVAL"]


def test_a_swap_in_time_is_no_no_show() -> None:
    script = attended(scripted())
    check_in(script, -3, "P2", shift="H1")
    script.add("shift.cancelled", at(38), {"id": "H1"})
    script.add("shift.scheduled", at(38), post("P2", shift="H2", substitute_for="P1"))
    script.tick(at(200))
    assert decided(script).kinds() == []


def test_a_substitute_who_is_called_because_nobody_came() -> None:
    script = attended(scripted())
    script.add("shift.cancelled", at(20), {"id": "H1"})
    script.add("shift.scheduled", at(20), post("P2", shift="H2", substitute_for="P1"))
    check_in(script, 70, "P2")
    script.tick(at(200))
    found = decided(script)
    assert [(one.anomaly_type, one.person) for one in found.anomalies.values()] == [("NO_SHOW", "P1")]


def test_check_ins_that_arrive_from_nobody_accuse_nobody() -> None:
    script = scripted()
    script.tick(at(120))
    assert decided(script).kinds() == []


def test_somebody_without_a_shift_when_all_have_come() -> None:
    script = scripted()
    check_in(script, -5)
    check_in(script, 150, "P2")
    assert decided(script).kinds() == ["SCHEDULE_MISMATCH"]


def test_the_one_who_seemed_replaced_comes_after_all() -> None:
    script = scripted()
    script.add("person.upserted", at(-60), {"id": "P2", "site": "S1"})
    check_in(script, -5, "P2")
    found = decided(script)
    assert found.kinds() == ["WRONG_PERSON"]
    check_in(script, 5)
    found.take(script)
    assert found.kinds() == ["SCHEDULE_MISMATCH"]


def test_a_supervisor_comes_as_he_likes() -> None:
    script = scripted()
    script.add("person.upserted", at(-60), {"id": "P5", "site": "S9", "role": "supervisor"})
    check_in(script, 0, "P5")
    assert decided(script).kinds() == []


@pytest.mark.parametrize(
    ("photo", "accuracy", "kinds"),
    [
        ({"lat": 10.3, "lon": 76.1}, 8, ["PHOTO_ANOMALY"]),
        ({"lat": 0, "lon": 0}, 8, ["PHOTO_ANOMALY"]),
        ({"lat": 10, "lon": 76}, 8, ["PHOTO_ANOMALY"]),
        ({"lat": 10.0004, "lon": 76.0002}, 8, []),
        ({"lat": 10.0045, "lon": 76.0002}, 500, []),
    ],
)
def test_where_a_photo_was_made(photo: dict[str, Any], accuracy: float, kinds: list[str]) -> None:
    script = scripted()
    check_in(script, 0, lat=10.0003, lon=76.0001, accuracy_m=accuracy, photo=photo)
    assert decided(script).kinds() == kinds


def test_thirty_days_of_faces_that_hardly_match() -> None:
    """Told once, when the pattern begins."""
    script = scripted()
    for number in range(15):
        script.add("biometric.verified", at(-400 + 7 * number), {"person": "P1", "site": "S1", "confidence": 0.42})
    check_in(script, 0, face={"confidence": 0.8, "liveness": 0.95})
    script.add("attendance.check_out", at(100), {"person": "P1", "site": "S1"})
    check_in(script, 300, face={"confidence": 0.8, "liveness": 0.95})
    found = decided(script)
    assert standing(found, "BIOMETRIC_ANOMALY") == ["P1"]


@pytest.mark.parametrize("cut", [200, 500, 700])
def test_a_recovery_goes_on_as_if_nothing_had_been(cut: int) -> None:
    """Snapshot, half an hour of tail, gone; the engine that comes after decides the same."""
    script = crew()
    for person in GUARDS:
        check_in(script, -5, person)
    turn(script, 0, ("P1", "P2"), begin=False)
    script.add("shift.scheduled", at(490), post("P1", shift="H9"))
    lines = script.lines

    async def run() -> None:
        store = MemoryStore()
        engine, never = await started(store), await started(MemoryStore())
        await play(engine, lines[:cut])
        await store.commit(Commit(snapshot=engine.pipeline.snapshot()))
        await play(engine, lines[cut : cut + 40], 7)
        again = await started(store)
        await play(again, lines[cut + 40 :])
        await play(never, lines, 100)
        mine, theirs = (each.pipeline.partitions["default"] for each in (again, never))
        assert mine.detectors.attendance.dump() == theirs.detectors.attendance.dump()
        assert mine.fraud.dump() == theirs.fraud.dump()
        assert mine.anomalies.dump() == theirs.anomalies.dump()

    assert len(lines) > 760
    asyncio.run(run())


def test_a_site_whose_own_place_is_wrong_is_one_finding() -> None:
    """Everybody is 5 km away: the first few are doubted, then the site is, until its place is put right."""
    script = Script()
    script.add("site.upserted", at(-300), {"id": "S1", "client": "C1", "lat": 10.0, "lon": 76.0})
    for number in range(30):
        check_in(script, number * 600, f"P{number % 10}", lat=10.045 + number / 1e5, lon=76.0, accuracy_m=8)
    found = Decided(script)
    outside = [one for one in found.anomalies.values() if one.anomaly_type == "GEOFENCE_VIOLATION"]
    assert len(outside) == 7
    assert [alert.alert_type for alert in found.alerts.values()].count("SITE_LOCATION_DOUBTFUL") == 1
    script.add("site.upserted", at(18_100), {"id": "S1", "client": "C1", "lat": 10.045, "lon": 76.0})
    for number in range(31, 40):
        check_in(script, number * 600, f"P{number % 10}", lat=10.045, lon=76.0, accuracy_m=8)
    found.take(script)
    [alert] = [alert for alert in found.alerts.values() if alert.alert_type == "SITE_LOCATION_DOUBTFUL"]
    assert alert.ended_at is not None


def test_minutes_are_counted_once() -> None:
    """The unit of a turn's signs is the quarter of an hour: a chatty handset is not heard more often."""
    script = scripted()
    check_in(script, 0)
    for second in range(0, 1800, 10):
        script.add("phone.activity", at(0, second), {"person": "P1", "site": "S1"})
    rules = decided(script).pipeline.partitions["default"].detectors.attendance
    turn = rules.people["P1"].turn
    assert turn is not None
    assert turn.phones == 30 * MINUTE // (15 * MINUTE)
