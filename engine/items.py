"""The board: every open operator item of a partition as rows, most pressing first."""

from collections.abc import Callable
from typing import Any

from data.records.alert import Alert, AlertStatus
from data.records.cluster import Cluster
from data.records.incident import Incident, IncidentState
from engine.partition import Partition
from engine.query import Match
from engine.titles import humane
from engine.views import Board, ClusterRow

_DONE = ("RESOLVED", "CLOSED")
_Key = Callable[[ClusterRow], Any]

# Ties are broken by age and name, so that the order is the same on every console.
ORDERS: dict[str, _Key] = {
    "priority": lambda row: (
        row.state in _DONE,
        row.muted is not None,
        not row.unanswered,
        -row.priority,
        -row.severity,
        row.opened_at,
    ),
    "severity": lambda row: (row.state in _DONE, -row.severity, -row.priority, row.opened_at),
    "newest": lambda row: (-row.opened_at,),
    "oldest": lambda row: (row.opened_at,),
    "active": lambda row: (-row.last_at,),
    "site": lambda row: (row.sites, -row.priority),
    "alerts": lambda row: (-row.alerts,),
}


class Items:
    """Rows of the open items of one partition; a row is made again only when its record has changed."""

    def __init__(self, partition: Partition) -> None:
        self.partition = partition
        self._rows: dict[tuple[str, int], tuple[Any, ClusterRow]] = {}
        self._listed: list[ClusterRow] = []
        self._stamp: tuple[int, ...] = ()

    def rows(self) -> list[ClusterRow]:
        """Do not change the list: it stays the same until something changes."""
        partition, grouping = self.partition, self.partition.grouping
        stamp = (partition.watermark, partition.teller.sequence, partition.tallies.events, grouping.hands)
        if stamp != self._stamp:
            self._stamp, self._listed = stamp, self._look()
        return self._listed

    def _look(self) -> list[ClusterRow]:
        grouping = self.partition.grouping
        fresh: dict[tuple[str, int], tuple[Any, ClusterRow]] = {}
        for incident in grouping.open_incidents():
            self._keep(fresh, ("incident", incident.number), incident, lambda one: incident_row(self.partition, one))
        for cluster in grouping.loose_clusters():
            if cluster.kind == "habit" and not cluster.open_members:
                continue  # between its times there is nothing to look at
            self._keep(fresh, ("cluster", cluster.number), cluster, self._cluster)
        self._rows = fresh
        return [row for _, row in fresh.values()]

    def _keep(
        self, fresh: dict[Any, Any], key: tuple[str, int], record: Any, build: Callable[[Any], ClusterRow]
    ) -> None:
        stamp = (
            record.change, record.alert_count, record.open_members, record.severity, record.priority, record.last_at,
            record.title, self.partition.grouping.hands,
        )  # fmt: skip
        known = self._rows.get(key)
        fresh[key] = known if known is not None and known[0] == stamp else (stamp, build(record))

    def _cluster(self, cluster: Cluster) -> ClusterRow:
        alerts = self.partition.grouping.live_alerts(cluster)
        firing = [alert for alert in alerts if alert.firing]
        muted = bool(firing) and all(alert.muted for alert in firing)
        state = state_of(firing)
        return ClusterRow(
            ref=f"cluster/{cluster.id}",
            severity=cluster.severity,
            state=state,
            priority=cluster.priority,
            title=humane(cluster.title, cluster.sites, self.partition.registry),
            sites=tuple(cluster.sites),
            alert_types=tuple(cluster.alert_types),
            alerts=cluster.alert_count,
            open_alerts=cluster.open_members,
            suppressed=cluster.suppressed_count,
            opened_at=cluster.opened_at,
            last_at=cluster.last_at,
            owner=next((alert.assignee or alert.acknowledged_by for alert in firing if alert.acknowledged_by), None),
            muted=firing[0].muted if muted else None,
            muted_why=muted_why(self.partition, firing[0]) if muted else "",
            snoozed_until=min((alert.snoozed_until for alert in firing if alert.snoozed_until), default=None)
            if state == AlertStatus.SNOOZED
            else None,
            escalated=_escalated(self.partition, f"cluster/{cluster.id}"),
            unanswered=cluster.unanswered_at is not None,
            flapping=sum(alert.flapping for alert in firing),
            digest=_digest(self.partition, cluster),
        )


def incident_row(partition: Partition, incident: Incident) -> ClusterRow:
    """The row of an open incident."""
    grouping = partition.grouping
    types: dict[str, None] = {}
    suppressed = flapping = 0
    digest = ""
    for number in incident.clusters:
        cluster = grouping.cluster(number)
        if cluster is not None:
            types.update(dict.fromkeys(cluster.alert_types))
            suppressed += cluster.suppressed_count
            flapping += sum(alert.flapping for alert in grouping.clusters.live[cluster.number].values())
            digest = digest or _digest(partition, cluster)
    return ClusterRow(
        ref=f"incident/{incident.id}",
        severity=incident.severity,
        state=incident.state.value,
        priority=incident.priority,
        title=humane(incident.title, incident.sites, partition.registry),
        sites=tuple(incident.sites),
        alert_types=tuple(types),
        alerts=incident.alert_count,
        open_alerts=incident.open_members,
        suppressed=suppressed,
        opened_at=incident.opened_at,
        last_at=incident.last_at,
        owner=incident.assignee or incident.acknowledged_by,
        muted=None,
        snoozed_until=incident.snoozed_until,
        candidate=incident.candidate,
        escalated=_escalated(partition, f"incident/{incident.id}"),
        unanswered=incident.unanswered_at is not None,
        flapping=flapping,
        digest=digest,
    )


def _escalated(partition: Partition, ref: str) -> str:
    done = partition.answering.escalation.progress(ref)
    return "" if done is None else f"step {done[0]} of {done[1]}"


def _digest(partition: Partition, cluster: Cluster) -> str:
    """Of a storm: as it stands, or as it was at its end."""
    if cluster.kind != "storm":
        return ""
    going = partition.damping.storm.digest(cluster.found_at)
    return going.text if going is not None and going.cluster == cluster.number else cluster.digest


def muted_why(partition: Partition, alert: Alert) -> str:
    """What mutes it, in words; empty where nothing does."""
    if alert.muted is None:
        return ""
    mute = partition.muting.verdicts.get(alert.number)
    return mute.text if mute is not None else f"{alert.muted} by {alert.muted_by or 'something'}"


def state_of(firing: list[Alert]) -> str:
    """The state of an item without an incident, from its alerts: as far as the least handled one is."""
    if not firing:
        return IncidentState.RESOLVED.value
    for status in (AlertStatus.ESCALATED, AlertStatus.NEW, AlertStatus.SNOOZED, AlertStatus.ACKNOWLEDGED):
        if any(alert.status is status for alert in firing):
            return status.value
    return AlertStatus.ASSIGNED.value


def board(rows: list[ClusterRow], match: Match, now: int, limit: int, order: str, revision: int, muted: int) -> Board:
    """The page of one console: what its filter lets through, in its order."""
    shown = [row for row in rows if match(row, now)]
    hidden = sum(row.state not in _DONE for row in rows) - sum(row.state not in _DONE for row in shown)
    shown.sort(key=ORDERS.get(order, ORDERS["priority"]))
    return Board(revision, tuple(shown[:limit]), len(shown), hidden, muted)
