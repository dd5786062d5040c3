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
    SIDES,
    STATS,
    STEPS_OF_SIZE,
    VARIANCE,
    Figures,
)

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
YOUNG = 20.0  # samples before limits mean anything
_LN10 = float(np.log(10.0))


class Tails:
    """What is kept of the tails of each series: how far they go, and when they last went so far."""

    def __init__(self, size: int, figures: Figures) -> None:
        self.figures = figures
        self.shapes = np.empty((2, SIDES, size))  # mean excess over the limit, number of excesses
        self.seen = np.zeros((size, SIDES, STEPS_OF_SIZE), np.int32)  # count of samples at which it was so far out
        self.forget(slice(None))

    def forget(self, rows: slice | Whole) -> None:
        self.shapes[EXCESS, :, rows] = self.figures.excess
        self.shapes[HITS, :, rows] = self.figures.prior
        self.seen[rows] = 0

    def grow(self, size: int) -> None:
        more = Tails(size - self.shapes.shape[2], self.figures)
        self.shapes = np.concatenate((self.shapes, more.shapes), axis=2)
        self.seen = np.concatenate((self.seen, more.seen))


class Tail:
    """Surprise of statistics, and what is learned from them."""

    def __init__(self, figures: Figures) -> None:
        self.figures = figures
        self._log_size = float(np.log(figures.size))

    def judge(self, state: Floats, stats: Floats, tails: Tails, rows: Whole) -> Floats:
        """Surprise of each side of each statistic, (2 x statistics, n), 0 within the limits; then learns.

        `state` is the gathered matrix (HEIGHT, n) and is changed in place; so is `tails` at `rows`."""
        count, mean = state[COUNT], state[MEAN]
        deviation = np.sqrt(state[VARIANCE])
        away = stats - mean
        z = away / np.maximum(deviation, _floor(state))
        np.clip(z, -1e6, 1e6, out=z)
        both = np.concatenate((z, -z))
        limit = state[LIMIT]
        beyond = both > limit
        beyond &= count >= YOUNG
        side, at = np.nonzero(beyond)
        surprise = np.zeros_like(both)
        pace = np.where(count < YOUNG, 0.0, np.maximum(self.figures.step, 1.0 / (1.0 + count * 0.05)))
        if len(at):
            out = both[side, at]
            found = self._surprise(count[at], out, out - limit[side, at], tails, side, rows[at])
            surprise[side, at] = found
        limit -= pace * self.figures.tail
        limit[side, at] += pace[at]
        np.maximum(limit, 0.3, out=limit)
        self._learn(state, away, z, deviation)
        return surprise

    def _surprise(self, count: Floats, out: Floats, over: Floats, tails: Tails, side: Whole, row: Whole) -> Floats:
        """Of sides beyond their limits, which are few: `out` deviations from their mean, `over` from their limit. Notes
        that they were so far out, and learns how far they go."""
        figures = self.figures
        size = (np.log(np.maximum(out, 0.1)) / self._log_size).astype(np.int64)
        np.clip(size, 0, STEPS_OF_SIZE - 1, out=size)
        ago = (count - tails.seen[row, side, size]) / np.sqrt(count)
        means, hits = tails.shapes[EXCESS, side, row], tails.shapes[HITS, side, row]
        rarity = np.log1p(figures.heaviness * over / means) / (figures.heaviness * _LN10)
        steps = np.arange(STEPS_OF_SIZE)
        held = tails.seen[row, side]
        tails.seen[row, side] = np.where(steps <= size[:, None], count[:, None].astype(np.int32), held)
        share = 1.0 / (np.minimum(hits, figures.excesses) + 1.0)
        grown = means + share * (np.minimum(over, figures.reach * means) - means)
        tails.shapes[EXCESS, side, row] = np.maximum(grown, 0.05)
        tails.shapes[HITS, side, row] = hits + 1.0
        return np.where(count >= figures.warm, rarity * np.log10(1.0 + ago), 0.0)

    def _learn(self, state: Floats, away: Floats, z: Floats, deviation: Floats) -> None:
        count, figures = state[COUNT], self.figures
        gain = np.maximum(1.0 / (count + 1.0), 1.0 / figures.memory)
        clipped = np.clip(z, -figures.clip, figures.clip) * deviation
        step = np.where((count < YOUNG) | (deviation <= 0.0), away, clipped)
        state[MEAN] += gain * step
        state[VARIANCE] += gain * (step * step * (1.0 - gain) - state[VARIANCE])


def _floor(state: Floats) -> Floats:
    """Deviations below this are rounding, or no steadiness to be proud of: (statistics, n)."""
    floor = np.empty((STATS, state.shape[1]))
    np.maximum(np.abs(state[BASE]) * 1e-9, 1e-300, out=floor[0])
    floor[1:] = floor[0]
    floor[DETECTORS.index("spread")] = 0.05
    floor[DETECTORS.index("rate")] = 0.3
    return floor
