"""Keeps escalation in step with the records of items: one call for every incident or cluster that changed."""

from data.records.cluster import Cluster
from data.records.incident import Incident, IncidentState
from engine.alerts.escalation import Escalation
from engine.alerts.policies import of_cluster, of_incident

OVER = (IncidentState.RESOLVED, IncidentState.CLOSED)


def follow_incident(
    escalation: Escalation, incident: Incident, client: str | None, now: int, alert_types: tuple[str, ...] = ()
) -> None:
    """An incident was made, changed, taken, given back, or is over. The wait begins when it is first seen NEW."""
    subject = of_incident(incident, client, alert_types)
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
    escalation: Escalation,
    cluster: Cluster,
    incident: Incident | None,
    client: str | None,
    now: int,
    *,
    waits: bool = True,
) -> None:
    """A cluster was opened, changed, promoted into `incident`, merged, or is over. `waits`: one of its firing alerts is
    neither taken nor muted; where that comes true again the wait begins anew."""
    ref = f"cluster/{cluster.id}"
    standing = escalation.standing.get(ref)
    if incident is not None:
        if standing is not None and (incident.candidate or incident.state in OVER):
            escalation.resolved(ref)
        elif standing is not None:
            escalation.moved(ref, of_incident(incident, client, tuple(cluster.alert_types)), now)
    elif cluster.closed_at is not None or not cluster.open_members:
        escalation.resolved(ref)
    elif standing is None or (standing.held and waits):
        if waits:
            escalation.opened(of_cluster(cluster, client), now)
    elif not waits:
        escalation.acknowledged(ref)
    elif cluster.severity != standing.severity or cluster.title != standing.title:
        escalation.changed(of_cluster(cluster, client), now)


def reopen(escalation: Escalation, incident: Incident, client: str | None, now: int, types: tuple[str, ...]) -> None:
    """Its acknowledgement or snooze ran out: the wait begins anew, from the first step."""
    if incident.state not in OVER and not incident.candidate:
        escalation.opened(of_incident(incident, client, types), now)
