"""The band of the usual is what a naive look at the same hours of past weeks gives; marks of a metric as one."""

import asyncio
import random
import statistics
from pathlib import Path
from typing import Any

import pytest

from data.opening import open_store
from data.times import DAY, HOUR, MINUTE
from engine.link import Watch
from engine.publisher import Publisher
from engine.sheets import usual
from engine.sheets.usual import LEAST, NARROWEST, WEEK, WEEKS, WIDTH
from tests.support.recordings import T0, Script, at, play, started

WEEK_M = 7 * 24 * 60


def naive(past: dict[int, float], time: int, step: int) -> tuple[float, float] | None:
    near = (-step, 0, step) if step == HOUR else (0,)
    seen = [past[moment] for back in range(1, WEEKS + 1) for beside in near
            if (moment := time - back * WEEK + beside) in past]  # fmt: skip
    if len(seen) < LEAST:
        return None
    middle = statistics.median(seen)
    half = max(WIDTH * statistics.median(abs(one - middle) for one in seen), NARROWEST * abs(middle))
    return middle - half, middle + half


@pytest.mark.parametrize(("step", "long", "share"), [(HOUR, 3 * DAY, 0.9), (HOUR, 20 * DAY, 0.3), (DAY, 60 * DAY, 0.7)])
def test_each_step_is_that_of_past_weeks(step: int, long: int, share: float) -> None:
    dice = random.Random(step + long)
    since, until = T0 + 5 * MINUTE, T0 + 5 * MINUTE + long
    begin, end = usual.span(since, until, step)
    past = {time: dice.gauss(20, 3) for time in range(begin, end, step) if dice.random() < share}
    told = tuple(past.get(time) for time in range(begin, end, step))
    low, high = usual.band(told, told, step, since, until)
    first = since - since % step
    assert len(low) == len(high) == -(-(until - first) // step)
    for place, (least, most) in enumerate(zip(low, high, strict=True)):
        expected = naive(past, first + place * step, step)
        assert (least is None) == (most is None) == (expected is None)
        if expected is not None:
            assert (least, most) == pytest.approx(expected, rel=1e-5)


def test_nothing_is_usual_of_what_was_never_seen() -> None:
    begin, end = usual.span(T0, T0 + DAY, HOUR)
    told = (None,) * ((end - begin) // HOUR)
    assert set(usual.band(told, told, HOUR, T0, T0 + DAY)[0]) == {None}


def test_finer_steps_take_the_hours_they_lie_in() -> None:
    assert usual.finer((1.0, None, 3.0), HOUR, 20 * MINUTE, 2, 6) == (1.0, None, None, None, 3.0, 3.0)


def world() -> Script:
    """Six weeks of two devices' temperature, a wave by day; then one is much too warm, and an alert is told of it."""
    script, dice = Script(), random.Random(2)
    script.add("site.upserted", at(0), {"id": "S1", "client": "C1"})
    for one in ("D1", "D2"):
        script.add("device.upserted", at(0), {"id": one, "site": "S1"})
    end = 5 * WEEK_M + 24 * 60
    for minute in range(0, end, 30):
        for number, one in enumerate(("D1", "D2")):
            value = 20 + number + 5 * (minute // 60 % 24 > 12) + round(dice.uniform(-0.5, 0.5), 1)
            value += 40 if minute > end - 120 and one == "D1" else 0
            script.add("device.telemetry", at(minute), {"device": one, "temperature_c": value})
        if minute == end - 90:
            script.fire(at(minute), "METRIC_ANOMALY", "HIGH", entity="device/D1", labels={"metric": "temperature_c"})
            script.fire(at(minute), "DOOR", "HIGH", entity="device/D7")
            script.fire(at(minute), "METRIC_ANOMALY", "HIGH", entity="device/D2", labels={"metric": "signal_pct"})
    return script


async def asked(folder: Path, *refs: tuple[str, str]) -> list[Any]:
    url = f"sqlite:///{folder / 'noc.db'}"
    engine = await started(await open_store(url, "test"))
    await play(engine, world().lines)
    publisher = Publisher(engine, "default", url)
    pages = []
    for ref, span in refs:
        watch: Watch[Any] = Watch(lambda: None)
        publisher.watch_dossier(watch, ref, span)
        for _ in range(500):
            if watch.error is not None or (watch.page is not None and watch.page.charts):
                break
            await asyncio.sleep(0.01)
        pages.append(watch.page)
    publisher.end()
    await engine.close()
    return pages


def facts(page: Any) -> dict[str, str]:
    return {fact.label: fact.text for section in page.sections for fact in section.facts}


def test_a_chart_of_a_device_has_its_band_and_says_what_it_is(tmp_path: Path) -> None:
    one, hours, sums, whole = asyncio.run(
        asked(tmp_path, ("metric/temperature_c@device/D1", "24h"), ("metric/temperature_c@device/D1", "7d"),
              ("metric/temperature_c@device/D1", "24h sum"), ("metric/temperature_c", "24h"))
    )  # fmt: skip
    chart = one.charts[0]
    assert len(chart.low) == len(chart.high) == len(chart.values)
    known = [(value, low, high) for value, low, high in zip(chart.values, chart.low, chart.high, strict=True)
             if value is not None and low is not None]  # fmt: skip
    assert len(known) > 40
    outside = [value for value, low, high in known if not low <= value <= high]
    assert len([value for value in outside if value > 50]) == 3
    assert len(outside) <= 6
    assert "same hours in the 5 weeks before" in facts(one)["usual"]
    assert "usual" not in facts(sums)
    assert len(hours.charts[0].low) == len(hours.charts[0].values)
    marks = [(mark[2].partition(":")[0], ref.partition("/")[0])
             for mark, ref in zip(whole.charts[0].marks, whole.charts[0].refs, strict=True)]  # fmt: skip
    assert marks.count(("METRIC_ANOMALY", "alert")) >= 1
    assert not [mark for mark in whole.charts[0].marks if "DOOR" in mark[2] and not mark[2].startswith("incident")]
    assert all(mark[2].startswith(("METRIC_ANOMALY", "SENSOR", "incident")) for mark in whole.charts[0].marks)
