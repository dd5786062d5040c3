"""Quantiles that add up: DDSketch (Masson, Rim, Lee 2019, https://arxiv.org/abs/1908.10693).

A value falls into a bin whose borders grow by a factor; counts of bins are all that is kept, so sketches merge by
adding, in any order, to the same result. A quantile is off by at most `ACCURACY` of its value.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

ACCURACY: Final = 0.01
GAMMA: Final = (1 + ACCURACY) / (1 - ACCURACY)
_LOG: Final = float(np.log(GAMMA))
_ZERO: Final = 1e-12  # nearer to zero than this is zero
_SHIFT: Final = 100_000  # keeps the numbers of bins of positive values positive

Floats = NDArray[np.float64]
Keys = NDArray[np.int32]


def keys_of(values: Floats) -> Keys:
    """The number of each value's bin: in the order of values, 0 for zero, negative for negative ones."""
    size = np.abs(values)
    small = size < _ZERO
    place = np.ceil(np.log(np.where(small, 1.0, size)) / _LOG).astype(np.int64) + _SHIFT
    return np.where(small, 0, np.where(values < 0, -place, place)).astype(np.int32)


def values_of(keys: Keys) -> Floats:
    """The middle of each bin."""
    place = np.abs(keys).astype(np.float64) - _SHIFT
    with np.errstate(over="ignore"):  # the middle of the last bin lies beyond all numbers; quantiles are bounded anyway
        size = 2.0 * np.exp(place * _LOG) / (GAMMA + 1.0)
    return np.where(keys == 0, 0.0, np.where(keys < 0, -size, size))


def quantiles(
    upto: NDArray[np.int64], keys: Keys, counts: NDArray[np.int64], share: float, low: Floats, high: Floats
) -> Floats:
    """One for each sketch: that of row i are the bins (sorted by key) from `upto[i - 1]` to `upto[i]`, and its values
    lie in [`low[i]`, `high[i]`]. `low[i]` where there are none."""
    found = low.copy()
    begins = np.concatenate(([0], upto[:-1])).astype(np.int64)
    rows = np.flatnonzero(upto > begins)
    if not len(rows):
        return found
    seen = np.cumsum(counts)
    before = np.where(begins[rows] > 0, seen[begins[rows] - 1], 0)
    rank = np.floor(share * (seen[upto[rows] - 1] - before - 1)).astype(np.int64)
    place = np.searchsorted(seen, before + rank, side="right")
    found[rows] = np.minimum(high[rows], np.maximum(low[rows], values_of(keys[place])))
    return found
