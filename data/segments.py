"""Reading journal segments: in order, by identity, and to confirm that an event was met before."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, ColumnElement, Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from data import journal, tables
from data.identities import Identities
from data.store import Segment, StoreBroken

_PAGE: Final = 8  # segments read at once
_INDEX_PAGE: Final = 64  # columns of identities read at once
_KEPT: Final = 16 << 20  # bytes of decoded keys kept for confirmations
_KEY_SIZE: Final = 400  # of one, with its part of the dict
_COLUMNS: Final = tables.segments.c


def _after(*columns: ColumnElement[Any]) -> Select[Any]:
    """Binds `seq`, `stop` and `limit`: segments that hold position `seq + 1` or later ones and begin before `stop`."""
    next_seq: ColumnElement[int] = bindparam("seq", type_=BigInteger) + 1
    holding = select(_COLUMNS.first).where(_COLUMNS.first <= next_seq).order_by(_COLUMNS.first.desc()).limit(1)
    return (
        select(*columns)
        .where(_COLUMNS.first >= func.coalesce(holding.scalar_subquery(), 0))
        .where(_COLUMNS.first + _COLUMNS.count > next_seq, _COLUMNS.first < bindparam("stop"))
        .order_by(_COLUMNS.first)
        .limit(bindparam("limit"))
    )


AFTER: Final = _after(*_COLUMNS)
_KEYS_AFTER: Final = _after(_COLUMNS.first, _COLUMNS.count, _COLUMNS.identities, _COLUMNS.lines)
_IDENTITIES_AFTER: Final = _after(_COLUMNS.first, _COLUMNS.identities)


def bounds(seq: int, limit: int, stop: int = 1 << 62) -> dict[str, int]:
    """What AFTER binds."""
    return {"seq": seq, "limit": limit, "stop": stop}


class _Decoded:
    """What makes the events of a segment the events that they are, by place and by hash."""

    __slots__ = ("first", "keys", "places")

    def __init__(self, first: int, count: int, identities: bytes, lines: bytes) -> None:
        hashes = journal.unpack_identities(identities).tolist()
        self.first = first
        self.keys = journal.unpack_keys(lines)
        self.places = dict(zip(hashes, range(len(hashes)), strict=True))
        if len(hashes) != count or len(self.keys) != count:
            raise StoreBroken(f"segment {first} has parts of different lengths; restore a backup")

    @property
    def stop(self) -> int:
        return self.first + len(self.keys)


class Segments:
    """The journal through one connection, which it guards. Rows are found by position, so segments may be merged
    by the writer at any time."""

    def __init__(self, connection: AsyncConnection, index: Identities) -> None:
        self.connection = connection
        self.index = index
        self._turn = asyncio.Lock()
        self._decoded: OrderedDict[int, _Decoded] = OrderedDict()  # the last one used is last

    async def identities(self) -> AsyncIterator[list[tuple[int, NDArray[np.uint64]]]]:
        """The columns of identities with their first positions, oldest first, some at a time."""
        seq = 0
        while page := await self._read(_IDENTITIES_AFTER, bounds(seq, _INDEX_PAGE)):
            found = [(first, journal.unpack_identities(packed)) for first, packed in page]
            yield found
            seq = found[-1][0] + found[-1][1].size - 1

    async def forget(self, index: Identities) -> None:
        """Events are no longer what they were: reads `index` anew, which takes the place of the one there was."""
        async for page in self.identities():
            index.load(page)
        self._decoded.clear()
        self.index = index

    async def after(self, seq: int) -> AsyncIterator[Segment]:
        """From position `seq + 1` on, in order."""
        while page := await self._read(AFTER, bounds(seq, _PAGE)):
            for row in page:
                segment = journal.cut(journal.unpack(journal.Packed(*row)), seq + 1)
                seq = segment.first + len(segment.lines) - 1
                yield segment

    async def known(self, candidates: Sequence[tuple[int, str, str, str]]) -> list[bool]:
        answers: list[bool] = []
        last = self._last()
        for identity, tenant, source, id_ in candidates:
            place = last.places.get(identity) if last is not None else None
            if place is not None and last is not None:  # second deliveries come in the order of the first
                key = last.keys[place]
                if key.id == id_ and key.source == source and key.tenant == tenant:
                    answers.append(True)
                    continue
            answers.append(await self._journalled(identity, journal.Key(source, id_, tenant)))
            last = self._last()
        return answers

    def _last(self) -> _Decoded | None:
        return next(reversed(self._decoded.values()), None)

    async def _journalled(self, identity: int, event: journal.Key) -> bool:
        for decoded in self._decoded.values():
            place = decoded.places.get(identity)
            if place is not None and decoded.keys[place] == event:
                self._decoded.move_to_end(decoded.first)
                return True
        for stretch in self.index.find(identity):
            for position in await self._positions(identity, stretch):
                fetched = await self._fetch(position)
                if fetched is not None and fetched.keys[position - fetched.first] == event:
                    return True
        return False

    async def _positions(self, identity: int, stretch: range) -> list[int]:
        """Where in a stretch of positions the identity really lies."""
        if len(stretch) == 1:
            return [stretch.start]
        found: list[int] = []
        wanted = bounds(stretch.start - 1, len(stretch), stretch.stop)
        for first, packed in await self._read(_IDENTITIES_AFTER, wanted):
            at = np.flatnonzero(journal.unpack_identities(packed) == np.uint64(identity))
            found += [first + offset for offset in at.tolist()]
        return found

    async def _fetch(self, position: int) -> _Decoded | None:
        for decoded in self._decoded.values():
            if decoded.first <= position < decoded.stop:
                self._decoded.move_to_end(decoded.first)
                return decoded
        rows = await self._read(_KEYS_AFTER, bounds(position - 1, 1))
        if not rows or rows[0][0] > position:
            return None  # it was so long ago that it is no longer kept
        fetched = _Decoded(*rows[0])
        for part in [each for each in self._decoded.values() if fetched.first <= each.first < fetched.stop]:
            del self._decoded[part.first]  # it has been merged into the one just read
        self._decoded[fetched.first] = fetched
        held = sum(len(each.keys) for each in self._decoded.values()) * _KEY_SIZE
        while held > _KEPT and len(self._decoded) > 1:
            held -= len(self._decoded.popitem(last=False)[1].keys) * _KEY_SIZE
        return fetched

    async def _read(self, wanted: Select[Any], values: dict[str, int]) -> list[Any]:
        async with self._turn:
            return list(await self.connection.execute(wanted, values))
