"""Records as rows, and the statements that write them. Every statement is compiled once and run with tuples."""

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, Select, Table, Text, delete, exists, insert, literal_column, select, true, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import ClauseElement, bindparam

from data import ids, journal, tables
from data.bodies import Bodies
from data.chain import Chain
from data.records.alert import Alert
from data.records.audit import AuditRow, DeadLetter
from data.records.cluster import Cluster
from data.records.feed import FeedEntry
from data.records.finding import Anomaly, Finding
from data.records.incident import Incident
from data.records.outbox import DEAD, PENDING
from data.store import Commit, Segment

Row: TypeAlias = tuple[Any, ...]
Write: TypeAlias = tuple[str, list[Row]]

_DIALECT: Final = sqlite.dialect()


_LATER: Final = ["watermark_then"]  # set by snapshots, not with the row


def _sql(statement: ClauseElement) -> str:
    return str(statement.compile(dialect=_DIALECT))


def _upsert(table: Table) -> str:
    statement = sqlite.insert(table).values({c.name: bindparam(c.name) for c in table.columns if c.name not in _LATER})
    keys = [column.name for column in table.primary_key] + _LATER
    changed = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    if not changed:
        return _sql(statement.on_conflict_do_nothing())
    return _sql(statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed))


def _append(table: Table) -> str:
    return _sql(insert(table).values({c.name: bindparam(c.name) for c in table.columns if c.name != "number"}))


def remove_of(table: Table) -> str:
    return _sql(delete(table).where(*(column == bindparam(column.name) for column in table.primary_key)))


def _keep_entity() -> str:
    """Binds tenant, ref, and the position of the last snapshot."""
    now = tables.entities.c
    found = select(now.tenant, now.ref, now.body).where(
        now.tenant == bindparam("t"), now.ref == bindparam("r"), now.seq <= bindparam("s")
    )
    return _kept(tables.entities_before, found)


def _keep_record(table: Table, ended: str) -> str:
    """Binds number, and the highest number at the last snapshot."""
    now = table.c
    kind: ColumnElement[int] = literal_column(str(KEPT[table.name]))
    found = select(kind, now.number, now.tenant, now[ended], now.body).where(now.number == bindparam("n"))
    return _kept(tables.records_before, found)


def _keep_link() -> str:
    """Binds tenant, source, target, kind; then the same again."""
    columns = tables.links.c
    names = [column.name for column in columns]
    there = exists().where(*(column == bindparam(f"{column.name}_") for column in columns))
    bound: list[Any] = [bindparam(name, type_=Text).label(name) for name in names]
    found: Select[Any] = select(*bound, there.label("present"))
    return _kept(tables.links_before, found.where(true()))


def _kept(table: Table, found: Select[Any]) -> str:
    # A WHERE keeps SQLite from taking ON CONFLICT for part of a join.
    names = [column.name for column in table.columns]
    return _sql(sqlite.insert(table).from_select(names, found).on_conflict_do_nothing())


KEPT: Final = {"alerts": 1, "clusters": 2, "incidents": 3}  # `kind` in records_before
UPSERT: Final = {
    table.name: _upsert(table) for table in tables.metadata.sorted_tables if table.name not in ("audit", "dead_letters")
}
KEEP: Final = {
    "alerts": _keep_record(tables.alerts, "ended_at"),
    "clusters": _keep_record(tables.clusters, "closed_at"),
    "incidents": _keep_record(tables.incidents, "closed_at"),
    "entities": _keep_entity(),
    "links": _keep_link(),
}
APPEND_AUDIT: Final = _append(tables.audit)
APPEND_LETTER: Final = _append(tables.dead_letters).replace("INSERT INTO", "INSERT OR IGNORE INTO", 1)
RETRY_MESSAGE: Final = _sql(
    update(tables.outbox)
    .values(status=PENDING)
    .where(tables.outbox.c.number == bindparam("n"), tables.outbox.c.status == DEAD)
)
REMOVE_LINK: Final = remove_of(tables.links)
REMOVE_SEGMENT: Final = remove_of(tables.segments)
REMOVE_PACK: Final = remove_of(tables.feed)
AT_SNAPSHOT: Final = (
    _sql(delete(tables.records_before)),
    _sql(delete(tables.entities_before)),
    _sql(delete(tables.links_before)),
    _sql(delete(tables.snapshots)),
    _sql(update(tables.positions).values(watermark_then=tables.positions.c.watermark)),
)


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


def plain(table: Table, record: Any, body: bytes) -> Row:
    """Where every column but the body is a field of the record by the same name."""
    return (*(getattr(record, column.name) for column in table.columns if column.name != "body"), body)


def _once(letter: DeadLetter) -> int | None:
    """What a refused line of a file is known by; None where each arrival is one of its own."""
    if not letter.line:
        return None
    return ids.fingerprint(letter.way, str(letter.line), letter.head) >> 1  # SQL's integers have a sign


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


def unpack_wanted(bodies: Bodies, body: bytes, wanted: Callable[[bytes], bool] | None) -> list[FeedEntry]:
    """Those whose bytes are `wanted` (None: all). A pack without such bytes is not taken apart."""
    raw = journal.decompress(body)
    if wanted is None:
        return bodies.decode_all(FeedEntry, raw)
    return bodies.decode_some(FeedEntry, raw, wanted) if wanted(raw) else []


def writes(commit: Commit, bodies: Bodies) -> list[Write]:
    """What a commit writes, in order. Before it comes what `data.before` keeps, after it snapshot and segment."""
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
        *((UPSERT[t.name], [plain(t, r, encode(r)) for r in getattr(commit, t.name)]) for t in tables.PLAIN),
        (RETRY_MESSAGE, [(PENDING, number, DEAD) for number in commit.retried]),
        (UPSERT["feed"], packs(bodies, commit.feed)),
        (APPEND_LETTER, [(d.received_at, encode(d), _once(d)) for d in commit.dead_letters]),
        (UPSERT["tokens"], [(t.id, encode(t)) for t in commit.tokens]),
        (UPSERT["positions"], [(p.partition, p.watermark, p.sequence) for p in commit.positions]),
    ]
    return [(sql, rows) for sql, rows in listed if rows]


def audit(commit: Commit, bodies: Bodies, chain: Chain) -> list[Write]:
    """Apart from `writes`: each entry follows on what was committed last. `chain.committed` tells it of success."""
    if not commit.audit:
        return []
    linked = chain.link(commit.audit, lambda row: bodies.decode(AuditRow, bodies.encode(row)))
    added = [(row.tenant, row.time, bodies.encode(row)) for row in linked]
    return [(APPEND_AUDIT, added), (UPSERT["meta"], chain.rows())]


def segment(made: Segment) -> Row:
    return journal.row(journal.pack(made))


def packs_in(writes: Iterable[Write]) -> list[Row]:
    return [row for sql, rows in writes if sql is UPSERT["feed"] for row in rows]
