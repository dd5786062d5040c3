"""An hour together with the one before it.

What came a little late or early evens out, and an hour alone must be further from what is usual than two in a row.
Neighbouring hours have the same people, so their deviations are correlated; by about 0.4 in simulated operations.
"""

import numpy as np

from engine.detect.baselines.rings import Numbers

_PAIR = np.float32(np.sqrt(2 * (1 + 0.4)))  # the spread of the sum of two such hours


def weighed(apart: Numbers, before: Numbers, alone: float) -> Numbers:
    """Distances that are held against the threshold: of both hours or, counted `alone` times, of this one, whichever is
    further. NaN where this one is unknown; an unknown `before` leaves it alone. The hour before counts at most half as
    much again as this one, and the other way at most as much: what was far off an hour ago makes a normal hour none."""
    single = np.float32(alone) * apart
    most = np.where(before * apart > 0, np.float32(1.5), np.float32(1)) * np.abs(apart)
    both = (apart + np.clip(before, -most, most)) / _PAIR
    return np.where(np.abs(both) > np.abs(single), both, single)
