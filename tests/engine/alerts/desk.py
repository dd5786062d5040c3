"""The smallest life cycle that clustering can be tried with: identity, repeats, clears, leases, raised again."""

from typing import Any

import msgspec

from data import ids
from data.records.alert import Alert, AlertStatus
from data.records.cluster import Cluster
from data.records.entity import Link
from data.records.incident import Incident
from data.times import MINUTE, SECOND
from engine.alerts.clusters import Clustering, ClusterSettings, Placement
from engine.alerts.incidents import Incidents, IncidentSettings
from engine.alerts.novelty import History
from engine.alerts.template import template
from engine.topology import Topology

LEASE, REOPEN = 15 * MINUTE, 5 * MINUTE
T0 = 1_700_000_000 * SECOND


class Counting:
    def __init__(self, **taken: int) -> None:
        self.taken = taken

    def take(self, kind: str) -> int:
        self.taken[kind] = self.taken.get(kind, 0) + 1
        return self.taken[kind]


class Desk:
    """Alerts come in at seconds since `T0`; `rows` tells where each firing event went, and why it was not shown."""

    def __init__(self, links: list[tuple[str, str, str]] = [], **settings: Any) -> None:  # noqa: B006
        self.links = links
        self.settings = settings
        self.numbers = Counting()
        self.live: dict[int, Alert] = {}
        self.gone: list[Alert] = []
        self.rows: list[tuple[int, str | None]] = []
        self.all: dict[int, Cluster] = {}
        self.incidents_seen: dict[int, Incident] = {}
        self._build(History())

    def _build(self, history: History) -> None:
        topology = Topology(Link("default", *link) for link in self.links)
        self.topology, self.history = topology, history
        self.clusters = Clustering(ClusterSettings(**self.settings), topology, history, self.numbers)
        self.incidents = Incidents(IncidentSettings(), topology, self.numbers)
        self.clusters.keep_open = self.incidents.keeps

    def fire(
        self,
        at: float,
        alert_type: str = "DOWN",
        entity: str | None = "host/a",
        site: str | None = "S1",
        severity: int = 3,
        message: str = "",
        source: str = "monitor",
        **labels: str,
    ) -> Placement | None:
        now = T0 + round(at * SECOND)
        self.run(now)
        identity = ids.fingerprint(alert_type, entity or "", site or "")
        alert = self.live.get(identity)
        if alert is not None and alert.ended_at is None:
            alert.count += 1
            alert.last_seen, alert.expires_at, alert.severity = now, now + LEASE, max(alert.severity, severity)
            placement = self.clusters.repeat(alert, now, labels)
            if placement is None:
                self.incidents.repeated(self.clusters.open[alert.cluster or 0], now)
                self.rows.append((alert.cluster or 0, "duplicate"))
            else:
                self._placed(placement, alert, now, "duplicate")
            return placement
        if alert is None:
            number = self.numbers.take("alert")
            alert = self.live[identity] = Alert(
                number, f"A{number}", "default", identity, alert_type, severity, AlertStatus.NEW, entity, site, None,
                message, template(message), labels, {}, source, now, now, now, now + LEASE,
            )  # fmt: skip
        else:
            alert.ended_at, alert.status, alert.count = None, AlertStatus.NEW, alert.count + 1
            alert.last_seen, alert.expires_at = now, now + LEASE
        placement = self.clusters.place(alert, now, labels)
        self._placed(placement, alert, now, None)
        return placement

    def clear(
        self, at: float, alert_type: str = "DOWN", entity: str | None = "host/a", site: str | None = "S1"
    ) -> None:
        now = T0 + round(at * SECOND)
        self.run(now)
        alert = self.live.get(ids.fingerprint(alert_type, entity or "", site or ""))
        if alert is not None and alert.ended_at is None:
            self._end(alert, now)

    def run(self, now: int) -> None:
        """All timers due by `now`, in order of time; alerts before clusters before incidents."""
        while True:
            timers = [(self._due(alert), 0, alert.number, alert) for alert in self.live.values()]
            timers += [(due, 1, 0, None) for due in [self.clusters.due()] if due is not None]
            timers += [(due, 2, 0, None) for due in [self.incidents.due()] if due is not None]
            if not timers or min(timers, key=lambda timer: timer[:3])[0] > now:
                return
            due, kind, _, alert = min(timers, key=lambda timer: timer[:3])
            if alert is not None:
                if alert.ended_at is None:
                    self._end(alert, due)
                else:
                    del self.live[alert.fingerprint]
            elif kind == 1:
                for cluster in self.clusters.tick(due):
                    self.incidents.closed(cluster, due)
            else:
                self.incidents.tick(due)

    def restart(self) -> None:
        """All state through bytes and back, as after a crash."""
        alerts = _again(list(self.live.values()), Alert)
        clusters = _again(list(self.clusters.open.values()), Cluster)
        incidents = _again(list(self.incidents.open.values()), Incident)
        history = History()
        history.load(self.history.dump())
        self.live = {alert.fingerprint: alert for alert in alerts}
        self._build(history)
        self.clusters.restore(alerts, clusters)
        self.incidents.restore(incidents, clusters)
        self.all.update(self.clusters.open)
        self.incidents_seen.update(self.incidents.open)

    def item(self, row: tuple[int, str | None]) -> tuple[str, int]:
        cluster = self.all[row[0]]
        while cluster.merged_into is not None:
            cluster = self.all[cluster.merged_into]
        return ("incident", cluster.incident) if cluster.incident is not None else ("cluster", cluster.number)

    def _placed(self, placement: Placement, alert: Alert, now: int, otherwise: str | None) -> None:
        cluster = placement.cluster
        self.all[cluster.number] = cluster
        self.rows.append((cluster.number, None if placement.opened else placement.suppressed or otherwise))
        incident = self.incidents.placed(cluster, alert, now)
        if incident is not None:
            self.incidents_seen[incident.number] = incident

    def _end(self, alert: Alert, now: int) -> None:
        alert.ended_at, alert.status = now, AlertStatus.RESOLVED
        self.clusters.ended(alert, now)

    def _due(self, alert: Alert) -> int:
        return alert.expires_at if alert.ended_at is None else alert.ended_at + REOPEN + 1


def _again(records: list[Any], kind: type[Any]) -> list[Any]:
    return [msgspec.msgpack.decode(msgspec.msgpack.encode(record), type=kind) for record in records]
