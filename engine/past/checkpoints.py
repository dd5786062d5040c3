"""Points to go back to: the state as a snapshot would have kept it, in memory, spaced so that it stays bounded.

A checkpoint is what recovery starts from: the statistics of the pipeline and the records as they stood. Records are
kept as bytes that all checkpoints share, so that a further one costs little more than the statistics.
"""

from bisect import bisect_right
from collections import deque
from typing import Any, Final

import msgspec

from data import journal
from data.records.alert import Alert
from data.records.cluster import Cluster
from data.records.entity import Entity, Link
from data.records.incident import Incident
from data.store import Commit, Loaded, Snapshot

FIRST_SPACING: Final = 2_000  # events between two lasting checkpoints, at first; doubles when there are too many
MOST: Final = 48  # lasting checkpoints
RECENT: Final = 12  # those made last, kept whatever their spacing: for small steps back
BYTES: Final = 256 << 20  # of all statistics together

_KINDS: Final[dict[str, tuple[type[Any], str]]] = {
    "alerts": (Alert, "ended_at"),
    "clusters": (Cluster, "closed_at"),
    "incidents": (Incident, "closed_at"),
}
_Row = tuple[str, int | None, bytes]  # tenant, when it ended, the record
_encode: Final = msgspec.msgpack.Encoder().encode


class Kept:
    """Records as they stand, by what names them."""

    __slots__ = ("entities", "links", "records")

    def __init__(self) -> None:
        self.records: dict[str, dict[int, _Row]] = {name: {} for name in _KINDS}
        self.entities: dict[tuple[str, str], bytes] = {}
        self.links: set[Link] = set()

    def copy(self) -> "Kept":
        other = Kept()
        other.records = {name: dict(rows) for name, rows in self.records.items()}
        other.entities, other.links = dict(self.entities), set(self.links)
        return other

    def take(self, commit: Commit | Loaded) -> None:
        """What a commit would write."""
        for name, (_, ended) in _KINDS.items():
            rows = self.records[name]
            for record in getattr(commit, name):
                rows[record.number] = (record.tenant, getattr(record, ended), _encode(record))
        for entity in commit.entities:
            self.entities[entity.tenant, entity.ref] = _encode(entity)
        if isinstance(commit, Loaded):
            self.links.update(commit.links)
        else:
            self.links.update(commit.links_added)
            self.links.difference_update(commit.links_removed)

    def forget(self, since: dict[str, int]) -> None:
        """Drops what ended before the moment of its tenant: no restart would load it."""
        for rows in self.records.values():
            for number in [n for n, (tenant, end, _) in rows.items() if end is not None and end < since[tenant]]:
                del rows[number]

    def loaded(self, snapshot: Snapshot) -> Loaded:
        """As `Store.load` tells it. Numbers and positions are in the statistics."""
        found: dict[str, Any] = {
            name: [msgspec.msgpack.decode(rows[number][2], type=kind) for number in sorted(rows)]
            for (name, (kind, _)), rows in zip(_KINDS.items(), self.records.values(), strict=True)
        }
        entities = [msgspec.msgpack.decode(self.entities[key], type=Entity) for key in sorted(self.entities)]
        links = sorted(self.links, key=lambda link: (link.tenant, link.source, link.target, link.kind))
        return Loaded(
            seq=snapshot.seq, snapshot=snapshot, positions=[], entities=entities, links=links, models=[],
            next_alert=0, next_cluster=0, next_incident=0, next_finding=0, next_anomaly=0, next_fraud=0,
            next_prediction=0, next_correlation=0, next_model=0, **found,
        )  # fmt: skip


class Checkpoint:
    """The state behind journal position `seq`, when the watermark of the traveller's partition was `watermark`."""

    __slots__ = ("body", "kept", "seq", "watermark")

    def __init__(self, snapshot: Snapshot, watermark: int, kept: Kept) -> None:
        self.seq, self.watermark, self.kept = snapshot.seq, watermark, kept
        # A copy: what the compressor gives was cut from a piece as large as its input, which would not be used again.
        self.body = bytes(memoryview(journal.compress(snapshot.body)))

    def loaded(self) -> Loaded:
        return self.kept.loaded(Snapshot(self.seq, journal.decompress(self.body)))


class Checkpoints:
    """Lasting ones evenly over what was travelled, and those made last. What is nearest before a moment is found."""

    def __init__(self) -> None:
        self.spacing = FIRST_SPACING
        self._lasting: list[Checkpoint] = []  # by position
        self._recent: deque[Checkpoint] = deque(maxlen=RECENT)

    @property
    def size(self) -> int:
        """Bytes of statistics."""
        return sum(len(one.body) for one in {id(one): one for one in (*self._lasting, *self._recent)}.values())

    def __len__(self) -> int:
        return len({id(one) for one in (*self._lasting, *self._recent)})

    def add(self, made: Checkpoint) -> None:
        place = bisect_right(self._lasting, made.seq, key=lambda one: one.seq)
        before = self._lasting[place - 1].seq if place else -self.spacing
        after = self._lasting[place].seq if place < len(self._lasting) else made.seq + self.spacing
        if min(made.seq - before, after - made.seq) >= self.spacing:
            self._lasting.insert(place, made)
        else:
            self._recent.append(made)
        while len(self._lasting) > MOST or (self.size > BYTES and len(self._lasting) > 2):
            self._thin()

    def _thin(self) -> None:
        """Every second one goes, but for the first."""
        self.spacing *= 2
        kept: list[Checkpoint] = []
        for one in self._lasting:
            if not kept or one.seq - kept[-1].seq >= self.spacing:
                kept.append(one)
        self._lasting = kept
        if self.size > BYTES:
            self._recent.clear()

    def due(self, seq: int, step: int) -> bool:
        """Whether none lies within `step` events before a position."""
        return not any(seq - step < one.seq <= seq for one in (*self._lasting, *self._recent))

    def before(self, time: int) -> Checkpoint | None:
        """The last one at which nothing beyond `time` was known."""
        fitting = [one for one in (*self._lasting, *self._recent) if one.watermark <= time]
        return max(fitting, key=lambda one: one.seq, default=None)
