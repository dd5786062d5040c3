"""Keeps escalation in step with the records of items: one call for every incident or cluster that changed."""

from data.records.cluster import Cluster
from data.records.incident import Incident, IncidentState
from engine.alerts.escalation import Escalation
from engine.alerts.policies import of_cluster, of_incident

OVER = (IncidentState.RESOLVED, IncidentState.CLOSED)


def follow_incident(escalation: Escalation, incident: Incident, client: str | None, now: int) -> None:
    """An incident was made, changed, taken, given back, or is over. The wait begins when it is first seen NEW."""
    subject = of_incident(incident, client)
    if incident.state in OVER:
        escalation.resolved(subject.ref)
        return
    if incident.candidate:
        escalation.resolved(subject.ref)
        return  # nobody is called before a person has approved it
    standing = escalation.standing.get(subject.ref)
    if standing is None:
        escalation.opened(subject, now)
    elif (subject.severity, subject.title, subject.sites) != (standing.severity, standing.title, standing.sites):
        escalation.changed(subject, now)
    if incident.state is not IncidentState.NEW or incident.snoozed_until is not None:
        escalation.acknowledged(subject.ref)
    elif standing is not None and standing.held:
        escalation.released(subject.ref, now)


def follow_cluster(
    escalation: Escalation, cluster: Cluster, incident: Incident | None, client: str | None, now: int
) -> None:
    """A cluster was opened, changed, promoted into `incident`, merged, or is over. Whether somebody has acknowledged a
    cluster is told by `Escalation.acknowledged`, since its record does not know."""
    ref = f"cluster/{cluster.id}"
    if incident is not None:
        subject = of_incident(incident, client, tuple(cluster.alert_types))
        if ref in escalation.standing:
            escalation.moved(ref, subject, now)
        elif incident.state is IncidentState.NEW:
            escalation.opened(subject, now)  # without effect where it waits already
    elif cluster.closed_at is not None or not cluster.open_members:
        escalation.resolved(ref)
    elif (standing := escalation.standing.get(ref)) is None:
        escalation.opened(of_cluster(cluster, client), now)
    elif cluster.severity != standing.severity or cluster.title != standing.title:
        escalation.changed(of_cluster(cluster, client), now)
