"""Attendance rules: each fraud is seen, and the honest check-in that looks like it is left alone."""

from typing import Any

import pytest

from data import times
from data.times import HOUR
from tests.support.recordings import Decided, Script, at

SITE = {"id": "S1", "client": "C1", "lat": 10.0, "lon": 76.0}
FAR = 10.0 + 5_000 / 111_195  # 5 km north of it


def post(person: str = "P1", site: str = "S1", shift: str = "H1", **more: Any) -> dict[str, Any]:
    return {"id": shift, "site": site, "person": person, "start": times.text(at(0)), "end": times.text(at(480)), **more}


def scripted(*, planned: bool = True) -> Script:
    """A site, a guard who belongs there, and who is on duty."""
    script = Script()
    script.add("site.upserted", at(-300), SITE)
    script.add("person.upserted", at(-300), {"id": "P1", "site": "S1"})
    if planned:
        script.add("shift.scheduled", at(-240), post())
    return script


def check_in(script: Script, minute: float, person: str = "P1", site: str = "S1", **data: Any) -> str:
    return script.add("attendance.check_in", at(minute), {"person": person, "site": site, **data})


def test_the_right_guard_at_the_right_post_is_left_alone() -> None:
    script = scripted()
    face = {"confidence": 0.93, "liveness": 0.97, "verified": True}
    photo = {"authenticity": 0.95, "manipulation": 0.04}
    check_in(script, -10, lat=10.0003, lon=76.0, accuracy_m=8, face=face, photo=photo)
    found = Decided(script)
    assert (found.anomalies, found.alerts) == ({}, {})


def test_outside_the_fence_is_seen_and_raises_an_alert() -> None:
    script = scripted()
    name = check_in(script, 0, lat=FAR, lon=76.0, accuracy_m=10)
    found = Decided(script)
    [anomaly] = found.anomalies.values()
    assert (anomaly.anomaly_type, anomaly.event_id, anomaly.person) == ("GEOFENCE_VIOLATION", name, "P1")
    assert anomaly.evidence["distance_m"] == pytest.approx(5000, abs=5)
    assert found.alert.alert_type == "GEOFENCE_BREACH"
    assert found.reasons == {}, "only alert events have assignments"


@pytest.mark.parametrize("accuracy", [4_900, 2_000, 150])
def test_a_fix_that_is_not_sure_of_itself_accuses_nobody(accuracy: float) -> None:
    """Less accurate than `attendance.max_accuracy_m` (100 m) a fix proves nothing, whatever its distance."""
    script = scripted()
    check_in(script, 0, lat=FAR, lon=76.0, accuracy_m=accuracy)
    script.add("location.fix", at(1), {"person": "P1", "lat": 11.0, "lon": 76.0, "accuracy_m": accuracy})
    check_in(script, 2, lat=10.0, lon=76.0, accuracy_m=5)
    assert Decided(script).kinds() == []


def test_a_fence_of_its_own_counts() -> None:
    script = scripted()
    script.add("site.upserted", at(-5), {"id": "S1", "client": "C1", "geofence_m": 6000})
    check_in(script, 0, lat=FAR, lon=76.0, accuracy_m=10)
    assert Decided(script).kinds() == []


def test_a_site_of_unknown_place_has_no_fence() -> None:
    script = scripted()
    script.add("site.upserted", at(-5), {"id": "S1", "client": "C1", "lat": None})
    check_in(script, 0, lat=FAR, lon=76.0, accuracy_m=10)
    assert Decided(script).kinds() == []


@pytest.mark.parametrize(("minutes", "kinds"), [(10, ["GPS_SPOOFING"]), (60, [])])
def test_faster_than_any_vehicle(minutes: float, kinds: list[str]) -> None:
    """55 km: ten minutes are too few, an hour is a drive."""
    script = scripted()
    script.add("location.fix", at(-minutes), {"person": "P1", "lat": 10.5, "lon": 76.0, "accuracy_m": 10})
    check_in(script, 0, lat=10.0, lon=76.0, accuracy_m=10)
    assert Decided(script).kinds() == kinds


@pytest.mark.parametrize(
    ("face", "kinds"),
    [
        ({"verified": False}, ["BIOMETRIC_ANOMALY"]),
        ({"liveness": 0.2, "confidence": 0.9}, ["BIOMETRIC_ANOMALY"]),
        ({"confidence": 0.3}, ["BIOMETRIC_ANOMALY"]),
        ({"confidence": 0.62, "liveness": 0.7, "verified": True}, []),  # poor light
        ({}, []),
    ],
)
def test_faces(face: dict[str, Any], kinds: list[str]) -> None:
    script = scripted()
    check_in(script, 0, face=face)
    assert Decided(script).kinds() == kinds


@pytest.mark.parametrize(
    ("photo", "kinds"),
    [({"manipulation": 0.9}, ["PHOTO_ANOMALY"]), ({"authenticity": 0.1}, ["PHOTO_ANOMALY"]), ({}, [])],
)
def test_photos(photo: dict[str, Any], kinds: list[str]) -> None:
    script = scripted()
    check_in(script, 0, photo=photo)
    assert Decided(script).kinds() == kinds


@pytest.mark.parametrize(("minutes", "kinds"), [(4, ["BUDDY_PUNCHING"]), (6, [])])
def test_in_two_places_at_once(minutes: float, kinds: list[str]) -> None:
    script = scripted()
    script.add("biometric.verified", at(-minutes), {"person": "P1", "site": "S2", "verified": True})
    check_in(script, 0)
    assert Decided(script).kinds() == kinds


def test_a_verification_that_failed_places_nobody() -> None:
    script = scripted()
    script.add("biometric.verified", at(-1), {"person": "P1", "site": "S2", "verified": False})
    check_in(script, 0)
    assert Decided(script).kinds() == []


@pytest.mark.parametrize(("home", "kinds"), [("S1", ["WRONG_PERSON"]), ("S9", ["UNAUTHORIZED_SITE"])])
def test_somebody_who_is_not_on_the_plan(home: str, kinds: list[str]) -> None:
    script = scripted()
    script.add("person.upserted", at(-60), {"id": "P2", "site": home})
    check_in(script, 0, person="P2")
    assert Decided(script).kinds() == kinds


def test_a_site_without_a_plan_accuses_nobody() -> None:
    script = scripted(planned=False)
    check_in(script, 0, person="P2")
    assert Decided(script).kinds() == []


@pytest.mark.parametrize(
    ("minute", "kinds"),
    [
        (-60, []),
        (-61, ["SCHEDULE_MISMATCH"]),
        (-100, ["SCHEDULE_MISMATCH"]),
        (15, []),
        (16, ["LATE_ARRIVAL"]),
        (470, ["LATE_ARRIVAL", "SCHEDULE_MISMATCH"]),
    ],
)
def test_early_and_late_at_ones_own_post(minute: float, kinds: list[str]) -> None:
    script = scripted()
    check_in(script, minute)
    found = [kind for kind in Decided(script).kinds() if kind != "NO_SHOW"]
    assert found == kinds


def test_a_swap_told_before_needs_no_excuse() -> None:
    script = scripted()
    script.add("shift.cancelled", at(-20), {"id": "H1"})
    script.add("shift.scheduled", at(-20), post("P2", shift="H2", substitute_for="P1"))
    check_in(script, 0, person="P2")
    found = Decided(script)
    assert (found.anomalies, found.alerts) == ({}, {})


@pytest.mark.parametrize(("told", "stands"), [(45, False), (46, True)])
def test_a_swap_told_up_to_three_quarters_of_an_hour_late_withdraws(told: float, *, stands: bool) -> None:
    script = scripted()
    check_in(script, 0, person="P2")
    found = Decided(script)
    assert found.kinds() == ["WRONG_PERSON"]
    script.add("alert.firing", at(14), {"alert_type": "Other", "severity": "LOW"})
    script.add("shift.cancelled", at(told), {"id": "H1"})
    script.add("shift.scheduled", at(told), post("P2", shift="H2", substitute_for="P1"))
    found.take(script)
    [anomaly] = found.anomalies.values()
    assert anomaly.status == ("DETECTED" if stands else "WITHDRAWN")
    assert found.alerts[1].ended_at is not None


def test_a_swap_excuses_its_own_person_only() -> None:
    script = scripted()
    check_in(script, 0, person="P3")
    script.add("shift.scheduled", at(10), post("P2", shift="H2", substitute_for="P1"))
    assert Decided(script).kinds() == ["WRONG_PERSON"]


@pytest.mark.parametrize(("verdict", "status"), [("confirmed", "CONFIRMED"), ("false_positive", "FALSE_POSITIVE")])
def test_the_newest_verdict_counts(verdict: str, status: str) -> None:
    script = scripted()
    name = check_in(script, 0, person="P2")
    other = "confirmed" if verdict == "false_positive" else "false_positive"
    for minute, word in ((10, other), (20, verdict)):
        script.add("verdict.recorded", at(minute), {"target": f"fraud/{name}", "verdict": word, "actor": "ann"})
    [anomaly] = Decided(script).anomalies.values()
    assert anomaly.status == status


def test_a_duty_is_forgotten_a_day_after_its_end_and_not_before() -> None:
    script = scripted()
    check_in(script, 0)
    script.tick(at(480) + 30 * HOUR)
    check_in(script, 40 * 60, person="P2")
    assert Decided(script).kinds() == []
