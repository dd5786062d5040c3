"""What another threshold would have found: the last days of stored observations judged again, each against a baseline
that has not seen it.

The answer comes before the change. It is that of the baseline as it stands now, not as it grew; observations older than
the weeks that are kept, holidays and gaps are not in it.
"""

import msgspec
import numpy as np

from data.times import DAY, HOUR
from engine.detect.baselines.metrics import METRICS
from engine.detect.baselines.rings import WEEKS, Numbers
from engine.detect.baselines.room import Baselines
from engine.detect.baselines.thresholds import GRAIN, LEAST, MOST, Judged, judged
from engine.detect.baselines.usual import NONE, expect
from engine.detect.baselines.weighing import weighed

DAYS = 30


class Count(msgspec.Struct):
    """At one threshold: `findings` are runs of hours that deviate the same way, `hours` all of those; of what people
    judged, how many false and confirmed ones would still be found, and the share of the false."""

    threshold: float
    findings: int
    hours: int
    false_kept: int
    confirmed_kept: int
    false_rate: float | None


class Simulation(msgspec.Struct):
    site: str
    metric: str
    days: int
    observations: int
    judged: int
    now: Count
    then: Count
    advice: str


def simulate(room: Baselines, site: str, metric: int, threshold: float, now: int, days: int = DAYS) -> Simulation:
    """What `threshold` would have found in the last days, beside that of now. Changes nothing."""
    far = distances(room, site, metric, now, days)
    said = judged(room.episodes.judged(site, metric, now - days * DAY))
    held = room.threshold(site, metric)
    here, there = _count(far, said, held), _count(far, said, threshold)
    return Simulation(
        site,
        METRICS[metric].name,
        days,
        len(far),
        said.count,
        here,
        there,
        _advice(here, there, said, room.settings(site).target_false),
    )


def searched(room: Baselines, site: str, metric: int, target: float, now: int, days: int = DAYS) -> float:
    """The lowest threshold within bounds at which at most `target` of what was judged and is still found is false."""
    said = judged(room.episodes.judged(site, metric, now - days * DAY))
    steps = round((MOST - LEAST) / GRAIN)
    for step in range(steps + 1):
        threshold = LEAST + step * GRAIN
        if said.false_rate(threshold) <= target:
            return threshold
    return MOST


def distances(room: Baselines, site: str, metric: int, now: int, days: int) -> list[float]:
    """Distances of the hours of the last days, oldest first, as the detector weighs them; an hour of which nothing is
    kept or usual ends a run (NaN)."""
    row = room.rings.rows.get(site)
    if row is None:
        return []
    newest = now - now % HOUR - HOUR
    before: Numbers = np.full((1, len(METRICS)), np.nan, np.float32)
    found: list[float] = []
    for start in range(newest - min(days * DAY, WEEKS * 7 * DAY) + HOUR, newest + 1, HOUR):
        apart = _apart(room, row, site, start)
        if apart is not None:
            found.append(float(weighed(apart, before, room.settings(site).alone)[0, metric]))
            before = apart
        else:
            before = np.full((1, len(METRICS)), np.nan, np.float32)
    return found


def _apart(room: Baselines, row: int, site: str, start: int) -> Numbers | None:
    """One stored hour against a baseline without it; None where nothing is stored."""
    slot = room.moments.slot(site, start)
    if not room.rings.holds(row, slot.hour, slot.week):
        return None
    cell = room.rings.values[row, :, slot.hour, slot.week % WEEKS]
    kept = cell.copy()
    if np.isnan(kept).all():
        return None
    cell[:] = np.nan
    usual = expect(room.rings, np.array([row], np.intp), np.array([slot.hour], np.intp), room.places.config.baselines)
    cell[:] = kept
    values = np.where(kept < 0, -1 - kept, kept).astype(np.float32)[None]
    return np.where(usual.basis == NONE, np.float32(np.nan), usual.distance(values))


def _count(far: list[float], said: Judged, threshold: float) -> Count:
    findings = hours = run = 0
    for distance in far:
        way = (distance >= threshold) - (distance <= -threshold)
        findings += way != 0 and way != run
        hours += way != 0
        run = way
    false = sum(each >= threshold for each in said.false)
    confirmed = sum(each >= threshold for each in said.confirmed)
    return Count(threshold, findings, hours, false, confirmed, said.false_rate(threshold) if said.count else None)


def _advice(now: Count, then: Count, said: Judged, target: float) -> str:
    fewer = now.findings - then.findings
    words = f"{abs(fewer)} findings {'fewer' if fewer >= 0 else 'more'}"
    if not said.count:
        return f"{words}; nobody has judged any, so nothing tells whether they were needed"
    lost = now.confirmed_kept - then.confirmed_kept
    if lost > 0:
        return f"{words}, but {lost} that people confirmed would be lost"
    if then.false_rate is not None and then.false_rate <= target:
        return f"{words}; of those judged and still found {then.false_rate:.0%} were false: a good value"
    return f"{words}; of those judged and still found {then.false_rate or 0:.0%} were false"
