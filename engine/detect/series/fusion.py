"""One score of all detectors: 0-1, comparable between series, high when something is new."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.detect.series.layout import BASE, SIDES, STATS, TOLD, Figures

Floats = NDArray[np.float64]
# How much the surprise of a detector counts, in their order; both sides of each alike.
WEIGHTS = (1.0, 1.0, 1.0, 0.3, 0.3)


class Verdict(NamedTuple):
    """As `Scores` of the bank."""

    score: Floats
    strength: Floats
    side: NDArray[np.int64]
    usual: Floats


def fuse(state: Floats, surprise: Floats, values: Floats, stats: Floats, figures: Figures) -> Verdict:
    """The surprises together (their norm of order four: the strongest counts most, others that agree add), and what of
    it is news: less than was told lately is none, and what was told fades."""
    n = surprise.shape[1]
    told = state[TOLD]
    fade = float(np.exp(-1.0 / figures.told))
    side = np.full(n, -1)
    usual = np.where(np.isfinite(stats[1]), values - stats[1], state[BASE])
    if not surprise.any():
        told *= fade
        return Verdict(np.zeros(n), np.zeros(n), side, usual)
    total, strongest = np.zeros(n), np.zeros(n)
    for each in range(SIDES):
        weighed = surprise[each] * WEIGHTS[each % STATS]
        total += weighed * weighed * weighed * weighed
        above = weighed > strongest
        strongest = np.where(above, weighed, strongest)
        side = np.where(above, each, side)
    strength = np.sqrt(np.sqrt(total))
    news = strength > told
    state[TOLD] = np.where(news, strength, told * fade)
    heard = np.where(news, strength, strength * figures.damp)
    return Verdict(heard / (heard + figures.half), strength, side, usual)
