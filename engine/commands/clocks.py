"""Service targets of incidents: acknowledged and resolved in time, by severity (`incidents.sla`).

Both clocks start when the incident is opened, and count on until it is resolved, also over a snooze. A graver incident
has less time, counted from its opening; where that is over already, the time it had before stays. One that is opened
again after its time would have been over has it anew. A missed target is noted once, in the timeline and the record.
All that counts stands in the record, so nothing is lost with a restart. A candidate has no clocks until it is approved;
they start then.
"""

import heapq
from collections.abc import Iterable

from data.records.incident import Incident, IncidentState, Note
from data.records.severity import CRITICAL, HIGH, MEDIUM, NAMES
from engine.alerts.grouping import Grouping
from engine.alerts.incidents import OVER
from engine.query.durations import write_duration
from engine.settings.sections import AcknowledgeWithin, ResolveWithin, ServiceTargets

_ACKNOWLEDGE, _RESOLVE = range(2)


class Clocks:
    def __init__(self, targets: ServiceTargets, grouping: Grouping) -> None:
        self.targets = targets
        self.grouping = grouping
        self._due: list[
            tuple[int, int, int]
        ] = []  # heap of (due, clock, incident); entries that no longer hold stay in

    def changed(self, incident: Incident, now: int) -> None:
        """It was opened, or has another state or severity; one that got worse is not snoozed any longer."""
        if incident.snoozed_until is not None and incident.severity > incident.snoozed_severity:
            incident.snoozed_until = None
            incident.timeline.append(Note(now, "engine", "snooze is over: it got worse"))
        if incident.candidate:
            incident.acknowledge_by = incident.resolve_by = None
        if incident.candidate or incident.state in OVER:
            return
        start = incident.approved_at or incident.opened_at
        acknowledge, resolve = within(self.targets.acknowledge, incident), within(self.targets.resolve, incident)
        if incident.acknowledged_at is None and incident.acknowledge_late_at is None:
            incident.acknowledge_by = _end(start, acknowledge, incident.acknowledge_by, now)
        if incident.resolve_late_at is None:
            incident.resolve_by = _end(start, resolve, incident.resolve_by, now)
        self.watch(incident)

    def watch(self, incident: Incident) -> None:
        for clock in (_ACKNOWLEDGE, _RESOLVE):
            due = self._stands(clock, incident)
            if due is not None:
                heapq.heappush(self._due, (due, clock, incident.number))

    def restore(self, incidents: Iterable[Incident]) -> None:
        self._due = []
        for incident in incidents:
            self.watch(incident)

    def due(self) -> int | None:
        """When the next target is missed, unless something is done."""
        while self._due:
            due, clock, number = self._due[0]
            incident = self.grouping.incident(number)
            if incident is not None and self._stands(clock, incident) == due:
                return due
            heapq.heappop(self._due)
        return None

    def tick(self, now: int) -> None:
        """Notes the first, which must be due."""
        due, clock, number = heapq.heappop(self._due)
        incident = self.grouping.incidents.open[number]
        if clock == _ACKNOWLEDGE:
            incident.acknowledge_late_at = max(due, now)
            word, length = "acknowledged", within(self.targets.acknowledge, incident)
        else:
            incident.resolve_late_at = max(due, now)
            word, length = "resolved", within(self.targets.resolve, incident)
        text = f"not {word} within {write_duration(length)}, the target of {NAMES[incident.severity]}"
        self.grouping.note(incident, max(due, now), "engine", text)

    def _stands(self, clock: int, incident: Incident) -> int | None:
        """When this clock runs out by the record; None where it does not run."""
        if incident.candidate or incident.state in OVER:
            return None
        if clock == _RESOLVE:
            return incident.resolve_by if incident.resolve_late_at is None else None
        waits = incident.acknowledged_at is None and incident.state is IncidentState.NEW
        return incident.acknowledge_by if waits and incident.acknowledge_late_at is None else None


def _end(start: int, length: int, before: int | None, now: int) -> int | None:
    if not length:
        return None
    if start + length > now:
        return start + length
    return before if before is not None and before > now else now + length


def within(targets: AcknowledgeWithin | ResolveWithin, incident: Incident) -> int:
    """The target for its severity, in microseconds; 0 for none."""
    if incident.severity >= CRITICAL:
        return targets.critical
    if incident.severity == HIGH:
        return targets.high
    return targets.medium if incident.severity == MEDIUM else targets.low
