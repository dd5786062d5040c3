"""Metrics as lists and charts: what they show is what a naive look at the events gives; bad references are told."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from data.opening import open_store
from data.times import HOUR, MINUTE
from engine.link import Watch
from engine.publisher import Publisher
from engine.sheets.charts import window
from engine.sheets.metrics import bars
from engine.sheets.series import Key, key_of
from tests.support.recordings import T0, Script, at, play, started

WEEK = 7 * 24 * 60


def world() -> Script:
    script = Script()
    script.add("site.upserted", at(0), {"id": "S1", "client": "C1"})
    script.add("site.upserted", at(0), {"id": "S2", "client": "C2"})
    script.add("device.upserted", at(0), {"id": "D1", "site": "S1"})
    for minute in range(0, WEEK + 24 * 60, 10):
        script.add("metric.sampled", at(minute), {"name": "load", "site": "S1", "value": minute / 10, "unit": "x"})
        script.add("metric.sampled", at(minute), {"name": "load", "site": "S2", "value": 1.0})
        if minute == 30:
            script.add("device.telemetry", at(minute), {"device": "D1", "battery_pct": 50.0})
        if minute == WEEK + 20 * 60:
            script.fire(at(minute), "DOOR", "HIGH", entity="site/S1")
    return script


async def asked(folder: Path, *questions: tuple[str, ...], only: Any = None) -> list[Watch[Any]]:
    """Sheets (`kind where`) or dossiers (`ref span`), of a live engine that has seen the world."""
    url = f"sqlite:///{folder / 'noc.db'}"
    engine = await started(await open_store(url, "test"))
    await play(engine, world().lines)
    publisher = Publisher(engine, "default", url)
    watches = []
    for first, second in questions:
        watch: Watch[Any] = Watch(lambda: None)
        if "/" in first:
            publisher.watch_dossier(watch, first, second)
        else:
            publisher.watch_sheet(watch, first, second, 500, "", only)
        for _ in range(500):
            if watch.error is not None or (watch.page is not None and ("/" not in first or watch.page.charts)):
                break
            await asyncio.sleep(0.01)
        watches.append(watch)
    publisher.end()
    await engine.close()
    return watches


def look(folder: Path, *questions: tuple[str, ...], only: Any = None) -> list[Watch[Any]]:
    return asyncio.run(asked(folder, *questions, only=only))


def test_the_list_tells_the_newest_value_and_the_last_day(tmp_path: Path) -> None:
    (found,) = look(tmp_path, ("metrics", ""))
    rows = {row.ref: row for row in found.page.rows}
    assert set(rows) == {"metric/load@site/S1", "metric/load@site/S2", "metric/battery_pct@device/D1"}
    cells = rows["metric/load@site/S1"].cells
    last = (WEEK + 24 * 60 - 10) / 10
    assert cells[4] == last
    assert cells[5] == "x"
    bars_ = [int(bar) for bar in cells[9].split()]
    assert len(bars_) == 24
    assert bars_ == sorted(bars_)  # it only rises
    assert (bars_[0], bars_[-1]) == (1, 8)
    assert rows["metric/battery_pct@device/D1"].cells[7] == "silent"


def test_a_caller_of_one_site_sees_its_series_only(tmp_path: Path) -> None:
    (found,) = look(tmp_path, ("metrics", ""), only=lambda site: site == "S2")
    assert [row.ref for row in found.page.rows] == ["metric/load@site/S2"]
    assert found.page.total == 1


def test_a_chart_shows_each_value_the_week_before_and_what_happened(tmp_path: Path) -> None:
    (found,) = look(tmp_path, ("metric/load@site/S1", "6h"))
    chart = found.page.charts[0]
    now = at(WEEK + 24 * 60 - 10)
    assert chart.step == 5 * MINUTE
    assert len(chart.values) == 72
    told = {chart.start + place * chart.step: value for place, value in enumerate(chart.values) if value is not None}
    assert len(told) == 36
    assert all(value == (time - T0) // MINUTE / 10 for time, value in told.items())
    assert now in told
    before = [value for value in chart.before if value is not None]
    assert before == [value - WEEK / 10 for value in told.values()]
    assert [(mark[0], mark[1]) for mark in chart.marks if mark[2].startswith("DOOR")] == [(at(WEEK + 20 * 60), 4)]
    assert all(ref.startswith(("alert/", "incident/")) for ref in chart.refs)
    assert len(chart.refs) == len(chart.marks)


def test_an_earlier_time_another_figure_and_all_series_as_one(tmp_path: Path) -> None:
    end = at(120)
    earlier, one = look(tmp_path, ("metric/load@site/S1", f"1h@{end} max"), ("metric/load", "6h"))
    chart = earlier.page.charts[0]
    assert chart.start + chart.step * len(chart.values) == end
    assert [value for value in chart.values if value is not None] == [6.0, 7.0, 8.0, 9.0, 10.0, 11.0]
    mean = [value for value in one.page.charts[0].values if value is not None][-1]
    assert mean == pytest.approx(((WEEK + 24 * 60 - 10) / 10 + 1) / 2)
    assert one.page.site is None  # of all sites: nobody who sees some only may see it


def test_the_device_has_its_charts(tmp_path: Path) -> None:
    (found,) = look(tmp_path, ("site/S1", "24h"))
    assert "load" in [chart.title for chart in found.page.charts]


@pytest.mark.parametrize(
    ("ref", "span", "told"),
    [
        ("metric/laod", "", "did you mean load"),
        ("metric/load@site/S9", "", "nothing is known"),
        ("metric/load", "yesterday", "no span of time"),
        ("metric/load", "6h@1 median", "no figure `median`"),
    ],
)
def test_what_cannot_be_shown_is_told(tmp_path: Path, ref: str, span: str, told: str) -> None:
    (found,) = look(tmp_path, (ref, span))
    assert found.page is None
    assert told in found.error


def test_references_can_be_read_again() -> None:
    for key in (Key("load"), Key("load", "site/S1"), Key("a/b", "device/D@1", "{x=1,y=2}")):
        assert key_of(key.ref) == key


def test_bars_lie_between_the_least_and_the_greatest() -> None:
    assert bars([95.0, None, 100.0]) == "1 0 8"
    assert bars([5.0, 5.0]) == "4 4"
    assert bars([None]) == ""


def test_a_window_stays_within_bounds() -> None:
    assert window("9000d", at(0)).many <= 740
    assert window("1m", at(0)).until - window("1m", at(0)).since == HOUR
    assert window(f"6h@{at(600)}", at(0)).until <= at(0) + 5 * MINUTE
