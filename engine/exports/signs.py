"""Rows of what the engine found and told, and of who did what: findings, anomalies, feed, audit, dead letters."""

from collections.abc import Iterator
from typing import Any

import msgspec

from data import times
from data.records.feed import FeedEntry
from data.records.severity import NAMES
from data.store import Reader
from engine.exports.selection import Selection

FEED_SOURCE = "noc"


class FindingRow(msgspec.Struct):
    id: str
    finding_type: str
    category: str
    severity: str
    status: str
    site: str | None
    person: str | None
    entity: str | None
    detected_at: str
    window_start: str
    window_end: str
    title: str
    evidence: dict[str, Any]
    tenant: str


class AnomalyRow(msgspec.Struct):
    id: str
    anomaly_type: str
    severity: str
    status: str
    person: str
    site: str | None
    event_source: str
    event_id: str
    detected_at: str
    confidence: float
    evidence: dict[str, Any]
    tenant: str


class FeedEvent(msgspec.Struct):
    """A feed entry as a CloudEvent. `id` is unique in `source`, and the same at every reading."""

    specversion: str
    id: str
    source: str
    type: str
    time: str
    subject: str
    tenant: str
    partition: str
    sequence: int
    data: dict[str, Any]


class AuditItem(msgspec.Struct):
    """`place`, `previous` and `hash` are of the chain of hashes; 0 and empty for entries from before it."""

    time: str
    tenant: str
    actor: str
    action: str
    target: str
    outcome: str
    detail: dict[str, Any]
    seq: int
    place: int
    previous: str
    hash: str


class DeadLetterRow(msgspec.Struct):
    """`line` is its place in a file, 1-based, 0 where there is none. It belongs to no tenant."""

    received_at: str
    way: str
    source: str | None
    reason: str
    head: str
    line: int
    tenant: None = None


def findings(reader: Reader, selection: Selection) -> Iterator[FindingRow]:
    for found in reader.findings(selection.since, selection.until):
        if selection.allows(found.tenant):
            yield FindingRow(
                found.id, found.finding_type, found.category, NAMES[found.severity], found.status, found.site,
                found.person, found.entity, times.text(found.detected_at), times.text(found.window_start),
                times.text(found.window_end), found.title, found.evidence, found.tenant,
            )  # fmt: skip


def anomalies(reader: Reader, selection: Selection) -> Iterator[AnomalyRow]:
    for found in reader.anomalies(selection.since, selection.until):
        if selection.allows(found.tenant):
            yield AnomalyRow(
                found.id, found.anomaly_type, NAMES[found.severity], found.status, found.person, found.site,
                found.event_source, found.event_id, times.text(found.detected_at), found.confidence, found.evidence,
                found.tenant,
            )  # fmt: skip


def feed_event(entry: FeedEntry) -> FeedEvent:
    """The CloudEvent that tells of one entry of the feed (WIRE.md §2). Its data also say what every entry has."""
    time = times.text(entry.time)
    data = {
        "type": entry.type, "timestamp": time, "tenant_id": entry.partition, "severity": NAMES[entry.severity],
        "site": entry.site, **entry.data,
    }  # fmt: skip
    if entry.type == "ticket_updated":
        data.setdefault("updated_at", time)
    elif entry.type == "correlation_identified":
        data.setdefault("person", data.get("person_id"))
    return FeedEvent(
        "1.0", f"{entry.partition}-{entry.sequence}", FEED_SOURCE, f"noc.feed.{entry.type}", time, entry.ref,
        entry.partition, entry.partition, entry.sequence, data,
    )  # fmt: skip


def feed(reader: Reader, selection: Selection) -> Iterator[FeedEvent]:
    for entry in reader.feed(selection.since, selection.until):
        if selection.allows(entry.partition):
            yield feed_event(entry)


def audit(reader: Reader, selection: Selection) -> Iterator[AuditItem]:
    for row in reader.audit(selection.since, selection.until):
        if selection.allows(row.tenant):
            yield AuditItem(
                times.text(row.time), row.tenant, row.actor, row.action, row.target, row.outcome, row.detail, row.seq,
                row.place, row.previous, row.hash,
            )  # fmt: skip


def dead_letters(reader: Reader, selection: Selection) -> Iterator[DeadLetterRow]:
    """Nobody knows whose they are, so a single tenant is shown none."""
    if selection.tenant is not None:
        return
    for letter in reader.dead_letters(selection.since, selection.until):
        yield DeadLetterRow(
            times.text(letter.received_at), letter.way, letter.source, letter.reason, letter.head, letter.line
        )
