"""Alerts into clusters, clusters into incidents: the one door that the life cycle of alerts knows.

`clusters` decides what belongs together and `incidents` what people work on; here their decisions are counted,
ranked, written down for the batch, and told to the feed.
"""

from collections.abc import Iterable, Iterator

import msgspec

from data.records.alert import Alert
from data.records.cluster import Cluster
from data.records.incident import Incident, IncidentState, Note
from engine.alerts.clusters import Clustering, ClusterSettings, Placement
from engine.alerts.novelty import History
from engine.decisions import Numbers, Teller
from engine.registry import Registry
from engine.score.priority import TIERS, UNKNOWN_CRITICALITY, UNKNOWN_TIER, Standing, priority
from engine.settings import Config
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


class Grouping:
    """Clusters and incidents of one partition."""

    def __init__(
        self, tenant: str, config: Config, topology: Topology, registry: Registry, teller: Teller, numbers: Numbers
    ) -> None:
        self.tenant = tenant
        self.registry = registry
        self.topology = topology
        self.teller = teller
        self.tallies = Tallies()
        self.hands = 0  # grows with everything a person does, so that views look again
        self.history = History()
        self.clusters = Clustering(ClusterSettings(), topology, self.history, numbers, tenant)
        self._by_id: dict[str, Cluster] = {}

    # What the life cycle asks.

    def place(self, alert: Alert, labels: dict[str, str], now: int) -> Placement:
        """A new alert, or one raised again."""
        placement = self.clusters.place(alert, now, labels)
        self._count(alert, placement.cluster, placement.suppressed is not None)
        if placement.opened:
            self._by_id[placement.cluster.id] = placement.cluster
        self._after(alert, placement, now)
        return placement

    def repeat(self, alert: Alert, labels: dict[str, str], now: int, *, visible: bool) -> Placement | None:
        """A repeat of a firing alert; a placement if this event belongs elsewhere than the alert did so far."""
        placement = self.clusters.repeat(alert, now, labels, visible)
        if placement is None:
            self._count(alert, self.clusters.open[alert.cluster or 0], not visible)
            self._write()
            return None
        self._count(alert, placement.cluster, placement.suppressed is not None)
        if placement.opened:
            self._by_id[placement.cluster.id] = placement.cluster
        self._after(alert, placement, now)
        return placement

    def ended(self, alert: Alert, now: int) -> None:
        self.clusters.ended(alert, now)
        self._write()

    def due(self) -> int | None:
        return self.clusters.due()

    def tick(self, now: int) -> None:
        for cluster in self.clusters.tick(now):
            del self._by_id[cluster.id]
            self._tell_cluster(cluster, now, "closed")
        self._write()

    # What views and commands ask.

    def open_incidents(self) -> Iterator[Incident]:
        return iter(())

    def loose_clusters(self) -> Iterator[Cluster]:
        """Open clusters that are items of their own."""
        return (cluster for cluster in self.clusters.open.values() if cluster.incident is None)

    def cluster(self, number: int | None) -> Cluster | None:
        return self.clusters.open.get(number or 0)

    def incident(self, number: int | None) -> Incident | None:
        return None

    def live_alerts(self, cluster: Cluster) -> list[Alert]:
        return list(self.clusters.live.get(cluster.number, {}).values())

    def item(self, ref: str) -> Item | None:
        """The open item of that reference; an alert's is the one it lies in."""
        kind, _, id = ref.partition("/")
        if kind == "cluster":
            cluster = self._by_id.get(id)
            if cluster is None:
                return None
            return Item(ref, cluster.title, self.live_alerts(cluster), cluster)
        return None

    def note(self, incident: Incident, time: int, actor: str, text: str) -> None:
        incident.timeline.append(Note(time, actor, text))
        self.hands += 1

    def resolve(self, incident: Incident, time: int) -> None:
        incident.state = IncidentState.RESOLVED

    # State.

    def dump(self) -> bytes:
        return msgspec.msgpack.encode((self.tallies, self.hands, self.history.dump()))

    def load(self, body: bytes) -> None:
        self.tallies, self.hands, history = msgspec.msgpack.decode(body, type=tuple[Tallies, int, bytes])
        self.history.load(history)

    def restore(self, alerts: Iterable[Alert], clusters: Iterable[Cluster], incidents: Iterable[Incident]) -> None:
        self.clusters.restore(alerts, clusters)
        self._by_id = {cluster.id: cluster for cluster in self.clusters.open.values()}

    def _count(self, alert: Alert, cluster: Cluster, suppressed: bool) -> None:
        self.tallies.firing += 1
        self.tallies.suppressed += suppressed
        if not suppressed and cluster.alert_count - cluster.suppressed_count == 1:
            self.tallies.visible += 1

    def _after(self, alert: Alert, placement: Placement, now: int) -> None:
        cluster = placement.cluster
        alert.priority = priority(self._standing(alert.severity, alert.site, 1, 1))
        cluster.priority = priority(
            self._standing(cluster.severity, alert.site, cluster.members, len(cluster.sites))
        )
        if placement.opened:
            self._tell_cluster(cluster, now, "opened")
        elif cluster.members in TOLD_AT:
            self._tell_cluster(cluster, now, f"grew to {cluster.members} alerts")
        self._write()

    def _standing(self, severity: int, site: str | None, members: int, sites: int) -> Standing:
        place = self.registry.of("site", site)
        client = self.registry.of("client", place.client) if place is not None else None
        return Standing(
            severity,
            TIERS.get(client.attributes.get("tier", ""), UNKNOWN_TIER) if client is not None else UNKNOWN_TIER,
            place.attributes.get("criticality", UNKNOWN_CRITICALITY) if place is not None else UNKNOWN_CRITICALITY,
            members,
            sites,
        )

    def _write(self) -> None:
        """Changed records go into the batch."""
        changed = self.clusters.changed
        if changed:
            self.teller.out.clusters.update(changed)
            changed.clear()

    def _tell_cluster(self, cluster: Cluster, time: int, what: str) -> None:
        cluster.change += 1
        data = {
            "cluster_id": cluster.id,
            "title": cluster.title,
            "alerts": cluster.members,
            "what": what,
        }
        site = cluster.sites[0] if cluster.sites else None
        self.teller.tell("cluster_updated", time, f"cluster/{cluster.id}", site, cluster.severity, data)
