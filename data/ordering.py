"""The journal in order of event time. It lies in order of acceptance, which differs only a little as a rule.

Segments are opened in order of their earliest event. Whatever is earlier than the next one's earliest can go out.
What waits is a time and a position each; lines are kept of a few segments only, and read again where that falls short.
"""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from data import journal, tables, times
from data.segments import AFTER, bounds
from data.store import Segment, StoreBroken

_KEPT: Final = 12  # decoded segments
_COLUMNS: Final = tables.segments.c
_Keys = NDArray[np.int64]  # rows of (time, position)


class Placed(NamedTuple):
    """A segment and the place of one event in it."""

    segment: "Decoded"
    offset: int


class Decoded:
    __slots__ = ("assignments", "first", "lines", "received")

    def __init__(self, segment: Segment) -> None:
        self.first = segment.first
        self.lines = segment.lines
        self.received = segment.received
        self.assignments = {offset: rest for offset, *rest in segment.assignments}

    @property
    def stop(self) -> int:
        return self.first + len(self.lines)


def in_order(connection: Connection, since: int | None, until: int | None) -> Iterator[Placed]:
    """Events with `since <= time < until`, by time, then position."""
    return _Sweep(connection, since, until).run()


class _Sweep:
    def __init__(self, connection: Connection, since: int | None, until: int | None) -> None:
        self._connection = connection
        self._since, self._until = since, until
        self._decoded: OrderedDict[int, Decoded] = OrderedDict()

    def run(self) -> Iterator[Placed]:
        plan = self._plan()
        waiting: _Keys = np.empty((0, 2), dtype=np.int64)
        for index, (first, count, _) in enumerate(plan):
            waiting = np.concatenate((waiting, self._keys(first, count)))
            waiting = waiting[np.lexsort((waiting[:, 1], waiting[:, 0]))]
            ready = len(waiting)
            if index + 1 < len(plan):
                ready = int(np.searchsorted(waiting[:, 0], plan[index + 1][2]))
            if ready:
                yield from self._placed(waiting[:ready, 1].tolist())
                waiting = waiting[ready:]

    def _plan(self) -> list[tuple[int, int, int]]:
        wanted = select(_COLUMNS.first, _COLUMNS.count, _COLUMNS.time_min)
        if self._since is not None:
            wanted = wanted.where(_COLUMNS.time_max >= self._since)
        if self._until is not None:
            wanted = wanted.where(_COLUMNS.time_min < self._until)
        return list(self._connection.execute(wanted.order_by(_COLUMNS.time_min, _COLUMNS.first)))

    def _keys(self, first: int, count: int) -> _Keys:
        """Of the events at `first` and after it that fall into the bounds."""
        keys: list[tuple[int, int]] = []
        position = first
        while position < first + count:
            decoded = self._fetch(position)
            for line in decoded.lines[position - decoded.first : first + count - decoded.first]:
                keys.append((times.parse(journal.head(line).time), position))
                position += 1
        found = np.array(keys, dtype=np.int64).reshape(-1, 2)
        kept = np.ones(len(found), dtype=np.bool_)
        if self._since is not None:
            kept &= found[:, 0] >= self._since
        if self._until is not None:
            kept &= found[:, 0] < self._until
        return found[kept]

    def _placed(self, positions: list[int]) -> Iterator[Placed]:
        decoded: Decoded | None = None
        for position in positions:
            if decoded is None or not decoded.first <= position < decoded.stop:
                decoded = self._fetch(position)
            yield Placed(decoded, position - decoded.first)

    def _fetch(self, position: int) -> Decoded:
        for first, decoded in reversed(self._decoded.items()):
            if first <= position < decoded.stop:
                self._decoded.move_to_end(first)
                return decoded
        row: Any = self._connection.execute(AFTER, bounds(position - 1, 1)).first()
        if row is None or row[0] > position:
            raise StoreBroken(f"the journal lacks position {position}; restore a backup")
        fetched = Decoded(journal.unpack(journal.Packed(*row)))
        self._decoded[fetched.first] = fetched
        if len(self._decoded) > _KEPT:
            self._decoded.popitem(last=False)
        return fetched
