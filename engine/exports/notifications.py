"""Rows of the delivery log: every message to somebody outside, and what became of it."""

from collections.abc import Iterator
from typing import Any

import msgspec

from data import times
from data.records.outbox import Notification
from data.records.severity import NAMES
from data.store import Reader
from engine.exports.selection import Selection


class NotificationRow(msgspec.Struct):
    """`made_at` is event time, `done_at` and `fallback_at` are of the wall. `firing` and `resolved` are ids of alerts,
    `last` what the newest attempt came to."""

    id: str
    receiver: str
    status: str
    made_at: str
    kind: str
    severity: str
    title: str
    group: str
    incident_id: str | None
    firing: list[str]
    resolved: list[str]
    attempts: int
    last: str | None
    done_at: str | None
    reason: str
    fallback: str | None
    fallback_at: str | None
    labels: dict[str, Any]
    route: str
    tenant: str


def notifications(reader: Reader, selection: Selection) -> Iterator[NotificationRow]:
    for row in reader.notifications(selection.since, selection.until):
        if selection.allows(row.tenant):
            yield row_of(row)


def row_of(row: Notification) -> NotificationRow:
    firing = [alert.id for alert in row.alerts if alert.firing]
    ended = [alert.id for alert in row.alerts if not alert.firing]
    return NotificationRow(
        row.id, row.receiver, row.status, times.text(row.made_at), row.kind, NAMES[row.severity], row.title, row.group,
        row.incident, firing, ended, row.attempts, row.tries[-1].text if row.tries else None,
        times.text_or_none(row.done_at), row.reason, row.fallback, times.text_or_none(row.fallback_at), row.labels,
        row.route, row.tenant,
    )  # fmt: skip
