"""Metrics and telemetry through the whole pipeline: what is found of them, once, and how it ends."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

from data.payloads import TYPES
from data.times import DAY, HOUR, MINUTE
from data.wire import Event
from engine.detect.metrics import MetricSeries
from engine.detect.report import Found, Over, Report
from engine.registry import Registry
from engine.settings import Config
from engine.settings.places import Places
from engine.settings.series import SeriesSettings
from tests.support.recordings import T0, Decided, Script, at

EVERY = 5 * MINUTE


class Watch:
    """The room alone, with the timers that the pipeline would run."""

    def __init__(self, **settings: Any) -> None:
        self.room = MetricSeries("default", Places(Config(series=SeriesSettings(**settings))), Registry("default"), int)
        self.reports: list[Report] = []
        self.number = 0

    def event(self, kind: str, time: int, data: dict[str, Any]) -> None:
        self.until(time)
        self.number += 1
        payload = TYPES[f"noc.{kind}"](**data)
        handler = self.room.handlers()[f"noc.{kind}"]
        self.reports += handler(
            Event(f"noc.{kind}", time, "x", f"e{self.number}", "default", None, payload, b"{}", self.number)
        )

    def until(self, time: int) -> None:
        while (due := self.room.due()) is not None and due <= time:
            self.reports += self.room.tick(due)

    def feed(self, values: Iterable[float | None], start: int = 0, name: str = "load") -> "Watch":
        for i, value in enumerate(values, start):
            self.event("device.telemetry", T0 + i * EVERY, {"device": "D1", "metrics": {name: value}})
        if self.room.waiting.due is not None:
            self.until(self.room.waiting.due)
        return self

    @property
    def found(self) -> list[Found]:
        return [each for each in self.reports if isinstance(each, Found)]

    @property
    def over(self) -> list[Over]:
        return [each for each in self.reports if isinstance(each, Over)]

    @property
    def kinds(self) -> list[str]:
        """Types of the findings in the order in which they opened."""
        kinds: list[str] = []
        open_keys: dict[str, str] = {}
        for each in self.reports:
            if isinstance(each, Found) and open_keys.get(each.key) != each.finding_type:
                open_keys[each.key] = each.finding_type
                kinds.append(each.finding_type)
            elif isinstance(each, Over):
                open_keys.pop(each.key, None)
        return kinds


def rhythm(count: int, seed: int = 1) -> np.ndarray[Any, np.dtype[np.float64]]:
    moments = np.arange(count) * EVERY
    return 40 + 15 * np.sin(2 * np.pi * moments / DAY) + np.random.default_rng(seed).normal(0, 1, count)


def test_a_deviation_is_one_finding_that_grows_and_ends() -> None:
    values = rhythm(2_000)
    values[1_500:1_560] += 60
    watch = Watch().feed(values)
    assert watch.kinds == ["METRIC_ANOMALY"]
    assert 2 <= len(watch.found) <= 10, "told again when it grows, not at each sample"
    [over] = watch.over
    first = watch.found[0]
    assert (first.entity, first.key, over.key) == ("device/D1", "series/load/device/D1//", first.key)
    assert first.window_start == T0 + 1_500 * EVERY
    assert 0 <= first.time - first.window_start <= EVERY
    assert T0 + 1_560 * EVERY < over.time < T0 + 1_660 * EVERY
    assert watch.found[-1].evidence["samples"] > 20
    assert watch.found[0].title.startswith("load: ")


def test_quiet_metrics_are_quiet() -> None:
    assert Watch().feed(rhythm(3_000)).kinds == []


def stuck(values: np.ndarray[Any, Any]) -> None:
    values[1_500:] = values[1_500]


def erratic(values: np.ndarray[Any, Any]) -> None:
    values[1_500:1_800:7] = 65_535.0


def other_unit(values: np.ndarray[Any, Any]) -> None:
    values[1_500:] *= 1_000


@pytest.mark.parametrize(
    ("break_it", "kind"),
    [(stuck, "SENSOR_STUCK"), (erratic, "SENSOR_ERRATIC"), (other_unit, "SENSOR_UNIT_CHANGED")],
)
def test_a_broken_sensor_is_one_finding_of_its_own_and_no_flood(
    break_it: Callable[[np.ndarray[Any, Any]], None], kind: str
) -> None:
    values = rhythm(2_400)
    break_it(values)
    watch = Watch().feed(values)
    assert watch.kinds.count(kind) == 1
    assert len(watch.kinds) <= 3, watch.kinds
    assert len(watch.found) <= 25


def test_celsius_and_fahrenheit() -> None:
    values = 21 + (rhythm(2_400) - 40) / 10
    values[1_500:] = values[1_500:] * 1.8 + 32
    watch = Watch(telemetry=True)
    for i, value in enumerate(values):
        watch.event("device.telemetry", T0 + i * EVERY, {"device": "D1", "temperature_c": float(value)})
    assert "SENSOR_UNIT_CHANGED" in watch.kinds
    [told] = [each for each in watch.found if each.finding_type == "SENSOR_UNIT_CHANGED"][:1]
    assert "Celsius to Fahrenheit" in told.title


def test_a_stuck_sensor_is_well_as_soon_as_it_moves() -> None:
    values = rhythm(2_400)
    values[1_500:1_700] = values[1_500]
    watch = Watch().feed(values)
    [over] = [each for each in watch.over if each.reason == "it moves again"]
    assert 0 <= over.time - (T0 + 1_700 * EVERY) <= EVERY


def test_a_metric_that_often_stands_still_is_not_stuck() -> None:
    steps = np.repeat(np.random.default_rng(3).integers(0, 5, 60), 40).astype(float)
    assert "SENSOR_STUCK" not in Watch().feed(steps).kinds


def test_no_numbers() -> None:
    values: list[float | None] = list(rhythm(1_000))
    values[700:720] = [None] * 20
    values[900] = None
    watch = Watch().feed(values)
    assert watch.kinds == ["SENSOR_NO_VALUE"]
    [over] = watch.over
    assert over.reason == "it gives numbers again"


def test_a_clock_that_is_off_by_hours_is_told_once_and_when_it_is_right_again() -> None:
    watch = Watch()
    for i in range(400):
        for device in ("D1", "D2", "D3"):
            off = 3 * HOUR if device == "D2" and 100 <= i < 300 else 0
            watch.event("device.telemetry", T0 + i * EVERY + off, {"device": device, "metrics": {"load": 5 + i % 7}})
    told = [each for each in watch.found if each.finding_type == "SENSOR_CLOCK_OFF"]
    assert [(each.entity, each.evidence["off_hours"]) for each in told] == [("device/D2", pytest.approx(3, abs=0.1))]
    assert [each.reason for each in watch.over if each.key == told[0].key] == ["its clock is right again"]


def test_a_gap_of_everything_is_no_wrong_clock() -> None:
    watch = Watch()
    for i in range(200):
        gap = 9 * HOUR if i >= 100 else 0
        for device in ("D1", "D2", "D3", "D4"):
            watch.event("device.telemetry", T0 + i * EVERY + gap, {"device": device, "metrics": {"load": i % 7}})
    alone = Watch()
    for i in range(200):
        alone.event("device.telemetry", T0 + i * EVERY + (i // 50) * DAY, {"device": "D1", "metrics": {"load": i % 7}})
    assert [each for each in watch.found + alone.found if each.finding_type == "SENSOR_CLOCK_OFF"] == []


def test_what_falls_silent_does_not_stay_open_for_ever() -> None:
    values = rhythm(1_505)
    values[1_500:] += 60
    watch = Watch().feed(values)
    watch.until(T0 + 1_505 * EVERY + 7 * HOUR)
    [over] = watch.over
    assert over.reason == "nothing more was heard of it"


def test_series_are_bounded_and_the_one_heard_longest_ago_goes() -> None:
    watch = Watch(most=4_096)
    for i in range(12_000):
        name = "kept" if i % 400 == 0 else f"m{i}"
        watch.event("metric.sampled", T0 + i * MINUTE, {"name": name, "value": 1.0, "site": "S1"})
    watch.until(T0 + 12_001 * MINUTE)
    room = watch.room
    assert len(room.catalogue.rows) == 4_096
    assert room.bank.size == 4_096
    names = {series.name for series in room.catalogue.rows}
    assert {"kept", "m11999", "m8001"} <= names
    assert "m1" not in names
    assert room.bank.numbers[0].max() == 30, "`kept` alone has more than one sample"


def test_samples_of_one_event_are_taken_with_their_own_times() -> None:
    watch = Watch()
    values = rhythm(1_600)
    values[1_550] += 60
    for start in range(0, 1_600, 50):
        samples = [(float((T0 + i * EVERY) // 1_000_000), float(values[i])) for i in range(start, start + 50)]
        watch.event("metric.sampled", T0 + (start + 49) * EVERY, {"name": "load", "site": "S1", "samples": samples})
    watch.until(T0 + 1_700 * EVERY)
    [found] = watch.found[:1]
    assert found.window_start == T0 + 1_550 * EVERY
    assert found.site == "S1"


def test_ignored_names_and_an_unwatched_room() -> None:
    values = rhythm(1_600)
    values[1_500:1_550] += 60
    assert Watch(ignore=("lo*",)).feed(values).reports == []
    assert Watch(enabled=False).room.handlers() == {}


def test_a_dump_in_the_middle_changes_nothing() -> None:
    values = rhythm(1_700)
    values[1_500:1_560] += 60
    values[1_600:] = values[1_600]
    whole = Watch().feed(values)
    for cut in (700, 1_501, 1_510, 1_690):
        first = Watch().feed([])
        for i, value in enumerate(values[:cut]):
            first.event("device.telemetry", T0 + i * EVERY, {"device": "D1", "metrics": {"load": float(value)}})
        second = Watch()
        second.room.load(first.room.dump())
        second.feed(values[cut:].tolist(), start=cut)
        assert first.reports + second.reports == whole.reports


def test_a_finding_raises_its_alert_and_ends_it() -> None:
    script = Script(source="gate")
    values = rhythm(1_700)
    values[1_500:1_560] += 60
    for i, value in enumerate(values):
        script.add("device.telemetry", at(5 * i), {"device": "D1", "metrics": {"load": round(float(value), 3)}})
    found = Decided(script)
    [alert] = [each for each in found.alerts.values() if each.alert_type == "METRIC_ANOMALY"]
    assert alert.entity == "device/D1"
    assert alert.ended_at is not None
    assert alert.labels["metric"] == "load"


def test_a_room_that_has_heard_nothing_can_be_dumped_and_loaded() -> None:
    watch = Watch()
    watch.room.load(Watch().room.dump())
    assert watch.feed(rhythm(10)).reports == []
