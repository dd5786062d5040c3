"""The bench still finds what it wraps, and its sums add up. Nothing here is timed."""

import asyncio
from pathlib import Path

import pytest

from tests.bench import delivering, learning, recordings
from tests.bench.child import ask
from tests.bench.figures import Figure, at_least, at_most, number, percentile, table
from tests.bench.replaying import journalled, table_bytes

pytestmark = pytest.mark.bench


def test_a_replay_is_split_into_stages_that_add_up(tmp_path: Path) -> None:
    file = recordings.simulated(tmp_path / "mixed.jsonl", 3_000, sites=2)
    database = tmp_path / "replay.db"
    found = ask("replay", 60, files=[str(file)], database=f"sqlite:///{database}")
    assert found["events"] == journalled(database) == 3_000
    assert sum(found["split"].values()) == pytest.approx(found["cpu"] * 1e6 / 3_000)
    for stage in ("decode", "identity", "pipeline", "commit: rows", "commit: pack the segment", "commit: transaction"):
        assert found["split"][stage] > 0, stage
    sizes = table_bytes(database)
    assert sizes["segments"] >= sizes["segments.lines"] > 0
    assert sizes["segments.identities"] == 8 * 3_000


def test_a_storm_leaves_its_alerts_open(tmp_path: Path) -> None:
    found = ask("storm", 60, database=f"sqlite:///{tmp_path / 'storm.db'}", alerts=400)
    assert found["open"] == 400
    assert found["split"]["decode"] > 0
    assert 0 < found["place_p50"] <= found["place_p99"]


def test_a_journey_is_measured_step_by_step(tmp_path: Path) -> None:
    file = recordings.simulated(tmp_path / "mixed.jsonl", 3_000, sites=2)
    database = f"sqlite:///{tmp_path / 'travel.db'}"
    ask("replay", 60, files=[str(file)], database=database)
    found = ask("travel", 60, database=database, position=2_500, steps=2)
    assert 1_000 < found["ran"] <= 2_500
    assert found["first"] > 0
    assert [len(times) for times in found["steps"].values()] == [2, 2]
    assert found["checkpoints"] >= 1


def test_deliveries_are_measured(tmp_path: Path) -> None:
    wall, cpu = asyncio.run(delivering._flood(f"sqlite:///{tmp_path}/flood.db", 12))
    assert wall > 0
    assert cpu > 0
    assert delivering._attempts(1) < 15


def test_training_is_measured_on_rows_that_can_be_learned_from() -> None:
    found = ask("fit", 60, count=1_200)
    assert found["rows"] == 1_200
    assert found["wall"] > 0
    assert found["cpu"] > 0
    assert found["trees"] >= 10
    lines = list(learning.desk(30))
    assert len(lines) == 4 * 30
    assert sum(b"noc.ticket.closed" in line for line in lines) == 30


def test_percentiles_are_values_that_were_measured() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile(range(1, 101), 0.99) == 99
    assert percentile([7.0], 0.99) == 7.0


def test_the_table_says_what_was_missed() -> None:
    good, bad = at_most(Figure("a", "good", 0.5, "s"), 1), at_least(Figure("b", "bad", 12.34, "/s"), 20)
    lines = table([good, bad, Figure("b", "plain", 123_456, "")]).splitlines()
    assert lines[2].endswith("<= 1  ok")
    assert lines[4].endswith(">= 20  MISSED")
    assert "123,456" in lines[5]
    assert number(12.34) == "12.3"
