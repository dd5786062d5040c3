"""Samples of metrics, gathered for six hours at most and then kept as blocks of five-minute buckets.

Gathering a sample is three appends. What waits is part of the partition's statistics, so a crash loses none and doubles
none. A late sample makes one more block for its hours; blocks of one bucket add up (`data.history`).
"""

import sys
from array import array
from collections.abc import Callable, Mapping
from typing import Final

import msgspec
import numpy as np

from data import ids
from data.history import bucketed, pack
from data.own import MetersRead
from data.payloads import Metric, Telemetry
from data.records.metric import MetricBlock, MetricSeries
from data.records.severity import MEDIUM
from data.references import bare
from data.times import DAY, HOUR, MINUTE, SECOND, parse
from data.wire import Event
from engine.alerts.signal import Signal, identity
from engine.decisions import Numbers, Teller
from engine.history.kept import NOTHING, Waiting

FIVE_MINUTES: Final = 300  # seconds: the finest tier
TOO_MANY: Final = "METRIC_SERIES_LIMIT"
TOGETHER: Final = 32_768  # samples that wait at most
LONGEST: Final = 6 * HOUR  # and none waits longer: few large blocks are quicker to write and to read, and smaller
_FIGURES: Final = ("battery_pct", "signal_pct", "temperature_c", "gps_accuracy_m", "online")

Key = tuple[str, str | None, str | None, tuple[tuple[str, str], ...]]  # name, entity, site, labels


class _State(msgspec.Struct):
    waiting: list[tuple[Key, str | None]]  # the series that have samples waiting, with their units
    series: bytes
    times: bytes
    values: bytes
    due: int | None
    told: bytes = b""
    refused: int = 0
    said: int = 0


class History:
    """Of one partition. `most` series are kept; samples of further ones are counted in `refused` and left out, since
    somebody who puts a number into a label would otherwise fill the disk with series of one sample."""

    def __init__(self, tenant: str, teller: Teller, numbers: Numbers, most: int) -> None:
        self.tenant, self.teller, self.numbers, self.most = tenant, teller, numbers, most
        self._places: dict[Key, int] = {}  # series that have samples waiting -> place in `_series`
        self._units: list[str | None] = []
        self._devices: dict[str, dict[str, int]] = {}  # device -> figure -> place
        self._told: set[int] = set()  # series whose rows are written
        self.refused = 0  # samples
        self._said = 0  # of these, those that an alert has told of
        self._fresh: list[MetricBlock] = []  # of the last flush, for whoever asks before it is committed
        self._empty()
        self._due: int | None = None

    def handlers(self) -> Mapping[str, Callable[[Event], None]]:
        return {"noc.metric.sampled": self.sampled, "noc.device.telemetry": self.telemetry}

    def sampled(self, event: Event) -> None:
        data: Metric = event.data
        labels = tuple(sorted((name, str(value)) for name, value in data.labels.items())) if data.labels else ()
        place = self._place((data.name, data.entity, bare(data.site), labels), data.unit)
        for at, value in data.samples or ():
            self._take(place, parse(at) if isinstance(at, str) else round(at * SECOND), value)
        if data.value is not None:
            self._take(place, event.time, data.value)
        self._full(event.time)

    def telemetry(self, event: Event) -> None:
        """Every number that a device tells of itself; `online` as 1 or 0."""
        data: Telemetry = event.data
        known = self._devices.get(data.device)
        if known is None:
            known = self._devices[data.device] = {}
        series, values, time = self._series.append, self._values.append, event.time
        before = len(self._series)
        for name in _FIGURES:
            value = getattr(data, name)
            if value is not None:
                place = known.get(name)
                series(self._figure(known, data, name) if place is None else place)
                values(value)
        if data.metrics:
            for name, value in data.metrics.items():
                if value is not None:
                    place = known.get(name)
                    series(self._figure(known, data, name) if place is None else place)
                    values(value)
        self._times.frombytes(time.to_bytes(8, sys.byteorder, signed=True) * (len(self._series) - before))
        self._full(time)

    def metered(self, entry: Event) -> None:
        """What the engine's own meters showed: series without a site and an entity."""
        told: MetersRead = entry.data
        for name, value, unit in told.values:
            self._take(self._place((name, None, None, ()), unit), entry.time, value)
        self._full(entry.time)

    def due(self) -> int | None:
        return self._due

    def tick(self, now: int) -> Signal | None:
        """Keeps what waits. An alert for a day, where samples had to be left out since the last time."""
        self.flush()
        left_out, self._said = self.refused - self._said, self.refused
        if not left_out:
            return None
        text = f"{left_out:,} samples were left out of the history of metrics: there are more than {self.most:,} series"
        return Signal(
            firing=True, alert_type=TOO_MANY, severity=MEDIUM, time=now, source="noc/history",
            fingerprint=identity(TOO_MANY, None, None), cause=ids.fingerprint(TOO_MANY, self.tenant), message=text,
            ends_at=now + DAY,
        )  # fmt: skip

    def flush(self) -> None:
        """What waits becomes blocks, one for each name."""
        self._due = None
        if not self._series:
            return
        self._fresh.clear()
        keys, units = list(self._places), self._units
        numbers = np.array([self._known(key, unit) for key, unit in zip(keys, units, strict=True)], np.int64)
        names: dict[str, list[int]] = {}
        for place, key in enumerate(keys):
            names.setdefault(key[0], []).append(place)
        series, times = np.frombuffer(self._series, np.int32), np.frombuffer(self._times, np.int64)
        values = np.frombuffer(self._values, np.float64)
        of = np.zeros(len(keys), np.int64)
        for number, places in enumerate(names.values()):
            of[places] = number
        group = np.where(numbers[series] < 0, -1, of[series])
        self.refused += int((group < 0).sum())
        for number, name in enumerate(names):
            mine = np.flatnonzero(group == number)
            buckets = bucketed(numbers[series[mine]], times[mine], values[mine], FIVE_MINUTES * SECOND)
            if len(buckets):
                self._keep(name, int(buckets.start.min()), int(buckets.start.max()), pack(buckets))
        del series, times, values
        self._empty()

    def names(self) -> set[str]:
        """Metrics of which samples wait."""
        return {key[0] for key in self._places}

    def waiting(self, name: str) -> Waiting:
        """What waits of one metric, as it will be kept."""
        places = [place for place, key in enumerate(self._places) if key[0] == name]
        fresh = tuple(block for block in self._fresh if block.name == name)
        if not places:
            return NOTHING._replace(fresh=fresh, before=self.numbers.metric_block)
        keys = list(self._places)
        rows = [self._row(keys[place], self._units[place]) for place in places]
        numbers = np.zeros(len(keys), np.int64)
        numbers[places] = [row.number for row in rows]
        series = np.array(self._series, np.int32)
        mine = np.flatnonzero(np.isin(series, places))
        values = np.array(self._values, np.float64)[mine]
        moments = np.array(self._times, np.int64)[mine]
        buckets = bucketed(numbers[series[mine]], moments, values, FIVE_MINUTES * SECOND)
        return Waiting(rows, buckets, fresh, self.numbers.metric_block)

    def _keep(self, name: str, first: int, last: int, packed: bytes) -> None:
        number = self.numbers.take("metric_block")
        until = last + FIVE_MINUTES * SECOND
        block = MetricBlock(number, self.tenant, name, FIVE_MINUTES, first, until, packed)
        self.teller.out.metric_blocks[number] = block
        self._fresh.append(block)

    def _empty(self) -> None:
        self._places.clear()
        self._units = []
        self._devices.clear()
        self._series, self._times, self._values = array("i"), array("q"), array("d")

    def _take(self, place: int, time: int, value: float) -> None:
        self._series.append(place)
        self._times.append(time)
        self._values.append(value)

    def _full(self, now: int) -> None:
        if self._due is None:
            self._due = now - now % LONGEST + LONGEST + MINUTE
        if len(self._series) >= TOGETHER:
            self.flush()

    def _place(self, key: Key, unit: str | None) -> int:
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = len(self._places)
            self._units.append(unit)
        return place

    def _figure(self, known: dict[str, int], data: Telemetry, name: str) -> int:
        place = known[name] = self._place((name, f"device/{bare(data.device)}", None, ()), None)
        return place

    def _known(self, key: Key, unit: str | None) -> int:
        """The number of a series, whose row is written once; -1 for one too many."""
        row = self._row(key, unit)
        if row.number not in self._told:
            if len(self._told) >= self.most:
                return -1
            self._told.add(row.number)
            self.teller.out.metric_series[row.number] = row
        return row.number

    def _row(self, key: Key, unit: str | None) -> MetricSeries:
        name, entity, site, labels = key
        number = ids.of_series(self.tenant, name, entity, site, labels)
        return MetricSeries(number, self.tenant, name, entity, site, dict(labels), unit)

    def dump(self) -> bytes:
        waiting = list(zip(self._places, self._units, strict=True))
        parts = (self._series.tobytes(), self._times.tobytes(), self._values.tobytes())
        told = array("q", sorted(self._told)).tobytes()
        return msgspec.msgpack.encode(_State(waiting, *parts, self._due, told, self.refused, self._said))

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        self._empty()
        for key, unit in state.waiting:
            self._place(key, unit)
        self._series.frombytes(state.series)
        self._times.frombytes(state.times)
        self._values.frombytes(state.values)
        self._due, self.refused, self._said = state.due, state.refused, state.said
        told = array("q")
        told.frombytes(state.told)
        self._told = set(told)
