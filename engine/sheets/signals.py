"""The activity signals of sites, hour by hour, with what is usual: from the weeks that baselines keep."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.times import HOUR
from engine.detect.baselines.metrics import METRICS
from engine.detect.baselines.moments import Moments
from engine.detect.baselines.rings import WEEKS
from engine.detect.baselines.room import Baselines
from engine.detect.baselines.usual import NONE, expect

Floats = NDArray[np.float32]


class Hours(NamedTuple):
    """Of one site: `values[hour, metric]` in units of the metric, NaN where nothing was learned; beside them what is
    usual, shaped alike, where that was asked for."""

    values: Floats
    usual: Floats
    low: Floats
    high: Floats


def hours_of(room: Baselines, site: str, starts: Sequence[int], usual_from: int = 0) -> Hours | None:
    """The hours that begin at `starts`; what is usual is told from the place `usual_from` on. None for a site without a
    baseline. It only looks, so that it may run beside the engine."""
    row = room.rings.rows.get(site)
    if row is None or row >= len(room.rings.values) or not starts:
        return None
    units = np.array([metric.unit for metric in METRICS], np.float32)
    moments = Moments(room.registry, dict)  # one of our own: it remembers the hour that was asked for last
    slots = [moments.slot(site, start) for start in starts]
    rings = room.rings
    kept, last = rings.values[row], rings.last[row]
    values = np.full((len(starts), len(METRICS)), np.nan, np.float32)
    for place, slot in enumerate(slots):
        if last[slot.hour] - WEEKS < slot.week <= last[slot.hour]:
            values[place] = kept[:, slot.hour, slot.week % WEEKS]
    values = np.where(values < 0, -1 - values, values) * units
    usual, low, high = (np.full(values.shape, np.nan, np.float32) for _ in range(3))
    asked = sorted({slot.hour for slot in slots[usual_from:]})
    if not asked:
        return Hours(values, usual, low, high)
    found = expect(
        rings, np.full(len(asked), row, np.intp), np.array(asked, np.intp), room.places.config.baselines
    )  # fmt: skip
    thresholds = [room.threshold(site, metric) for metric in range(len(METRICS))]
    told = {}
    for at, hour in enumerate(asked):
        told[hour] = [
            found.between(at, metric, thresholds[metric]) if found.basis[at, metric] != NONE else (np.nan,) * 3
            for metric in range(len(METRICS))
        ]
    for place in range(usual_from, len(starts)):
        usual[place], low[place], high[place] = np.array(told[slots[place].hour], np.float32).T * units
    return Hours(values, usual, low, high)


def last_hours(now: int, many: int) -> list[int]:
    """The starts of the newest hours that are over."""
    end = now // HOUR * HOUR
    return [end - back * HOUR for back in range(many, 0, -1)]
