"""Sensors that lie: stuck at a value, jumping to absurd ones, or gone to another level for good."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.detect.series.layout import (
    BASE,
    COUNT,
    EXCESS,
    FAR,
    FAR_USUAL,
    FAR_VALUES,
    FIRST,
    HITS,
    JUMPS,
    LIMIT,
    LONGEST,
    MEAN,
    OUT,
    RUN,
    STATS,
    TIME,
    VALUE,
    VARIANCE,
    Figures,
)
from engine.detect.series.tail import Tails
from engine.detect.series.units import unit_change

Floats = NDArray[np.float64]
STUCK: Final = 1  # bits
ERRATIC: Final = 2
UNIT: Final = 2  # from this bit on: number of the change of unit (`units.CHANGES`) + 1, when that has just become clear


def faults(state: Floats, times: NDArray[np.int64], values: Floats, figures: Figures) -> NDArray[np.int64]:
    """What is wrong with the sensor at each sample, as bits; runs before the sample is learned from."""
    count = state[COUNT]
    first = count == 0.0
    state[FIRST][first] = times[first]
    found = np.where(_stuck(state, values, figures), STUCK, 0)
    deviation = np.maximum(np.sqrt(state[VARIANCE][0]), np.abs(state[BASE]) * 1e-3)
    mean = state[MEAN][0]
    z = np.clip((values - mean) / np.maximum(deviation, 1e-300), -1e6, 1e6)
    known = count >= 2.0 * figures.warm
    far = np.where(known & (np.abs(z) >= figures.far), np.sign(z), 0.0)
    before = state[FAR]
    leapt = (np.abs(z) >= figures.absurd) & known & (before == 0.0)
    state[JUMPS] = state[JUMPS] * 0.99 + leapt
    state[FAR] = np.where(far == 0.0, 0.0, np.where(far * before > 0.0, before + far, far))
    found |= np.where(state[JUMPS] >= figures.jumps, ERRATIC, 0)
    return found


def moved(state: Floats, values: Floats, usual: Floats, figures: Figures) -> NDArray[np.int64]:
    """Bits for series that have just moved to what looks like another unit: judged once, by the mean of the samples
    far out against what was usual at their times."""
    far = np.abs(state[FAR])
    for row, added in ((FAR_VALUES, values), (FAR_USUAL, usual)):
        state[row] = np.where(far <= 1.0, 0.0, state[row]) + np.where(far > 0.0, added, 0.0)
    found = np.zeros(len(values), np.int64)
    for at in np.flatnonzero(far == figures.moved).tolist():
        change = unit_change(float(state[FAR_USUAL, at]) / figures.moved, float(state[FAR_VALUES, at]) / figures.moved)
        found[at] = 0 if change is None else (change + 1) << UNIT
    return found


def _stuck(state: Floats, values: Floats, figures: Figures) -> NDArray[np.bool_]:
    run, longest = state[RUN], state[LONGEST]
    same = (values == state[VALUE]) & (state[COUNT] > 0.0)
    ended = ~same
    stuck_before = _lasts(state, run, longest, figures)
    # A run that was a fault does not make the next one normal.
    state[LONGEST] = np.where(ended & ~stuck_before, np.maximum(longest, run), longest)
    state[RUN] = np.where(same, run + 1.0, 0.0)
    return _lasts(state, state[RUN], state[LONGEST], figures)


def _lasts(state: Floats, run: Floats, longest: Floats, figures: Figures) -> NDArray[np.bool_]:
    enough = np.maximum(figures.stuck, figures.stuck_times * (longest + 1.0))
    known = (state[TIME] - state[FIRST] >= figures.known) & (state[COUNT] - run >= 4.0 * figures.warm)
    lasts: NDArray[np.bool_] = (run >= enough) & known
    return lasts


def absorb(state: Floats, values: Floats, tails: Tails, rows: NDArray[np.int64], figures: Figures) -> None:
    """What lies outside the limits on one side for long is the new normal: the distribution is learned anew."""
    mean, deviation = state[MEAN][0], np.sqrt(state[VARIANCE][0])
    above = values > mean + state[LIMIT][0] * deviation
    below = values < mean - state[LIMIT][STATS] * deviation
    side = above.astype(np.float64) - below
    out = state[OUT]
    state[OUT] = np.where(side == 0.0, out * 0.9, np.where(side * out >= 0.0, out + side, side))
    new = np.abs(state[OUT]) >= figures.absorb
    if not new.any():
        return
    for side in (0, STATS):
        state[LIMIT][side][new] = figures.limit
        tails.shapes[EXCESS, side, rows[new]] = figures.excess
        tails.shapes[HITS, side, rows[new]] = figures.prior
    state[MEAN][0][new] = state[BASE][new]
    state[OUT][new] = 0.0
