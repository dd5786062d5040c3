"""What people work on: clusters that are worth it, those of one cause together, from the first alert to the close.

A cluster becomes an incident by the first of these rules that holds (`IncidentSettings`): it is grave; it has several
alerts on several things; it has many alerts. A lone nuisance stays a cluster, and what has become background is never
promoted unless it is grave. A promoted cluster goes into an open incident at *another* site if both hang on the same
thing upstream by explicit links and began within `join_within`; at the same site, clustering has already decided.

States follow people; the engine itself only sets RESOLVED when all clusters are over, CLOSED `close_after` later, and
NEW again when a resolved incident's cluster fires anew.
"""

from bisect import insort
from collections.abc import Iterable

import msgspec

from data import ids
from data.records.alert import Alert
from data.records.cluster import LISTED, Cluster
from data.records.incident import Incident, IncidentState, Note
from data.records.severity import HIGH, NAMES
from data.times import HOUR, MINUTE
from engine.alerts.cause import causes
from engine.alerts.ledger import STANDING, Takes
from engine.alerts.timers import Timers
from engine.topology import Topology

STATES: dict[IncidentState, frozenset[IncidentState]] = {
    IncidentState.NEW: frozenset(IncidentState) - {IncidentState.NEW, IncidentState.CLOSED},
    IncidentState.ACKNOWLEDGED: frozenset(IncidentState) - {IncidentState.ACKNOWLEDGED, IncidentState.CLOSED},
    IncidentState.ASSIGNED: frozenset(IncidentState) - {IncidentState.CLOSED},
    IncidentState.IN_PROGRESS: frozenset(IncidentState) - {IncidentState.IN_PROGRESS, IncidentState.CLOSED},
    IncidentState.RESOLVED: frozenset({IncidentState.NEW, IncidentState.IN_PROGRESS, IncidentState.CLOSED}),
    IncidentState.CLOSED: frozenset({IncidentState.NEW}),
}
OVER = (IncidentState.RESOLVED, IncidentState.CLOSED)
THOUGHT = (1, 2, 3, 5, 8, 12, 20, 32, 50, 80, 128, 256, 512, 1024)  # members at which the cause is looked for again


class IncidentSettings(msgspec.Struct, frozen=True):
    """When a cluster becomes an incident. Times in microseconds."""

    severity: int = HIGH  # one alert this grave is enough
    alerts: int = 3  # this many alerts ...
    entities: int = 2  # ... on this many things
    many: int = 10  # or this many alerts on whatever
    join_within: int = 5 * MINUTE
    close_after: int = HOUR
    approve: bool = False  # what the rules promote is a candidate until a person approves it


class Incidents:
    """The open incidents of one partition. Changed records are in `changed` until the caller has taken them."""

    def __init__(self, settings: IncidentSettings, topology: Topology, numbers: Takes, tenant: str = "default") -> None:
        self.settings = settings
        self.topology = topology
        self.numbers = numbers
        self.tenant = tenant
        self.open: dict[int, Incident] = {}  # all that are not CLOSED
        self.changed: dict[int, Incident] = {}
        self.clusters: dict[int, dict[int, Cluster]] = {}  # incident -> its open clusters
        self._above: dict[str, list[int]] = {}  # upstream thing -> incidents, ascending
        self._lines: dict[int, list[str]] = {}  # incident -> its keys in `_above`
        self._timers = Timers(self._closes)

    def placed(self, cluster: Cluster, alert: Alert, now: int) -> Incident | None:
        """After an alert went into `cluster`: its incident, if it is one. `changed` holds it if it changed."""
        incident = self.open.get(cluster.incident or 0)
        if incident is None:
            reason = self.rule(cluster)
            if reason is None:
                return None
            incident = self._shared(cluster, alert, now) or self._create(cluster, now, reason)
            self._attach(incident, cluster)
            self._sum(incident)
            self._think(incident)
        elif incident.state in OVER:
            self._reopen(incident, now, f"{alert.alert_type} fires again")
        if cluster.members in THOUGHT:
            self._think(incident)
        self._sum(incident)
        return incident

    def repeated(self, cluster: Cluster, now: int) -> None:
        """After a repeat was counted in `cluster`."""
        incident = self.open.get(cluster.incident or 0)
        if incident is not None:
            incident.alert_count += 1
            incident.last_at = max(incident.last_at, now)
            incident.severity = max(incident.severity, cluster.severity)
            self.changed[incident.number] = incident

    def eased(self, cluster: Cluster) -> None:
        """After an alert of `cluster` ended, or did not after all."""
        incident = self.open.get(cluster.incident or 0)
        if incident is not None:
            incident.open_members = sum(each.open_members for each in self.clusters[incident.number].values())
            self.changed[incident.number] = incident

    def closed(self, cluster: Cluster, now: int) -> Incident | None:
        """A cluster is over; with its last one the incident is resolved."""
        incident = self.open.get(cluster.incident or 0)
        if incident is None:
            return None
        self._think(incident)
        if self.clusters[incident.number].pop(cluster.number, None) is not None:
            incident.settled_count += cluster.alert_count
        self._sum(incident)
        if not self.clusters[incident.number] and incident.state not in OVER:
            self.change(incident, IncidentState.RESOLVED, now, "engine", "all alerts are over")
        self._timers.set(incident.number)
        return incident

    def keeps(self, cluster: Cluster) -> bool:
        """Must a cluster whose alerts are over stay open, because its incident goes on elsewhere?"""
        incident = self.open.get(cluster.incident or 0)
        if incident is None or incident.state in OVER:
            return False
        mine = self.clusters[incident.number]
        return any(other.open_members for other in mine.values() if other is not cluster)

    def merged(self, into: Cluster, other: Cluster, now: int) -> None:
        """After two clusters were merged: the incident of `other` takes `into`, or gives way to that of `into`."""
        lost = self.open.get(other.incident or 0)
        kept = self.open.get(into.incident or 0)
        if lost is not None:
            self.clusters[lost.number].pop(other.number, None)
            if kept is None:
                self._attach(lost, into)
            elif kept is not lost and not self.clusters[lost.number]:
                self.change(lost, IncidentState.RESOLVED, now, "engine", f"merged into {kept.id}")
        for incident in (lost, kept):
            if incident is not None:
                self._sum(incident)

    # What people do.

    def start(self, cluster: Cluster, now: int, reason: str) -> Incident:
        """An incident of its own for a cluster that a person took out of another's company."""
        incident = self._create(cluster, now, reason)
        incident.candidate = False
        self._attach(incident, cluster)
        self._think(incident)
        self._sum(incident)
        return incident

    def attach(self, incident: Incident, cluster: Cluster) -> None:
        """A cluster of no incident goes into this one."""
        self._attach(incident, cluster)
        self._think(incident)
        self._sum(incident)

    def detach(self, cluster: Cluster) -> None:
        """The cluster is no longer part of its incident, as if it had never been."""
        incident = self.open.get(cluster.incident or 0)
        cluster.incident = None
        if incident is not None:
            self.clusters[incident.number].pop(cluster.number, None)
            if cluster.number in incident.clusters:
                incident.clusters.remove(cluster.number)
            self._sum(incident)

    def recount(self, incident: Incident) -> None:
        """After its clusters were changed."""
        self._sum(incident)

    def set_back(self, incident: Incident, before: Incident) -> None:
        """What it gathered from its clusters is counted again, from how it was `before`."""
        incident.severity, incident.last_at, incident.opened_at = before.severity, before.last_at, before.opened_at
        incident.sites, incident.title, incident.causes = list(before.sites), before.title, list(before.causes)
        known = set(incident.clusters)
        first = [number for number in before.clusters if number in known]
        incident.clusters = first + [number for number in incident.clusters if number not in set(first)]
        mine = self.clusters[incident.number]
        self.clusters[incident.number] = {number: mine[number] for number in incident.clusters if number in mine}
        self._sum(incident)

    def rule(self, cluster: Cluster) -> str | None:
        """The rule that makes this cluster an incident, in words; None while none does."""
        settings = self.settings
        if cluster.severity <= cluster.declined:
            return None
        if cluster.severity >= settings.severity:
            return f"severity {NAMES[cluster.severity]}"
        if cluster.kind in STANDING:
            return None
        if cluster.members >= settings.alerts and len(cluster.entities) >= settings.entities:
            return f"{cluster.members} alerts on {len(cluster.entities)} things"
        if cluster.members >= settings.many:
            return f"{cluster.members} alerts"
        return None

    def change(self, incident: Incident, state: IncidentState, now: int, actor: str, text: str = "") -> bool:
        """A step of the state machine; False, and nothing changed, where `STATES` has no such step."""
        if state not in STATES[incident.state]:
            return False
        incident.timeline.append(
            Note(now, actor, f"{incident.state.value} -> {state.value}{': ' if text else ''}{text}")
        )
        incident.state = state
        if state is IncidentState.ACKNOWLEDGED and incident.acknowledged_at is None:
            incident.acknowledged_at, incident.acknowledged_by = now, actor
        if state is IncidentState.RESOLVED:
            incident.resolved_at = now
            self._timers.set(incident.number)
        elif state is IncidentState.CLOSED:
            incident.closed_at = now
        else:
            incident.resolved_at = incident.closed_at = None
        self.changed[incident.number] = incident
        return True

    def wait_for_close(self, incident: Incident) -> None:
        """After its state was put back to RESOLVED."""
        self.changed[incident.number] = incident
        self._timers.set(incident.number)

    def due(self) -> int | None:
        return self._timers.due()

    def tick(self, now: int) -> list[Incident]:
        """Closes what has been resolved long enough by `now` and has no open cluster; in order of time, number."""
        closed = []
        while (due := self.due()) is not None and due <= now:
            incident = self.open[self._timers.take()]
            self.change(incident, IncidentState.CLOSED, due, "engine")
            self._drop(incident)
            closed.append(incident)
        return closed

    def restore(self, incidents: Iterable[Incident], clusters: Iterable[Cluster]) -> None:
        """Takes up incidents that are not CLOSED, with their open clusters."""
        for incident in sorted(incidents, key=lambda one: one.number):
            if incident.state is IncidentState.CLOSED:
                continue
            self.open[incident.number] = incident
        mine = {cluster.number: cluster for cluster in clusters if cluster.closed_at is None}
        for number, incident in self.open.items():
            ordered = [mine[each] for each in incident.clusters if each in mine]  # as they came in
            self.clusters[number] = {each.number: each for each in ordered if each.incident == number}
        for incident in self.open.values():
            for cluster in self.clusters[incident.number].values():
                self._hang(incident, cluster)
            self._timers.set(incident.number)

    def dump(self) -> dict[int, list[str]]:
        """What each open incident hangs on, as it was known when its clusters came in: records do not tell it."""
        return self._lines

    def load(self, lines: dict[int, list[str]]) -> None:
        """Takes up a dump, after `restore`."""
        self._lines, self._above = lines, {}
        for number, above in sorted(lines.items()):
            for ref in above:
                self._above.setdefault(ref, []).append(number)

    def _shared(self, cluster: Cluster, alert: Alert, now: int) -> Incident | None:
        """An open incident at another site that hangs on the same thing, the nearest above first."""
        for above in self._roots(cluster):
            for number in self._above.get(above, ()):
                incident = self.open[number]
                apart = abs(cluster.opened_at - incident.opened_at)
                if incident.state in OVER or apart > self.settings.join_within:
                    continue
                if alert.site is not None and alert.site in incident.sites:
                    continue
                incident.timeline.append(
                    Note(now, "engine", f"{cluster.title}: hangs on {above} too, began {_apart(apart)}")
                )
                return incident
        return None

    def _roots(self, cluster: Cluster) -> list[str]:
        """What the cluster's things hang on, sites themselves left out; nearest first."""
        found: dict[str, None] = {}
        for entity in cluster.entities[:8]:
            found.update(dict.fromkeys((entity, *self.topology.upstream(entity))))
        for site in cluster.sites[:4]:
            found.update(dict.fromkeys(self.topology.upstream(f"site/{site}")))
        return [ref for ref in found if not ref.startswith(("site/", "client/"))]

    def _create(self, cluster: Cluster, now: int, reason: str) -> Incident:
        number = self.numbers.take("incident")
        incident = Incident(
            number=number,
            id=ids.derive("I", self.tenant, cluster.id, *([str(cluster.promotions)] if cluster.promotions else [])),
            tenant=self.tenant,
            state=IncidentState.NEW,
            severity=cluster.severity,
            title=cluster.title,
            opened_at=cluster.opened_at,
            last_at=cluster.last_at,
            reason=reason,
            sites=[],
            clusters=[],
            timeline=[Note(now, "engine", f"opened: {reason}")],
            candidate=self.settings.approve,
        )
        cluster.promotions += 1
        self.open[number] = incident
        self.clusters[number] = {}
        return incident

    def _attach(self, incident: Incident, cluster: Cluster) -> None:
        cluster.incident = incident.number
        self.clusters[incident.number][cluster.number] = cluster
        if cluster.number not in incident.clusters:
            incident.clusters.append(cluster.number)
        self._hang(incident, cluster)

    def _hang(self, incident: Incident, cluster: Cluster) -> None:
        """Notes what the cluster's things hang on, as it is known now."""
        lines = self._lines.setdefault(incident.number, [])
        for above in self._roots(cluster):
            if above not in lines:
                lines.append(above)
                insort(self._above.setdefault(above, []), incident.number)

    def _closes(self, number: int) -> int | None:
        incident = self.open.get(number)
        if incident is None or incident.resolved_at is None or self.clusters[number]:
            return None
        return incident.resolved_at + self.settings.close_after

    def _reopen(self, incident: Incident, now: int, text: str) -> None:
        self.change(incident, IncidentState.NEW, now, "engine", text)

    def _sum(self, incident: Incident) -> None:
        """Counts and title follow the open clusters; what closed ones counted stays in."""
        mine = self.clusters[incident.number]
        incident.alert_count = incident.settled_count + sum(cluster.alert_count for cluster in mine.values())
        incident.open_members = sum(cluster.open_members for cluster in mine.values())
        for cluster in mine.values():
            incident.severity = max(incident.severity, cluster.severity)
            incident.last_at = max(incident.last_at, cluster.last_at)
            incident.sites.extend(
                [site for site in cluster.sites if site not in incident.sites][: LISTED - len(incident.sites)]
            )
        self.changed[incident.number] = incident

    def _think(self, incident: Incident) -> None:
        mine = self.clusters[incident.number].values()
        incident.causes = causes((trace for cluster in mine for trace in cluster.traces), self.topology, incident.sites)
        incident.title = _title(incident, list(mine))

    def _drop(self, incident: Incident) -> None:
        del self.open[incident.number], self.clusters[incident.number]
        for above in self._lines.pop(incident.number, ()):
            numbers = self._above[above]
            numbers.remove(incident.number)
            if not numbers:
                del self._above[above]


def _apart(span: int) -> str:
    return f"{span // 1_000_000} s apart"


def _title(incident: Incident, clusters: list[Cluster]) -> str:
    """`service/cart: 14 alerts: network latency and 2 more on 6 pods`: the suspect first, and once, then the extent."""
    if not clusters:
        return incident.title
    alerts = sum(cluster.members for cluster in clusters)
    if alerts == 1:
        return clusters[0].title
    suspect = incident.causes[0].entity if incident.causes else None
    if len(clusters) > 1:
        extent = f"{len(clusters)} clusters at {', '.join(incident.sites[:3])}"
    else:
        extent = clusters[0].title.replace(f" on {suspect} at ", " at ").removesuffix(f" on {suspect}")
    return f"{suspect}: {alerts} alerts: {extent}" if suspect else f"{alerts} alerts: {extent}"
