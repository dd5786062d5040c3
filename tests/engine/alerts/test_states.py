"""Every state with every action: what follows, or why nothing does."""

import pytest

from data.records.alert import Alert, AlertStatus
from data.records.incident import IncidentState
from engine.alerts import states
from engine.alerts.incidents import STATES

N, A, S, E, Z, M, R = AlertStatus  # new, acknowledged, assigned, escalated, snoozed, suppressed, resolved
BACK, NO = states.RESTS, None

#            N     A     S     E     Z     M     R
TABLE = {
    "acknowledge": (A, NO, NO, A, A, NO, NO),
    "prolong": (NO, A, NO, NO, NO, NO, NO),
    "assign": (S, S, S, S, S, NO, NO),
    "take": (S, S, S, S, S, NO, NO),
    "release": (NO, N, N, E, NO, NO, NO),
    "escalate": (E, E, E, NO, E, NO, NO),
    "resolve": (R, R, R, R, R, R, NO),
    "reopen": (NO, NO, NO, NO, NO, NO, BACK),
    "snooze": (Z, Z, Z, Z, Z, NO, NO),
    "wake": (NO, NO, NO, NO, BACK, NO, NO),
    "lapse": (NO, N, NO, NO, NO, M, NO),
    "mute": (M, M, M, M, M, NO, NO),
    "unmute": (NO, NO, NO, NO, NO, BACK, NO),
    "end": (R, R, R, R, R, R, NO),
    "again": (NO, NO, NO, NO, NO, NO, BACK),
    "worsen": (N, BACK, S, E, BACK, M, NO),
}


def alert(status: AlertStatus = N, **fields: object) -> Alert:
    return Alert(
        1, "A-1", "default", 7, "DOWN", 3, status, "host/a", "S1", None, "", "", {}, {}, "desk", 0, 0, 0, 100, **fields
    )  # type: ignore[arg-type]


def test_every_state_knows_every_action():
    assert set(TABLE) == {*states.HANDS, *states.ENGINE}
    assert all(set(actions) == set(TABLE) for actions in states.ALERT.values())
    assert set(states.ALERT) == set(AlertStatus)


@pytest.mark.parametrize(("action", "status"), [(action, status) for action in TABLE for status in AlertStatus])
def test_a_step_of_an_alert(action: str, status: AlertStatus):
    expected = TABLE[action][list(AlertStatus).index(status)]
    one = alert(status)
    if expected is NO:
        refusal = states.refusal(one, action)
        assert refusal
        assert refusal.split()[0] in ("is", "has", "fires"), "it completes a sentence"
        assert not states.follow(one, action)
        assert one.status is status
    else:
        assert states.may(one, action)
        assert states.follow(one, action)
        assert one.status is (N if expected is BACK else expected)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, N),
        ({"acknowledged_by": "ann"}, A),
        ({"assignee": "bob"}, S),
        ({"acknowledged_by": "a", "assignee": "b"}, S),
    ],
)
def test_what_comes_back_goes_to_whoever_has_it(fields: dict[str, str], expected: AlertStatus):
    one = alert(Z, **fields)
    states.follow(one, "wake")
    assert one.status is expected


NEW, ACK, ASSIGNED, GOING, RESOLVED, CLOSED = IncidentState
INCIDENTS = {
    "acknowledge": (ACK, NO, NO, NO, NO, NO),
    "prolong": (NO, ACK, NO, NO, NO, NO),
    "assign": (ASSIGNED, ASSIGNED, ASSIGNED, ASSIGNED, NO, NO),
    "take": (ASSIGNED, ASSIGNED, ASSIGNED, ASSIGNED, NO, NO),
    "release": (NO, NEW, NEW, NEW, NO, NO),
    "escalate": (NEW, ACK, ASSIGNED, GOING, NO, NO),
    "snooze": (NEW, ACK, ASSIGNED, GOING, NO, NO),
    "resolve": (RESOLVED, RESOLVED, RESOLVED, RESOLVED, NO, NO),
    "reopen": (NO, NO, NO, NO, NEW, NEW),
    "lapse": (NO, NEW, NO, NO, NO, NO),
}


@pytest.mark.parametrize(("action", "state"), [(action, state) for action in INCIDENTS for state in IncidentState])
def test_a_step_of_an_incident(action: str, state: IncidentState):
    expected = INCIDENTS[action][list(IncidentState).index(state)]
    found = states.incident_step(state, action)
    if expected is NO:
        assert not isinstance(found, IncidentState)
        assert found.split()[0] in ("is", "has")
    else:
        assert found is expected
        assert found is state or found in STATES[state]


def test_an_acknowledgement_falls_when_it_gets_worse_unless_it_is_sticky():
    plain = alert(A, acknowledged_by="ann", acknowledged_at=1)
    assert states.worsened(plain) == "acknowledgement fell: it got worse"
    assert (plain.status, plain.acknowledged_by) == (N, None)
    sticky = alert(A, acknowledged_by="ann", acknowledged_at=1, sticky=True)
    assert states.worsened(sticky) is None
    assert (sticky.status, sticky.acknowledged_by) == (A, "ann")
    assigned = alert(S, acknowledged_by="ann", assignee="bob")
    assert states.worsened(assigned) is None
    assert (assigned.status, assigned.acknowledged_by) == (S, "ann")


def test_a_snooze_ends_at_once_when_it_gets_worse():
    one = alert(Z, snoozed_until=50, assignee="bob")
    assert states.worsened(one) == "snooze is over: it got worse"
    assert (one.status, one.snoozed_until) == (S, None)


@pytest.mark.parametrize(
    ("fields", "graver", "expected"),
    [
        ({}, False, N),
        ({"acknowledged_by": "ann"}, False, N),  # what fires again must not inherit what was said before
        ({"acknowledged_by": "ann", "sticky": True}, False, A),
        ({"acknowledged_by": "ann", "sticky": True, "acknowledged_until": 10}, False, N),
        ({"assignee": "bob"}, False, S),
        ({"snoozed_until": 50}, False, Z),
        ({"snoozed_until": 50}, True, N),
        ({"snoozed_until": 10}, False, N),
    ],
)
def test_an_alert_that_fires_again_soon(fields: dict[str, object], graver: bool, expected: AlertStatus):
    one = alert(R, **fields)
    states.returned(one, 10, graver)
    assert one.status is expected
