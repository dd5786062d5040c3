"""Why something was promoted to an incident, or not; and why somebody was called, or not."""

from data.records.cluster import Cluster
from data.records.incident import Incident, IncidentState
from data.records.severity import NAMES
from engine.alerts.incidents import IncidentSettings
from engine.alerts.ledger import STANDING
from engine.explain.telling import moment, span
from engine.settings import Config
from engine.settings.tuning import tuned

OVER = (IncidentState.RESOLVED, IncidentState.CLOSED)


def not_promoted(cluster: Cluster, config: Config) -> str:
    """Which rules it would have to meet, each with what is missing."""
    rules = tuned(IncidentSettings(approve=config.incidents.approve), config.incidents.numbers)
    if cluster.merged_into is not None:
        return "Not promoted: it was merged before"
    if cluster.declined and cluster.severity <= cluster.declined:
        return (
            f"Not promoted: a person refused it at {NAMES[cluster.declined]}; only something graver promotes it again"
        )
    missing = [f"its severity {NAMES[cluster.severity]} is below {NAMES[rules.severity]}"]
    if cluster.kind in STANDING:
        missing.append(f"what is {cluster.kind} is promoted by its severity only")
    else:
        things = len(cluster.entities)
        missing.append(f"{cluster.members} alerts on {things} things, {rules.alerts} on {rules.entities} are needed")
        missing.append(f"fewer than {rules.many} alerts in all")
    return f"Not promoted to an incident: {'; '.join(missing)}"


def called(record: Cluster | Incident, config: Config) -> list[str]:
    """How far it was escalated, and why no further."""
    if record.unanswered_at is not None:
        return [
            f"Escalated to the end: all {record.escalated} steps were taken by {moment(record.unanswered_at)} and "
            "nobody answered; it stays first on the board until somebody takes it or it is over"
        ]
    if record.escalated:
        return [f"Escalated: {record.escalated} steps were taken; {_ended(record)}"]
    return [f"Not escalated: {_quiet(record, config)}"]


def _ended(record: Cluster | Incident) -> str:
    if isinstance(record, Incident) and record.acknowledged_at is not None:
        return f"then {record.acknowledged_by or 'somebody'} took it at {moment(record.acknowledged_at)}"
    return "then it was over" if _over(record) else "nobody has it yet"


def _quiet(record: Cluster | Incident, config: Config) -> str:
    settings = config.escalation
    limit = (0, settings.low, settings.medium, settings.high, settings.critical)[record.severity - 1]
    if isinstance(record, Cluster) and record.incident is not None:
        return "its incident is what people are called for"
    if isinstance(record, Cluster) and NAMES.index(settings.clusters if settings.clusters in NAMES else "CRITICAL") > (
        record.severity
    ):
        return f"what is no incident calls somebody from {settings.clusters} on (escalation.clusters)"
    if not limit:
        return f"{NAMES[record.severity]} never calls anybody"
    if isinstance(record, Incident) and record.candidate:
        return "it waits for approval"
    if isinstance(record, Incident) and record.acknowledged_at is not None:
        return f"{record.acknowledged_by or 'somebody'} took it after {span(record.acknowledged_at - record.opened_at)}"
    if _over(record):
        return f"it was over before the wait of {span(limit)} was"
    return f"the wait of {span(limit)} is not over, or its policy has another first step"


def _over(record: Cluster | Incident) -> bool:
    if isinstance(record, Incident):
        return record.state in OVER
    return record.closed_at is not None or not record.open_members
