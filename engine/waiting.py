"""Which serious incidents wait for somebody: what the audits ask of the side that answers."""

from data.records.incident import IncidentState
from data.records.severity import HIGH
from engine.alerts.grouping import Grouping
from engine.answering import Answering
from engine.detect.patterns.escalation_chain import KIND, Waiting

OWN = frozenset((KIND,))  # an incident about the chain is no link of it
CRISES = ("PANIC", "SOS", "DURESS", "MAN_DOWN", "MANDOWN", "GUARD_DISTRESS")


def waiting(grouping: Grouping, answering: Answering) -> list[Waiting]:
    """Open incidents of severity HIGH or worse, in order of opening; muted ones only once somebody has them."""
    found = []
    for incident in grouping.open_incidents():
        if incident.severity < HIGH or incident.candidate:
            continue
        clusters = [cluster for number in incident.clusters if (cluster := grouping.cluster(number)) is not None]
        if clusters and all(OWN.issuperset(cluster.alert_types) for cluster in clusters):
            continue
        standing = answering.escalation.standing.get(f"incident/{incident.id}")
        acknowledged = incident.acknowledged_at
        if acknowledged is None and incident.state is not IncidentState.NEW:
            acknowledged = incident.last_at  # taken without a word
        if acknowledged is None and standing is not None and standing.held:
            continue  # muted: not meant to be escalated
        told = {person for _, _, people in standing.told for person in people} if standing is not None else ()
        site = incident.sites[0] if incident.sites else None
        client = grouping.registry.client_of(site)
        types = [name.upper() for cluster in clusters for name in cluster.alert_types]
        crisis = any(word in name for name in types for word in CRISES)
        found.append(
            Waiting(
                incident.number, incident.id, client, site, incident.severity, incident.opened_at, len(told),
                acknowledged, crisis, None if standing is None else standing.due,
            )
        )  # fmt: skip
    return found
