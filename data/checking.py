"""Is a database sound? Reads all of it, beside a running engine, in one view."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Table, and_, exists, func, inspect, select

from data import chain, ids, journal, loading, rows, sqlite_erasing, sqlite_file, tables, times
from data.bodies import Bodies
from data.faults import told
from data.records import DEFAULT_TENANT
from data.records.alert import Alert
from data.records.audit import AuditRow, DeadLetter
from data.records.cluster import Cluster
from data.records.correlation import Correlation
from data.records.entity import Entity
from data.records.finding import Anomaly, Finding
from data.records.fraud import FraudScore
from data.records.incident import Incident
from data.records.model import ModelVersion
from data.records.prediction import Prediction
from data.records.reasons import REASONS
from data.store import Segment, StoreBroken, StoreBusy

_MOST: Final = 50  # problems told
_RECORDS: Final[tuple[tuple[Table, Any], ...]] = (
    (tables.alerts, Alert),
    (tables.clusters, Cluster),
    (tables.incidents, Incident),
    (tables.findings, Finding),
    (tables.anomalies, Anomaly),
    (tables.fraud, FraudScore),
    (tables.predictions, Prediction),
    (tables.correlations, Correlation),
    (tables.models, ModelVersion),
    (tables.entities, Entity),
    (tables.audit, AuditRow),
    (tables.dead_letters, DeadLetter),
)


def check(path: Path) -> list[str]:
    """What is wrong, in words; empty when all is well. At most 50 problems are named."""
    if not path.exists():
        return [f"there is no database {path}"]
    engine = sqlite_file.read_engine(path)
    try:
        with told(path), engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            revision = sqlite_file.revision(connection)
            if revision is None:
                return [f"{path} is empty"]
            found = list(islice(_problems(connection), _MOST))
            if revision != sqlite_file.HEAD:
                found.append(f"the schema is {revision}, this program's is {sqlite_file.HEAD}: run `noc db upgrade`")
            return found
    except (StoreBroken, StoreBusy) as error:
        return [str(error)]
    finally:
        engine.dispose()


def _problems(connection: Connection) -> Iterator[str]:
    for answer in connection.exec_driver_sql("PRAGMA integrity_check(20)").scalars():
        if answer != "ok":
            yield f"SQLite: {answer}"
    bodies = sqlite_file.bodies(connection)
    yield from _journal(connection)
    yield from _bodies(connection, bodies)
    yield from _feed(connection, bodies)
    yield from _references(connection)
    yield from _audit(connection, bodies)
    if sqlite_erasing.pending(connection):
        yield "the erasure of a person was cut off before freed pages were wiped: the next engine that opens it does so"
    snapshot, last = tables.snapshots.c.seq, loading.last_seq(connection)
    for seq in connection.execute(select(snapshot).where(snapshot > last)).scalars():
        yield f"the snapshot is of position {seq}, but the journal ends at {last}"


def _journal(connection: Connection) -> Iterator[str]:
    numbers = np.array(list(connection.execute(select(tables.alerts.c.number)).scalars()), dtype=np.int64)
    columns = tables.segments.c
    following: int | None = None
    firsts = list(connection.execute(select(columns.first).order_by(columns.first)).scalars())
    for first in firsts:
        row: Any = connection.execute(select(*columns).where(columns.first == first)).one()
        if following is not None and first != following:
            yield f"the journal has a gap or an overlap: position {following} should follow, {first} does"
        following = first + row.count
        try:
            yield from _segment(journal.unpack(journal.Packed(*row)), numbers)
        except (StoreBroken, ValueError) as error:
            yield f"segment {first}: {error}"


def _segment(segment: Segment, alerts: NDArray[np.int64]) -> Iterator[str]:
    name = f"segment {segment.first}"
    moments: list[int] = []
    for line, identity in zip(segment.lines, segment.identities, strict=True):
        head = journal.head(line)
        moments.append(times.parse(head.time))
        own = head.type.startswith(journal.ENGINE)
        if not own and identity != ids.fingerprint(head.tenant or DEFAULT_TENANT, head.source, head.id):
            yield f"{name}: the identity of event {head.source} {head.id} is wrong"
    if (min(moments), max(moments)) != (segment.time_min, segment.time_max):
        yield f"{name}: its bounds of time are wrong"
    assigned = np.array(segment.assignments, dtype=np.int64).reshape(-1, 4)
    known = np.isin(assigned[:, 1], alerts) | (assigned[:, 1] == -1)
    if not known.all():
        yield f"{name}: event {segment.first + int(assigned[~known][0, 0])} belongs to an alert that is not there"
    if assigned.size and not (
        0 <= assigned[:, 0].min() <= assigned[:, 0].max() < len(segment.lines)
        and 0 <= assigned[:, 2].min() <= assigned[:, 2].max() < len(REASONS)
    ):
        yield f"{name}: its assignments are out of range"


def _bodies(connection: Connection, bodies: Bodies) -> Iterator[str]:
    there = set(inspect(connection).get_table_names())
    for table, kind in _RECORDS:
        if table.name not in there:  # a database of an older version, which is said besides
            continue
        key = next(iter(table.primary_key)) if table is not tables.entities else table.c.ref
        wanted = select(key, table.c.body).execution_options(yield_per=500)
        for name, body in connection.execute(wanted):
            try:
                bodies.decode(kind, body)
            except StoreBroken as error:
                yield f"{table.name} {name}: {error}"


def _audit(connection: Connection, bodies: Bodies) -> Iterator[str]:
    columns = tables.audit.c
    wanted = select(columns.body).order_by(columns.time, columns.number).execution_options(yield_per=500)
    entries = (bodies.decode(AuditRow, body) for (body,) in connection.execute(wanted))
    try:
        verdicts = chain.verify(entries, chain.heads(connection), chain.trimmed(connection))
    except StoreBroken:
        return  # told by `_bodies`
    for one in verdicts:
        if one.broken:
            yield f"the audit of {one.tenant}: {one.broken}"


def _feed(connection: Connection, bodies: Bodies) -> Iterator[str]:
    columns = tables.feed.c
    ends: dict[str, int] = {}
    wanted = select(*columns).order_by(columns.partition, columns.first).execution_options(yield_per=50)
    row: Any
    for row in connection.execute(wanted):
        partition, first, count, *_ = row
        if partition in ends and first != ends[partition] + 1:
            yield f"the feed of {partition} has a gap: {first} follows on {ends[partition]}"
        ends[partition] = first + count - 1
        try:
            sequences = [entry.sequence for entry in rows.unpack_entries(bodies, row.body)]
        except StoreBroken as error:
            yield f"the feed of {partition} at {first}: {error}"
            continue
        if sequences != list(range(first, first + count)):
            yield f"the feed of {partition} at {first}: its entries are not {first} to {first + count - 1}"
    positions = tables.positions.c
    for partition, sequence in connection.execute(select(positions.partition, positions.sequence)):
        if ends.get(partition, sequence) != sequence:
            yield f"the feed of {partition} ends at {ends[partition]}, but {sequence} were given out"


def _references(connection: Connection) -> Iterator[str]:
    for table, column, target in (
        (tables.alerts, "cluster", tables.clusters),
        (tables.clusters, "incident", tables.incidents),
    ):
        there = exists().where(target.c.number == table.c[column])
        lost = select(func.count(), func.min(table.c.number)).where(and_(table.c[column].is_not(None), ~there))
        count, example = connection.execute(lost).one()
        if count:
            yield f"{count} {table.name} (such as number {example}) name a {column} that is not there"
