"""What is old becomes coarser or goes: the same whenever it was done, never what recovery needs, never silently."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from data import times
from data.opening import check_database, open_reader, open_store
from data.sqlite import SqliteStore
from data.store import StoreBroken
from data.thinning import Thinned
from data.times import DAY, HOUR
from engine.retention import SLOT
from engine.runtime import Engine
from engine.settings import Config
from engine.settings.sections import RetentionSettings
from noc_tui.cli import main
from tests.support.recordings import Script, at, exported, play, write

DAYS = 104
SHORT = RetentionSettings(events=2 * DAY, feed=3 * DAY, decisions=5 * DAY, dead_letters=HOUR, audit=4 * DAY)


def samples(days: int = DAYS) -> Script:
    """Two series at sites whose days begin at other times than those of UTC, with an hour of change, and late ones."""
    script, dice = Script(), random.Random(5)
    script.add("site.upserted", at(0), {"id": "S1", "client": "C1", "timezone": "Asia/Kolkata"})
    script.add("site.upserted", at(0), {"id": "S2", "client": "C1", "timezone": "America/New_York"})
    for minute in range(0, days * 1440, 45):
        for site in ("S1", "S2"):
            script.add("metric.sampled", at(minute), {"name": "load", "site": site, "value": round(dice.random(), 2)})
        if minute % (1440 * 6) == 0:
            late = [[times.text(at(minute) - back * DAY), back / 8] for back in (2, 9, 40, 95)]
            script.add("metric.sampled", at(minute), {"name": "load", "site": "S1", "samples": late})
    return script


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The same recording with everything kept, and with retention."""
    path = tmp_path_factory.mktemp("retention")
    file = write(path / "a.jsonl", samples().lines)
    kept, thin = f"sqlite:///{path}/kept.db", f"sqlite:///{path}/thin.db"
    assert main(["replay", str(file), "--db", kept]) == 0
    assert main(["replay", str(file), "--retain", "--db", thin]) == 0
    return kept, thin


def metrics(url: str, capsys: pytest.CaptureFixture[str], step: str = "auto") -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main(["export", "metrics", "--step", step, "--db", url]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_replay_keeps_everything_unless_asked(both: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert {row["step_s"] for row in metrics(both[0], capsys)} == {300}


def test_each_moment_is_told_by_the_tier_of_its_age(both: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    now = times.parse(times.text(at((DAYS * 1440 - 1) // 45 * 45)))
    ages: dict[int, list[int]] = {300: [], 3600: [], 86400: []}
    for row in metrics(both[1], capsys):
        ages[row["step_s"]].append(now - times.parse(row["start"]))
    assert max(ages[300]) < 7 * DAY + SLOT + HOUR
    assert min(ages[3600]) >= 7 * DAY - HOUR
    assert max(ages[3600]) < 92 * DAY + SLOT
    assert min(ages[86400]) >= 89 * DAY


@pytest.mark.parametrize("field", ["count", "min", "max", "last", "p50", "p99", "end"])
def test_days_are_those_of_the_whole_data(
    both: tuple[str, str], capsys: pytest.CaptureFixture[str], field: str
) -> None:
    kept, thin = (
        {(row["site"], row["start"]): row[field] for row in metrics(url, capsys, "1d")} for url in both
    )  # fmt: skip
    assert thin == kept
    assert len(kept) > 2 * DAYS


def test_weighted_means_are_those_of_the_whole_data(both: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    kept, thin = ({(row["site"], row["start"]): row["mean"] for row in metrics(url, capsys, "1d")} for url in both)
    assert thin == pytest.approx(kept)


def test_the_report_tells_what_is_kept_and_what_is_saved(
    both: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["db", "storage", "--json", "--db", both[1]]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [tier["step_s"] for tier in told["tiers"]] == [300, 3600, 86400]
    assert main(["db", "storage", "--json", "--db", both[0]]) == 0
    whole = json.loads(capsys.readouterr().out)
    assert sum(tier["samples"] for tier in told["tiers"]) == sum(tier["samples"] for tier in whole["tiers"]) > 6_000
    assert told["saved"] > 0.5
    assert 0 < told["bytes"] <= told["file_bytes"]


async def work(url: str, lines: list[bytes], *, retain: bool, keep: RetentionSettings = SHORT) -> Engine:
    engine = Engine(await open_store(url, "test"), Config(retention=keep), retain=retain)
    await engine.recover()
    await play(engine, lines)
    return engine


def noise(days: int) -> list[bytes]:
    """Alerts that come and go, and so much else that the journal has many segments."""
    script = Script()
    for minute in range(0, days * 1440, 97):
        for step in range(0, 97, 2):
            script.add("phone.activity", at(minute, step), {"person": f"P{step}", "site": "S1"})
        data = {"alert_type": f"T{minute % 5}", "severity": "HIGH", "entity": f"device/D{minute % 7}", "site": "S1"}
        script.add("alert.firing", at(minute), data)
        script.add("alert.resolved", at(minute + 20), data)
    return script.lines


async def test_what_is_over_for_long_is_removed_and_the_rest_is_sound(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/noc.db"
    engine = await work(url, noise(12), retain=True)
    await engine.close()
    assert check_database(url) == []
    reader = open_reader(url)
    now, slack = at(12 * 1440), DAY + SLOT
    try:
        assert now - 5 * DAY - slack <= min(one.ended_at or now for one in reader.alerts(None, None))
        assert now - 3 * DAY - slack <= min(one.time for one in reader.feed(None, None))
        sequences = [one.sequence for one in reader.feed(None, None)]
        assert sequences == list(range(sequences[0], sequences[-1] + 1))
        assert sequences[0] > 1
    finally:
        reader.close()


async def test_after_a_restart_it_goes_on_as_if_nothing_had_been_removed(tmp_path: Path) -> None:
    lines = noise(12)
    half = len(lines) // 2
    for name, retain in (("kept", False), ("thin", True)):
        url = f"sqlite:///{tmp_path}/{name}.db"
        engine = await work(url, lines[:half], retain=retain)
        await engine.store.close()  # as a kill leaves it: without a last snapshot
        engine = await work(url, lines[half:], retain=retain)
        assert engine.pipeline.notes == []
        await engine.close()
    kept, thin = (f"sqlite:///{tmp_path}/{name}.db" for name in ("kept", "thin"))
    whole, left = exported(kept, ("alerts", "feed")), exported(thin, ("alerts", "feed"))
    for kind in ("alerts", "feed"):
        assert left[kind]
        assert whole[kind].endswith(left[kind])
        assert len(left[kind]) < len(whole[kind])


async def test_a_kill_between_two_steps_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = samples(40).lines
    clean = await work(f"sqlite:///{tmp_path}/clean.db", lines, retain=False)
    await clean.retention.thin(clean.retention.now())
    await clean.close()
    url = f"sqlite:///{tmp_path}/killed.db"
    engine = await work(url, lines, retain=False)
    written = SqliteStore._write
    left = [1]

    async def dying(store: SqliteStore, *args: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError("the power failed")
        await written(store, *args)

    monkeypatch.setattr(SqliteStore, "_write", dying)
    with pytest.raises(StoreBroken, match="power"):
        await engine.store._thin(engine.retention.keep(), Thinned())  # type: ignore[attr-defined]
    monkeypatch.undo()
    await engine.retention.thin(engine.retention.now())
    await engine.close()
    assert blocks(url) == blocks(f"sqlite:///{tmp_path}/clean.db")


def blocks(url: str) -> list[tuple[int, int, bytes]]:
    reader = open_reader(url)
    try:
        return sorted(
            (tier, block.start, block.packed)
            for tier in (300, 3600, 86400)
            for block in reader.metric_blocks("default", "load", tier, None, None)
        )
    finally:
        reader.close()


async def test_a_second_look_does_nothing(tmp_path: Path) -> None:
    engine = await work(f"sqlite:///{tmp_path}/noc.db", samples(20).lines, retain=False)
    assert (await engine.retention.thin(engine.retention.now())).rolled
    again = await engine.retention.thin(engine.retention.now())
    assert (again.rolled, again.removed) == (0, {})
    await engine.close()


async def test_an_event_older_than_the_journal_is_news_again_and_breaks_nothing(tmp_path: Path) -> None:
    lines = noise(12)
    engine = await work(f"sqlite:///{tmp_path}/noc.db", lines, retain=True)
    answer = await engine.process([], 0)
    assert answer == []
    before = engine.meters.duplicates
    await play(engine, lines[:1])
    await play(engine, lines[-1:])
    assert engine.meters.duplicates - before >= 1
    await engine.close()


async def test_the_oldest_raw_data_goes_when_the_disk_is_full_and_it_is_said(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/noc.db"
    engine = await work(url, noise(6), retain=False, keep=RetentionSettings())
    told: list[str] = []
    engine.on_trouble = told.append
    await engine.leave_snapshot()
    keep = engine.retention.keep()
    keep.most = 40_000
    done = await engine.store.thin(keep)
    assert done.pressed["segments"] > 0
    await engine.retention._say(done, at(6 * 1440))
    assert "has reached its limit" in told[0]
    assert "segments" in told[0]
    await engine.close()
    assert check_database(url) == []
    again = await work(url, [], retain=False)
    assert again.pipeline.notes == []
    await again.close()


async def test_the_chain_of_the_audit_begins_later_and_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path}/noc.db"
    script = Script()
    for day in range(10):
        data = {"alert_type": "DOOR", "severity": "HIGH", "entity": f"device/D{day}", "site": "S1"}
        script.add("alert.firing", at(day * 1440), data)
        script.add(
            "verdict.recorded", at(day * 1440 + 5), {"target": "alert/A-x", "verdict": "confirmed", "actor": "ann"}
        )
    engine = await work(url, script.lines, retain=True)
    await engine.close()
    assert main(["audit", "verify", "--db", url]) == 0
    assert "were removed by retention" in capsys.readouterr().out
    reader = open_reader(url)
    try:
        assert min(row.time for row in reader.audit(None, None)) >= at(10 * 1440) - 4 * DAY - 2 * DAY
    finally:
        reader.close()
