"""What people do, and what comes of it: states, words, audit, undo, timers, bulk."""

import pytest

from data import times
from data.records.alert import AlertStatus
from data.records.incident import IncidentState
from engine.settings import Config
from engine.settings.sections import IncidentSettings
from tests.engine.operation import MINUTE, T0, Operation, ref


def at(minute: float) -> int:
    return T0 + round(minute * MINUTE)


@pytest.fixture
def desk() -> Operation:
    return Operation()


def test_acknowledging_an_alert_alone_leaves_the_rest_of_its_item(desk: Operation):
    grave = desk.fire(0, severity="CRITICAL")
    other = desk.fire(0.1, "DiskFull", "CRITICAL")
    assert desk.incident(grave) is desk.incident(other)
    done = desk.act(1, "acknowledge", ref(grave))
    assert (done.ok, done.text) == (True, "acknowledged: LinkDown on host/a")
    assert (grave.status, grave.acknowledged_by, grave.acknowledged_at) == (AlertStatus.ACKNOWLEDGED, "ann", at(1))
    assert other.status is AlertStatus.NEW
    assert desk.incident(grave).state is IncidentState.NEW
    assert desk.incident(grave).timeline[-1].text == "acknowledged: LinkDown on host/a"
    assert desk.act(2, "acknowledge", ref(grave)).text == "LinkDown on host/a is acknowledged already"


def test_an_incident_goes_through_its_states_with_its_alerts(desk: Operation):
    alert = desk.fire(0, severity="CRITICAL")
    incident = desk.incident(alert)
    target = f"incident/{incident.id}"
    assert desk.act(1, "acknowledge", target).ok
    assert (incident.state, alert.status) == (IncidentState.ACKNOWLEDGED, AlertStatus.ACKNOWLEDGED)
    assert desk.act(2, "assign", target, assignee="bob").text.startswith("assigned to bob: ")
    assert (incident.assignee, alert.assignee, alert.status) == ("bob", "bob", AlertStatus.ASSIGNED)
    assert desk.act(3, "take", target, actor="cy").text.startswith("taken by cy: ")
    assert desk.act(4, "release", target).ok
    assert (incident.state, incident.assignee, alert.status) == (IncidentState.NEW, None, AlertStatus.NEW)
    assert desk.act(5, "escalate", target).ok
    assert alert.status is AlertStatus.ESCALATED
    assert desk.act(6, "acknowledge", target).ok
    assert desk.act(7, "resolve", target, note="cable").text.endswith("(1 alert ended)")
    assert (incident.state, alert.status, alert.end_reason) == (
        IncidentState.RESOLVED,
        AlertStatus.RESOLVED,
        "operator",
    )
    assert incident.timeline[-1].text == "ACKNOWLEDGED -> RESOLVED: cable"
    assert desk.act(7.5, "assign", target).text.endswith("is RESOLVED: reopen it first")
    assert desk.act(8, "reopen", target).text.endswith("(1 alert again open)")
    assert (incident.state, alert.firing, alert.status) == (IncidentState.NEW, True, AlertStatus.ACKNOWLEDGED)
    assert [row.action for row in desk.audit[:3]] == ["acknowledge", "assign", "take"]


def test_reopening_late_says_that_alerts_come_back_by_themselves(desk: Operation):
    alert = desk.fire(0, severity="CRITICAL")
    target = f"incident/{desk.incident(alert).id}"
    desk.act(1, "resolve", target)
    desk.pass_time(20)
    done = desk.act(21, "reopen", target)
    assert done.ok
    assert "its alerts come back when their source reports them" in done.text
    assert desk.incident(alert).state is IncidentState.NEW


def test_an_acknowledgement_for_a_time_runs_out(desk: Operation):
    alert = desk.fire(0, severity="CRITICAL", ends_at=times.text(at(500)))
    incident = desk.incident(alert)
    done = desk.act(1, "acknowledge", f"incident/{incident.id}", for_="2h")
    assert "until 2026-01-05T10:01:00Z" in done.text
    desk.pass_time(120)
    assert alert.status is AlertStatus.ACKNOWLEDGED
    desk.pass_time(121)
    assert (alert.acknowledged_by, incident.state) == (None, IncidentState.NEW)
    assert alert.status in (AlertStatus.NEW, AlertStatus.ESCALATED), "and the next is told, since nobody has it"
    assert "ACKNOWLEDGED -> NEW: the acknowledgement ran out" in [note.text for note in incident.timeline]
    desk.act(122, "acknowledge", f"incident/{incident.id}", for_="1h")
    assert desk.act(123, "acknowledge", f"incident/{incident.id}", for_="3h").ok, "it can be prolonged"
    desk.pass_time(200)
    assert alert.status is AlertStatus.ACKNOWLEDGED


def test_a_snooze_ends_by_timer_and_at_once_when_it_gets_worse(desk: Operation):
    lease = times.text(at(500))
    quiet = desk.fire(0, ends_at=lease)
    worse = desk.fire(0, "DiskFull", entity="host/b", site="S2", ends_at=lease)
    for alert in (quiet, worse):
        assert desk.act(1, "snooze", ref(alert), for_="30m").text.startswith("snoozed until 2026-01-05T08:31:00Z")
    assert quiet.status is worse.status is AlertStatus.SNOOZED
    desk.fire(10, "DiskFull", "HIGH", entity="host/b", site="S2", ends_at=lease)
    assert (worse.status, worse.snoozed_until) == (AlertStatus.NEW, None)
    assert quiet.status is AlertStatus.SNOOZED
    desk.pass_time(31)
    assert (quiet.status, quiet.snoozed_until) == (AlertStatus.NEW, None)
    assert [entry.data.get("what") for entry in desk.feed if entry.ref == ref(quiet)][-1] == "snooze is over"


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"for_": "soon"}, "is no length of time"),
        ({"until": "2020-01-01T00:00:00Z"}, "is over already"),
        ({"until": "tomorrow"}, "is no time"),
        ({"for_": "800d"}, "longer than a year"),
    ],
)
def test_a_time_that_makes_no_sense_is_refused_and_changes_nothing(desk: Operation, params: dict[str, str], words: str):
    alert = desk.fire(0)
    done = desk.act(1, "snooze", ref(alert), **params)
    assert not done.ok
    assert words in done.text
    assert done.text.startswith("LinkDown on host/a: ")
    assert alert.status is AlertStatus.NEW


def test_many_at_once_tell_of_each(desk: Operation):
    one, two = desk.fire(0), desk.fire(0, "DiskFull", entity="host/b", site="S2")
    done = desk.act(1, "acknowledge", "alert/many", targets=[ref(one), "alert/A-nothing", ref(two)])
    assert done.ok
    assert [(result.target, result.ok) for result in done.results] == [
        (ref(one), True), ("alert/A-nothing", False), (ref(two), True),
    ]  # fmt: skip
    assert done.text == "acknowledge: 2 of 3 done; not: alert/A-nothing is not open"
    assert desk.act(2, "undo", done.undo or "").ok
    assert one.status is two.status is AlertStatus.NEW


def test_undo_does_not_overwrite_what_others_have_done_since(desk: Operation):
    alert = desk.fire(0)
    done = desk.act(1, "acknowledge", ref(alert))
    desk.act(2, "take", ref(alert), actor="bob")
    back = desk.act(3, "undo", done.undo or "")
    assert not back.ok
    assert "changed since" in back.text
    assert (alert.status, alert.assignee) == (AlertStatus.ASSIGNED, "bob")


def test_undo_of_a_resolve_brings_alerts_back_as_they_were(desk: Operation):
    alert = desk.fire(0, severity="CRITICAL")
    incident = desk.incident(alert)
    desk.act(1, "take", f"incident/{incident.id}")
    done = desk.act(2, "resolve", f"incident/{incident.id}")
    assert desk.act(3, "undo", "incident/any", action_=done.undo).ok
    assert (alert.status, alert.firing, alert.assignee) == (AlertStatus.ASSIGNED, True, "ann")
    assert (incident.state, incident.resolved_at) == (IncidentState.ASSIGNED, None)
    assert desk.partition.alerts.firing == 1
    assert not desk.act(4, "undo", done.undo or "").ok, "once only"


def test_a_comment_needs_words_and_goes_into_the_timeline(desk: Operation):
    alert = desk.fire(0, severity="CRITICAL")
    assert not desk.act(1, "comment", ref(alert)).ok
    assert desk.act(1, "comment", ref(alert), note="fan is loud").text == "comment added to LinkDown on host/a"
    last = desk.incident(alert).timeline[-1]
    assert (last.actor, last.text) == ("ann", "LinkDown on host/a: fan is loud")


def test_what_is_not_open_is_named(desk: Operation):
    assert desk.act(0, "acknowledge", "incident/I-gone").text == "incident/I-gone is not open"
    assert desk.act(0, "acknowledge", "alert/A-gone").text == "alert/A-gone is not open"
    alert = desk.fire(1)
    desk.clear(2)
    assert desk.act(3, "acknowledge", ref(alert)).text == "LinkDown on host/a is over"


def test_timers_and_undo_outlive_a_restart(desk: Operation):
    alert = desk.fire(0, ends_at=times.text(at(500)))
    desk.act(1, "snooze", ref(alert), for_="30m")
    done = desk.act(2, "take", ref(desk.fire(2, "DiskFull", entity="host/b", site="S2")))
    desk.restart()
    assert desk.act(3, "undo", done.undo or "").ok
    desk.pass_time(31)
    assert desk.alerts[alert.number].status is AlertStatus.NEW


def called(desk: Operation) -> list[str]:
    """Notes of the escalation."""
    notes = [note.text for incident in desk.incidents.values() for note in incident.timeline]
    return [text for text in notes if text.startswith("escalated, step")]


def test_nobody_is_called_about_a_snoozed_incident_until_the_snooze_is_over(desk: Operation):
    alert = desk.fire(0, severity="CRITICAL", ends_at=times.text(at(500)))
    done = desk.act(1, "snooze", f"incident/{desk.incident(alert).id}", for_="2h")
    desk.pass_time(119)
    assert called(desk) == []
    desk.pass_time(140)
    assert called(desk)
    other = Operation()
    alert = other.fire(0, severity="CRITICAL", ends_at=times.text(at(500)))
    done = other.act(1, "snooze", f"incident/{other.incident(alert).id}", for_="2h")
    other.act(2, "undo", done.undo or "")
    other.pass_time(60)
    assert called(other)


def test_nobody_is_called_about_a_candidate_before_it_is_approved():
    desk = Operation(Config(incidents=IncidentSettings(approve=True)))
    alert = desk.fire(0, severity="CRITICAL", ends_at=times.text(at(500)))
    desk.pass_time(100)
    assert called(desk) == []
    desk.act(101, "approve", f"incident/{desk.incident(alert).id}")
    desk.pass_time(130)
    assert called(desk)


def test_a_silence_is_undone_and_what_it_hid_comes_back(desk: Operation):
    alert = desk.fire(0)
    done = desk.act(1, "silence", "silence", matchers='site="S1"', duration="2h", comment="works")
    assert done.ok
    assert alert.muted == "silence"
    assert done.undo
    desk.restart()
    alert = desk.alerts[alert.number]
    back = desk.act(2, "undo", done.undo)
    assert (back.ok, back.text) == (True, f"undone: silence {done.target.partition('/')[2]} expired")
    assert alert.muted is None
    assert [row.action for row in desk.audit] == ["silence", "undo"]
    again = desk.act(3, "undo", done.undo)
    assert (again.ok, again.text) == (False, "nothing to undo: too long ago, or undone already")


def test_undoing_the_end_of_a_silence_silences_again(desk: Operation):
    alert = desk.fire(0)
    first = desk.act(1, "silence", "silence", matchers='site="S1"', duration="2h", comment="works")
    ended = desk.act(2, "silence", first.target, op="expire")
    assert alert.muted is None
    assert desk.act(3, "undo", ended.undo or "").ok
    assert alert.muted == "silence"
    refused = desk.act(4, "undo", first.undo or "")
    assert not refused.ok
    assert refused.text.startswith("cannot be undone: ")


def test_undoing_a_window_ends_it(desk: Operation):
    alert = desk.fire(0)
    done = desk.act(1, "silence", "maintenance/new", site="S1", duration="2h", comment="works")
    assert alert.muted == "maintenance"
    assert desk.act(2, "undo", done.undo or "").ok
    assert alert.muted is None


@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("acknowledge", {}), ("assign", {"assignee": "bob"}), ("take", {}), ("escalate", {}),
        ("snooze", {"for_": "1h"}), ("resolve", {}),
    ],
)  # fmt: skip
def test_a_bulk_action_of_any_kind_is_undone_as_one(desk: Operation, action: str, params: dict[str, str]):
    alerts = [desk.fire(index, entity=f"host/{index}", site=f"S{index}") for index in range(3)]
    before = [(one.status, one.assignee, one.snoozed_until, one.firing) for one in alerts]
    done = desk.act(5, action, ref(alerts[0]), targets=[ref(one) for one in alerts], **params)
    assert len([one for one in done.results if one.ok]) == 3
    assert before != [(one.status, one.assignee, one.snoozed_until, one.firing) for one in alerts]
    assert desk.act(6, "undo", done.undo or "").ok
    assert before == [(one.status, one.assignee, one.snoozed_until, one.firing) for one in alerts]
