"""Many series at once: what is known of each, and what a batch of their samples is worth."""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.detect.series.faults import absorb, faults, moved
from engine.detect.series.fusion import Verdict, fuse
from engine.detect.series.layout import (
    BINS,
    COUNT,
    FIGURES,
    HEIGHT,
    LIMIT,
    SIDES,
    STEPS_OF_SIZE,
    THRESHOLD,
    Figures,
)
from engine.detect.series.statistics import Day, statistics
from engine.detect.series.tail import Tail, Tails

BLOCK = 2_048  # series worked on at once
Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


class Scores(NamedTuple):
    """One entry a sample. `score` 0-1 is news (an anomaly from THRESHOLD on), `strength` how far out the series is now,
    told before or not; `side` is the strongest side (number of the detector,
    STATS more if it looks down), -1 without any; `usual` is what the
    value was expected to be."""

    score: Floats
    strength: Floats
    side: Whole
    usual: Floats
    fault: Whole  # bits of `faults`

    @property
    def anomalous(self) -> NDArray[np.bool_]:
        return self.score >= THRESHOLD


class _State(msgspec.Struct):
    size: int
    numbers: bytes
    shapes: bytes
    seen: bytes
    level: bytes
    count: bytes


class Bank:
    """Statistics of series by row number, 0 to `size` - 1. Constant memory a row: about 3 KB."""

    def __init__(self, size: int = 0, figures: Figures = FIGURES) -> None:
        self.size = size
        self.figures = figures
        self.tail = Tail(figures)
        self.numbers = self._fresh(size)
        self.tails = Tails(size, figures)
        self.day = Day(size)

    def _fresh(self, size: int) -> Floats:
        numbers = np.zeros((HEIGHT, size))
        numbers[LIMIT] = self.figures.limit
        return numbers

    def grow(self, size: int) -> None:
        """Room for `size` series; those that are there keep their rows."""
        more = size - self.size
        if more <= 0:
            return
        self.size = size
        self.numbers = np.concatenate((self.numbers, self._fresh(more)), axis=1)
        self.tails.grow(size)
        self.day.level = np.concatenate((self.day.level, np.zeros((more, BINS))))
        self.day.count = np.concatenate((self.day.count, np.zeros((more, BINS), np.uint8)))

    def forget(self, row: int) -> None:
        """The row begins anew, for another series."""
        self.numbers[:, row : row + 1] = self._fresh(1)
        self.tails.forget(slice(row, row + 1))
        self.day.level[row] = 0
        self.day.count[row] = 0

    def score(self, rows: Whole, times: Whole, values: Floats) -> Scores:
        """Takes samples in their order: row, time in microseconds, value. A value that is no finite number changes
        nothing and scores 0. The same as giving the samples one by one, bit for bit."""
        n = len(rows)
        found = Scores(np.zeros(n), np.zeros(n), np.full(n, -1), np.full(n, np.nan), np.zeros(n, np.int64))
        wanted = np.flatnonzero(np.isfinite(values))
        for wave in _blocks(_waves(rows, wanted)):
            verdict, fault = self._wave(rows[wave], times[wave], values[wave])
            found.fault[wave] = fault
            found.score[wave] = verdict.score
            found.strength[wave] = verdict.strength
            found.side[wave] = verdict.side
            found.usual[wave] = verdict.usual
        return found

    def _wave(self, rows: Whole, times: Whole, values: Floats) -> tuple[Verdict, Whole]:
        """One sample each of different series. Values beyond what squares can hold are taken for the largest."""
        values = np.clip(values, -1e100, 1e100)
        state = self.numbers[:, rows]
        with np.errstate(over="ignore"):  # a ratio beyond all numbers is cut off where it matters
            fault = faults(state, times, values, self.figures)
            absorb(state, values, self.tails, rows, self.figures)
            stats = statistics(state, rows, times, values, self.day, self.figures)
            fault |= moved(state, values, values - stats[1], self.figures)
            surprise = self.tail.judge(state, stats, self.tails, rows)
            verdict = fuse(state, surprise, values, stats, self.figures)
        state[COUNT] += 1.0
        self.numbers[:, rows] = state
        return verdict, fault

    def dump(self) -> bytes:
        day = self.day
        parts = (self.numbers, self.tails.shapes, self.tails.seen, day.level, day.count)
        return msgspec.msgpack.encode(_State(self.size, *(part.tobytes() for part in parts)))

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        n = self.size = state.size
        self.numbers = np.frombuffer(state.numbers).reshape(HEIGHT, n).copy()
        self.tails.shapes = np.frombuffer(state.shapes).reshape(2, SIDES, n).copy()
        self.tails.seen = np.frombuffer(state.seen, np.int32).reshape(n, SIDES, STEPS_OF_SIZE).copy()
        self.day.level = np.frombuffer(state.level).reshape(n, BINS).copy()
        self.day.count = np.frombuffer(state.count, np.uint8).reshape(n, BINS).copy()


def _blocks(waves: list[Whole]) -> Iterator[Whole]:
    """Waves in parts whose arrays stay in the processor's cache."""
    for wave in waves:
        for start in range(0, len(wave), BLOCK):
            yield wave[start : start + BLOCK]


def _waves(rows: Whole, wanted: Whole) -> list[Whole]:
    """Positions in `wanted` grouped so that no row occurs twice in a group, the first samples of all series first."""
    if not len(wanted):
        return []
    order = wanted[np.argsort(rows[wanted], kind="stable")]
    sorted_rows = rows[order]
    new = np.concatenate(([True], sorted_rows[1:] != sorted_rows[:-1]))
    if new.all():
        return [wanted]
    starts = np.flatnonzero(new)
    place = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    by_place = np.argsort(place, kind="stable")
    return np.split(order[by_place], np.cumsum(np.bincount(place))[:-1])
