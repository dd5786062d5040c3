"""Why a cluster holds what it holds, and why an incident was raised."""

import heapq
from collections import Counter
from collections.abc import Iterable

from data.records.alert import Alert
from data.records.cluster import Cluster
from data.records.incident import Incident
from data.store import Reader
from data.times import text as utc
from engine.explain.answers import called, not_promoted
from engine.explain.ranks import ranked
from engine.explain.telling import Explanation, history, moment, severity, some, span
from engine.exports.homes import Homes
from engine.settings import Config

TOLD = 20  # members that are told one by one


def explain_cluster(reader: Reader, cluster: Cluster, config: Config | None = None) -> Explanation:
    """`config` is what the rules for promotion and escalation are taken from; without one, the defaults."""
    config = config or Config()
    told = Explanation(f"cluster/{cluster.id}", f"{severity(cluster.severity)} {cluster.title}")
    homes = Homes(reader)
    told.fact("opened", moment(cluster.opened_at))
    told.fact("last event", f"{moment(cluster.last_at)}, {span(cluster.last_at - cluster.opened_at)} later")
    told.fact("closed", moment(cluster.closed_at))
    told.fact("firing events", f"{cluster.alert_count}, {cluster.suppressed_count} of them suppressed")
    told.fact("alerts", f"{cluster.members}, {cluster.open_members} still firing")
    told.fact("sites", some(cluster.sites))
    told.fact("alert types", some(cluster.alert_types))
    told.fact("priority", f"{cluster.priority} of 100")
    told.because.append(f"Opened: {cluster.reason}")
    survivor, incident = homes.of_cluster(cluster.number)
    if cluster.merged_into is not None:
        told.because.append(f"Merged into cluster/{survivor}, which holds its alerts now")
    told.because.append(f"Promoted: it is part of incident/{incident}" if incident else not_promoted(cluster, config))
    told.because += called(cluster, config)
    told.because += ranked(cluster)
    _members(told, (alert for alert in reader.alerts(None, None) if alert.cluster == cluster.number), cluster.lead)
    told.timeline = history(reader, told.ref, cluster.tenant, cluster.opened_at, None)
    return told


def _members(told: Explanation, members: Iterable[Alert], lead: int) -> None:
    """How many joined for which reason, and the first of them by name."""
    why: Counter[str] = Counter()
    first: list[tuple[int, int, Alert]] = []
    for alert in members:
        if alert.number != lead:
            why[alert.cluster_reason or "no reason kept"] += 1
        first.append((alert.first_seen, alert.number, alert))
        if len(first) > 4 * TOLD:
            first = heapq.nsmallest(TOLD, first)
    told.because += [f"{count} joined: {reason}" for reason, count in why.most_common(TOLD) if count > 1]
    if alone := sum(count == 1 for count in why.values()):
        told.because.append(f"{alone} joined for a likeness of their own; the first of them are told below")
    for _, number, alert in heapq.nsmallest(TOLD, first):
        role = "opened it" if number == lead else alert.cluster_reason
        what = f"{moment(alert.first_seen)} {severity(alert.severity)} {alert.alert_type}"
        told.evidence.append((f"alert/{alert.id}", f"{what} at {alert.site or alert.entity or '-'}: {role}"))


def explain_incident(reader: Reader, incident: Incident, config: Config | None = None) -> Explanation:
    told = Explanation(f"incident/{incident.id}", f"{severity(incident.severity)} {incident.title}")
    told.fact("state", f"{incident.state}{f', {incident.assignee}' if incident.assignee else ''}")
    told.fact("opened", moment(incident.opened_at))
    if incident.acknowledged_at is not None:
        told.fact("acknowledged", f"{moment(incident.acknowledged_at)} by {incident.acknowledged_by or 'somebody'}")
    told.fact("resolved", moment(incident.resolved_at))
    told.fact("closed", moment(incident.closed_at))
    told.fact("firing events", incident.alert_count)
    told.fact("still firing", f"{incident.open_members} alerts")
    told.fact("sites", some(incident.sites))
    told.fact("priority", f"{incident.priority} of 100")
    told.because.append(f"Raised: {incident.reason}")
    for place, cause in enumerate(incident.causes):
        word = "Probable cause" if place == 0 else "Else"
        told.because.append(
            f"{word}: {cause.alert_type} of {cause.entity or 'unknown'}, {cause.confidence:.0%} sure: {cause.text}"
        )
    told.because += called(incident, config or Config())
    told.because += ranked(incident)
    _clusters(told, reader, incident)
    told.timeline = [(utc(note.time), note.actor, note.text) for note in incident.timeline]
    if not told.timeline:
        told.timeline = history(reader, told.ref, incident.tenant, incident.opened_at, None)
    return told


def _clusters(told: Explanation, reader: Reader, incident: Incident) -> None:
    homes = Homes(reader)
    wanted = set(map(homes.survivor, incident.clusters))
    for cluster in reader.clusters(None, None):
        if cluster.number in wanted:
            told.evidence.append(
                (
                    f"cluster/{cluster.id}",
                    f"{severity(cluster.severity)} {cluster.title}: {cluster.members} alerts, {cluster.reason}",
                )
            )
