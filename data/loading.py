"""The working state read back from the tables, in one view of the database."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Table, and_, func, or_, select

from data import journal, tables
from data.bodies import Bodies, Record
from data.records.alert import Alert
from data.records.cluster import Cluster
from data.records.entity import Entity, Link
from data.records.incident import Incident
from data.store import Loaded, Position, Snapshot


def last_seq(connection: Connection) -> int:
    """The last journal position; 0 for an empty journal: positions begin at 1."""
    newest = tables.segments.c
    row = connection.execute(select(newest.first, newest.count).order_by(newest.first.desc()).limit(1)).first()
    return row[0] + row[1] - 1 if row else 0


def load(connection: Connection, bodies: Bodies, quiet_for: int) -> Loaded:
    """See `Store.load`. "The newest watermark" is that of the row's own partition (its tenant), so that a recording
    loaded long ago in one tenant does not age by the clock of another."""
    columns = tables.positions.c
    positions = [
        Position(*row)
        for row in connection.execute(
            select(columns.partition, columns.watermark, columns.sequence).order_by(columns.partition)
        )
    ]
    snapshot = _snapshot(connection)
    return Loaded(
        seq=last_seq(connection),
        snapshot=snapshot,
        positions=positions,
        entities=_entities(connection, bodies, snapshot.seq if snapshot else 0),
        links=[Link(*row) for row in connection.execute(select(*tables.links.c).order_by(*tables.links.c))],
        alerts=_open(connection, bodies, Alert, tables.alerts, "ended_at", positions, quiet_for),
        clusters=_open(connection, bodies, Cluster, tables.clusters, "closed_at", positions, quiet_for),
        incidents=_open(connection, bodies, Incident, tables.incidents, "closed_at", positions, quiet_for),
        next_alert=_next(connection, tables.alerts),
        next_cluster=_next(connection, tables.clusters),
        next_incident=_next(connection, tables.incidents),
        next_finding=_next(connection, tables.findings),
        next_anomaly=_next(connection, tables.anomalies),
    )


def changed_entities(connection: Connection) -> set[tuple[str, str]]:
    """Those whose state at the last snapshot is kept."""
    before = tables.entities_before.c
    return {(tenant, ref) for tenant, ref in connection.execute(select(before.tenant, before.ref))}


def small_segments(connection: Connection, limit: int) -> list[tuple[int, int]]:
    """(first, count) of segments with fewer than `limit` events, in order."""
    columns = tables.segments.c
    wanted = select(columns.first, columns.count).where(columns.count < limit).order_by(columns.first)
    return list(connection.execute(wanted))


def small_packs(connection: Connection, limit: int) -> list[tuple[str, int, int]]:
    """(partition, first, count) of feed rows with fewer than `limit` entries, in order."""
    columns = tables.feed.c
    wanted = select(columns.partition, columns.first, columns.count).where(columns.count < limit)
    return list(connection.execute(wanted.order_by(columns.partition, columns.first)))


def _snapshot(connection: Connection) -> Snapshot | None:
    row = connection.execute(select(tables.snapshots.c.seq, tables.snapshots.c.body)).first()
    return Snapshot(row[0], journal.decompress(row[1])) if row else None


def _entities(connection: Connection, bodies: Bodies, seq: int) -> list[Entity]:
    """As of journal position `seq`, in order of tenant and reference."""
    now, before = tables.entities.c, tables.entities_before.c
    bodies_then: dict[tuple[str, str], bytes] = {}
    for tenant, ref, body in connection.execute(select(now.tenant, now.ref, now.body).where(now.seq <= seq)):
        bodies_then[tenant, ref] = body
    for tenant, ref, body in connection.execute(select(before.tenant, before.ref, before.body)):
        bodies_then[tenant, ref] = body
    return [bodies.decode(Entity, bodies_then[key]) for key in sorted(bodies_then)]


def _open(
    connection: Connection,
    bodies: Bodies,
    kind: type[Record],
    table: Table,
    ended: str,
    positions: Iterable[Position],
    quiet_for: int,
) -> list[Record]:
    column = table.c[ended]
    since = {position.partition: position.watermark - quiet_for for position in positions}
    recent = [and_(table.c.tenant == tenant, column >= start) for tenant, start in since.items()]
    if since:  # partitions finer than tenants: better too many than too few
        recent.append(and_(table.c.tenant.not_in(list(since)), column >= min(since.values())))
    wanted: Any = column.is_(None)
    found = dict(connection.execute(select(table.c.number, table.c.body).where(wanted)).all())
    if recent:
        rows = connection.execute(select(table.c.number, table.c.body).where(or_(*recent)))
        found.update(rows.all())
    return [bodies.decode(kind, found[number]) for number in sorted(found)]


def _next(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.coalesce(func.max(table.c.number), 0))).scalar_one()) + 1
