"""What may be done with an alert, or with an incident, in each of its states: two tables, and nothing outside them.

An entry is the state that follows, or a refusal in words that complete "LinkDown on host/web-1 ...". Where an alert
goes that comes back from a snooze, a mute or its end depends on who has it (`resting`): that entry is `RESTS`.

`acknowledge assign take release escalate resolve reopen snooze prolong` are people's; the engine's own are `wake` (a
snooze is over), `lapse` (an acknowledgement has run out), `mute`, `unmute`, `end` (its source or its lease), `again`
(it fires again soon after its end) and `worsen`.

An acknowledgement holds until the alert ends, gets worse, or its time is over; a *sticky* one, as Icinga calls it,
outlasts both the worsening and an end that was followed by a new beginning within the reopen window.
"""

from typing import Final

from data.records.alert import Alert, AlertStatus
from data.records.incident import IncidentState
from engine.alerts.incidents import STATES

NEW, ACKNOWLEDGED, ASSIGNED, ESCALATED, SNOOZED, SUPPRESSED, RESOLVED = AlertStatus
RESTS: Final = "(where it was)"

HANDS: Final = ("acknowledge", "assign", "take", "release", "escalate", "resolve", "reopen", "snooze", "prolong")
ENGINE: Final = ("wake", "lapse", "mute", "unmute", "end", "again", "worsen")

Step = AlertStatus | str

_OPEN: Final[dict[str, Step]] = {
    "acknowledge": ACKNOWLEDGED,
    "assign": ASSIGNED,
    "take": ASSIGNED,
    "release": NEW,
    "escalate": ESCALATED,
    "resolve": RESOLVED,
    "reopen": "is not over",
    "snooze": SNOOZED,
    "prolong": "is not acknowledged",
    "wake": "is not snoozed",
    "lapse": "is not acknowledged",
    "mute": SUPPRESSED,
    "unmute": "is not suppressed",
    "end": RESOLVED,
    "again": "fires already",
    "worsen": RESTS,
}
_MUTED: Final = "is suppressed: nothing to do until it shows again"
_OVER: Final = "is over"

ALERT: Final[dict[AlertStatus, dict[str, Step]]] = {
    NEW: _OPEN | {"release": "has nobody to be taken from", "worsen": NEW},
    ACKNOWLEDGED: _OPEN
    | {
        "acknowledge": "is acknowledged already",
        "prolong": ACKNOWLEDGED,
        "lapse": NEW,
    },
    ASSIGNED: _OPEN | {"acknowledge": "is assigned already", "worsen": ASSIGNED},
    ESCALATED: _OPEN | {"release": ESCALATED, "escalate": "is escalated already", "worsen": ESCALATED},
    SNOOZED: _OPEN | {"release": "is snoozed", "wake": RESTS},
    SUPPRESSED: dict.fromkeys(_OPEN, _MUTED)
    | {"reopen": "is not over", "resolve": RESOLVED, "unmute": RESTS, "end": RESOLVED, "again": "fires already"}
    | {"wake": "is not snoozed", "lapse": SUPPRESSED, "mute": "is suppressed already", "worsen": SUPPRESSED},
    RESOLVED: dict.fromkeys(_OPEN, _OVER) | {"resolve": "is over already", "reopen": RESTS, "again": RESTS},
}

_S = IncidentState
_HELD: Final = {_S.ACKNOWLEDGED, _S.ASSIGNED, _S.IN_PROGRESS}
_INCIDENT: Final[dict[str, IncidentState]] = {
    "acknowledge": _S.ACKNOWLEDGED,
    "assign": _S.ASSIGNED,
    "take": _S.ASSIGNED,
    "release": _S.NEW,
    "resolve": _S.RESOLVED,
    "reopen": _S.NEW,
    "lapse": _S.NEW,
}


def step(status: AlertStatus, action: str) -> Step:
    """The state that follows, `RESTS`, or why there is none. Raises KeyError for an action that does not exist."""
    return ALERT[status][action]


def may(alert: Alert, action: str) -> bool:
    return refusal(alert, action) is None


def refusal(alert: Alert, action: str) -> str | None:
    """Why the action is not possible now, in words; None if it is."""
    found = step(alert.status, action)
    return None if isinstance(found, AlertStatus) or found is RESTS else found


def incident_step(state: IncidentState, action: str) -> IncidentState | str:
    """The same for an incident: the state that follows, the present one where an action leaves it, or a refusal."""
    if action in ("escalate", "snooze", "prolong"):
        if state in (_S.RESOLVED, _S.CLOSED):
            return f"is {state.value}"
        return state if action != "prolong" or state is _S.ACKNOWLEDGED else "is not acknowledged"
    if action == "acknowledge" and state in _HELD:
        return f"is {state.value} already"
    if action == "release" and state not in _HELD:
        return "has nobody to be taken from" if state is _S.NEW else f"is {state.value}"
    if action == "reopen" and state not in (_S.RESOLVED, _S.CLOSED):
        return "is not over"
    if action == "lapse" and state is not _S.ACKNOWLEDGED:
        return "is not acknowledged"
    if action in ("acknowledge", "assign", "take") and state in (_S.RESOLVED, _S.CLOSED):
        return f"is {state.value}: reopen it first"
    target = _INCIDENT[action]
    return target if target in STATES[state] else f"is {state.value} already"


def resting(alert: Alert) -> AlertStatus:
    """Where an alert stands by itself, neither snoozed nor muted: with whoever has it."""
    if alert.assignee is not None:
        return ASSIGNED
    return NEW if alert.acknowledged_by is None else ACKNOWLEDGED


def follow(alert: Alert, action: str) -> bool:
    """Takes the step, if there is one; only the status changes. False, and nothing changed, where there is none."""
    found = step(alert.status, action)
    if found is RESTS:
        alert.status = resting(alert)
        return True
    if isinstance(found, AlertStatus):
        alert.status = found
        return True
    return False


def forget_acknowledgement(alert: Alert) -> None:
    alert.acknowledged_by = alert.acknowledged_at = alert.acknowledged_until = None
    alert.sticky = False


def worsened(alert: Alert) -> str | None:
    """A firing alert has become graver: a snooze is over at once, and an acknowledgement that is not sticky falls.
    What happened, in words, if anything did."""
    told = None
    if alert.acknowledged_by is not None and not alert.sticky and alert.assignee is None:
        forget_acknowledgement(alert)
        told = "acknowledgement fell: it got worse"
    if alert.status is SNOOZED:
        told = "snooze is over: it got worse"
    alert.snoozed_until = None
    follow(alert, "worsen")
    return told


def returned(alert: Alert, now: int, graver: bool) -> None:
    """An alert that had ended fires again within the reopen window: snoozes go on unless it is graver than before;
    what somebody had taken stays with them; an acknowledgement stays if it is sticky, and has not run out."""
    lasts = alert.acknowledged_until is None or alert.acknowledged_until > now
    if not (alert.sticky and lasts):
        forget_acknowledgement(alert)
    if alert.snoozed_until is not None and (graver or alert.snoozed_until <= now):
        alert.snoozed_until = None
    follow(alert, "again")
    if alert.snoozed_until is not None:
        alert.status = SNOOZED
