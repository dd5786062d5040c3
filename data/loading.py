"""The working state read back from the tables, in one view of the database."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, func, select

from data import journal, tables
from data.bodies import Bodies, Record
from data.records.alert import Alert
from data.records.cluster import Cluster
from data.records.entity import Entity, Link
from data.records.incident import Incident
from data.records.model import ModelVersion
from data.records.outbox import PENDING, Notification
from data.rows import KEPT
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
    rows = connection.execute(select(columns.partition, columns.watermark, columns.sequence, columns.watermark_then))
    marks = {row[0]: row for row in sorted(rows)}
    since = {name: row[3] - quiet_for for name, row in marks.items() if row[3] is not None}
    then = _Then(connection, bodies, since)
    return Loaded(
        seq=last_seq(connection),
        snapshot=then.snapshot,
        positions=[Position(*row[:3]) for row in marks.values()],
        entities=then.entities(),
        links=then.links(),
        alerts=then.open(Alert, tables.alerts, "ended_at"),
        clusters=then.open(Cluster, tables.clusters, "closed_at"),
        incidents=then.open(Incident, tables.incidents, "closed_at"),
        next_alert=_next(connection, tables.alerts),
        next_cluster=_next(connection, tables.clusters),
        next_incident=_next(connection, tables.incidents),
        next_finding=_next(connection, tables.findings),
        next_anomaly=_next(connection, tables.anomalies),
        next_fraud=_next(connection, tables.fraud),
        next_prediction=_next(connection, tables.predictions),
        next_correlation=_next(connection, tables.correlations),
        next_model=_next(connection, tables.models),
        models=[
            bodies.decode(ModelVersion, body)
            for (body,) in connection.execute(select(tables.models.c.body).order_by(tables.models.c.number))
        ],
        next_notification=_next(connection, tables.outbox),
        next_run=_next(connection, tables.runs),
        next_metric_block=_next(connection, tables.metric_blocks),
    )


def notifications(connection: Connection, bodies: Bodies, numbers: Sequence[int] | None) -> list[Notification]:
    """See `Store.notifications`."""
    columns = tables.outbox.c
    wanted = columns.status == PENDING if numbers is None else columns.number.in_(numbers)
    rows = connection.execute(select(columns.status, columns.body).where(wanted).order_by(columns.number))
    return [stood(bodies.decode(Notification, body), status) for status, body in rows]


def stood(row: Notification, status: str) -> Notification:
    """A message that is to be tried again was given this status without its body."""
    row.status = status
    return row


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


class _Then:
    """The records as they stood at the last snapshot: rows that were there and have not changed since, and for those
    that have, what was kept of them. `since` tells from when on an ended record still counts as open."""

    def __init__(self, connection: Connection, bodies: Bodies, since: dict[str, int]) -> None:
        self._connection, self._bodies, self._since = connection, bodies, since
        row = connection.execute(select(*tables.snapshots.c)).first()
        self.snapshot = Snapshot(row.seq, journal.decompress(row.body)) if row else None
        self._seq = row.seq if row else 0
        self._highest = {name: getattr(row, name) if row else 0 for name in KEPT}

    def entities(self) -> list[Entity]:
        """In order of tenant and reference."""
        now, before = tables.entities.c, tables.entities_before.c
        found: dict[tuple[str, str], bytes] = {}
        for tenant, ref, body in self._connection.execute(
            select(now.tenant, now.ref, now.body).where(now.seq <= self._seq)
        ):
            found[tenant, ref] = body
        for tenant, ref, body in self._connection.execute(select(before.tenant, before.ref, before.body)):
            found[tenant, ref] = body
        return [self._bodies.decode(Entity, found[key]) for key in sorted(found)]

    def links(self) -> list[Link]:
        found = {Link(*row) for row in self._connection.execute(select(*tables.links.c))}
        for *link, present in self._connection.execute(select(*tables.links_before.c)):
            (found.add if present else found.discard)(Link(*link))
        return sorted(found, key=lambda link: (link.tenant, link.source, link.target, link.kind))

    def open(self, kind: type[Record], table: Table, ended: str) -> list[Record]:
        """In order of number."""
        now, before = table.c, tables.records_before.c
        code = KEPT[table.name]
        found: dict[int, bytes] = {}
        for condition in self._still_open(now.tenant, now[ended]):
            rows = select(now.number, now.body).where(now.number <= self._highest[table.name], condition)
            found.update((number, body) for number, body in self._connection.execute(rows))
        for (number,) in self._connection.execute(select(before.number).where(before.kind == code)):
            found.pop(number, None)
        for condition in self._still_open(before.tenant, before.ended_at):
            rows = select(before.number, before.body).where(before.kind == code, condition)
            found.update((number, body) for number, body in self._connection.execute(rows))
        return [self._bodies.decode(kind, found[number]) for number in sorted(found)]

    def _still_open(self, tenant: Any, ended: Any) -> list[ColumnElement[bool]]:
        """Conditions, each with an index to go by; a row may meet several."""
        conditions: list[ColumnElement[bool]] = [ended.is_(None)]
        if self._since:
            conditions += [and_(tenant == name, ended >= start) for name, start in self._since.items()]
            # Of partitions finer than tenants: better too many than too few.
            conditions.append(and_(tenant.not_in(list(self._since)), ended >= min(self._since.values())))
        return conditions


def _next(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.coalesce(func.max(table.c.number), 0))).scalar_one()) + 1
