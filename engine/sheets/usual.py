"""What is usual of a metric, worked out when it is asked for: what the same hours of the last weeks were.

The band lies around the median of these by three times their spread (the median distance from it, as wide as a standard
deviation of an even spread of errors). No model is asked, so it is no verdict: whether a value is an anomaly is decided
by `engine.detect.series`.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.times import DAY, HOUR

WEEK: Final = 7 * DAY
WEEKS: Final = 5
LEAST: Final = 3  # values without which nothing is usual
WIDTH: Final = 3 * 1.4826  # of the median distance: three standard deviations, were it a normal distribution
NARROWEST: Final = 0.01  # of the value: what never changed may do so by this much

Values = tuple[float | None, ...]
Floats = NDArray[np.float64]


def words(step: int) -> str:
    """What the band is, for people."""
    same = "the same days" if step == DAY else "the same hours" if step == HOUR else "least and most of the same hours"
    return f"the median of {same} in the {WEEKS} weeks before, and three times their spread on both sides"


def span(since: int, until: int, step: int) -> tuple[int, int]:
    """What of the past must be known for a chart of [`since`, `until`) in steps of `step` (an hour, or a day)."""
    return since - since % step - WEEKS * WEEK - step, -(-until // step) * step - WEEK + step


def band(past: Values, other: Values, step: int, since: int, until: int) -> tuple[Values, Values]:
    """(low, high) of each step of the chart. `past` and `other` are what there was in `span`, of the figure that bounds
    from below and that from above; None where there is too little of it."""
    begin = since - since % step
    many = (-(-until // step) * step - begin) // step
    low, high = (
        _around(np.array([np.nan if one is None else one for one in told]), many, step) for told in (past, other)
    )
    return _told(low[0] - low[1]), _told(high[0] + high[1])


def _around(told: Floats, many: int, step: int) -> tuple[Floats, Floats]:
    """(median, half of the band's width) of each step: out of those of the same time of the week, and, of hours, the
    one before and the one after."""
    week = WEEK // step
    beside = (-1, 0, 1) if step == HOUR else (0,)
    places = np.array([back * week + near + 1 for back in range(WEEKS) for near in beside])
    grid = np.full((len(places), many), np.nan)
    for row, first in enumerate(places.tolist()):
        part = told[first : first + many]
        grid[row, : len(part)] = part
    known = np.isfinite(grid).sum(axis=0)
    enough = known >= LEAST
    middle, spread = np.full(many, np.nan), np.full(many, np.nan)
    if enough.any():
        seen = grid[:, enough]
        middle[enough] = np.nanmedian(seen, axis=0)
        distance = np.nanmedian(np.abs(seen - middle[enough]), axis=0)
        spread[enough] = np.maximum(WIDTH * distance, NARROWEST * np.abs(middle[enough]))
    return middle, spread


def _told(values: Floats) -> Values:
    return tuple(float(f"{value:.6g}") if value == value else None for value in values.tolist())


def finer(told: Values, step: int, fine: int, skip: int, many: int) -> Values:
    """Each of the values for all the finer steps in it; `skip` of these lie before the chart."""
    each = step // fine
    return tuple(value for value in told for _ in range(each))[skip : skip + many]
