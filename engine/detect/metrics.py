"""Anomalies of metrics: the room of detection that feeds numbers to the series detector and tells what it finds.

Samples are gathered for a few minutes and judged together, each series by the mean of what came; when they are judged
depends on the events alone, never on how they were batched. A continuing deviation is one finding that grows and
ends; so is a sensor that lies.
"""

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from math import nan

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.payloads import Metric, Telemetry
from data.references import bare
from data.times import MINUTE, SECOND, parse
from data.wire import Event
from engine.detect.report import Report
from engine.detect.room import Handler
from engine.detect.series.bank import Bank
from engine.detect.series.catalogue import Catalogue, Series
from engine.detect.series.clocks import Clocks
from engine.detect.series.episodes import Episodes
from engine.detect.series.layout import GAP
from engine.registry import Registry
from engine.settings.places import Places

Whole = NDArray[np.int64]
Floats = NDArray[np.float64]

TOGETHER = 2_048  # samples gathered are judged at once
LONGEST = 5 * MINUTE  # and none waits longer
STEADY = 30 * SECOND  # a series that comes no faster has time
_NUMBERS = ("battery_pct", "signal_pct", "temperature_c", "gps_accuracy_m")


class _Waiting(msgspec.Struct):
    """Samples that are not judged yet, in their order."""

    rows: list[int] = []
    times: list[int] = []
    values: list[float] = []
    due: int | None = None


class _State(msgspec.Struct):
    bank: bytes
    catalogue: bytes
    clocks: bytes
    episodes: bytes
    waiting: _Waiting


class MetricSeries:
    """All series of one partition. `wake` tells that a timer was set although nothing is reported."""

    def __init__(self, tenant: str, places: Places, registry: Registry, wake: Callable[[], None]) -> None:
        self.settings = places.at(tenant).series
        self.wake = wake
        self.bank = Bank()
        self.catalogue = Catalogue(self.settings.most)
        self.clocks = Clocks(self.settings.clock_off)
        self.episodes = Episodes(tenant, places, registry, self.catalogue)
        self.waiting = _Waiting()
        self._names: dict[str, bool] = {}  # metric name -> is it watched
        self._series: dict[str, dict[str, Series]] = {}  # device -> metric name -> its series
        self._reports: list[Report] = []  # of the event at hand
        self._due: int | None = None

    def handlers(self) -> Mapping[str, Handler]:
        if not self.settings.enabled:
            return {}
        return {"noc.metric.sampled": self.sampled, "noc.device.telemetry": self.telemetry}

    def due(self) -> int | None:
        return self._due

    def tick(self, now: int) -> list[Report]:
        reports: list[Report] = []
        if self.waiting.due is not None and self.waiting.due <= now:
            reports += self._judge(now)
        if self.episodes.due is not None and self.episodes.due <= now:
            reports += self.episodes.tick(now)
        self._look_ahead()
        return reports

    def dump(self) -> bytes:
        state = _State(self.bank.dump(), self.catalogue.dump(), self.clocks.dump(), self.episodes.dump(), self.waiting)
        return msgspec.msgpack.encode(state)

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        self.bank.load(state.bank)
        self.catalogue.load(state.catalogue)
        self.clocks.load(state.clocks)
        self.episodes.load(state.episodes)
        self.waiting = state.waiting
        self._look_ahead()

    def sampled(self, event: Event) -> list[Report]:
        """A metric: one value, or several with their times."""
        data: Metric = event.data
        if not self._watched(data.name):
            return []
        labels = tuple(sorted((name, str(value)) for name, value in data.labels.items())) if data.labels else ()
        key = Series(data.name, data.entity, bare(data.site), labels)
        row = -1
        for at, value in data.samples or ():
            row = self._take(event, key, parse(at) if isinstance(at, str) else round(at * SECOND), value)
        if data.value is not None:
            row = self._take(event, key, event.time, data.value)
        return self._done(event, row)

    def telemetry(self, event: Event) -> list[Report]:
        """The numbers of a device; those that it leaves out say nothing."""
        data: Telemetry = event.data
        if not data.metrics and not self.settings.telemetry:
            return []
        known = self._series.get(data.device)
        if known is None:
            if len(self._series) > self.settings.most:
                self._series.clear()
            known = self._series[data.device] = {}
        row = -1
        if self.settings.telemetry:
            for name in _NUMBERS:
                value = getattr(data, name)
                if value is not None and self._watched(name):
                    row = self._take(event, known.get(name) or self._named(known, name, data), event.time, value)
        for name, value in data.metrics.items() if data.metrics else ():
            key = known.get(name)
            if key is not None or self._watched(name):
                key = key or self._named(known, name, data)
                row = self._take(event, key, event.time, nan if value is None else value)
        return self._done(event, row)

    def _named(self, known: dict[str, Series], name: str, data: Telemetry) -> Series:
        """The series of a device's figure, made once."""
        found = known[name] = Series(name, f"device/{bare(data.device)}")
        return found

    def _watched(self, name: str) -> bool:
        known = self._names.get(name)
        if known is None:
            if len(self._names) > self.settings.most:
                self._names.clear()
            known = self._names[name] = not any(fnmatchcase(name, pattern) for pattern in self.settings.ignore)
        return known

    def _take(self, event: Event, key: Series, time: int, value: float) -> int:
        """Lets a sample wait; the row of its series. What waits is never of a row that a new series takes: at least
        twice as many series are kept as samples wait."""
        row = self.catalogue.row(key)
        if row >= self.bank.size:
            self.bank.grow(max(64, min(2 * row, self.settings.most)))
        if self.catalogue.replaced:
            self._replace(event.time)
        waiting = self.waiting
        if not waiting.rows:
            waiting.due = self._until(row, event.time)
            if self._due is None or waiting.due < self._due:
                self._due = waiting.due
                self.wake()
        waiting.rows.append(row)
        waiting.times.append(time)
        waiting.values.append(value)
        if len(waiting.rows) >= TOGETHER:
            self._reports += self._judge(event.time)
        return row

    def _until(self, row: int, now: int) -> int:
        """When what comes from now on is judged. A slow pace is met at the full five minutes, where samples of each
        series make one mean: one wave of all of them then, instead of one for each side of the border."""
        pace = round(float(self.bank.numbers[GAP, row]))
        if pace < STEADY:
            return now + max(self.settings.gather, pace)
        return now - now % LONGEST + LONGEST

    def _replace(self, now: int) -> None:
        for row, series in self.catalogue.take_replaced():
            self._reports += self.episodes.forget(row, series, now)
            self.clocks.forget(row)
            self.bank.forget(row)

    def _done(self, event: Event, row: int) -> list[Report]:
        """What the event led to. Its time is that of its newest sample, and is held against those of others."""
        if row >= 0:
            off = self.clocks.look(row, event.time)
            if off is not None:
                self._reports += self.episodes.clock(row, event.time, off)
        if not self._reports:
            return self._reports
        reports, self._reports = self._reports, []
        return reports

    def _judge(self, now: int) -> list[Report]:
        """Everything that waits, in the order in which it came."""
        waiting, self.waiting = self.waiting, _Waiting()
        rows, times, values = _means(
            np.array(waiting.rows, np.int64), np.array(waiting.times, np.int64), np.array(waiting.values, np.float64)
        )
        reports = self.episodes.follow(now, rows, times, values, self.bank.score(rows, times, values))
        self._look_ahead()
        return reports

    def _look_ahead(self) -> None:
        dues = [due for due in (self.waiting.due, self.episodes.due) if due is not None]
        self._due = min(dues, default=None)


def _means(rows: Whole, times: Whole, values: Floats) -> tuple[Whole, Whole, Floats]:
    """One sample for each series and five minutes: the mean, at the time of the last. What is measured every few
    seconds is judged every few minutes; one wave of many series costs little more than one of few."""
    spans = times // LONGEST
    order = np.lexsort((spans, rows))
    rows, times, values, spans = rows[order], times[order], values[order], spans[order]
    starts = np.flatnonzero(np.concatenate(([True], (rows[1:] != rows[:-1]) | (spans[1:] != spans[:-1]))))
    finite = np.isfinite(values)
    counts = np.add.reduceat(finite, starts, dtype=np.int64)
    sums = np.add.reduceat(np.where(finite, values, 0.0), starts)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    return rows[starts], np.maximum.reduceat(times, starts), means
