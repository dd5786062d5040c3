"""The newest entries of every partition's feed, ready to send; readers hold a place in it and are never waited for."""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence

import msgspec

from data.opening import open_reader
from data.records.feed import FeedEntry
from engine.exports.signs import feed_event

RING = 20_000  # entries kept of each partition; who is further behind reads the database
PAGE = 500

_encode = msgspec.json.Encoder().encode


class Told(msgspec.Struct, gc=False):
    """An entry, and its CloudEvent as JSON once somebody has asked for it."""

    entry: FeedEntry
    _body: bytes | None = None

    @property
    def body(self) -> bytes:
        if self._body is None:
            self._body = _encode(feed_event(self.entry))
        return self._body


class Ring:
    """The newest entries of one partition, without a gap. `last` is the newest sequence that was committed."""

    def __init__(self, last: int) -> None:
        self.last = last
        self._kept: deque[Told] = deque(maxlen=RING)
        self.news = asyncio.Event()

    def add(self, entry: FeedEntry) -> None:
        self._kept.append(Told(entry))
        self.last = entry.sequence

    def wake(self) -> None:
        """Readers that wait look again; each waits for the next event object."""
        self.news.set()
        self.news = asyncio.Event()

    def after(self, sequence: int, most: int) -> list[Told] | None:
        """At most `most` entries behind `sequence`; None when they are not kept here any more."""
        missing = self.last - sequence
        if missing <= 0:
            return []
        kept = self._kept
        if missing > len(kept):
            return None
        start = len(kept) - missing
        return [kept[index] for index in range(start, min(start + most, len(kept)))]


class Hub:
    """Lives in the engine's loop; `committed` follows each commit."""

    def __init__(self, database: str) -> None:
        self.rings: dict[str, Ring] = {}
        self._database = database

    def begin(self, sequences: Iterable[tuple[str, int]]) -> None:
        """Where every partition stands at the start."""
        for partition, last in sequences:
            self.rings[partition] = Ring(last)

    def ring(self, partition: str) -> Ring:
        found = self.rings.get(partition)
        if found is None:
            found = self.rings[partition] = Ring(0)
        return found

    def committed(self, feed: Sequence[FeedEntry]) -> None:
        touched: dict[str, Ring] = {}
        for entry in feed:
            ring = touched.get(entry.partition)
            if ring is None:
                ring = touched[entry.partition] = self.ring(entry.partition)
            ring.add(entry)
        for ring in touched.values():
            ring.wake()

    async def after(self, partition: str, sequence: int, most: int = PAGE) -> list[Told]:
        """What is kept behind `sequence`, in order, from memory or from the database; empty when there is no more."""
        found = self.ring(partition).after(sequence, most)
        if found is None:
            read = await asyncio.to_thread(_read, self._database, partition, sequence, most)
            found = [Told(entry) for entry in read]
        return found


def _read(database: str, partition: str, sequence: int, most: int) -> list[FeedEntry]:
    reader = open_reader(database)
    try:
        return reader.feed_after(partition, sequence, most)
    finally:
        reader.close()
