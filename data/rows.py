"""Records as rows, and the statements that write them. Every statement is compiled once and run with tuples."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any, Final, TypeAlias

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import ClauseElement, bindparam

from data import journal, tables
from data.bodies import Bodies
from data.records.alert import Alert
from data.records.cluster import Cluster
from data.records.feed import FeedEntry
from data.records.finding import Anomaly, Finding
from data.records.incident import Incident
from data.store import Commit

Row: TypeAlias = tuple[Any, ...]
Write: TypeAlias = tuple[str, list[Row]]

_DIALECT: Final = sqlite.dialect()


def _sql(statement: ClauseElement) -> str:
    return str(statement.compile(dialect=_DIALECT))


def _upsert(table: Table) -> str:
    statement = sqlite.insert(table)
    keys = [column.name for column in table.primary_key]
    changed = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    if not changed:
        return _sql(statement.on_conflict_do_nothing())
    return _sql(statement.on_conflict_do_update(index_elements=keys, set_=changed))


def _append(table: Table) -> str:
    return _sql(insert(table).values({c.name: bindparam(c.name) for c in table.columns if c.name != "number"}))


def _remove(table: Table) -> str:
    return _sql(delete(table).where(*(column == bindparam(column.name) for column in table.primary_key)))


def _remember() -> str:
    """Keeps an entity as it was at the last snapshot, before its first change since."""
    now, before = tables.entities, tables.entities_before
    kept = select(*now.c).where(now.c.tenant == bindparam("t"), now.c.ref == bindparam("r"))
    names = [column.name for column in before.columns]
    # WHERE is there already, so SQLite does not take ON CONFLICT for part of a join.
    return _sql(sqlite.insert(before).from_select(names, kept).on_conflict_do_nothing())


UPSERT: Final = {
    table.name: _upsert(table) for table in tables.metadata.sorted_tables if table.name not in ("audit", "dead_letters")
}
APPEND_AUDIT: Final = _append(tables.audit)
APPEND_LETTER: Final = _append(tables.dead_letters)
REMEMBER: Final = _remember()
FORGET_ENTITIES: Final = _sql(delete(tables.entities_before))
FORGET_SNAPSHOTS: Final = _sql(delete(tables.snapshots))
REMOVE_LINK: Final = _remove(tables.links)
REMOVE_SEGMENT: Final = _remove(tables.segments)
REMOVE_PACK: Final = _remove(tables.feed)


def _alert(alert: Alert, body: bytes) -> Row:
    return (
        alert.number,
        alert.tenant,
        str(alert.status),
        alert.severity,
        alert.site,
        alert.first_seen,
        alert.last_seen,
        alert.ended_at,
        alert.cluster,
        body,
    )


def _cluster(cluster: Cluster, body: bytes) -> Row:
    return (
        cluster.number,
        cluster.tenant,
        cluster.severity,
        cluster.opened_at,
        cluster.last_at,
        cluster.closed_at,
        cluster.incident,
        body,
    )


def _incident(incident: Incident, body: bytes) -> Row:
    return (
        incident.number,
        incident.tenant,
        str(incident.state),
        incident.severity,
        incident.opened_at,
        incident.last_at,
        incident.closed_at,
        body,
    )


def _finding(finding: Finding, body: bytes) -> Row:
    return (
        finding.number,
        finding.tenant,
        finding.status,
        finding.severity,
        finding.site,
        finding.detected_at,
        body,
    )


def _anomaly(anomaly: Anomaly, body: bytes) -> Row:
    return (
        anomaly.number,
        anomaly.tenant,
        anomaly.status,
        anomaly.severity,
        anomaly.person,
        anomaly.site,
        anomaly.detected_at,
        body,
    )


def packs(bodies: Bodies, entries: Iterable[FeedEntry]) -> list[Row]:
    """Feed entries as one compressed row per partition. Raises ValueError for a gap within what is given."""
    made: list[Row] = []
    for partition, group in groupby(sorted(entries, key=lambda e: (e.partition, e.sequence)), lambda e: e.partition):
        run = list(group)
        if run[-1].sequence - run[0].sequence != len(run) - 1:
            raise ValueError(f"the feed of {partition} has a gap or a repeat after {run[0].sequence}")
        moments = [entry.time for entry in run]
        body = journal.compress(bodies.encode_all(FeedEntry, run))
        made.append((partition, run[0].sequence, len(run), min(moments), max(moments), body))
    return made


def unpack_entries(bodies: Bodies, body: bytes) -> list[FeedEntry]:
    return bodies.decode_all(FeedEntry, journal.decompress(body))


def writes(commit: Commit, bodies: Bodies) -> list[Write]:
    """All that a commit writes, in order; but for REMEMBER, which comes before."""
    encode = bodies.encode
    listed: list[Write] = [
        (UPSERT["entities"], [(e.tenant, e.ref, e.seq, encode(e)) for e in commit.entities]),
        (REMOVE_LINK, [(k.tenant, k.source, k.target, k.kind) for k in commit.links_removed]),
        (UPSERT["links"], [(k.tenant, k.source, k.target, k.kind) for k in commit.links_added]),
        (UPSERT["alerts"], [_alert(a, encode(a)) for a in commit.alerts]),
        (UPSERT["clusters"], [_cluster(c, encode(c)) for c in commit.clusters]),
        (UPSERT["incidents"], [_incident(i, encode(i)) for i in commit.incidents]),
        (UPSERT["findings"], [_finding(f, encode(f)) for f in commit.findings]),
        (UPSERT["anomalies"], [_anomaly(a, encode(a)) for a in commit.anomalies]),
        (UPSERT["feed"], packs(bodies, commit.feed)),
        (APPEND_AUDIT, [(a.tenant, a.time, encode(a)) for a in commit.audit]),
        (APPEND_LETTER, [(d.received_at, encode(d)) for d in commit.dead_letters]),
        (UPSERT["positions"], [(p.partition, p.watermark, p.sequence) for p in commit.positions]),
    ]
    if commit.segment is not None:
        listed.append((UPSERT["segments"], [journal.row(journal.pack(commit.segment))]))
    if commit.snapshot is not None:
        snapshot = (commit.snapshot.seq, journal.compress(commit.snapshot.body))
        listed += [(FORGET_ENTITIES, [()]), (FORGET_SNAPSHOTS, [()]), (UPSERT["snapshots"], [snapshot])]
    return [(sql, rows) for sql, rows in listed if rows]


def packs_in(writes: Iterable[Write]) -> list[Row]:
    return [row for sql, rows in writes if sql is UPSERT["feed"] for row in rows]
