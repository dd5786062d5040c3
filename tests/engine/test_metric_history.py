"""Metric history end to end: what `noc export metrics` and the query say is what a naive count of the events gives."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import times
from data.history import merged, unpack
from data.history.coarse import day_of
from data.opening import open_reader
from data.times import HOUR, MINUTE
from engine.history.query import Answer, UnknownMetric, ask
from engine.history.room import History
from engine.history.select import Wanted
from engine.settings import Config
from engine.settings.series import SeriesSettings
from noc_tui.cli import main
from noc_tui.commands.asking import look
from tests.engine.operation import Operation
from tests.engine.predict.desk import play
from tests.support.recordings import T0, Script, at

FIVE = 5 * MINUTE


def world() -> Script:
    """Two sites, one of them on the half hour, a device, a service; some samples late, some in lists, one twice."""
    script = Script()
    script.add("site.upserted", at(0), {"id": "S1", "client": "C1", "timezone": "Asia/Kolkata"})
    script.add("site.upserted", at(0), {"id": "S2", "client": "C2"})
    script.add("device.upserted", at(0), {"id": "D1", "site": "S1"})
    for minute in range(0, 60 * 40, 7):
        script.add("metric.sampled", at(minute), {"name": "load", "site": "S1", "value": minute % 11 / 4, "unit": "x"})
        script.add("metric.sampled", at(minute), {"name": "load", "site": "S2", "value": float(minute % 5)})
        script.add("device.telemetry", at(minute), {"device": "D1", "battery_pct": 50 + minute % 40, "online": True})
    samples = [[times.text(at(minute)), minute / 8] for minute in range(0, 600, 10)]
    script.add(
        "metric.sampled", at(2500), {"name": "load", "entity": "service/pay", "labels": {"k": "v"}, "samples": samples}
    )
    script.add("metric.sampled", at(30), {"name": "load", "site": "S2", "value": 99.0})  # late by a day
    return script


def naive(lines: list[bytes], step: int) -> dict[tuple[Any, ...], list[tuple[int, float]]]:
    found: dict[tuple[Any, ...], list[tuple[int, float]]] = defaultdict(list)
    for line in lines:
        event = json.loads(line)
        if event["type"] != "noc.metric.sampled":
            continue
        data, time = event["data"], times.parse(event["time"])
        told = [(times.parse(when), value) for when, value in data.get("samples", [])]
        told += [(time, data["value"])] if "value" in data else []
        for when, value in told:
            found[data.get("entity"), data.get("site"), when - when % step].append((when, value))
    return found


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("history")
    script = world()
    url = f"sqlite:///{path}/noc.db"
    play(url, [*script.lines, script.lines[10]], path / "a.jsonl")
    return url


def exported(url: str, capsys: pytest.CaptureFixture[str], *more: str) -> list[dict[str, Any]]:
    assert main(["export", "metrics", "--db", url, *more]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(("word", "step"), [("auto", FIVE), ("5m", FIVE), ("1h", HOUR)])
def test_every_bucket_is_that_of_the_events(url: str, capsys: pytest.CaptureFixture[str], word: str, step: int) -> None:
    rows = exported(url, capsys, "--name", "load", "--step", word)
    expected = naive(world().lines, step)
    assert len(rows) == len(expected)
    for row in rows:
        of = expected[row["entity"], row["site"], times.parse(row["start"])]
        values = [value for _, value in of]
        assert (row["count"], row["min"], row["max"]) == (len(of), min(values), max(values))
        assert row["last"] == max(of)[1]
        assert row["mean"] == pytest.approx(sum(values) / len(values))
        assert times.parse(row["end"]) - times.parse(row["start"]) == step == row["step_s"] * 1_000_000


def test_a_day_is_that_of_the_site(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    rows = exported(url, capsys, "--name", "load", "--site", "S1", "--step", "1d")
    assert [row["start"][11:16] for row in rows] == ["18:30"] * len(rows)
    assert sum(row["count"] for row in rows) == len(range(0, 60 * 40, 7))
    assert {row["step_s"] for row in rows} == {86400}
    assert {row["client"] for row in rows} == {"C1"}


def test_a_device_is_found_at_its_site_and_a_label_by_its_value(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert {row["entity"] for row in exported(url, capsys, "--site", "S1", "--name", "battery_pct")} == {"device/D1"}
    assert {row["entity"] for row in exported(url, capsys, "--label", "k=v")} == {"service/pay"}
    assert exported(url, capsys, "--label", "k=other") == []
    assert {row["name"] for row in exported(url, capsys, "--entity", "device/D1")} == {"battery_pct", "online"}


def test_a_bucket_that_overlaps_the_range_is_told_whole(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    since, until = times.text(at(61)), times.text(at(64))
    (row,) = exported(url, capsys, "--name", "load", "--site", "S1", "--step", "1h", "--since", since, "--until", until)
    assert row["start"] == times.text(at(60))
    assert row["count"] == len([minute for minute in range(0, 2400, 7) if 60 <= minute < 120])


def asked(url: str, aggregate: Any = "avg", by: tuple[str, ...] = (), name: str = "load", **wanted: Any) -> Answer:
    (partition,) = look(url, None, "default", lambda found, _: found)
    reader = open_reader(url)
    try:
        given = {"since": T0, "until": at(3000), **wanted}
        waiting = partition.history.waiting(name)
        return ask(reader, partition.registry, "default", name, Wanted(**given), aggregate, by, waiting, "UTC")
    finally:
        reader.close()


def test_groups_are_weighted_by_their_samples(url: str) -> None:
    values = [value for of in naive(world().lines, FIVE).values() for _, value in of]
    (one,) = asked(url, step="range").series
    (point,) = one.points
    assert point.count == len(values)
    assert point.value == pytest.approx(sum(values) / len(values))
    by_site = asked(url, "count", ("site",), step="range").series
    assert {one.group["site"]: one.points[0].count for one in by_site}["S2"] == len(range(0, 2400, 7)) + 1


@pytest.mark.parametrize(("aggregate", "share"), [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)])
def test_quantiles_of_a_whole_group_are_near(url: str, aggregate: Any, share: float) -> None:
    values = sorted(value for of in naive(world().lines, FIVE).values() for _, value in of)
    (one,) = asked(url, aggregate, step="range").series
    assert one.points[0].value == pytest.approx(values[int(share * (len(values) - 1))], rel=0.011, abs=0.01)


def test_auto_keeps_to_two_thousand_points_and_tells_its_tiers(url: str) -> None:
    assert asked(url).step_s == 300
    assert asked(url).tiers == [300]
    assert asked(url, until=at(60 * 24 * 30)).step_s == 3600
    assert not asked(url).truncated


def test_a_name_that_nobody_knows_suggests_near_ones(url: str) -> None:
    with pytest.raises(UnknownMetric, match="did you mean battery_pct") as caught:
        asked(url, name="batery_pct")
    assert caught.value.suggestions[0] == "battery_pct"


def test_what_waits_survives_a_restart_once() -> None:
    desk = Operation(Config())
    for minute in range(30):
        desk.event("metric.sampled", minute, {"name": "load", "site": "S1", "value": 1.0})
    before = desk.partition.history.waiting("load").buckets.count.sum()
    desk.restart()
    assert desk.partition.history.waiting("load").buckets.count.sum() == before == 30


def test_a_flush_hands_on_everything_once() -> None:
    desk = Operation(Config())
    history: History = desk.partition.history
    for minute in range(0, 420, 5):
        desk.event("metric.sampled", minute, {"name": "load", "site": "S1", "value": 1.0})
    waiting = history.waiting("load")
    told = merged([*(unpack(block.packed) for block in waiting.fresh), waiting.buckets])
    assert len(waiting.fresh) == 1
    assert told.count.tolist() == [1] * len(range(0, 420, 5))


@settings(max_examples=60)
@given(
    st.integers(T0, T0 + 2 * 365 * 24 * HOUR),
    st.sampled_from(["Asia/Kolkata", "Europe/Berlin", "UTC", "America/New_York"]),
)
def test_days_meet_without_a_gap_at_every_change_of_the_clock(time: int, zone: str) -> None:
    start, end = day_of(time, zone)
    assert start <= time < end
    assert end - start in (23 * HOUR, 24 * HOUR, 25 * HOUR)
    assert day_of(end, zone)[0] == end
    assert day_of(start - 1, zone)[1] == start


def test_series_without_end_are_left_out_counted_and_told_of_also_over_a_restart() -> None:
    desk = Operation(Config(series=SeriesSettings(kept=3)))
    for minute in range(10):
        desk.event("metric.sampled", minute, {"name": "load", "entity": f"host/h{minute}", "value": 1.0})
    desk.restart()
    desk.pass_time(370)
    history = desk.partition.history
    assert (len(desk.series), history.refused) == (3, 7)
    (alert,) = [one for one in desk.alerts.values() if one.alert_type == "METRIC_SERIES_LIMIT"]
    assert "7 samples were left out" in alert.message
    desk.event("metric.sampled", 371, {"name": "load", "entity": "host/h0", "value": 1.0})  # one that is kept
    desk.pass_time(800)
    assert history.refused == 7


def test_samples_at_the_ends_of_the_calendar_are_exported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = Script()
    script.add("site.upserted", at(0), {"id": "S1", "timezone": "Asia/Kolkata"})
    script.add("metric.sampled", at(8), {"name": "x", "site": "S1", "samples": [[0, 1.0], [253402300799, 2.0]]})
    url = f"sqlite:///{tmp_path}/noc.db"
    play(url, script.lines, tmp_path / "a.jsonl")
    for step in ("auto", "1h", "1d"):
        assert [row["last"] for row in exported(url, capsys, "--step", step)] == [1.0, 2.0]
