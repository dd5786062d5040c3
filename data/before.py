"""How things stood at the last snapshot, kept for rows that have changed since.

Recovery takes the state of the snapshot and runs the tail of the journal through the pipeline again, so it needs the
records of that moment. A row is kept when it changes for the first time after a snapshot; rows that are newer than
the snapshot are told by their number (entities by their position) and need no keeping.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select

from data import journal, rows, tables
from data.store import Commit, Snapshot

Link = tuple[str, str, str, str]


class Highest(msgspec.Struct):
    """The highest numbers written so far."""

    alerts: int = 0
    clusters: int = 0
    incidents: int = 0


class Before:
    """What a commit has to keep, and what has been kept already; changes only with what was really committed."""

    def __init__(self, connection: Connection) -> None:
        snapshots = tables.snapshots.c
        row = connection.execute(
            select(snapshots.seq, snapshots.alerts, snapshots.clusters, snapshots.incidents)
        ).first()
        self._seq = row[0] if row else 0
        self._then = Highest(*row[1:]) if row else Highest()
        self._now = Highest(
            *(
                int(connection.execute(select(func.coalesce(func.max(table.c.number), 0))).scalar_one())
                for table in (tables.alerts, tables.clusters, tables.incidents)
            )
        )
        kept = tables.records_before.c
        names = {code: name for name, code in rows.KEPT.items()}
        self._records: dict[str, set[int]] = {name: set() for name in rows.KEPT}
        for code, number in connection.execute(select(kept.kind, kept.number)):
            self._records[names[code]].add(number)
        entities, links = tables.entities_before.c, tables.links_before.c
        self._entities = {(tenant, ref) for tenant, ref in connection.execute(select(entities.tenant, entities.ref))}
        self._links: set[Link] = {
            (row[0], row[1], row[2], row[3])
            for row in connection.execute(select(links.tenant, links.source, links.target, links.kind))
        }

    def writes(self, commit: Commit) -> list[rows.Write]:
        """To be written before the commit's own rows."""
        entities = [key for key in _entities(commit) if key not in self._entities]
        links = [key for key in _links(commit) if key not in self._links]
        listed: list[rows.Write] = [
            (rows.KEEP["entities"], [(*key, self._seq) for key in entities]),
            (rows.KEEP["links"], [(*key, *key) for key in links]),
        ]
        for name, records in _records(commit):
            kept, newest = self._records[name], getattr(self._then, name)
            numbers = [r.number for r in records if r.number <= newest and r.number not in kept]
            listed.append((rows.KEEP[name], [(number,) for number in numbers]))
        return [(sql, values) for sql, values in listed if values]

    def snapshot(self, snapshot: Snapshot, commit: Commit) -> list[rows.Write]:
        """To be written after the commit's own rows: from here on, this is what recovery starts from."""
        now = self._highest(commit)
        row: rows.Row = (
            snapshot.seq,
            now.alerts,
            now.clusters,
            now.incidents,
            journal.compress(snapshot.body),
        )
        return [*((sql, [()]) for sql in rows.AT_SNAPSHOT), (rows.UPSERT["snapshots"], [row])]

    def committed(self, commit: Commit) -> None:
        self._now = self._highest(commit)
        if commit.snapshot is not None:
            self._seq, self._then = commit.snapshot.seq, self._now
            self._entities.clear()
            self._links.clear()
            for kept in self._records.values():
                kept.clear()
            return
        self._entities.update(_entities(commit))
        self._links.update(_links(commit))
        for name, records in _records(commit):
            newest = getattr(self._then, name)
            self._records[name].update(record.number for record in records if record.number <= newest)

    def _highest(self, commit: Commit) -> Highest:
        return Highest(
            *(
                max([getattr(self._now, name), *(record.number for record in records)])
                for name, records in _records(commit)
            )
        )


def _entities(commit: Commit) -> list[tuple[str, str]]:
    return [(entity.tenant, entity.ref) for entity in commit.entities]


def _links(commit: Commit) -> list[Link]:
    changed = (*commit.links_removed, *commit.links_added)
    return list(dict.fromkeys((link.tenant, link.source, link.target, link.kind) for link in changed))


def _records(commit: Commit) -> Iterable[tuple[str, Any]]:
    return (("alerts", commit.alerts), ("clusters", commit.clusters), ("incidents", commit.incidents))
