"""The statistics of a series that are watched, at one sample each of many series."""

import numpy as np
from numpy.typing import NDArray

from data.times import DAY
from engine.detect.series.layout import (
    BASE,
    BINS,
    COUNT,
    DETECTORS,
    FAR,
    FAST,
    GAP,
    MEAN,
    SLOW,
    STATS,
    STEP,
    STEPS,
    TIME,
    VALUE,
    VARIANCE,
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
        self.count = np.zeros((size, BINS), np.uint8)

    def residual(self, rows: Whole, times: Whole, over: Floats, otherwise: Floats, learned: Floats) -> Floats:
        """What `over` (value less base level) has beyond the usual of this time of day, `otherwise` where there is
        nothing usual yet; then learns from `learned`, which is `over` or NaN to learn nothing."""
        bins = times % DAY // (DAY // BINS)
        level = self.level[rows, bins]
        count = self.count[rows, bins].astype(np.float64)
        residual = np.where(count > 0.0, over - level, otherwise)
        known = np.isfinite(learned)
        step = np.where(known, learned - level, 0.0)
        self.level[rows, bins] = level + np.maximum(0.05, 1.0 / (count + 1.0)) * step
        self.count[rows, bins] = np.minimum(count + known, 255.0)
        return residual


def follow(average: Floats, value: Floats, count: Floats, span: float) -> None:
    """Moves exponential averages in place; young ones are plain means."""
    average += np.maximum(2.0 / (span + 1.0), 1.0 / (count + 1.0)) * (value - average)


def _tame(state: Floats, values: Floats, figures: Figures) -> Floats:
    """The value that averages take: one absurd number must not ruin them for weeks."""
    mean = state[MEAN][0]
    reach = 20.0 * np.maximum(np.sqrt(state[VARIANCE][0]), np.abs(mean) * 1e-3)
    return np.where(state[COUNT] < figures.warm, values, np.clip(values, mean - reach, mean + reach))


def _leaping(state: Floats, figures: Figures) -> NDArray[np.bool_]:
    """While a leap may be one for good or not, the base level and the day learn nothing of it."""
    far = np.abs(state[FAR])
    leaping: NDArray[np.bool_] = (far > 0.0) & (far <= figures.moved)
    return leaping


def statistics(state: Floats, rows: Whole, times: Whole, values: Floats, day: Day, figures: Figures) -> Floats:
    """(statistics, n) in the order of DETECTORS; moves the averages in `state` (HEIGHT, n) on."""
    count = state[COUNT]
    first = count == 0.0
    for row in (VALUE, FAST, SLOW, BASE):
        state[row][first] = values[first]
    tame = _tame(state, values, figures)
    moved = np.abs(tame - state[VALUE])
    before = state[FAST].copy()
    stats = np.empty((STATS, len(values)))
    stats[0] = values
    leaping = _leaping(state, figures)
    base = state[BASE].copy()
    learned = np.where(leaping, np.nan, tame - base)
    stats[1] = day.residual(rows, times, values - base, values - before, learned)
    follow(state[FAST], tame, count, figures.fast)
    follow(state[SLOW], tame, count, figures.slow)
    follow(state[BASE], np.where(leaping, base, tame), count, figures.base)
    stats[2] = state[FAST] - state[SLOW]
    follow(state[STEP], moved, count, figures.fast)
    follow(state[STEPS], moved, count, figures.memory)
    stats[3] = np.log(state[STEP] + 0.01 * state[STEPS] + 1e-9 * np.abs(state[BASE]) + 1e-300)
    passed = times - state[TIME]
    follow(state[GAP], np.where(first, 0.0, np.maximum(passed, 0)), count, figures.slow)
    usual = state[MEAN][_RATE]
    stats[4] = np.where((passed >= _SHORTEST) & ~first, np.log(np.maximum(passed, _SHORTEST)), usual)
    state[TIME] = times
    state[VALUE] = values
    return stats
