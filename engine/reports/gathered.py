"""Everything that the database holds about one incident."""

import msgspec

from data.records.alert import Alert
from data.records.audit import AuditRow
from data.records.cluster import Cluster
from data.records.entity import Entity
from data.records.incident import Incident
from data.store import Follower
from data.times import HOUR, parse

BEFORE = 4 * HOUR  # changes this long before the opening are told
CHANGE = b"noc.change.recorded"


class Change(msgspec.Struct, frozen=True):
    time: int
    kind: str
    summary: str
    place: str
    actor: str | None


class Gathered(msgspec.Struct):
    """`ended` is when it was resolved, else its last event. Clusters and alerts in order of their beginning."""

    incident: Incident
    ended: int
    clusters: list[Cluster]
    alerts: list[Alert]
    acts: list[AuditRow]
    changes: list[Change]
    tickets: list[Entity]
    sites: list[Entity]
    people: dict[str, str]  # id -> name


def gather(reader: Follower, incident: Incident) -> Gathered:
    """Reads the records of the incident, and the journal and audit of its time."""
    ended = incident.resolved_at or incident.closed_at or incident.last_at
    clusters = _clusters(reader, incident)
    alerts = {alert.number: alert for cluster in clusters for alert in reader.alerts_in(cluster.number)}
    ordered = sorted(alerts.values(), key=lambda alert: (alert.first_seen, alert.number))
    refs = {
        f"incident/{incident.id}",
        *(f"cluster/{one.id}" for one in clusters),
        *(f"alert/{one.id}" for one in ordered),
    }
    until = max(ended, incident.closed_at or 0, incident.last_at) + HOUR
    acts = [
        row for row in reader.audit(incident.opened_at, until) if row.target in refs and row.tenant == incident.tenant
    ]
    sites = [one for one in reader.entities("site") if one.id in incident.sites and one.tenant == incident.tenant]
    people = {one.id: one.name or one.id for one in reader.entities("person") if one.tenant == incident.tenant}
    tickets = [
        one
        for one in reader.entities("ticket")
        if one.tenant == incident.tenant and one.site in incident.sites and incident.opened_at <= _opened(one) <= until
    ]
    tickets.sort(key=lambda one: (_opened(one), one.ref))
    return Gathered(incident, ended, clusters, ordered, acts, _changes(reader, incident), tickets, sites, people)


def _clusters(reader: Follower, incident: Incident) -> list[Cluster]:
    """Its clusters, and those that were merged into them."""
    known = list(reader.clusters(None, None))
    mine = set(incident.clusters)
    grown = True
    while grown:
        more = {one.number for one in known if one.merged_into in mine} - mine
        grown = bool(more)
        mine |= more
    return sorted((one for one in known if one.number in mine), key=lambda one: (one.opened_at, one.number))


def _opened(ticket: Entity) -> int:
    opened = ticket.attributes.get("opened_at")
    if isinstance(opened, int):
        return opened
    return parse(opened) if isinstance(opened, str) else ticket.first_seen


def _changes(reader: Follower, incident: Incident) -> list[Change]:
    """Changes of the hours before, and of its first hour, at its sites or of no named place; newest first."""
    found = []
    for _, line, _ in reader.events(incident.opened_at - BEFORE, incident.opened_at + HOUR):
        if CHANGE not in line:
            continue
        event = msgspec.json.decode(line)
        data = event.get("data") or {}
        if event.get("type") != CHANGE.decode() or event.get("tenant", "default") != incident.tenant:
            continue
        site = str(data.get("site") or "").rpartition("/")[2]
        if not site or site in incident.sites:
            place = str(data.get("entity") or site)
            found.append(
                Change(parse(event["time"]), str(data.get("kind")), str(data.get("summary")), place, data.get("actor"))
            )
    return sorted(found, key=lambda one: (-one.time, one.summary))
