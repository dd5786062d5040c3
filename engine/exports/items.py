"""Rows of what operators work on: alerts, clusters, incidents."""

from collections.abc import Iterator

import msgspec

from data import times
from data.records.alert import Alert
from data.records.incident import Cause, Incident
from data.records.severity import NAMES
from data.store import Reader
from engine.exports.homes import Homes
from engine.exports.selection import Selection


class AlertItem(msgspec.Struct):
    id: str
    alert_type: str
    severity: str
    status: str
    entity: str | None
    site: str | None
    client: str | None
    first_seen: str
    last_seen: str
    count: int
    priority: int
    cluster_id: str | None
    incident_id: str | None
    message: str
    tenant: str
    source: str
    labels: dict[str, str]
    ended_at: str | None
    end_reason: str | None
    muted: str | None
    muted_by: str | None
    assignee: str | None
    acknowledged_by: str | None
    acknowledged_at: str | None
    acknowledged_until: str | None
    snoozed_until: str | None


class ClusterItem(msgspec.Struct):
    id: str
    opened_at: str
    last_at: str
    alert_count: int
    suppressed_count: int
    severity: str
    sites: list[str]
    alert_types: list[str]
    priority: int
    reason: str
    tenant: str
    title: str
    incident_id: str | None
    entities: list[str]
    members: int
    closed_at: str | None


class IncidentItem(msgspec.Struct):
    id: str
    state: str
    severity: str
    title: str
    opened_at: str
    closed_at: str | None
    sites: list[str]
    alert_count: int
    cluster_ids: list[str]
    priority: int
    root_cause: Cause | None
    candidates: list[Cause]
    tenant: str
    reason: str
    last_at: str
    resolved_at: str | None
    acknowledged_at: str | None
    acknowledged_by: str | None
    assignee: str | None
    candidate: bool
    snoozed_until: str | None
    acknowledge_by: str | None
    acknowledge_late_at: str | None
    resolve_by: str | None
    resolve_late_at: str | None


def alerts(reader: Reader, selection: Selection) -> Iterator[AlertItem]:
    """A site that told whose it is only after an alert gives that alert its client too: rows say how things stand."""
    homes = Homes(reader)
    clients: dict[tuple[str, str], str | None] | None = None
    for alert in reader.alerts(selection.since, selection.until):
        if not selection.allows(alert.tenant):
            continue
        client = alert.client
        if client is None and alert.site is not None:
            if clients is None:
                clients = {(site.tenant, site.id): site.client for site in reader.entities("site")}
            client = clients.get((alert.tenant, alert.site))
        yield _alert(alert, client, *homes.of_cluster(alert.cluster))


def _alert(alert: Alert, client: str | None, cluster: str | None, incident: str | None) -> AlertItem:
    return AlertItem(
        alert.id, alert.alert_type, NAMES[alert.severity], alert.status, alert.entity, alert.site, client,
        times.text(alert.first_seen), times.text(alert.last_seen), alert.count, alert.priority, cluster, incident,
        alert.message, alert.tenant, alert.source, alert.labels, times.text_or_none(alert.ended_at), alert.end_reason,
        alert.muted, alert.muted_by, alert.assignee, alert.acknowledged_by, times.text_or_none(alert.acknowledged_at),
        times.text_or_none(alert.acknowledged_until), times.text_or_none(alert.snoozed_until),
    )  # fmt: skip


def clusters(reader: Reader, selection: Selection) -> Iterator[ClusterItem]:
    """Merged ones are told by their survivor: a row for each would count their alerts twice."""
    homes = Homes(reader)
    for cluster in reader.clusters(selection.since, selection.until):
        if cluster.merged_into is not None or not selection.allows(cluster.tenant):
            continue
        yield ClusterItem(
            cluster.id, times.text(cluster.opened_at), times.text(cluster.last_at), cluster.alert_count,
            cluster.suppressed_count, NAMES[cluster.severity], cluster.sites, cluster.alert_types, cluster.priority,
            cluster.reason, cluster.tenant, cluster.title, homes.of_cluster(cluster.number)[1], cluster.entities,
            cluster.members, times.text_or_none(cluster.closed_at),
        )  # fmt: skip


def incidents(reader: Reader, selection: Selection) -> Iterator[IncidentItem]:
    """Those that were merged into another, or undone, are told by it: their clusters are there."""
    homes = Homes(reader)
    for incident in reader.incidents(selection.since, selection.until):
        if incident.merged_into is None and selection.allows(incident.tenant):
            yield _incident(incident, homes)


def _incident(incident: Incident, homes: Homes) -> IncidentItem:
    survivors = dict.fromkeys(map(homes.survivor, incident.clusters))  # in order, each once
    return IncidentItem(
        incident.id, incident.state, NAMES[incident.severity], incident.title, times.text(incident.opened_at),
        times.text_or_none(incident.closed_at), incident.sites, incident.alert_count,
        [homes.clusters[number] for number in survivors if number in homes.clusters], incident.priority,
        incident.causes[0] if incident.causes else None, incident.causes, incident.tenant, incident.reason,
        times.text(incident.last_at), times.text_or_none(incident.resolved_at),
        times.text_or_none(incident.acknowledged_at), incident.acknowledged_by, incident.assignee, incident.candidate,
        times.text_or_none(incident.snoozed_until), times.text_or_none(incident.acknowledge_by),
        times.text_or_none(incident.acknowledge_late_at), times.text_or_none(incident.resolve_by),
        times.text_or_none(incident.resolve_late_at),
    )  # fmt: skip
