"""A store in memory that keeps every promise of `data.store.Store` but the one to survive the process.

It is hundreds of times faster than a file, so that a property test can restart an engine at any point of thousands of
timelines. Records are kept as bytes, as a database would: what an engine forgets to write is not there afterwards.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec

from data.journal import head
from data.records import DEFAULT_TENANT
from data.records.alert import Alert
from data.records.audit import DeadLetter
from data.records.cluster import Cluster
from data.records.entity import Entity, Link
from data.records.feed import FeedEntry
from data.records.incident import Incident
from data.records.model import ModelVersion
from data.records.outbox import DEAD, PENDING, Notification
from data.store import Commit, Loaded, Position, Segment, Snapshot
from engine.decisions import RECORDS, Numbers

NUMBERS = Numbers.__struct_fields__
NUMBERED = [name for name in RECORDS if name != "metric_series"]  # whose number follows from what they are

KINDS: dict[str, type[msgspec.Struct]] = {"alerts": Alert, "clusters": Cluster, "incidents": Incident}
_encode = msgspec.msgpack.encode
_letter = msgspec.msgpack.Decoder(DeadLetter).decode


class Shelves(msgspec.Struct):
    """All rows of one moment, as bytes by their keys."""

    records: dict[str, dict[int, bytes]]
    entities: dict[tuple[str, str], bytes] = {}
    links: set[tuple[str, str, str, str]] = set()
    positions: dict[str, Position] = {}

    def copy(self) -> "Shelves":
        return Shelves(
            {name: dict(rows) for name, rows in self.records.items()},
            dict(self.entities),
            set(self.links),
            dict(self.positions),
        )


class MemoryStore:
    """`data.store.Store` without a disk. `close` and open it again by making an engine on it anew."""

    def __init__(self) -> None:
        self.now = Shelves({name: {} for name in RECORDS})
        self.then = self.now.copy()
        self.snapshot: Snapshot | None = None
        self.journal: list[Segment] = []
        self.feed: list[bytes] = []
        self.audit: list[bytes] = []
        self.letters: list[bytes] = []
        self.identities: set[int] = set()

    @property
    def last(self) -> int:
        return self.journal[-1].first + len(self.journal[-1].lines) - 1 if self.journal else 0

    async def load(self, quiet_for: int) -> Loaded:
        since = {name: mark.watermark - quiet_for for name, mark in self.then.positions.items()}
        found = {name: self._open(name, kind, since) for name, kind in KINDS.items()}
        return Loaded(
            seq=self.last,
            snapshot=self.snapshot,
            positions=[self.now.positions[name] for name in sorted(self.now.positions)],
            entities=[msgspec.msgpack.decode(body, type=Entity) for _, body in sorted(self.then.entities.items())],
            links=[Link(*row) for row in sorted(self.then.links)],
            models=[msgspec.msgpack.decode(body, type=ModelVersion) for body in self.now.records["models"].values()],
            **{f"next_{kind}": len(self.now.records[name]) + 1 for kind, name in zip(NUMBERS, NUMBERED, strict=True)},
            **found,
        )

    def _open(self, name: str, kind: type[Any], since: dict[str, int]) -> list[Any]:
        ended = "ended_at" if name == "alerts" else "closed_at"
        records = [msgspec.msgpack.decode(body, type=kind) for _, body in sorted(self.then.records[name].items())]
        return [one for one in records if (end := getattr(one, ended)) is None or end >= since[one.tenant]]

    async def commit(self, commit: Commit) -> None:
        segment, now = commit.segment, self.now
        if segment is not None:
            assert segment.first == self.last + 1
            self.journal.append(msgspec.msgpack.decode(_encode(segment), type=Segment))
            assert not self.identities & {i for i in segment.identities if i}, "an event was journalled twice"
            self.identities.update(segment.identities)
        for name, rows in now.records.items():
            rows.update((record.number, _encode(record)) for record in getattr(commit, name))
        for number in commit.retried:
            row = msgspec.msgpack.decode(now.records["outbox"][number], type=Notification)
            if row.status == DEAD:
                now.records["outbox"][number] = _encode(msgspec.structs.replace(row, status=PENDING))
        now.entities.update(((one.tenant, one.ref), _encode(one)) for one in commit.entities)
        now.links.difference_update(msgspec.structs.astuple(link) for link in commit.links_removed)
        now.links.update(msgspec.structs.astuple(link) for link in commit.links_added)
        now.positions.update((each.partition, each) for each in commit.positions)
        self.feed += map(_encode, commit.feed)
        self.audit += map(_encode, commit.audit)
        met = {(one.way, one.line, one.head) for one in map(_letter, self.letters) if one.line}
        fresh = [one for one in commit.dead_letters if (one.way, one.line, one.head) not in met]
        self.letters += map(_encode, fresh)
        if commit.snapshot is not None:
            assert commit.snapshot.seq == self.last
            self.snapshot, self.then = commit.snapshot, now.copy()

    async def segments(self, after: int) -> AsyncIterator[Segment]:
        for segment in self.journal:
            if segment.first + len(segment.lines) - 1 > after:
                skip = max(0, after + 1 - segment.first)
                yield Segment(
                    segment.first + skip,
                    segment.lines[skip:],
                    segment.identities[skip:],
                    segment.received[skip:],
                    segment.time_min,
                    segment.time_max,
                )

    async def known(self, candidates: Sequence[tuple[int, str, str, str]]) -> list[bool]:
        heads = {
            (h.tenant or DEFAULT_TENANT, h.source, h.id) for segment in self.journal for h in map(head, segment.lines)
        }
        return [candidate[1:] in heads for candidate in candidates]

    def seen(self, identities: Sequence[int]) -> list[bool]:
        return [identity in self.identities for identity in identities]

    async def notifications(self, numbers: Sequence[int] | None = None) -> list[Notification]:
        rows = [msgspec.msgpack.decode(body, type=Notification) for body in self.now.records["outbox"].values()]
        return [row for row in rows if (row.status == PENDING if numbers is None else row.number in numbers)]

    async def close(self) -> None:
        pass

    def rows(self) -> dict[str, Any]:
        """Everything there is, so that two stores can be compared; order is that of any export."""
        assigned = [
            (segment.first + offset, *rest) for segment in self.journal for offset, *rest in segment.assignments
        ]
        return {
            **self.now.records,
            "entities": dict(sorted(self.now.entities.items())),
            "links": sorted(self.now.links),
            "positions": dict(sorted(self.now.positions.items())),
            "feed": sorted(self.feed, key=_place),
            "audit": sorted(self.audit, key=lambda body: msgspec.msgpack.decode(body)["time"]),
            "assignments": assigned,
            "lines": [line for segment in self.journal for line in segment.lines],
        }


def _place(body: bytes) -> tuple[str, int]:
    entry = msgspec.msgpack.decode(body, type=FeedEntry)
    return entry.partition, entry.sequence
