"""Reading journal segments: in order, by identity, and to confirm that an event was met before."""

import asyncio
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from data import journal, tables
from data.identities import Identities
from data.store import Segment

_PAGE: Final = 8  # segments read at once
_INDEX_PAGE: Final = 256  # columns of identities read at once
_KEPT: Final = 16 << 20  # bytes of decoded segments kept for confirmations
_COLUMNS: Final = tables.segments.c


class _Decoded:
    """Lines of a segment by position and by identity."""

    __slots__ = ("_heads", "first", "lines", "offsets", "size")

    def __init__(self, first: int, identities: bytes, lines: bytes) -> None:
        hashes = journal.unpack_identities(identities).tolist()
        self.first = first
        self.lines = journal.unpack_lines(lines, len(hashes))
        self.offsets = dict(zip(hashes, range(len(hashes)), strict=True))
        self.size = sum(map(len, self.lines)) + 200 * len(hashes)

    def matches(self, offset: int, event: tuple[str, str, str]) -> bool:
        head = journal.head(self.lines[offset])
        return (head.tenant, head.source, head.id) == event


class Segments:
    """The journal through one connection, which it guards. Rows are found by position, so segments may be merged
    by the writer at any time."""

    def __init__(self, connection: AsyncConnection, index: Identities) -> None:
        self.connection = connection
        self._index = index
        self._turn = asyncio.Lock()
        self._decoded: OrderedDict[int, _Decoded] = OrderedDict()
        self._held = 0

    async def identities(self) -> AsyncIterator[list[tuple[int, NDArray[np.uint64]]]]:
        """The columns of identities with their first positions, oldest first, some at a time."""
        after = -1
        while True:
            wanted = select(_COLUMNS.first, _COLUMNS.identities).where(_COLUMNS.first > after)
            page = await self._read(wanted.order_by(_COLUMNS.first).limit(_INDEX_PAGE))
            if not page:
                return
            yield [(first, journal.unpack_identities(packed)) for first, packed in page]
            after = page[-1][0]

    async def after(self, seq: int) -> AsyncIterator[Segment]:
        """From position `seq + 1` on, in order."""
        while True:
            page = await self._read(after(seq).limit(_PAGE))
            if not page:
                return
            for found in page:
                segment = journal.cut(journal.unpack(journal.Packed(*found)), seq + 1)
                seq = segment.first + len(segment.lines) - 1
                yield segment

    async def known(self, candidates: Sequence[tuple[int, str, str, str]]) -> list[bool]:
        answers: list[bool] = []
        for identity, *event in candidates:
            told = (event[0], event[1], event[2])
            answers.append(self._remembered(identity, told) or await self._journalled(identity, told))
        return answers

    def _remembered(self, identity: int, event: tuple[str, str, str]) -> bool:
        for decoded in reversed(self._decoded.values()):
            offset = decoded.offsets.get(identity)
            if offset is not None:
                return decoded.matches(offset, event)
        return False

    async def _journalled(self, identity: int, event: tuple[str, str, str]) -> bool:
        for place in self._index.find(identity):
            for position in await self._positions(identity, place):
                decoded = await self._fetch(position)
                if decoded.matches(position - decoded.first, event):
                    return True
        return False

    async def _positions(self, identity: int, place: range) -> list[int]:
        """Where in a stretch of positions the identity really lies."""
        if len(place) == 1:
            return [place.start]
        found: list[int] = []
        wanted = after(place.start - 1).where(_COLUMNS.first < place.stop)
        for first, packed in await self._read(wanted.with_only_columns(_COLUMNS.first, _COLUMNS.identities)):
            at = np.flatnonzero(journal.unpack_identities(packed) == np.uint64(identity))
            found += [first + offset for offset in at.tolist()]
        return found

    async def _fetch(self, position: int) -> _Decoded:
        firsts = sorted(self._decoded)
        at = bisect_right(firsts, position) - 1
        if at >= 0 and position - firsts[at] < len(self._decoded[firsts[at]].lines):
            self._decoded.move_to_end(firsts[at])
            return self._decoded[firsts[at]]
        wanted = after(position - 1).with_only_columns(_COLUMNS.first, _COLUMNS.identities, _COLUMNS.lines)
        first, identities, lines = (await self._read(wanted.limit(1)))[0]
        decoded = _Decoded(first, identities, lines)
        for old in [key for key in self._decoded if first <= key < first + len(decoded.lines)]:
            self._held -= self._decoded.pop(old).size  # parts of what has been merged since
        self._decoded[first] = decoded
        self._held += decoded.size
        while self._held > _KEPT and len(self._decoded) > 1:
            self._held -= self._decoded.popitem(last=False)[1].size
        return decoded

    async def _read(self, wanted: Select[Any]) -> list[Any]:
        async with self._turn:
            return list(await self.connection.execute(wanted))


def after(seq: int) -> Select[Any]:
    """Segments that hold position `seq + 1` or later ones, in order."""
    holding = select(_COLUMNS.first).where(_COLUMNS.first <= seq + 1).order_by(_COLUMNS.first.desc()).limit(1)
    start = holding.scalar_subquery()
    return (
        select(*_COLUMNS)
        .where(_COLUMNS.first + _COLUMNS.count > seq + 1, _COLUMNS.first >= func.coalesce(start, 0))
        .order_by(_COLUMNS.first)
    )
