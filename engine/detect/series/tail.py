"""How surprising is a number, given all that came before? Peaks over a moving threshold, for many series at once.

Each statistic of a series is standardised by its own mean and deviation; a limit follows the quantile that `tail` of
the samples exceed, and the mean excess over it gives the shape of what lies beyond (SPOT: Siffer et al., KDD 2017,
with the shape parameter fixed and moments kept exponentially, so that memory and work are constant). The surprise is
the order of magnitude of the probability of the excess, times how long ago the series was last so far out: what
happens every day is no news.
"""

import numpy as np
from numpy.typing import NDArray

from engine.detect.series.layout import (
    BASE,
    COUNT,
    DETECTORS,
    EXCESS,
    HITS,
    LIMIT,
    MEAN,
    STATS,
    STEPS_OF_SIZE,
    VARIANCE,
    Figures,
)

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
_LN10 = float(np.log(10.0))


class Tail:
    """Surprise of statistics, and what is learned from them. `seen` is the count at which a series was last so far out:
    (series, side, step of size)."""

    def __init__(self, figures: Figures) -> None:
        self.figures = figures
        self._log_size = float(np.log(figures.size))

    def judge(self, state: Floats, stats: Floats, seen: NDArray[np.int32], rows: Whole) -> Floats:
        """Surprise of each side of each statistic, (2 x statistics, n), 0 within the limits; then learns.

        `state` is the gathered matrix (HEIGHT, n) and is changed in place; so is `seen` at `rows`."""
        count = state[COUNT]
        mean, variance = state[MEAN], state[VARIANCE]
        deviation = np.sqrt(variance)
        away = stats - mean
        z = away / np.maximum(deviation, _floor(state))
        np.clip(z, -1e6, 1e6, out=z)
        both = np.concatenate((z, -z))
        excess = both - state[LIMIT]
        beyond = excess > 0.0
        beyond &= count >= 20.0
        surprise = np.zeros_like(both)
        if beyond.any():
            self._surprise(state, both, excess, beyond, surprise, seen, rows)
        self._learn(state, away, z, deviation, excess, beyond)
        return surprise

    def _surprise(
        self,
        state: Floats,
        both: Floats,
        excess: Floats,
        beyond: NDArray[np.bool_],
        surprise: Floats,
        seen: NDArray[np.int32],
        rows: Whole,
    ) -> None:
        """Fills in the surprise of those beyond their limits, which are few, and notes that they were so far out."""
        figures = self.figures
        side, at = np.nonzero(beyond)
        count = state[COUNT][at]
        means = state[EXCESS][side, at]
        over = excess[side, at]
        size = (np.log(np.maximum(both[side, at], 0.1)) / self._log_size).astype(np.int64)
        np.clip(size, 0, STEPS_OF_SIZE - 1, out=size)
        row = rows[at]
        last = seen[row, side, size]
        ago = (count - last) / np.sqrt(np.maximum(count, 1.0))
        rarity = np.log1p(figures.heaviness * over / means) / (figures.heaviness * _LN10)
        surprise[side, at] = np.where(count >= figures.warm, rarity * np.log10(1.0 + ago), 0.0)
        steps = np.arange(STEPS_OF_SIZE)
        table = seen[row, side]
        seen[row, side] = np.where(steps <= size[:, None], count[:, None].astype(np.int32), table)

    def _learn(
        self,
        state: Floats,
        away: Floats,
        z: Floats,
        deviation: Floats,
        excess: Floats,
        beyond: NDArray[np.bool_],
    ) -> None:
        figures = self.figures
        count = state[COUNT]
        young = count < 20.0
        gain = np.maximum(1.0 / (count + 1.0), 1.0 / figures.memory)
        clipped = np.clip(z, -figures.clip, figures.clip) * deviation
        step = np.where(young | (deviation <= 0.0), away, clipped)
        state[MEAN] += gain * step
        state[VARIANCE] += gain * (step * step * (1.0 - gain) - state[VARIANCE])
        pace = np.where(young, 0.0, np.maximum(figures.step, 1.0 / (1.0 + count * 0.05)))
        limit = state[LIMIT]
        limit += pace * np.where(beyond, 1.0 - figures.tail, -figures.tail)
        np.maximum(limit, 0.3, out=limit)
        if beyond.any():
            means, hits = state[EXCESS], state[HITS]
            share = 1.0 / (np.minimum(hits, figures.excesses) + 1.0)
            grown = np.maximum(means + share * (np.minimum(excess, 10.0 * means) - means), 0.05)
            means[beyond] = grown[beyond]
            hits += beyond


def _floor(state: Floats) -> Floats:
    """Deviations below this are rounding, or no steadiness to be proud of: (statistics, n)."""
    floor = np.empty((STATS, state.shape[1]))
    np.maximum(np.abs(state[BASE]) * 1e-9, 1e-300, out=floor[0])
    floor[1:] = floor[0]
    floor[DETECTORS.index("spread")] = 0.05
    floor[DETECTORS.index("rate")] = 0.3
    return floor
