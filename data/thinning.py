"""What grows old is made coarser or removed: metrics go from tier to tier, the rest goes when its time is over.

Nothing that recovery needs is touched: of the journal only what lies before the last snapshot, of records only what is
over. Each step is a small transaction of its own, and doing it again does nothing, so a kill in between costs nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Table, and_, func, select

from data import chain, rows, tables
from data.bodies import Bodies
from data.history.rollup import A_DAY, FIVE, HOUR, TOTALS, Rolled, rolled, totalled, trimmed
from data.history.totals import LEAST, About
from data.records.audit import AuditRow
from data.records.metric import MetricBlock, MetricSeries
from data.times import DAY
from data.times import HOUR as AN_HOUR

AT_ONCE: Final = 500  # rows that one transaction removes
TOGETHER: Final = 8  # blocks whose totals one transaction adds
TOTALLED: Final = 0  # in the place of a tier: blocks get their totals
Abouts = Callable[[MetricSeries], About]  # where a series lies, and whose it is
Step = Callable[[Connection], "list[rows.Write] | None"]  # what is next to be written; None when there is no more
REMOVE: Final = {
    name: rows.remove_of(getattr(tables, name))
    for name in ("alerts", "clusters", "incidents", "findings", "anomalies", "fraud", "predictions", "correlations",
                 "outbox", "runs", "metric_blocks", "feed", "segments", "audit", "dead_letters")
}  # fmt: skip


class Keep(msgspec.Struct):
    """How long things are kept, in microseconds, and until when it counts: `now` by tenant, `wall` for what has no
    event time. `most` bytes of rows, 0 for no bound. `fields`: personal fields and when they are blanked."""

    now: dict[str, int]
    wall: int
    events: int
    feed: int
    decisions: int
    metrics: tuple[int, int, int]  # five minutes, hours, days
    dead_letters: int
    audit: int
    most: int = 0
    abouts: Mapping[str, Abouts] = {}
    fields: Mapping[str, int] = {}

    @property
    def least(self) -> int:
        """The clock of what all tenants share: the one that is furthest behind."""
        return min(self.now.values(), default=0)


class Thinned(msgspec.Struct):
    """Rows removed, by table; series and blocks that went into another tier; what the bound on the disk took."""

    removed: dict[str, int] = {}
    rolled: int = 0
    pressed: dict[str, int] = {}
    bytes: int = 0


def steps(keep: Keep, bodies: Bodies, done: Thinned) -> Iterator[Step]:
    """Each is called again until it gives None. The journal goes first: what came of its events stays as long."""
    yield _journal(keep.least - keep.events, done.removed)
    for tenant, now in sorted(keep.now.items()):
        yield from _metrics(keep, tenant, now, bodies, done)
        yield _feed(tenant, now - keep.feed, done.removed)
        for table, time, over in _DECISIONS:
            yield _aged(table, tenant, time, over, now - keep.decisions, done.removed)
        yield _audit(tenant, now - keep.audit, bodies, done.removed)
    yield _letters(keep.wall - keep.dead_letters, done.removed)


_DECISIONS: Final[tuple[tuple[Table, str, Any], ...]] = (
    (tables.alerts, "ended_at", None),
    (tables.clusters, "closed_at", None),
    (tables.incidents, "closed_at", None),
    (tables.findings, "detected_at", tables.findings.c.status.in_(("RESOLVED", "FALSE_POSITIVE", "SUPPRESSED"))),
    (tables.anomalies, "detected_at", None),
    (tables.fraud, "time", None),
    (tables.predictions, "made_at", None),
    (tables.correlations, "detected_at", None),
    (tables.outbox, "made_at", tables.outbox.c.status.not_in(("PENDING",))),
    (tables.runs, "made_at", tables.runs.c.state.not_in(("PROPOSED", "RUNNING", "WAITING", "UNKNOWN"))),
)


# metrics


def _metrics(keep: Keep, tenant: str, now: int, bodies: Bodies, done: Thinned) -> Iterator[Step]:
    five, hours, days = keep.metrics
    to_hours = (now - five) // AN_HOUR * AN_HOUR
    to_days = (now - hours) // DAY * DAY
    gone = (now - days) // DAY * DAY
    about = keep.abouts.get(tenant)

    def work(connection: Connection) -> list[rows.Write] | None:
        """One metric and tier at a time; each is looked at once."""
        while todo:
            name, tier, border = todo.pop()
            if tier == TOTALLED:
                found = _totals(connection, bodies, tenant, name, about)
                if found is not None:
                    todo.append((name, TOTALLED, 0))
                    return _replace(found, bodies)
                continue
            found = _roll(connection, bodies, tenant, name, tier, border, about)
            if found is not None and found.gone:
                done.rolled += sum(number > TOTALS // 2 for number in found.gone)
                return _replace(found, bodies)
        return None

    def begin(connection: Connection) -> list[rows.Write] | None:
        if not begun:  # from the end on: what becomes hours may at once become days
            begun.append(True)
            columns = tables.metric_blocks.c
            wanted = select(columns.name, func.min(columns.start)).where(columns.tenant == tenant)
            for name, oldest in sorted(map(tuple, connection.execute(wanted.group_by(columns.name)))):
                todo.append((name, TOTALLED, 0))
                if oldest < to_hours:
                    todo.extend(((name, A_DAY, gone), (name, HOUR, to_days), (name, FIVE, to_hours)))
        return work(connection)

    todo: list[tuple[str, int, int]] = []
    begun: list[bool] = []
    yield begin


def _roll(
    connection: Connection, bodies: Bodies, tenant: str, name: str, tier: int, border: int, about: Abouts | None
) -> Rolled | None:
    fine = _blocks(connection, bodies, tenant, name, tier, border)
    if not fine:
        return None
    known = _known(connection, bodies, tenant, name, about)
    columns = tables.metric_blocks.c
    least = select(func.coalesce(func.min(columns.number), 0)).where(columns.tier > 0)
    free = min(0, int(connection.execute(least).scalar_one())) - 1
    if tier == A_DAY:
        return trimmed(fine, border, known, free)
    into = HOUR if tier == FIVE else A_DAY
    coarse = _blocks(connection, bodies, tenant, name, into, border)
    return rolled(fine, coarse, into, border, known, free)


def _totals(connection: Connection, bodies: Bodies, tenant: str, name: str, about: Abouts | None) -> Rolled | None:
    """Of some blocks that have none yet; None when all have."""
    columns, series = tables.metric_blocks.c, tables.metric_series.c
    many = select(func.count()).where(series.tenant == tenant, series.name == name)
    if connection.execute(many).scalar_one() < LEAST:
        return None
    wanted = select(columns.number).where(columns.tenant == tenant, columns.name == name)
    numbers = set(connection.execute(wanted).scalars())
    bare = sorted(number for number in numbers if number > TOTALS // 2 and number + TOTALS not in numbers)[:TOGETHER]
    if not bare:
        return None
    known = _known(connection, bodies, tenant, name, about)
    found = connection.execute(select(columns.body).where(columns.number.in_(bare)).order_by(columns.number))
    return Rolled([], [totalled(bodies.decode(MetricBlock, body), known) for (body,) in found])


def _blocks(
    connection: Connection, bodies: Bodies, tenant: str, name: str, tier: int, border: int | None
) -> list[MetricBlock]:
    columns = tables.metric_blocks.c
    wanted = select(columns.body).where(columns.tenant == tenant, columns.name == name, columns.tier == tier)
    if border is not None:
        wanted = wanted.where(columns.start < border)
    return [bodies.decode(MetricBlock, body) for (body,) in connection.execute(wanted.order_by(columns.number))]


def _known(connection: Connection, bodies: Bodies, tenant: str, name: str, about: Abouts | None) -> dict[int, About]:
    if about is None:
        return {}
    columns = tables.metric_series.c
    wanted = select(columns.body).where(columns.tenant == tenant, columns.name == name)
    series = (bodies.decode(MetricSeries, body) for (body,) in connection.execute(wanted))
    return {one.number: about(one) for one in series}


def _replace(found: Rolled, bodies: Bodies) -> list[rows.Write]:
    made = [rows.plain(tables.metric_blocks, block, bodies.encode(block)) for block in found.made]
    gone = [(number,) for number in found.gone]
    writes: list[rows.Write] = [(REMOVE["metric_blocks"], gone)] if gone else []
    return [*writes, (rows.UPSERT["metric_blocks"], made)] if made else writes


# the rest


def _aged(table: Table, tenant: str, time: str, over: Any, border: int, removed: dict[str, int]) -> Step:
    """What was over before `border`."""

    def work(connection: Connection) -> list[rows.Write] | None:
        begins = select(func.min(tables.segments.c.time_min)).scalar_subquery()
        where = [table.c.tenant == tenant, table.c[time] < func.min(border, func.coalesce(begins, border))]
        wanted = select(table.c.number).where(and_(*where, over) if over is not None else and_(*where)).limit(AT_ONCE)
        return _gone(table.name, [tuple(row) for row in connection.execute(wanted)], removed)

    return work


def _feed(tenant: str, border: int, removed: dict[str, int]) -> Step:
    columns = tables.feed.c

    def work(connection: Connection) -> list[rows.Write] | None:
        newest = select(func.max(columns.first)).where(columns.partition == tenant).scalar_subquery()
        wanted = select(columns.partition, columns.first).where(
            columns.partition == tenant, columns.time_max < border, columns.first < newest
        )
        return _gone("feed", [tuple(row) for row in connection.execute(wanted.limit(AT_ONCE))], removed)

    return work


def _journal(border: int, removed: dict[str, int]) -> Step:
    """From the oldest on, without a gap, and nothing that a recovery would run."""

    def work(connection: Connection) -> list[rows.Write] | None:
        found = []
        for first, last, newest in oldest_segments(connection):
            if newest >= border:
                break
            found.append((first,))
            del last
        return _gone("segments", found, removed)

    return work


def oldest_segments(connection: Connection) -> list[tuple[int, int, int]]:
    """(first, last, newest time) of those before the last snapshot, oldest first, `AT_ONCE` at most. The newest of all
    stays: it tells where the journal ends."""
    columns = tables.segments.c
    safe = connection.execute(select(func.coalesce(func.max(tables.snapshots.c.seq), 0))).scalar_one()
    last = columns.first + columns.count - 1
    newest = select(func.max(columns.first)).scalar_subquery()
    wanted = (
        select(columns.first, last, columns.time_max)
        .where(last <= safe, columns.first < newest)
        .order_by(columns.first)
        .limit(AT_ONCE)
    )
    return [(int(first), int(upto), int(newest)) for first, upto, newest in connection.execute(wanted)]


def _audit(tenant: str, border: int, bodies: Bodies, removed: dict[str, int]) -> Step:
    """The oldest entries of a chain, and a note of where it begins now."""
    columns = tables.audit.c

    def work(connection: Connection) -> list[rows.Write] | None:
        wanted = select(columns.number, columns.body).where(columns.tenant == tenant, columns.time < border)
        found = connection.execute(wanted.order_by(columns.number).limit(AT_ONCE)).all()
        writes = _gone("audit", [(number,) for number, _ in found], removed)
        if writes is None:
            return None
        place = max(bodies.decode(AuditRow, body).place for _, body in found)
        return [*writes, (rows.UPSERT["meta"], [(chain.TRIMMED + tenant, str(place))])] if place else writes

    return work


def _letters(border: int, removed: dict[str, int]) -> Step:
    columns = tables.dead_letters.c

    def work(connection: Connection) -> list[rows.Write] | None:
        wanted = select(columns.number).where(columns.received_at < border).limit(AT_ONCE)
        return _gone("dead_letters", [tuple(row) for row in connection.execute(wanted)], removed)

    return work


def _gone(table: str, keys: list[tuple[Any, ...]], removed: dict[str, int]) -> list[rows.Write] | None:
    if not keys:
        return None
    removed[table] = removed.get(table, 0) + len(keys)
    return [(REMOVE[table], keys)]


# the bound on the disk


def used(connection: Connection) -> int:
    """Bytes of pages that hold something."""
    count, free, size = (
        int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (count - free) * size


def press(keep: Keep, done: Thinned) -> Iterator[Step]:
    """While the rows take more than `most` bytes the oldest raw data goes: first the journal, then the feed. What
    recovery needs stays, also if that is more."""

    def journal(connection: Connection) -> list[rows.Write] | None:
        done.bytes = used(connection)
        if done.bytes <= keep.most:
            return None
        found = [(first,) for first, _, _ in oldest_segments(connection)[:50]]
        return _gone("segments", found, done.pressed)

    def feed(connection: Connection) -> list[rows.Write] | None:
        done.bytes = used(connection)
        if done.bytes <= keep.most:
            return None
        columns = tables.feed.c
        newest = select(func.max(columns.first)).scalar_subquery()
        wanted = select(columns.partition, columns.first).where(columns.first < newest)
        found = connection.execute(wanted.order_by(columns.time_max).limit(50)).all()
        return _gone("feed", [tuple(row) for row in found], done.pressed)

    if keep.most:
        yield journal
        yield feed
