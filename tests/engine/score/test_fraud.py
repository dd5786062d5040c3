"""Every check-in has a row that says how likely it is fraud; evidence changes it, a verdict does not."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.records.fraud import FraudScore
from data.times import DAY, MINUTE
from engine.score.fraud import LEVELS, WEIGHTS, Borders, Estimate, Rules, calibrated, combined
from engine.score.fraud_features import KINDS, NAMES, TWELVE
from engine.score.fraud_model import label
from engine.score.fraud_rows import FraudRows
from tests.engine.detect.test_attendance import FAR, check_in, post, scripted
from tests.support.recordings import Decided, Script, at

BAD_PHOTO = {"authenticity": 0.1, "manipulation": 0.95}
OUTSIDE = {"lat": FAR, "lon": 76.0, "accuracy_m": 5}


def book(found: Decided) -> FraudRows:
    return found.pipeline.partitions["default"].fraud


def rows(found: Decided) -> list[FraudScore]:
    return list(book(found).rows.values())


def seen(row: FraudScore) -> dict[str, float | None]:
    """The vector, by name."""
    return dict(zip(NAMES, row.vector, strict=True))


class Fixed:
    """A model that says what it is told to."""

    version = "fraud-7"

    def __init__(self, probability: float, width: float) -> None:
        self.told = Estimate(
            probability, Borders().level(probability), probability - width / 2, probability + width / 2
        )
        self.saw: list[list[float | None]] = []

    def estimate(self, vector: Sequence[float | None], score: float) -> Estimate:
        assert score == vector[-1]
        self.saw.append(list(vector))
        return self.told


def test_each_check_in_has_one_row() -> None:
    script = scripted()
    names = [check_in(script, 0), check_in(script, 3, **OUTSIDE), check_in(script, 5, "P9", "S7")]
    found = rows(Decided(script))
    assert [row.event_id for row in found] == names
    assert [row.level for row in found] == ["MINIMAL", "CRITICAL", "MINIMAL"]
    assert [row.anomalies for row in found] == [[], ["GEOFENCE_VIOLATION"], []]
    assert "5,000 m" in found[1].reasons[0]
    assert {row.model_version for row in found} == {None}


def test_a_check_in_that_comes_far_too_late_has_a_row_too() -> None:
    script = scripted()
    script.tick(at(100))
    check_in(script, 0, **OUTSIDE)
    [row] = rows(Decided(script))
    assert (row.level, row.anomalies) == ("MINIMAL", [])
    assert "too late" in row.evidence["late"]


def test_a_swap_that_is_told_later_takes_the_probability_back() -> None:
    script = scripted()
    check_in(script, 0, person="P2")
    found = Decided(script)
    [row] = rows(found)
    before = row.probability
    assert row.anomalies == ["WRONG_PERSON"]
    script.add("shift.cancelled", at(30), {"id": "H1"})
    script.add("shift.scheduled", at(30), post("P2", shift="H2", substitute_for="P1"))
    found.take(script)
    assert (row.level, row.anomalies, row.decided_at) == ("MINIMAL", [], at(30))
    assert row.probability < before / 20
    assert "withdrawn: swap" in row.reasons[0]


@pytest.mark.parametrize(("verdict", "status"), [("confirmed", "CONFIRMED"), ("false_positive", "FALSE_POSITIVE")])
def test_a_verdict_changes_the_status_never_the_probability(verdict: str, status: str) -> None:
    script = scripted()
    name = check_in(script, 0, **OUTSIDE)
    found = Decided(script)
    [row] = rows(found)
    before = (row.probability, row.score, row.level, row.decided_at)
    script.add("verdict.recorded", at(60), {"target": f"fraud/{name}", "verdict": verdict})
    found.take(script)
    assert (row.probability, row.score, row.level, row.decided_at) == before
    assert row.status == status


def test_of_two_check_ins_with_one_id_the_newest_is_judged() -> None:
    script = scripted()
    for minute, source in ((0, "one"), (5, "two")):
        script.add("attendance.check_in", at(minute), {"person": "P1", "site": "S1"}, id="e-1", source=source)
    script.add("verdict.recorded", at(60), {"target": "fraud/e-1", "verdict": "confirmed"})
    assert [row.status for row in rows(Decided(script))] == ["OPEN", "CONFIRMED"]


def tickets(found: Decided) -> list[dict[str, Any]]:
    told = [entry.data for entry in found.feed if entry.type == "ticket_updated"]
    return [data for data in told if "suspected of" in data["description"]]


def test_one_ticket_a_person_and_type_in_a_day() -> None:
    script = scripted()
    check_in(script, 0, **OUTSIDE)
    check_in(script, 300, "P1", **OUTSIDE)
    check_in(script, 301, "P1", photo=BAD_PHOTO)
    check_in(script, 302, "P2", **OUTSIDE)
    check_in(script, 1441, "P1", **OUTSIDE)
    said = [ticket["description"].split(",")[0] for ticket in tickets(Decided(script))]
    fence = [text for text in said if text.startswith("GEOFENCE_VIOLATION suspected of P1")]
    assert len(fence) == 2, "the second when a day has gone by"
    assert sum(text.startswith("PHOTO_ANOMALY suspected of P1") for text in said) == 1
    assert sum("P2" in text for text in said) == 1


def test_a_ticket_holds_the_evidence() -> None:
    script = scripted()
    check_in(script, 0, **OUTSIDE)
    found = Decided(script)
    [ticket] = tickets(found)
    assert "checked in 5,000 m from the site; its fence is 200 m" in ticket["description"]
    assert "ticket" in rows(found)[0].evidence


@pytest.mark.parametrize(("width", "ticket"), [(0.1, True), (0.4, False)])
def test_a_model_that_is_not_sure_asks_a_person(width: float, *, ticket: bool) -> None:
    script = scripted()
    found = Decided(script)
    model = book(found).scorer = Fixed(0.85, width)
    check_in(script, 0)
    found.take(script)
    [row] = rows(found)
    assert (row.probability, row.level, row.model_version) == (0.85, "HIGH", "fraud-7")
    assert (row.low, row.high) == pytest.approx((0.85 - width / 2, 0.85 + width / 2))
    assert row.vector == model.saw[-1]
    assert bool(tickets(found)) is ticket
    assert ([alert.alert_type for alert in found.alerts.values()] == ["ML_FRAUD_PREDICTION"]) is not ticket


def test_the_vector_is_what_was_known_then() -> None:
    """A holiday told, hours worked, faces and places: each as of the check-in, none from later."""
    script = scripted()
    script.add("calendar.day", at(-200), {"date": "2026-01-05", "kind": "holiday", "site": "S1"})
    face = {"confidence": 0.9, "liveness": 0.97}
    check_in(
        script, 20, lat=10.001, lon=76.0, accuracy_m=12, face=face, photo={"authenticity": 0.9, "manipulation": 0.1}
    )
    script.add("attendance.check_out", at(200), {"person": "P1", "site": "S1"})
    script.add("biometric.verified", at(205), {"person": "P1", "site": "S1", "verified": False})
    check_in(script, 260)
    first, second = map(seen, rows(Decided(script)))
    assert (first["hour_of_day"], first["day_of_week"], first["is_weekend"], first["is_holiday"]) == (0, 0, 0, 1)
    assert first["gps_drift_meters"] == pytest.approx(111.2, abs=0.1)
    assert first["outside_m"] == pytest.approx(111.2 - 200 - 12, abs=0.1)
    assert (first["late_arrival_rate"], second["late_arrival_rate"]) == (0, 1)
    assert (first["minutes_after_start"], first["on_plan"], first["at_home"]) == (20, 1, 1)
    assert (first["face_recognition_confidence"], second["face_recognition_confidence"]) == (0.9, 0.5)
    assert (first["biometric_mismatch_count_30d"], second["biometric_mismatch_count_30d"]) == (0, 1)
    assert (first["time_since_last_event"], second["time_since_last_event"]) == (86_400, 60 * 60)
    assert second["gps_drift_meters"] is None
    assert first["evidence_late_arrival"] == pytest.approx(0.98)


def test_hours_are_the_sites() -> None:
    script = Script()
    script.add("site.upserted", at(-300), {"id": "S1", "client": "C1", "timezone": "Asia/Kolkata"})
    check_in(script, 23 * 60)
    [row] = rows(Decided(script))
    assert (seen(row)["hour_of_day"], seen(row)["day_of_week"]) == (4, 1)


def test_who_was_found_out_before_is_known_from_then_on() -> None:
    script = scripted()
    name = check_in(script, 0, **OUTSIDE)
    check_in(script, 300)
    script.add("verdict.recorded", at(310), {"target": f"fraud/{name}", "verdict": "confirmed"})
    check_in(script, 320)
    assert [seen(row)["confirmed_before_90d"] for row in rows(Decided(script))] == [0, 0, 1]


def test_of_verdicts_that_contradict_each_other_the_newest_counts_whenever_it_is_told() -> None:
    script = scripted()
    name = check_in(script, 0, **OUTSIDE)
    for minute, verdict in ((300, "confirmed"), (304, "false_positive"), (302, "confirmed")):  # the last one is late
        script.add("verdict.recorded", at(minute), {"target": f"fraud/{name}", "verdict": verdict})
    check_in(script, 320)
    first, second = rows(Decided(script))
    assert first.status == "FALSE_POSITIVE"
    assert label(first, at(400)) == 0
    assert seen(second)["confirmed_before_90d"] == 0  # nobody was found out
    assert [seen(row)["confirmed_before_90d"] for row in rows(Decided(twice_confirmed()))] == [0, 1]


def twice_confirmed() -> Script:
    script = scripted()
    name = check_in(script, 0, **OUTSIDE)
    for minute in (300, 304):
        script.add("verdict.recorded", at(minute), {"target": f"fraud/{name}", "verdict": "confirmed"})
    check_in(script, 320)
    return script


def test_rows_and_histories_stay_bounded() -> None:
    script = Script()
    for number in range(400):
        check_in(script, number * 60)
    found = book(Decided(script))
    assert len(found.rows) <= 4 * 24 + 1
    assert len(found.histories.people["P1"].arrivals) <= 120
    assert all(row.time >= at(399 * 60) - 4 * DAY - MINUTE for row in found.rows.values())


def test_every_kind_has_its_place_and_weight() -> None:
    assert set(KINDS) == set(WEIGHTS)
    assert len(TWELVE) == 12
    assert len(set(NAMES)) == len(NAMES)
    assert all(name == f"evidence_{kind.lower()}" for name, kind in zip(NAMES[-13:-1], KINDS, strict=True))


sures = st.dictionaries(st.sampled_from(KINDS), st.floats(0, 1))


@given(sures, st.sampled_from(KINDS), st.floats(0, 1))
def test_more_evidence_never_makes_fraud_less_likely(evidence: Mapping[str, float], kind: str, sure: float) -> None:
    more = {**evidence, kind: max(sure, evidence.get(kind, 0.0))}
    assert 0 <= combined(evidence) <= combined(more) + 1e-12 <= 1 + 1e-9
    low, high = (Rules().estimate([], combined(one)) for one in (evidence, more))
    assert low.probability <= high.probability + 1e-9
    assert LEVELS.index(low.level) <= LEVELS.index(high.level)


@given(st.floats(0, 1))
def test_a_probability_is_one(score: float) -> None:
    chance = calibrated(score)
    assert 0 < chance < 1
    assert math.isfinite(chance)
