"""Which identities the journal holds, and where: 64-bit hashes in memory, in three ages.

Fresh ones lie in a set, older ones in sorted arrays (14 to 20 bytes an event), and what is beyond a settable number in
filters (3.5 bytes an event) that know a neighbourhood instead of a position. A filter is a table of quotients with
16-bit remainders: Pagh, Pagh, Rao (2005), "An Optimal Bloom Filter Replacement"; with 8 to a bucket a false yes comes
about once in 8,000. A false no never comes.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Places = NDArray[Any]  # uint32 while they fit, else int64

FRESH: Final = 32_768
EXACT: Final = 4_000_000
_BLOCK: Final = 1_000_000
_GROUPS: Final = 256
_SPARSE: Final = 16  # bits of the sieve for each hash in it


def _stretch(first: int, size: int) -> Places:
    return np.arange(first, first + size, dtype=np.uint32 if first + size < 1 << 32 else np.int64)


class _Run:
    """Hashes in order, each with its journal position."""

    __slots__ = ("hashes", "places")

    def __init__(self, hashes: Hashes, places: Places) -> None:
        self.hashes = hashes
        self.places = places

    @property
    def size(self) -> int:
        return self.hashes.size

    def has(self, keys: Hashes) -> NDArray[np.bool_]:
        at = np.searchsorted(self.hashes, keys)
        found: NDArray[np.bool_] = self.hashes.take(at, mode="clip") == keys
        return found

    def find(self, key: np.uint64) -> list[range]:
        low, high = np.searchsorted(self.hashes, key), np.searchsorted(self.hashes, key, side="right")
        return [range(place, place + 1) for place in self.places[low:high].tolist()]

    def merged(self, other: "_Run") -> "_Run":
        """Both in order, without a second sort: `other` should be the smaller."""
        if not self.hashes.size:
            return other
        slots = np.searchsorted(self.hashes, other.hashes, side="right") + np.arange(other.hashes.size)
        old = np.ones(self.hashes.size + other.hashes.size, dtype=np.bool_)
        old[slots] = False
        hashes = np.empty(old.size, dtype=np.uint64)
        places = np.empty(old.size, dtype=np.promote_types(self.places.dtype, other.places.dtype))
        hashes[slots], hashes[old] = other.hashes, self.hashes
        places[slots], places[old] = other.places, self.places
        return _Run(hashes, places)


def _sorted(hashes: Hashes, places: NDArray[Any]) -> _Run:
    order = np.argsort(hashes)
    return _Run(hashes[order], places[order])


def _empty() -> _Run:
    return _Run(np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.uint32))


class _Sieve:
    """One bit for each hash of the runs, in a field 16 times as wide or wider: what is new, as nearly all is, falls
    through at the first look."""

    __slots__ = ("_bits", "_shift", "room")

    def __init__(self, room: int) -> None:
        width = max(16, (room * _SPARSE - 1).bit_length())
        self.room = (1 << width) // _SPARSE
        self._shift = np.uint64(64 - width)
        self._bits = np.zeros(1 << (width - 3), dtype=np.uint8)

    def _split(self, hashes: Hashes) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        place = (hashes >> self._shift).astype(np.int64)
        return place >> 3, (place & 7).astype(np.uint8)

    def add(self, hashes: Hashes) -> None:
        at, bit = self._split(hashes)
        np.bitwise_or.at(self._bits, at, np.left_shift(1, bit, dtype=np.uint8))

    def passed(self, keys: Hashes) -> NDArray[np.intp]:
        """Indices of those that may be there."""
        at, bit = self._split(keys)
        return np.flatnonzero((self._bits[at] >> bit) & 1)


class _Filter:
    """A run boiled down: bucket and remainder of each hash, and in which 256th of its positions it lies."""

    __slots__ = ("_group", "_low", "_rest", "_shift", "_span", "_starts")

    def __init__(self, run: _Run) -> None:
        bits = max(1, run.hashes.size.bit_length() - 4)
        self._shift = np.uint64(64 - bits)
        edges = np.arange((1 << bits) + 1, dtype=np.uint64)
        self._starts = np.searchsorted(run.hashes >> self._shift, edges).astype(np.uint32)
        self._rest = self._remainders(run.hashes)
        self._low = int(run.places.min())
        self._span = int(run.places.max()) + 1 - self._low
        self._group = ((run.places.astype(np.int64) - self._low) * _GROUPS // self._span).astype(np.uint8)

    def _remainders(self, hashes: Hashes) -> NDArray[np.uint16]:
        return (hashes >> (self._shift - np.uint64(16))).astype(np.uint16)  # the cast keeps the low 16 bits

    def has(self, keys: Hashes) -> NDArray[np.bool_]:
        bucket = (keys >> self._shift).astype(np.int64)
        at, end = self._starts[bucket].astype(np.int64), self._starts[bucket + 1].astype(np.int64)
        rest = self._remainders(keys)
        found = np.zeros(keys.size, dtype=np.bool_)
        for step in range(int((end - at).max(initial=0))):
            found |= (at + step < end) & (self._rest.take(at + step, mode="clip") == rest)
        return found

    def find(self, key: np.uint64) -> list[range]:
        bucket = int(key >> self._shift)
        low, high = int(self._starts[bucket]), int(self._starts[bucket + 1])
        rest = self._remainders(np.array([key], dtype=np.uint64))[0]
        groups = self._group[low:high][self._rest[low:high] == rest]
        return [self._positions(group) for group in sorted(set(groups.tolist()))]

    def _positions(self, group: int) -> range:
        start = -(-group * self._span // _GROUPS)
        stop = -(-(group + 1) * self._span // _GROUPS)
        return range(self._low + start, self._low + stop)


def _all(order: list[int], identity: int) -> Iterator[int]:
    at = -1
    for _ in range(order.count(identity)):
        at = order.index(identity, at + 1)
        yield at


class Identities:
    """The index. `exact` bounds the events whose position is known exactly; `fresh` those in the set."""

    def __init__(self, exact: int = EXACT, fresh: int = FRESH) -> None:
        self._exact, self._limit = exact, fresh
        self._fresh: set[int] = set()
        self._order: list[int] = []  # the fresh ones in journal order; the first is at `_first`
        self._first = 1
        self._recent, self._main = _empty(), _empty()
        self._sieve = _Sieve(0)  # of recent and main
        self._filters: list[_Filter] = []

    def load(self, blocks: Iterable[tuple[int, Hashes]]) -> None:
        """Takes (first position, hashes in journal order) of stored segments, oldest first."""
        hashes: list[Hashes] = []
        places: list[NDArray[Any]] = []
        held = 0
        for first, block in blocks:
            hashes.append(block)
            places.append(_stretch(first, block.size))
            held += block.size
            if held >= min(_BLOCK, self._exact):
                self._settle(_sorted(np.concatenate(hashes), np.concatenate(places)))
                hashes, places, held = [], [], 0
        if held:
            self._settle(_sorted(np.concatenate(hashes), np.concatenate(places)))

    def add(self, first: int, identities: Sequence[int]) -> None:
        """Journalled just now, from position `first` on, which follows on what was added before."""
        if not self._order:
            self._first = first
        self._order.extend(identities)
        self._fresh.update(identities)
        if len(self._order) >= self._limit:
            self._fold()

    def seen(self, identities: Sequence[int]) -> list[bool]:
        """May it be in the journal? Never a false no."""
        fresh = self._fresh
        answers = [identity in fresh for identity in identities]
        if not identities or not (self._recent.size or self._main.size):
            return answers
        keys = np.array(identities, dtype=np.uint64)
        passed = self._sieve.passed(keys)
        for run in (self._recent, self._main):
            if run.size and passed.size:
                for index in passed[run.has(keys[passed])].tolist():
                    answers[index] = True
        for older in self._filters:
            for index in np.flatnonzero(older.has(keys)).tolist():
                answers[index] = True
        return answers

    def find(self, identity: int) -> list[range]:
        """Every stretch of journal positions in which the identity may lie: single positions first, then
        neighbourhoods. Empty when it is new."""
        key = np.uint64(identity)
        places = []
        if identity in self._fresh:
            places = [self._first + at for at in _all(self._order, identity)]
        found = [range(place, place + 1) for place in places] + self._recent.find(key) + self._main.find(key)
        for older in self._filters:
            found += older.find(key)
        return found

    def _fold(self) -> None:
        """What is fresh becomes recent; much that is recent, settled; too much of that, a filter."""
        hashes = np.array(self._order, dtype=np.uint64)
        self._recent = self._recent.merged(_sorted(hashes, _stretch(self._first, hashes.size)))
        self._order, self._fresh = [], set()
        self._sift(hashes)
        if self._recent.size >= min(16 * self._limit, self._exact):
            recent, self._recent = self._recent, _empty()
            self._settle(recent)

    def _settle(self, run: _Run) -> None:
        if self._main.size and self._main.size + run.size > self._exact:
            self._filters.append(_Filter(self._main))
            self._main = run
            self._sieve = _Sieve(0)
        else:
            self._main = self._main.merged(run)
        self._sift(run.hashes)

    def _sift(self, hashes: Hashes) -> None:
        """Adds to the sieve what has come into the runs, or makes a wider one."""
        size = self._recent.size + self._main.size
        if size <= self._sieve.room:
            self._sieve.add(hashes)
            return
        self._sieve = _Sieve(2 * size)
        self._sieve.add(self._recent.hashes)
        self._sieve.add(self._main.hashes)
