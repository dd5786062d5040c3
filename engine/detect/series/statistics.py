"""The statistics of a series that are watched, at one sample each of many series."""

import numpy as np
from numpy.typing import NDArray

from data.times import DAY
from engine.detect.series.layout import (
    BASE,
    BINS,
    COUNT,
    DETECTORS,
    FAST,
    MEAN,
    SLOW,
    STATS,
    STEP,
    STEPS,
    TIME,
    VALUE,
    Figures,
)

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
_RATE = DETECTORS.index("rate")
_SHORTEST = 1_000.0  # microseconds; between samples of one moment there is no rate


class Day:
    """What a series is like at a time of day, over its own base level: 48 half hours of UTC."""

    def __init__(self, size: int) -> None:
        self.level = np.zeros((size, BINS))
        self.count = np.zeros((size, BINS))

    def residual(self, rows: Whole, times: Whole, over: Floats, otherwise: Floats) -> Floats:
        """What `over` (value less base level) has beyond the usual of this time of day, `otherwise` where there is
        nothing usual yet; then learns."""
        bins = times % DAY // (DAY // BINS)
        level, count = self.level[rows, bins], self.count[rows, bins]
        residual = np.where(count > 0.0, over - level, otherwise)
        self.level[rows, bins] = level + np.maximum(0.05, 1.0 / (count + 1.0)) * (over - level)
        self.count[rows, bins] = np.minimum(count + 1.0, 1e6)
        return residual


def follow(average: Floats, value: Floats, count: Floats, span: float) -> None:
    """Moves exponential averages in place; young ones are plain means."""
    average += np.maximum(2.0 / (span + 1.0), 1.0 / (count + 1.0)) * (value - average)


def statistics(state: Floats, rows: Whole, times: Whole, values: Floats, day: Day, figures: Figures) -> Floats:
    """(statistics, n) in the order of DETECTORS; moves the averages in `state` (HEIGHT, n) on."""
    count = state[COUNT]
    first = count == 0.0
    for row in (VALUE, FAST, SLOW, BASE):
        state[row][first] = values[first]
    moved = np.abs(values - state[VALUE])
    before = state[FAST].copy()
    stats = np.empty((STATS, len(values)))
    stats[0] = values
    stats[1] = day.residual(rows, times, values - state[BASE], values - before)
    follow(state[FAST], values, count, figures.fast)
    follow(state[SLOW], values, count, figures.slow)
    follow(state[BASE], values, count, figures.base)
    stats[2] = state[FAST] - state[SLOW]
    follow(state[STEP], moved, count, figures.fast)
    follow(state[STEPS], moved, count, figures.memory)
    stats[3] = np.log(state[STEP] + 0.01 * state[STEPS] + 1e-9 * np.abs(state[BASE]) + 1e-300)
    passed = times - state[TIME]
    usual = state[MEAN][_RATE]
    stats[4] = np.where((passed >= _SHORTEST) & ~first, np.log(np.maximum(passed, _SHORTEST)), usual)
    state[TIME] = times
    state[VALUE] = values
    return stats
