"""Alerts into clusters, clusters into incidents: the one door that the life cycle of alerts knows.

`clusters` decides what belongs together and `incidents` what people work on; here their decisions are counted,
ranked, written down for the batch, and told to the feed.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import msgspec

from data.records.alert import Alert
from data.records.cluster import Cluster
from data.records.incident import Incident, IncidentState, Note
from engine.alerts.clusters import Clustering, ClusterSettings, Placement, Showing
from engine.alerts.incidents import Incidents, IncidentSettings
from engine.alerts.novelty import History
from engine.decisions import Numbers, Teller
from engine.registry import Registry
from engine.score.ranking import Ranking
from engine.settings import Config
from engine.settings.tuning import tuned
from engine.topology import Topology

TOLD_AT = (2, 5, 10, 20, 50, 100, 200, 500, 1000)  # members at which the growth of a cluster is told


class Item(msgspec.Struct):
    """What a person has to look at: an incident, or a cluster without one, with its live alerts."""

    ref: str
    title: str
    alerts: list[Alert]
    cluster: Cluster | None = None
    incident: Incident | None = None


class Tallies(msgspec.Struct):
    """Counts since the partition began: firing events, those suppressed, items seen, firing events in incidents."""

    firing: int = 0
    suppressed: int = 0
    visible: int = 0
    in_incidents: int = 0


class Watcher(Protocol):
    """Who is told of incidents: that one is new, or its state or severity another, or that what somebody had said of
    it has run out; and of clusters: that one has changed, or is over."""

    def incident_changed(self, incident: Incident, now: int) -> None: ...
    def cluster_changed(self, cluster: Cluster, now: int, *, undone: bool = False) -> None: ...
    def lapsed(self, incident: Incident, now: int) -> None: ...
    def cluster_closed(self, cluster: Cluster) -> None: ...


class Grouping:
    """Clusters and incidents of one partition."""

    def __init__(
        self, tenant: str, config: Config, topology: Topology, registry: Registry, teller: Teller, numbers: Numbers
    ) -> None:
        self.tenant = tenant
        self.registry = registry
        self.teller = teller
        self.tallies = Tallies()
        self.hands = 0  # grows with everything a person does, so that views look again
        self.history = History()
        self.ranking = Ranking(registry, config.engine.timezone)
        settings = tuned(ClusterSettings(), config.clusters.numbers)
        self.clusters = Clustering(settings, topology, self.history, numbers, tenant)
        rules = tuned(IncidentSettings(approve=config.incidents.approve), config.incidents.numbers)
        self.incidents = Incidents(rules, topology, numbers, tenant)
        self.clusters.keep_open = self.incidents.keeps
        self.watcher: Watcher | None = None
        self._cluster_ids: dict[str, int] = {}
        self._incident_ids: dict[str, int] = {}
        self._told: dict[int, tuple[str, int]] = {}  # incident -> (state, severity) that the feed knows
        self.on_incident: list[Callable[[Incident, int], None]] = []  # told of each new state or severity, and when

    # What the life cycle asks.

    def place(self, alert: Alert, labels: dict[str, str], now: int, showing: Showing) -> Placement:
        """A new alert, or one raised again."""
        self.ranking.began(alert, now)
        placement = self.clusters.place(alert, now, labels, showing)
        self._placed(alert, placement, now)
        return placement

    def repeat(self, alert: Alert, labels: dict[str, str], now: int, *, visible: bool) -> Placement | None:
        """A repeat of a firing alert; a placement if this event belongs elsewhere than the alert did so far."""
        placement = self.clusters.repeat(alert, now, labels, visible, alert.muted)
        if placement is not None:
            self._placed(alert, placement, now)
            return placement
        cluster = self.clusters.open[alert.cluster or 0]
        self._count(cluster, suppressed=not visible)
        if alert.features and alert.features[0] != alert.severity:
            self.ranking.rank(alert, cluster, now)
        if visible:  # it grew worse, which may be what makes it an incident
            self._promote(alert, cluster, now)
        else:
            self.incidents.repeated(cluster, now)
        self._write(now)
        return None

    def unmuted(self, alert: Alert, now: int) -> None:
        """A firing alert is shown again: its cluster may be worth an incident now."""
        cluster = self.cluster(alert.cluster)
        if cluster is not None:
            self._promote(alert, cluster, now)
        self.hands += 1
        self._write(now)

    def ended(self, alert: Alert, now: int) -> None:
        self.ranking.ended(alert, now)
        self.clusters.ended(alert, now)
        cluster = self.cluster(alert.cluster)
        if cluster is not None:
            self.incidents.eased(cluster)
        self._write(now)

    def storm_over(self, number: int | None, now: int, text: str) -> None:
        """A storm is over: the feed tells what it was."""
        cluster = self.cluster(number)
        if cluster is not None:
            cluster.digest = text
            self._tell_cluster(cluster, now, text)
            self.clusters.changed[cluster.number] = cluster
            self._write(now)

    def due(self) -> int | None:
        first, second = self.clusters.due(), self.incidents.due()
        return second if first is None or (second is not None and second < first) else first

    def tick(self, now: int) -> None:
        for cluster in self.clusters.tick(now):
            del self._cluster_ids[cluster.id]
            if cluster.members > 1:
                self._tell_cluster(cluster, now, "closed")
            if self.watcher is not None:
                self.watcher.cluster_closed(cluster)
            self.incidents.closed(cluster, now)
        for incident in self.incidents.tick(now):
            self._tell_incident(incident, now)
            del self._incident_ids[incident.id], self._told[incident.number]
        self._write(now)

    # What views and commands ask.

    def open_incidents(self) -> Iterable[Incident]:
        return self.incidents.open.values()

    def loose_clusters(self) -> Iterator[Cluster]:
        """Open clusters that are items of their own."""
        return (cluster for cluster in self.clusters.open.values() if cluster.incident not in self.incidents.open)

    def cluster(self, number: int | None) -> Cluster | None:
        return self.clusters.open.get(number or 0)

    def incident(self, number: int | None) -> Incident | None:
        return self.incidents.open.get(number or 0)

    def live_alerts(self, cluster: Cluster) -> list[Alert]:
        """The cluster's firing alerts, in order of creation."""
        return [alert for _, alert in sorted(self.clusters.live.get(cluster.number, {}).items())]

    def item(self, ref: str) -> Item | None:
        """The open item of that reference; a cluster in an incident is part of that item."""
        kind, _, id = ref.partition("/")
        cluster = self.cluster(self._cluster_ids.get(id)) if kind == "cluster" else None
        number = cluster.incident if cluster is not None else self._incident_ids.get(id) if kind == "incident" else None
        incident = self.incident(number)
        if incident is not None:
            mine = self.incidents.clusters[incident.number].values()
            alerts = [alert for each in mine for alert in self.live_alerts(each)]
            alerts.sort(key=lambda alert: alert.number)
            return Item(f"incident/{incident.id}", incident.title, alerts, cluster, incident)
        if cluster is not None:
            return Item(ref, cluster.title, self.live_alerts(cluster), cluster)
        return None

    # What people do.

    def step(self, incident: Incident, state: IncidentState, time: int, actor: str, text: str = "") -> bool:
        """A person's step of the incident's state machine; False where there is no such step."""
        self.hands += 1
        done = self.incidents.change(incident, state, time, actor, text)
        self._write(time)
        return done

    def note(self, incident: Incident, time: int, actor: str, text: str) -> None:
        """A line in the incident's timeline."""
        incident.timeline.append(Note(time, actor, text))
        self.incidents.changed[incident.number] = incident
        self.hands += 1
        self._write(time)

    def announce(self, incident: Incident, now: int) -> None:
        """Something about it changed that is neither state nor severity, but matters to who follows it: a snooze, an
        approval."""
        for told in self.on_incident:
            told(incident, now)
        if self.watcher is not None:
            self.watcher.incident_changed(incident, now)
        self.incidents.changed[incident.number] = incident
        self._write(now)

    def lapsed(self, incident: Incident, now: int) -> None:
        """Its acknowledgement or snooze has run out. To be called before its state changes."""
        if self.watcher is not None:
            self.watcher.lapsed(incident, now)

    def handled(self, alert: Alert, now: int, *, undone: bool = False) -> None:
        """Somebody took an alert, or gave it back; it was muted, or is no longer; or such a thing was undone."""
        self.hands += 1
        cluster = self.cluster(alert.cluster)
        if self.watcher is not None and cluster is not None:
            self.watcher.cluster_changed(cluster, now, undone=undone)

    def regrouped(self, now: int) -> None:
        """After a person merged, split or moved: the references follow, and what changed is written."""
        for cluster in self.clusters.changed.values():
            if cluster.number in self.clusters.open:
                self._cluster_ids[cluster.id] = cluster.number
            else:
                self._cluster_ids.pop(cluster.id, None)
        for incident in self.incidents.changed.values():
            self._incident_ids[incident.id] = incident.number
        self.hands += 1
        self._write(now)

    # State.

    def dump(self) -> bytes:
        parts = self.tallies, self.hands, self.history.dump(), self.incidents.dump(), self.ranking.habits.dump()
        return msgspec.msgpack.encode(parts)

    def load(self, body: bytes) -> None:
        kind = tuple[Tallies, int, bytes, dict[int, list[str]], bytes]
        self.tallies, self.hands, history, lines, habits = msgspec.msgpack.decode(body, type=kind)
        self.ranking.habits.load(habits)
        self.history.load(history)
        self.incidents.load(lines)

    def restore(self, alerts: Iterable[Alert], clusters: Iterable[Cluster], incidents: Iterable[Incident]) -> None:
        self.clusters.restore(alerts, clusters)
        self.incidents.restore(incidents, self.clusters.open.values())
        self._cluster_ids = {cluster.id: cluster.number for cluster in self.clusters.open.values()}
        for incident in self.incidents.open.values():
            self._incident_ids[incident.id] = incident.number
            self._told[incident.number] = (incident.state.value, incident.severity)

    def _placed(self, alert: Alert, placement: Placement, now: int) -> None:
        cluster = placement.cluster
        self._count(cluster, suppressed=placement.suppressed is not None)
        self.ranking.rank(alert, cluster, now)
        if placement.opened:
            self._cluster_ids[cluster.id] = cluster.number
        elif cluster.members in TOLD_AT:  # a cluster of one is the alert itself, which has been told
            self._tell_cluster(cluster, now, f"grew to {cluster.members} alerts")
        self._promote(alert, cluster, now)
        self._write(now)

    def _promote(self, alert: Alert, cluster: Cluster, now: int) -> None:
        if alert.muted is not None and cluster.incident is None:
            return  # nobody is to be bothered with what is muted
        before = cluster.incident
        incident = self.incidents.placed(cluster, alert, now)
        if incident is None:
            return
        if before != incident.number:
            self._entered(cluster, incident)
        members = sum(each.members for each in self.incidents.clusters[incident.number].values())
        self.ranking.rank_incident(incident, alert.features, members)

    def _count(self, cluster: Cluster, *, suppressed: bool) -> None:
        """One firing event more in `cluster`, which has counted it already."""
        tallies = self.tallies
        tallies.firing += 1
        tallies.suppressed += suppressed
        incident = self.incident(cluster.incident)
        tallies.in_incidents += incident is not None
        if not suppressed and _visible(cluster) == 1:
            if incident is None:
                tallies.visible += 1
            else:
                self._show(incident)

    def _entered(self, cluster: Cluster, incident: Incident) -> None:
        """A cluster that was an item of its own is now part of an incident."""
        self._incident_ids[incident.id] = incident.number
        self.tallies.in_incidents += cluster.alert_count
        if _visible(cluster):
            self.tallies.visible -= 1
            self._show(incident)

    def _show(self, incident: Incident) -> None:
        self.tallies.visible += not incident.shown
        incident.shown += 1

    def _write(self, now: int) -> None:
        """Changed records go into the batch, and what changed of an incident into the feed."""
        if self.clusters.changed:
            if self.watcher is not None:
                for cluster in self.clusters.changed.values():
                    self.watcher.cluster_changed(cluster, now)
            self.teller.out.clusters.update(self.clusters.changed)
            self.clusters.changed.clear()
        if self.incidents.changed:
            for incident in self.incidents.changed.values():
                if self._told.get(incident.number) != (incident.state.value, incident.severity):
                    for told in self.on_incident:
                        told(incident, now)
                    self._tell_incident(incident, now)
            self.teller.out.incidents.update(self.incidents.changed)
            self.incidents.changed.clear()

    def _tell_cluster(self, cluster: Cluster, time: int, what: str) -> None:
        cluster.change += 1
        data = {"cluster_id": cluster.id, "title": cluster.title, "alerts": cluster.members, "what": what}
        site = cluster.sites[0] if cluster.sites else None
        self.teller.tell("cluster_updated", time, f"cluster/{cluster.id}", site, cluster.severity, data)

    def _tell_incident(self, incident: Incident, time: int) -> None:
        known = self._told.get(incident.number)
        state = incident.state.value
        self._told[incident.number] = (state, incident.severity)
        incident.change += 1
        what = "opened" if known is None else state.lower() if known[0] != state else "grew worse"
        data = {"incident_id": incident.id, "state": state, "title": incident.title, "what": what}
        site = incident.sites[0] if incident.sites else None
        self.teller.tell("incident_updated", time, f"incident/{incident.id}", site, incident.severity, data)
        if self.watcher is not None:
            self.watcher.incident_changed(incident, time)


def _visible(cluster: Cluster) -> int:
    """How many events of the cluster are shown."""
    return cluster.alert_count - cluster.suppressed_count
