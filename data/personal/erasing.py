"""A person erased from every table: the id becomes a pseudonym, what else is personal goes.

Rows, positions, sequences and times stay, so what was counted and detected stays what it was. Everything is written in
the one transaction of `target`, read from another connection that sees the database as it was.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec
import numpy as np
from sqlalchemy import Connection, Table, delete, insert, select, update

from data import journal, tables
from data.bodies import Bodies
from data.history import pack, unpack
from data.history.fold import grouped
from data.history.rollup import TOTALS
from data.personal.fields import places_of
from data.personal.journal import Events
from data.personal.linking import append, link_anew
from data.personal.needles import Needles
from data.personal.records import Records, Row, numbers
from data.personal.rewriting import Rewriter
from data.personal.who import Person
from data.records.audit import AuditRow
from data.records.metric import MetricBlock
from data.store import Snapshot

PENDING: Final = "erasing"  # in `meta`: what an erasure left in free pages and in the log is still to be wiped
_PAGE: Final = 200
_OTHER: Final = frozenset(
    ("segments", "metric_blocks", "snapshots", "records_before", "entities_before", "links_before", "shapes", "meta",
     "positions")
)  # fmt: skip
Step = Callable[[str], None]


class Erasure(msgspec.Struct):
    """`statistics` gives those of the engine with the person taken out, of the journal's last position; None where
    nothing is at work. `vector` as in `Records`. `entry` is what the audit tells of it; its detail is completed."""

    person: Person
    pseudonym: str
    entry: AuditRow
    vector: tuple[int, ...] = ()
    statistics: Callable[[Rewriter], Snapshot | None] = lambda rewriter: None


class Erased(msgspec.Struct):
    """`rows` that changed, by table (events and entries of the feed count by segments and packs in it, `events` counts
    the events themselves). The audit was linked anew from place `linked_from` on, 0: not at all. `wiped`: nothing of
    the old is left in free pages or in the log; else the next start does it. `copies` are backups beside the database,
    which nobody has touched."""

    pseudonym: str
    rows: dict[str, int] = {}
    events: int = 0
    linked_from: int = 0
    linked: int = 0
    wiped: bool = False
    copies: list[str] = []


class Erasing:
    """One erasure. Without a `target` nothing is written: what would change is counted."""

    def __init__(
        self, source: Connection, target: Connection | None, bodies: Bodies, erasure: Erasure,
        step: Step = lambda what: None,
    ) -> None:  # fmt: skip
        self._source, self._target, self._bodies, self._erasure, self._step = source, target, bodies, erasure, step
        self._tenant = erasure.person.tenant
        self._rewriter = Rewriter(Needles(erasure.person, erasure.pseudonym))
        self._rewriter.numbers = numbers(source, bodies, self._rewriter)
        self._records = Records(bodies, self._rewriter, erasure.vector)
        self.done = Erased(erasure.pseudonym)

    def run(self) -> Erased:
        self._journal()
        for table in tables.metadata.sorted_tables:
            if table.name not in _OTHER:
                self._table(table)
        self._blocks()
        if self._target is not None:
            self._statistics(self._target)
            self._tell(self._target)
        return self.done

    def _count(self, table: str) -> None:
        self.done.rows[table] = self.done.rows.get(table, 0) + 1
        self._step(table)

    def _journal(self) -> None:
        events = Events(self._rewriter, places_of(self._source, self._bodies, self._tenant))
        columns = tables.segments.c
        for row in self._rows(tables.segments):
            segment = journal.unpack(journal.Packed(**row))
            changed = events.segment(segment)
            if changed:
                self.done.events += changed
                packed = journal.pack(segment)
                new = {"identities": packed.identities, "lines": packed.lines}
                self._write(update(tables.segments).where(columns.first == row["first"]).values(**new))
                self._count("segments")

    def _table(self, table: Table) -> None:
        keys = list(table.primary_key)
        for row in self._rows(table):
            new = self._records.row(table, row)
            if table is tables.metric_series and row["number"] in self._rewriter.numbers:
                new = {**(new or {}), "number": self._rewriter.numbers[row["number"]]}
            if new is None:
                continue
            this = [key == row[key.name] for key in keys]
            if any(key.name in new for key in keys):
                self._write(delete(table).where(*this))
                self._write(insert(table).values(**{**row, **new}))
            else:
                self._write(update(table).where(*this).values(**new))
            self._count(table.name)

    def _blocks(self) -> None:
        """Blocks name their series by number. Their totals do, too: these go, and are made anew."""
        renamed = self._rewriter.numbers
        old = np.array(sorted(renamed), np.uint64)
        new = np.array([renamed[number] for number in old.tolist()], np.uint64).astype(np.int64)
        table = tables.metric_blocks
        for row in self._rows(table) if renamed else ():
            block = self._bodies.decode(MetricBlock, row["body"])
            if block.tier < 0:
                continue
            buckets = unpack(block.packed)
            at = np.searchsorted(old, buckets.series.astype(np.uint64)).clip(max=len(old) - 1)
            hit = old[at] == buckets.series.astype(np.uint64)
            if not hit.any():
                continue
            renumbered = buckets.told_as(np.where(hit, new[at], buckets.series))
            block.packed = pack(grouped(renumbered, renumbered.series, renumbered.start))
            self._write(update(table).where(table.c.number == block.number).values(body=self._bodies.encode(block)))
            self._write(delete(table).where(table.c.number == block.number + TOTALS))
            self._count(table.name)

    def _statistics(self, target: Connection) -> None:
        """With the new ones no row needs to be kept as it stood before."""
        snapshot = self._erasure.statistics(self._rewriter)
        held = tables.snapshots.c
        row = self._source.execute(select(held.alerts, held.clusters, held.incidents)).first()
        if snapshot is None:
            if row is not None:
                raise ValueError("there are statistics, and nobody has taken the person out of them")
            return
        for table in (tables.records_before, tables.entities_before, tables.links_before):
            target.execute(delete(table))
        highest = dict(zip(("alerts", "clusters", "incidents"), row or (0, 0, 0), strict=True))
        target.execute(delete(tables.snapshots))
        target.execute(
            insert(tables.snapshots).values(seq=snapshot.seq, body=journal.compress(snapshot.body), **highest)
        )
        self._count("snapshots")

    def _tell(self, target: Connection) -> None:
        """The audit's own entry, behind all that was linked anew, and what is still to be done."""
        done, entry = self.done, self._erasure.entry
        done.linked_from, done.linked = link_anew(target, self._bodies, self._tenant)
        self._step("audit linked")
        detail = self._rewriter.value(entry.detail) | {
            "rows": done.rows, "events": done.events, "linked_anew_from": done.linked_from, "linked_anew": done.linked,
        }  # fmt: skip
        append(target, self._bodies, msgspec.structs.replace(entry, detail=detail))
        target.execute(insert(tables.meta).values(name=PENDING, value="wipe"))
        self._step("audit told")

    def _rows(self, table: Table) -> Iterator[Row]:
        wanted = select(*table.c).execution_options(yield_per=4 if table is tables.segments else _PAGE)
        for name in ("tenant", "partition"):
            if name in table.c and table is not tables.segments:
                wanted = wanted.where(table.c[name] == self._tenant)
        for row in self._source.execute(wanted.order_by(*table.primary_key)):
            yield dict(row._mapping)

    def _write(self, statement: Any) -> None:
        if self._target is not None:
            self._target.execute(statement)
