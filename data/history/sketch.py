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


def quantile(keys: Keys, counts: NDArray[np.int64], share: float, low: float, high: float) -> float:
    """Of the values in these bins (sorted by key), which all lie in [`low`, `high`]."""
    if not len(keys):
        return low
    seen = np.cumsum(counts)
    rank = share * (seen[-1] - 1)
    place = int(np.searchsorted(seen, rank, side="right"))
    return float(min(high, max(low, values_of(keys[place : place + 1])[0])))
