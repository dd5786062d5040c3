"""Baselines in rows: what is usual at a moment, and the thresholds that hold."""

import msgspec
import numpy as np

from data.times import DAY, HOUR
from engine.detect.baselines.metrics import METRICS
from engine.detect.baselines.room import Baselines
from engine.detect.baselines.thresholds import judged
from engine.detect.baselines.usual import NONE, WORDS, expect


class BaselineRow(msgspec.Struct):
    """`usual`, `low` and `high` in units of the metric, None while nothing is known; `judged` counts people's verdicts
    of the last days, `false_rate` the share of the false among them."""

    site: str
    metric: str
    hour_of_week: int
    usual: float | None
    low: float | None
    high: float | None
    samples: int
    rests_on: str
    threshold: float
    judged: int
    false_rate: float | None


def rows(room: Baselines, site: str | None, now: int) -> list[BaselineRow]:
    """One row for each metric of the site, or of all; for the hour in which `now` lies."""
    found: list[BaselineRow] = []
    for name in sorted(room.rings.rows) if site is None else [site] if site in room.rings.rows else []:
        slot = room.moments.slot(name, now - now % HOUR)
        row, hour = np.array([room.rings.rows[name]], np.intp), np.array([slot.hour], np.intp)
        usual = expect(room.rings, row, hour, room.places.config.baselines)
        for place, metric in enumerate(METRICS):
            threshold, settings = room.threshold(name, place), room.settings(name)
            known = usual.basis[0, place] != NONE
            span = (
                [round(metric.unit * each, 1) for each in usual.between(0, place, threshold)] if known else [None] * 3
            )
            said = judged(room.episodes.judged(name, place, now - settings.verdict_days * DAY))
            found.append(
                BaselineRow(
                    name,
                    metric.name,
                    slot.hour,
                    span[0],
                    span[1],
                    span[2],
                    int(usual.samples[0, place]),
                    WORDS[usual.basis[0, place]],
                    threshold,
                    said.count,
                    len(said.false) / said.count if said.count else None,
                )
            )
    return found
