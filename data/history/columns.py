"""Buckets as columns: one row for each series and bucket, in that order."""

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SUM, MIN, MAX, LAST, SKETCH = "sum", "min", "max", "last", "sketch"
ALL: Final = frozenset((SUM, MIN, MAX, LAST, SKETCH))
PLAIN: Final = ALL - {SKETCH}  # what no quantile is asked of
_OF: Final = {SUM: ("sum",), MIN: ("min",), MAX: ("max",), LAST: ("last", "last_at"), SKETCH: ()}


class Buckets:
    """`series` numbers, `start` of each bucket (microseconds), `count`, `sum`, `min`, `max`, `last` and its time
    `last_at`. The sketch of row i are the `bins` and `weights` from `upto[i - 1]` (0 at first) to `upto[i]`; a row
    whose values are all alike has none. Rows are sorted by series, then start, and unique.

    Only the figures that `have` names were read; the columns of others are empty. Who asks for the sketch has `min` and
    `max` too."""

    __slots__ = (
        "bins", "count", "have", "last", "last_at", "max", "min", "series", "start", "sum", "upto", "weights",
    )  # fmt: skip

    def __init__(
        self, series: Whole, start: Whole, count: Whole, sum: Floats, min: Floats, max: Floats, last: Floats,
        last_at: Whole, upto: Whole, bins: NDArray[np.int32], weights: Whole, have: frozenset[str] = ALL,
    ) -> None:  # fmt: skip
        self.series, self.start, self.count = series, start, count
        self.sum, self.min, self.max, self.last, self.last_at = sum, min, max, last, last_at
        self.upto, self.bins, self.weights = upto, bins, weights
        self.have = have

    def __len__(self) -> int:
        return len(self.series)

    @property
    def sketched(self) -> bool:
        return SKETCH in self.have

    def pick(self, wanted: Flags) -> "Buckets":
        """Those rows only."""
        found = self.only(lambda column: column[wanted])
        if self.sketched and len(self):
            begins = np.concatenate(([0], self.upto[:-1]))
            sizes = self.upto - begins
            inside = np.repeat(wanted, sizes)
            found.upto, found.bins = np.cumsum(sizes[wanted]), self.bins[inside]
            found.weights = self.weights[inside]
        return found

    def cut(self, begin: int, end: int) -> "Buckets":
        """The rows from `begin` on, before `end`."""
        found = self.only(lambda column: column[begin:end])
        if self.sketched and begin < end:
            before = int(self.upto[begin - 1]) if begin else 0
            found.upto = self.upto[begin:end] - before
            rows = slice(before, int(self.upto[end - 1]))
            found.bins, found.weights = self.bins[rows], self.weights[rows]
        return found

    def only(self, change: Any) -> "Buckets":
        """Every column but those of the sketch changed alike."""
        found = Buckets(
            change(self.series), change(self.start), change(self.count), NO_FLOATS, NO_FLOATS, NO_FLOATS, NO_FLOATS,
            NO_WHOLE, NO_WHOLE, NO_BINS, NO_WHOLE, self.have,
        )  # fmt: skip
        for name in columns_of(self.have):
            setattr(found, name, change(getattr(self, name)))
        return found

    def less(self, have: frozenset[str]) -> "Buckets":
        """The same with these figures only, all of which it has."""
        if have == self.have:
            return self
        found = empty(have)
        for name in ("series", "start", "count", *columns_of(have)):
            setattr(found, name, getattr(self, name))
        if found.sketched:
            found.upto, found.bins, found.weights = self.upto, self.bins, self.weights
        return found

    def told_as(self, series: Whole, start: Whole | None = None) -> "Buckets":
        """The same rows under other numbers, and perhaps starts; in whatever order that leaves them."""
        found = self.only(lambda column: column)
        found.upto, found.bins, found.weights = self.upto, self.bins, self.weights
        found.series, found.start = series, self.start if start is None else start
        return found

    def sketch(self, row: int) -> tuple[NDArray[np.int32], Whole]:
        """(bins, weights) of one row; none for values that are all alike."""
        begin, end = (int(self.upto[row - 1]) if row else 0), int(self.upto[row])
        return self.bins[begin:end], self.weights[begin:end]


def columns_of(have: Iterable[str]) -> list[str]:
    """The columns of figures, without those of the sketch."""
    return [column for name in sorted(have) for column in _OF[name]]


NO_WHOLE: Final = np.zeros(0, np.int64)
NO_FLOATS: Final = np.zeros(0)
NO_BINS: Final = np.zeros(0, np.int32)


def empty(have: frozenset[str] = ALL) -> Buckets:
    return Buckets(
        NO_WHOLE, NO_WHOLE, NO_WHOLE, NO_FLOATS, NO_FLOATS, NO_FLOATS, NO_FLOATS, NO_WHOLE, NO_WHOLE, NO_BINS, NO_WHOLE,
        have,
    )  # fmt: skip
