"""Buckets as columns: one row for each series and bucket, in that order."""

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Floats = NDArray[np.float64]


class Buckets:
    """`series` numbers, `start` of each bucket (microseconds), `count`, `sum`, `min`, `max`, `last` and its time
    `last_at`. The sketch of row i are the `bins` and `weights` from `upto[i - 1]` (0 at first) to `upto[i]`; a row
    whose values are all alike has none. Rows are sorted by series, then start, and unique."""

    __slots__ = ("bins", "count", "last", "last_at", "max", "min", "series", "start", "sum", "upto", "weights")

    def __init__(
        self, series: Whole, start: Whole, count: Whole, sum: Floats, min: Floats, max: Floats, last: Floats,
        last_at: Whole, upto: Whole, bins: NDArray[np.int32], weights: Whole,
    ) -> None:  # fmt: skip
        self.series, self.start, self.count = series, start, count
        self.sum, self.min, self.max, self.last, self.last_at = sum, min, max, last, last_at
        self.upto, self.bins, self.weights = upto, bins, weights

    def __len__(self) -> int:
        return len(self.series)

    def pick(self, wanted: NDArray[np.bool_]) -> "Buckets":
        """Those rows only."""
        begins = np.concatenate(([0], self.upto[:-1])) if len(self) else self.upto
        sizes = (self.upto - begins)[wanted]
        inside = np.repeat(wanted, self.upto - begins)
        return Buckets(
            self.series[wanted], self.start[wanted], self.count[wanted], self.sum[wanted], self.min[wanted],
            self.max[wanted], self.last[wanted], self.last_at[wanted], np.cumsum(sizes), self.bins[inside],
            self.weights[inside],
        )  # fmt: skip

    def sketch(self, row: int) -> tuple[NDArray[np.int32], Whole]:
        """(bins, weights) of one row; one bin for values that are all alike."""
        begin, end = (int(self.upto[row - 1]) if row else 0), int(self.upto[row])
        return self.bins[begin:end], self.weights[begin:end]


def empty() -> Buckets:
    whole, floats = np.zeros(0, np.int64), np.zeros(0)
    return Buckets(
        whole, whole, whole, floats, floats, floats, floats, whole, whole, np.zeros(0, np.int32), whole
    )  # fmt: skip
