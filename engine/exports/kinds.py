"""The kinds of rows there are."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import msgspec

from data.store import Reader
from engine.exports import (
    correlations,
    fraud,
    items,
    journal,
    notifications,
    predictions,
    relations,
    runs,
    signs,
    tickets,
)
from engine.exports.selection import Selection


class Kind(NamedTuple):
    """`row` names the fields; `rows` makes them; `lines`, where given, makes the same as JSON, faster."""

    row: type[msgspec.Struct]
    rows: Callable[[Reader, Selection], Iterator[msgspec.Struct]]
    lines: Callable[[Reader, Selection], Iterator[bytes]] | None = None


KINDS: Final[dict[str, Kind]] = {
    "events": Kind(journal.EventRow, journal.events, journal.event_lines),
    "tickets": Kind(tickets.TicketRow, tickets.tickets),
    "alerts": Kind(items.AlertItem, items.alerts),
    "assignments": Kind(journal.AssignmentRow, journal.assignments),
    "findings": Kind(signs.FindingRow, signs.findings),
    "anomalies": Kind(signs.AnomalyRow, signs.anomalies),
    "clusters": Kind(items.ClusterItem, items.clusters),
    "incidents": Kind(items.IncidentItem, items.incidents),
    "correlations": Kind(correlations.CorrelationRow, correlations.correlations),
    "fraud": Kind(fraud.FraudRow, fraud.fraud),
    "predictions": Kind(predictions.PredictionRow, predictions.predictions),
    "relations": Kind(relations.RelationRow, relations.relations),
    "feed": Kind(signs.FeedEvent, signs.feed),
    "audit": Kind(signs.AuditItem, signs.audit),
    "playbook-runs": Kind(runs.RunRow, runs.runs),
    "notifications": Kind(notifications.NotificationRow, notifications.notifications),
    "dead-letters": Kind(signs.DeadLetterRow, signs.dead_letters),
}
