"""The only door through which people change things. A command is a journalled event; here it is carried out.

Each has an outcome in words, an audit row, an entry in the timeline of its incident, and, where possible, an undo.
"""

from typing import Any

import msgspec

from data.payloads import OperatorAction
from data.records.alert import Alert, AlertStatus
from data.records.audit import AuditRow
from data.records.incident import Incident, IncidentState
from data.wire import Event
from engine.alerts.grouping import Grouping, Item
from engine.alerts.lifecycle import Lifecycle
from engine.decisions import Teller
from engine.views import Outcome

UNDOABLE = 500  # commands that can still be undone

_ALERT_FIELDS = ("status", "acknowledged_by", "acknowledged_at", "assignee")
_INCIDENT_FIELDS = ("state", "acknowledged_by", "acknowledged_at", "assignee")


class Before(msgspec.Struct):
    """What one command changed, as it was: alert number or incident number -> field values."""

    action: str
    target: str
    alerts: dict[int, list[Any]]
    incident: int | None = None
    fields: list[Any] = []


class Commands:
    """Carries out commands on one partition."""

    def __init__(self, alerts: Lifecycle, grouping: Grouping, teller: Teller) -> None:
        self.alerts = alerts
        self.grouping = grouping
        self.teller = teller
        self.done: dict[str, Before] = {}  # by id of the command's event, oldest first

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(self.done)

    def load(self, body: bytes) -> None:
        self.done = msgspec.msgpack.decode(body, type=dict[str, Before])

    def apply(self, event: Event) -> None:
        data: OperatorAction = event.data
        actor = data.actor or "operator"
        outcome = self._carry_out(event, data, actor)
        self.teller.out.outcomes[event.seq] = outcome
        detail = {"note": data.note, "params": data.params} if data.note or data.params else {}
        self.teller.out.audit.append(
            AuditRow(event.time, event.tenant, actor, data.action, data.target, outcome.text, detail, event.seq)
        )

    def _carry_out(self, event: Event, data: OperatorAction, actor: str) -> Outcome:
        if data.action == "undo":
            return self._undo(event, data, actor)
        item = self.grouping.item(data.target)
        if item is None:
            return Outcome(False, f"{data.target} is not open", data.target)
        match data.action:
            case "acknowledge":
                return self._mark(
                    event, item, actor, AlertStatus.ACKNOWLEDGED, IncidentState.ACKNOWLEDGED, "acknowledged"
                )
            case "assign":
                who = str((data.params or {}).get("assignee") or actor)
                return self._assign(event, item, actor, who)
            case "escalate":
                return self._mark(event, item, actor, AlertStatus.ESCALATED, None, "escalated")
            case "resolve":
                return self._resolve(event, item, actor, data.note)
            case "comment":
                self._note(item.incident, event.time, actor, data.note or "")
                return Outcome(True, f"comment added to {item.title}", data.target)
            case _:
                return Outcome(False, f"{data.action} is not possible in this version", data.target)

    def _mark(
        self, event: Event, item: Item, actor: str, status: AlertStatus, state: IncidentState | None, word: str
    ) -> Outcome:
        before = self._before(event, item)
        changed = 0
        for alert in item.alerts:
            if alert.firing and alert.status != status and _may(alert, status):
                self._remember(before, alert)
                alert.status = status
                if status is AlertStatus.ACKNOWLEDGED:
                    alert.acknowledged_by, alert.acknowledged_at = actor, event.time
                self._alert_changed(alert, event.time, word)
                changed += 1
        incident = item.incident
        if incident is not None and state is not None and incident.state is IncidentState.NEW:
            changed += self.grouping.step(incident, state, event.time, actor)
        if not changed:
            return Outcome(False, f"nothing to do: {item.title} is {word} already", event.data.target)
        if state is None:
            self._note(incident, event.time, actor, word)
        return self._keep(event, before, f"{word}: {item.title}")

    def _assign(self, event: Event, item: Item, actor: str, who: str) -> Outcome:
        before = self._before(event, item)
        incident = item.incident
        if incident is not None:
            if not self.grouping.step(incident, IncidentState.ASSIGNED, event.time, actor, f"to {who}"):
                return Outcome(False, f"{item.title} is {incident.state.value}", event.data.target)
            incident.assignee = who
        for alert in item.alerts:
            if alert.firing:
                self._remember(before, alert)
                alert.status, alert.assignee = AlertStatus.ASSIGNED, who
                self._alert_changed(alert, event.time, "assigned")
        return self._keep(event, before, f"assigned to {who}: {item.title}")

    def _resolve(self, event: Event, item: Item, actor: str, note: str | None) -> Outcome:
        firing = [alert for alert in item.alerts if alert.firing]
        for alert in firing:
            self.alerts.end_by_operator(alert, event.time)
        if item.incident is not None:
            self.grouping.step(item.incident, IncidentState.RESOLVED, event.time, actor, note or "")
        return Outcome(True, f"resolved: {item.title} ({len(firing)} alerts ended)", event.data.target)

    def _undo(self, event: Event, data: OperatorAction, actor: str) -> Outcome:
        before = self.done.pop(str((data.params or {}).get("action", "")), None)
        if before is None:
            return Outcome(False, "nothing to undo: too long ago, or undone already", data.target)
        for number, values in before.alerts.items():
            alert = self.alerts.get(number)
            if alert is not None and alert.firing:
                _set(alert, _ALERT_FIELDS, [AlertStatus(values[0]), *values[1:]])
                self._alert_changed(alert, event.time, f"{before.action} undone")
        incident = self.grouping.incident(before.incident)
        if incident is not None and incident.state not in (IncidentState.RESOLVED, IncidentState.CLOSED):
            _set(incident, _INCIDENT_FIELDS, [IncidentState(before.fields[0]), *before.fields[1:]])
        self._note(incident, event.time, actor, f"{before.action} undone")
        return Outcome(True, f"undone: {before.action} of {before.target}", before.target)

    def _before(self, event: Event, item: Item) -> Before:
        incident = item.incident
        fields = [getattr(incident, name) for name in _INCIDENT_FIELDS] if incident is not None else []
        return Before(event.data.action, event.data.target, {}, incident.number if incident else None, fields)

    def _remember(self, before: Before, alert: Alert) -> None:
        before.alerts[alert.number] = [getattr(alert, name) for name in _ALERT_FIELDS]

    def _keep(self, event: Event, before: Before, text: str) -> Outcome:
        self.done[event.id] = before
        if len(self.done) > UNDOABLE:
            del self.done[next(iter(self.done))]
        return Outcome(True, text, event.data.target, undo=event.id)

    def _note(self, incident: Incident | None, time: int, actor: str, text: str) -> None:
        if incident is not None:
            self.grouping.note(incident, time, actor, text)

    def _alert_changed(self, alert: Alert, time: int, word: str) -> None:
        self.alerts.told(alert, time, word)


def _may(alert: Alert, status: AlertStatus) -> bool:
    """Acknowledging does not take back an assignment or an escalation."""
    return status is not AlertStatus.ACKNOWLEDGED or alert.status in (AlertStatus.NEW, AlertStatus.SNOOZED)


def _set(record: Any, names: tuple[str, ...], values: list[Any]) -> None:
    for name, value in zip(names, values, strict=True):
        setattr(record, name, value)
