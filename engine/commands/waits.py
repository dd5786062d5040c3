"""Snoozes and acknowledgements that end by themselves.

When each ends stands in the record of its alert or incident; here is only the order in which they come. So nothing is
lost with a dump that cannot be read: `restore` finds all of it in the records.
"""

import heapq
from collections.abc import Callable, Iterable

from data.records.alert import Alert
from data.records.incident import Incident, IncidentState
from engine.alerts import states
from engine.alerts.grouping import Grouping
from engine.alerts.lifecycle import Lifecycle

_LAPSE, _WAKE, _INCIDENT_LAPSE, _INCIDENT_WAKE = range(4)


class Waits:
    def __init__(self, alerts: Lifecycle, grouping: Grouping) -> None:
        self.alerts = alerts
        self.grouping = grouping
        self._due: list[tuple[int, int, int]] = []  # heap of (due, kind, number); entries that no longer hold stay in
        self._run: tuple[Callable[[int, int], None], ...] = (
            self._lapse,
            self._wake,
            self._lapse_incident,
            self._wake_incident,
        )

    def watch(self, alert: Alert) -> None:
        """After a time was set on it."""
        self._push(alert.acknowledged_until, _LAPSE, alert.number)
        self._push(alert.snoozed_until, _WAKE, alert.number)

    def watch_incident(self, incident: Incident) -> None:
        self._push(incident.acknowledged_until, _INCIDENT_LAPSE, incident.number)
        self._push(incident.snoozed_until, _INCIDENT_WAKE, incident.number)

    def restore(self, alerts: Iterable[Alert], incidents: Iterable[Incident]) -> None:
        self._due = []
        for alert in alerts:
            self.watch(alert)
        for incident in incidents:
            self.watch_incident(incident)

    def due(self) -> int | None:
        """When the next one ends."""
        while self._due:
            due, kind, number = self._due[0]
            if self._stands(kind, number) == due:
                return due
            heapq.heappop(self._due)
        return None

    def tick(self, now: int) -> None:
        """Ends the first, which must be due."""
        due, kind, number = heapq.heappop(self._due)
        self._run[kind](number, max(due, now))

    def _push(self, due: int | None, kind: int, number: int) -> None:
        if due is not None:
            heapq.heappush(self._due, (due, kind, number))

    def _stands(self, kind: int, number: int) -> int | None:
        """What the record says now."""
        if kind in (_LAPSE, _WAKE):
            alert = self.alerts.get(number)
            if alert is None:
                return None
            return alert.acknowledged_until if kind == _LAPSE else alert.snoozed_until
        incident = self.grouping.incident(number)
        if incident is None:
            return None
        return incident.acknowledged_until if kind == _INCIDENT_LAPSE else incident.snoozed_until

    def _lapse(self, number: int, now: int) -> None:
        alert = self.alerts.by_number[number]
        if states.may(alert, "lapse"):
            states.forget_acknowledgement(alert)
            states.follow(alert, "lapse")
            self.alerts.told(alert, now, "acknowledgement ran out")
        elif alert.assignee is None:
            states.forget_acknowledgement(alert)
        alert.acknowledged_until = None
        self.alerts.written(alert)

    def _wake(self, number: int, now: int) -> None:
        alert = self.alerts.by_number[number]
        alert.snoozed_until = None
        if states.follow(alert, "wake"):
            self.alerts.told(alert, now, "snooze is over")
        else:
            self.alerts.written(alert)

    def _lapse_incident(self, number: int, now: int) -> None:
        incident = self.grouping.incidents.open[number]
        incident.acknowledged_until = None
        self.grouping.lapsed(incident, now)
        if states.incident_step(incident.state, "lapse") is IncidentState.NEW:
            incident.acknowledged_by = None
            self.grouping.step(incident, IncidentState.NEW, now, "engine", "the acknowledgement ran out")

    def _wake_incident(self, number: int, now: int) -> None:
        incident = self.grouping.incidents.open[number]
        incident.snoozed_until = None
        self.grouping.lapsed(incident, now)
        self.grouping.note(incident, now, "engine", "snooze is over")
        self.grouping.announce(incident, now)
