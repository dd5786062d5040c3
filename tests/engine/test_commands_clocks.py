"""Service targets: missed once, noted in the timeline and the record, later never unsaid."""

import pytest

from data import times
from engine.settings import Config
from engine.settings.sections import AcknowledgeWithin, IncidentSettings, ServiceTargets
from tests.engine.operation import MINUTE, T0, Operation

LEASE = times.text(T0 + 10_000 * MINUTE)


def said(desk: Operation, number: int = 1) -> list[str]:
    return [note.text for note in desk.incidents[number].timeline if "target" in note.text]


def minute(time: int | None) -> float | None:
    return None if time is None else (time - T0) / MINUTE


@pytest.mark.parametrize(("severity", "acknowledge", "resolve"), [("CRITICAL", 15, 240), ("HIGH", 30, 480)])
def test_missed_targets_are_noted_once(severity: str, acknowledge: int, resolve: int):
    desk = Operation()
    alert = desk.fire(0, severity=severity, ends_at=LEASE)
    incident = desk.incident(alert)
    assert (minute(incident.acknowledge_by), minute(incident.resolve_by)) == (acknowledge, resolve)
    desk.pass_time(acknowledge - 1)
    assert said(desk) == []
    desk.pass_time(acknowledge)
    words = times_text(acknowledge)
    assert said(desk) == [f"not acknowledged within {words}, the target of {severity}"]
    assert minute(incident.acknowledge_late_at) == acknowledge
    desk.pass_time(10_000 - 1)
    assert len(said(desk)) == 2
    assert minute(incident.resolve_late_at) == resolve


def times_text(minutes: int) -> str:
    return f"{minutes}m" if minutes < 60 else f"{minutes // 60}h"


def test_an_acknowledgement_or_an_assignment_in_time_meets_the_target():
    for action in ("acknowledge", "take"):
        desk = Operation()
        incident = desk.incident(desk.fire(0, severity="CRITICAL", ends_at=LEASE))
        desk.act(10, action, f"incident/{incident.id}")
        desk.pass_time(100)
        assert said(desk) == []
        assert incident.acknowledge_late_at is None


def test_an_undone_acknowledgement_does_not_meet_it():
    desk = Operation()
    incident = desk.incident(desk.fire(0, severity="CRITICAL", ends_at=LEASE))
    done = desk.act(10, "acknowledge", f"incident/{incident.id}")
    desk.pass_time(12)
    desk.act(13, "undo", done.undo or "")
    desk.pass_time(15)
    assert len(said(desk)) == 1


def test_a_graver_incident_has_less_time():
    desk = Operation()
    alert = desk.fire(0, severity="HIGH", ends_at=LEASE)
    desk.fire(5, severity="CRITICAL", ends_at=LEASE)
    assert minute(desk.incident(alert).acknowledge_by) == 15
    desk.fire(20, "Other", "HIGH", ends_at=LEASE)
    assert said(desk) == ["not acknowledged within 15m, the target of CRITICAL"]


def test_a_resolved_incident_misses_nothing_and_a_reopened_one_may():
    desk = Operation()
    alert = desk.fire(0, severity="CRITICAL", ends_at=LEASE)
    incident = desk.incident(alert)
    desk.act(5, "resolve", f"incident/{incident.id}")
    desk.pass_time(30)
    assert said(desk) == []
    desk.act(40, "reopen", f"incident/{incident.id}")
    desk.pass_time(240)
    assert said(desk) == ["not resolved within 4h, the target of CRITICAL"]


def test_a_candidate_has_time_from_its_approval_on():
    desk = Operation(Config(incidents=IncidentSettings(approve=True)))
    incident = desk.incident(desk.fire(0, severity="CRITICAL", ends_at=LEASE))
    assert incident.acknowledge_by is None
    done = desk.act(60, "approve", f"incident/{incident.id}")
    assert minute(incident.acknowledge_by) == 75
    desk.act(61, "undo", done.undo or "")
    desk.pass_time(100)
    assert said(desk) == []


def test_zero_is_no_target():
    targets = ServiceTargets(acknowledge=AcknowledgeWithin(critical=0))
    desk = Operation(Config(incidents=IncidentSettings(sla=targets)))
    incident = desk.incident(desk.fire(0, severity="CRITICAL", ends_at=LEASE))
    desk.pass_time(200)
    assert incident.acknowledge_by is None
    assert said(desk) == []


def test_clocks_outlive_a_restart():
    desk = Operation()
    desk.fire(0, severity="CRITICAL", ends_at=LEASE)
    desk.restart()
    desk.pass_time(15)
    assert len(said(desk)) == 1
    desk.restart()
    desk.pass_time(16)
    assert len(said(desk)) == 1


def test_a_snoozed_incident_comes_back_when_it_gets_worse():
    desk = Operation()
    incident = desk.incident(desk.fire(0, severity="HIGH", ends_at=LEASE))
    desk.act(1, "snooze", f"incident/{incident.id}", for_="5h")
    desk.fire(2, "Other", "HIGH", ends_at=LEASE)
    assert incident.snoozed_until is not None
    desk.fire(3, "Fire", "CRITICAL", ends_at=LEASE)
    assert incident.snoozed_until is None
    assert "snooze is over: it got worse" in [note.text for note in incident.timeline]
