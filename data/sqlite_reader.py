"""Read-only access to a SQLite database, beside the engine that writes it. Iterators read some rows at a time."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
from sqlalchemy import CursorResult, Select, Table, func, select, text

from data import chain, ids, journal, loading, rows, sqlite_erasing, sqlite_file, tables
from data.bodies import Record
from data.faults import told
from data.ordering import in_order
from data.personal.erasing import Erased, Erasure
from data.personal.who import Person
from data.records.alert import Alert
from data.records.audit import AuditRow, DeadLetter, Verdict
from data.records.cluster import Cluster
from data.records.correlation import Correlation
from data.records.entity import Entity, Link
from data.records.feed import FeedEntry
from data.records.finding import Anomaly, Finding
from data.records.fraud import FraudScore
from data.records.incident import Incident
from data.records.metric import MetricBlock, MetricSeries
from data.records.model import ModelVersion
from data.records.outbox import Notification
from data.records.prediction import Prediction
from data.records.run import Run
from data.records.token import Token
from data.segments import AFTER, bounds
from data.storage import Storage
from data.storage import storage as measured
from data.store import Loaded, Outline, Segment, StoreBroken

_PAGE: Final = 500
_RUNS: Final = 16  # runs of the feed at a time, where one stops early
_TAIL: Final = 64  # segments
_NAMES: Final = 16  # metrics whose series are held


class SqliteReader:
    """Implements `data.store.Reader`. Not for use by several threads at once. Iterators that are open at the same
    time each see the database as it was when they began."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise StoreBroken(f"there is no database {path}; an engine, a replay or `noc demo` makes one")
        self.path = path
        self._read_from: set[CursorResult[Any]] = set()
        self._still = False
        self._series: dict[tuple[str, str], tuple[object, list[MetricSeries]]] = {}
        self._engine = sqlite_file.read_engine(path)
        with told(path):
            self._connection = self._engine.connect()
            try:
                if sqlite_file.revision(self._connection) is None:
                    raise StoreBroken(f"{path} is empty; an engine that opens it makes the tables")
                self._bodies = sqlite_file.bodies(self._connection)
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        for result in list(self._read_from):  # of iterators that nobody read to their end, such as for `| head`
            result.close()
        self._connection.close()
        self._engine.dispose()

    def events(self, since: int | None, until: int | None, *, engine: bool = False) -> Iterator[tuple[int, bytes, int]]:
        """Entries of the engine itself (`noc.engine.*`) are left out unless `engine` is set."""
        with told(self.path):
            for decoded, offset in in_order(self._connection, since, until):
                line = decoded.lines[offset]
                if engine or b'"noc.engine.' not in line or not journal.head(line).type.startswith(journal.ENGINE):
                    yield decoded.first + offset, line, decoded.received[offset]

    def assignments(self, since: int | None, until: int | None) -> Iterator[tuple[bytes, int, int, int]]:
        with told(self.path):
            for decoded, offset in in_order(self._connection, since, until):
                assigned = decoded.assignments.get(offset)
                if assigned is not None:
                    alert, reason, cluster = assigned
                    yield decoded.lines[offset], alert, reason, cluster

    def alerts(self, since: int | None, until: int | None) -> Iterator[Alert]:
        return self._records(Alert, tables.alerts, "first_seen", since, until)

    def clusters(self, since: int | None, until: int | None) -> Iterator[Cluster]:
        return self._records(Cluster, tables.clusters, "opened_at", since, until)

    def incidents(self, since: int | None, until: int | None) -> Iterator[Incident]:
        return self._records(Incident, tables.incidents, "opened_at", since, until)

    def findings(self, since: int | None, until: int | None) -> Iterator[Finding]:
        return self._records(Finding, tables.findings, "detected_at", since, until)

    def anomalies(self, since: int | None, until: int | None) -> Iterator[Anomaly]:
        return self._records(Anomaly, tables.anomalies, "detected_at", since, until)

    def fraud(self, since: int | None, until: int | None) -> Iterator[FraudScore]:
        return self._records(FraudScore, tables.fraud, "time", since, until)

    def predictions(self, since: int | None, until: int | None) -> Iterator[Prediction]:
        return self._records(Prediction, tables.predictions, "made_at", since, until)

    def correlations(self, since: int | None, until: int | None) -> Iterator[Correlation]:
        return self._records(Correlation, tables.correlations, "detected_at", since, until)

    def models(self) -> Iterator[ModelVersion]:
        return self._records(ModelVersion, tables.models, "made_at", None, None)

    def audit(self, since: int | None, until: int | None) -> Iterator[AuditRow]:
        return self._records(AuditRow, tables.audit, "time", since, until)

    def audit_verdicts(self) -> list[Verdict]:
        with told(self.path), self.still():
            ends, gone = chain.heads(self._connection), chain.trimmed(self._connection)
            return chain.verify(self.audit(None, None), ends, gone)

    def dead_letters(self, since: int | None, until: int | None) -> Iterator[DeadLetter]:
        return self._records(DeadLetter, tables.dead_letters, "received_at", since, until)

    def notifications(self, since: int | None, until: int | None) -> Iterator[Notification]:
        columns = tables.outbox.c
        wanted = _bounded(select(columns.status, columns.body), columns.made_at, since, until)
        for status, body in self._rows(wanted.order_by(columns.made_at, columns.number)):
            yield loading.stood(self._bodies.decode(Notification, body), status)

    def runs(self, since: int | None, until: int | None) -> Iterator[Run]:
        return self._records(Run, tables.runs, "made_at", since, until)

    def metric_series(self, tenant: str | None = None, name: str | None = None) -> Iterator[MetricSeries]:
        if tenant is not None and name is not None:
            return iter(self._series_of(tenant, name))
        return self._every_series(tenant, name)

    def _series_of(self, tenant: str, name: str) -> list[MetricSeries]:
        """Rows are added, and get other numbers where a person is erased: with as many of the same numbers they are the
        same."""
        columns = tables.metric_series.c
        counted = select(func.count(), func.total(columns.number)).where(columns.tenant == tenant, columns.name == name)
        with told(self.path):
            mark = tuple(self._connection.execute(counted).one())
        held, known = self._series.get((tenant, name), (None, []))
        if held != mark:
            known = list(self._every_series(tenant, name))
            self._series[tenant, name] = mark, known
            if len(self._series) > _NAMES:
                self._series.pop(next(iter(self._series)))
        return known

    def _every_series(self, tenant: str | None, name: str | None) -> Iterator[MetricSeries]:
        columns = tables.metric_series.c
        wanted = select(columns.body).order_by(columns.number)
        if tenant is not None:
            wanted = wanted.where(columns.tenant == tenant)
        if name is not None:
            wanted = wanted.where(columns.name == name)
        for (body,) in self._rows(wanted):
            yield self._bodies.decode(MetricSeries, body)

    def metric_blocks(
        self, tenant: str, name: str, tier: int, since: int | None, until: int | None
    ) -> Iterator[MetricBlock]:
        columns = tables.metric_blocks.c
        wanted = select(columns.body).where(columns.tenant == tenant, columns.name == name, columns.tier == tier)
        if since is not None:
            wanted = wanted.where(columns.until > since)
        if until is not None:
            wanted = wanted.where(columns.start < until)
        for (body,) in self._rows(wanted.order_by(columns.number)):
            yield self._bodies.decode(MetricBlock, body)

    def metric_places(self, tenant: str, name: str, since: int, until: int) -> list[tuple[int, int, int, int]]:
        columns = tables.metric_blocks.c
        wanted = select(columns.number, columns.tier, columns.start, columns.until).where(
            columns.tenant == tenant, columns.name == name, columns.until > since, columns.start < until
        )
        with told(self.path):
            return [tuple(row) for row in self._connection.execute(wanted.order_by(columns.number))]

    def metric_block(self, number: int) -> MetricBlock:
        columns = tables.metric_blocks.c
        with told(self.path):
            body = self._connection.execute(select(columns.body).where(columns.number == number)).scalar_one_or_none()
        if body is None:
            raise StoreBroken(f"block {number} of the metric history is gone")
        return self._bodies.decode(MetricBlock, body)

    def metric_blocks_of(self, numbers: Sequence[int]) -> Iterator[MetricBlock]:
        for begin in range(0, len(numbers), _PAGE):
            # Written out: making a statement anew for so many bound numbers takes longer than reading what they name.
            some = ",".join(str(int(number)) for number in numbers[begin : begin + _PAGE])
            wanted = text(f"SELECT body FROM metric_blocks WHERE number IN ({some})")  # noqa: S608
            with told(self.path):
                found = self._connection.execute(wanted).all()
            for (body,) in found:
                yield self._bodies.decode(MetricBlock, body)

    @contextmanager
    def still(self) -> Iterator[None]:
        if self._still:
            yield
            return
        with told(self.path):
            self._connection.exec_driver_sql("BEGIN")
        self._still = True
        try:
            yield
        finally:
            self._still = False
            with told(self.path):
                self._connection.exec_driver_sql("COMMIT")

    def tokens(self) -> Iterator[Token]:
        for (body,) in self._rows(select(tables.tokens.c.body).order_by(tables.tokens.c.id)):
            yield self._bodies.decode(Token, body)

    def entities(self, kind: str | None = None) -> Iterator[Entity]:
        """As of the last commit, in order of tenant and reference; of one kind, or all."""
        columns = tables.entities.c
        wanted = select(columns.body).order_by(columns.tenant, columns.ref)
        if kind is not None:
            wanted = wanted.where(columns.ref >= f"{kind}/", columns.ref < f"{kind}0")  # "0" follows "/"
        for (body,) in self._rows(wanted):
            yield self._bodies.decode(Entity, body)

    def links(self) -> Iterator[Link]:
        columns = tables.links.c
        for row in self._rows(select(*columns).order_by(*columns)):
            yield Link(*row)

    def feed(self, since: int | None, until: int | None) -> Iterator[FeedEntry]:
        """In order of partition and sequence; bounds are on the entries' time."""
        columns = tables.feed.c
        wanted = select(columns.body).order_by(columns.partition, columns.first)
        wanted = _bounded(wanted, columns.time_max, since, None)
        wanted = _bounded(wanted, columns.time_min, None, until)
        for (body,) in self._rows(wanted):
            for entry in rows.unpack_entries(self._bodies, body):
                if (since is None or entry.time >= since) and (until is None or entry.time < until):
                    yield entry

    def feed_after(self, partition: str, sequence: int, limit: int = 1000) -> list[FeedEntry]:
        """At most `limit` entries of a partition that follow `sequence`, in order."""
        columns = tables.feed.c
        wanted = select(columns.body).where(columns.partition == partition)
        wanted = wanted.where(columns.first + columns.count > sequence + 1).order_by(columns.first)
        found: list[FeedEntry] = []
        for (body,) in self._rows(wanted):
            found += [entry for entry in rows.unpack_entries(self._bodies, body) if entry.sequence > sequence]
            if len(found) >= limit:
                break
        return found[:limit]

    def feed_back(
        self,
        since: int,
        until: int,
        *,
        partition: str,
        before: int | None = None,
        wanted: Callable[[bytes], bool] | None = None,
    ) -> Iterator[tuple[int, int, list[FeedEntry]]]:
        columns = tables.feed.c
        query: Select[Any] = select(columns.first, columns.count, columns.body).where(columns.partition == partition)
        query = _bounded(_bounded(query, columns.time_max, since, None), columns.time_min, None, until)
        query = _bounded(query, columns.first, None, before).order_by(columns.first.desc())
        last = before or 1 << 62
        for first, count, body in self._rows(query, _RUNS):
            found = rows.unpack_wanted(self._bodies, body, wanted)
            kept = [one for one in reversed(found) if since <= one.time < until and one.sequence < last]
            yield first, count, kept

    def event(self, source: str, id: str) -> tuple[int, bytes, int] | None:
        """(journal position, line, received_at) of the event with this identity, in whatever tenant it is."""
        with told(self.path):
            wanted = [(tenant, ids.fingerprint(tenant, source, id)) for tenant in self.tenants()]
            for position in self._positions([identity for _, identity in wanted]):
                (found,) = self.tail(position - 1, 1)
                head = journal.head(found.lines[0])
                if (head.source, head.id) == (source, id):
                    return position, found.lines[0], found.received[0]
        return None

    def storage(self) -> Storage:
        """What takes how much room."""
        with told(self.path):
            return measured(self._connection, self._bodies, self.path)

    def tenants(self) -> list[str]:
        """All that have a feed or an entity, and `default`."""
        known = set(self._connection.execute(select(tables.positions.c.partition)).scalars())
        known.update(self._connection.execute(select(tables.entities.c.tenant).distinct()).scalars())
        return sorted(known | {"default"})

    def tail(self, after_seq: int, limit: int = _TAIL) -> list[Segment]:
        """At most `limit` segments from journal position `after_seq + 1` on, for one who follows. Empty: no news."""
        found: list[Segment] = []
        with told(self.path):
            row: Any
            for row in self._connection.execute(AFTER, bounds(after_seq, limit)):
                found.append(journal.cut(journal.unpack(journal.Packed(*row)), after_seq + 1))
        return found

    def outline(self, tenant: str) -> Outline:
        columns, marks = tables.segments.c, tables.positions.c
        wanted = select(columns.first, columns.count, columns.time_min, columns.time_max).order_by(columns.first)
        rows = [(first, count, low, high) for first, count, low, high in self._rows(wanted)]
        ends = next(self._rows(select(marks.watermark).where(marks.partition == tenant)), (0,))[0]
        return Outline(rows, max(ends, 0))

    def load(self, quiet_for: int) -> Loaded:
        """As `Store.load`, in one view of the database."""
        with told(self.path), self.still():
            return loading.load(self._connection, self._bodies, quiet_for)

    def find(self, kind: type[Record], id: str) -> Record | None:
        """The record of this kind with this id."""
        table = _TABLES[kind]
        holding = func.instr(table.c.body, id.encode()) > 0  # no index: ids are asked for by hand, one at a time
        for (body,) in self._rows(select(table.c.body).where(holding).order_by(table.c.number)):
            record: Any = self._bodies.decode(kind, body)
            if record.id == id:
                return cast(Record, record)
        return None

    def alerts_in(self, cluster: int) -> Iterator[Alert]:
        """The members of a cluster, in order of creation."""
        columns = tables.alerts.c
        for (body,) in self._rows(select(columns.body).where(columns.cluster == cluster).order_by(columns.number)):
            yield self._bodies.decode(Alert, body)

    def person(self, tenant: str, id: str, words: tuple[str, ...] = ()) -> Person:
        with told(self.path), self.still():
            return sqlite_erasing.person(self._connection, tenant, id, words)

    def would_erase(self, erasure: Erasure) -> Erased:
        with told(self.path), self.still():
            return sqlite_erasing.would_erase(self.path, self._connection, erasure)

    def _positions(self, identities: Sequence[int]) -> list[int]:
        """Journal positions whose identity is one of these; reads 8 bytes an event."""
        columns = tables.segments.c
        keys = np.array(identities, dtype=np.uint64)
        found: list[int] = []
        for first, packed in self._rows(select(columns.first, columns.identities).order_by(columns.first)):
            hits = np.flatnonzero(np.isin(journal.unpack_identities(packed), keys))
            found += [first + offset for offset in hits.tolist()]
        return found

    def _records(
        self, kind: type[Record], table: Table, time: str, since: int | None, until: int | None
    ) -> Iterator[Record]:
        column = table.c[time]
        wanted = _bounded(select(table.c.body), column, since, until).order_by(column, table.c.number)
        for (body,) in self._rows(wanted):
            yield self._bodies.decode(kind, body)

    def _rows(self, wanted: Select[Any], page: int = _PAGE) -> Iterator[Any]:
        with told(self.path), self._connection.execute(wanted, execution_options={"yield_per": page}) as result:
            self._read_from.add(result)
            try:
                yield from result
            finally:
                self._read_from.discard(result)


_TABLES: Final[dict[type[Any], Table]] = {
    Alert: tables.alerts,
    Cluster: tables.clusters,
    Incident: tables.incidents,
    Finding: tables.findings,
    Anomaly: tables.anomalies,
    Prediction: tables.predictions,
    Correlation: tables.correlations,
    Notification: tables.outbox,
    Run: tables.runs,
}


def _bounded(wanted: Select[Any], column: Any, since: int | None, until: int | None) -> Select[Any]:
    if since is not None:
        wanted = wanted.where(column >= since)
    if until is not None:
        wanted = wanted.where(column < until)
    return wanted
