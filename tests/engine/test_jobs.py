"""Scheduled work is told: what ran, what is next; names stand for the timers that there are."""

import json
import re
from pathlib import Path

import pytest

from data.opening import open_store
from data.times import HOUR
from engine.jobs import ROOMS, jobs
from engine.runtime import Engine
from engine.settings import Config
from noc_tui.cli import main
from tests.engine.test_retention import samples
from tests.support.recordings import play, simulated, write


async def test_what_ran_and_what_is_next_is_told(tmp_path: Path) -> None:
    engine = Engine(await open_store(f"sqlite:///{tmp_path}/noc.db", "test"), Config(), retain=True)
    await engine.recover()
    await play(engine, simulated())
    (partition,) = engine.pipeline.partitions.values()
    assert len(ROOMS) == len(partition.timers_due())
    now = partition.watermark
    found = {one.name: one for one in jobs(engine.retention, partition, now)}
    assert found["predictions"].runs > 10
    last = found["predictions"].last
    assert last is not None
    assert now - HOUR < last <= now
    assert all(one.next is None or one.next >= now for one in found.values() if one.name != "retention")
    assert found["retention"].last is not None
    listed = [one.next or 1 << 62 for one in jobs(engine.retention, partition, now)]
    assert listed == sorted(listed)
    await engine.close()


def test_jobs_are_listed_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{tmp_path}/noc.db"
    assert main(["replay", str(write(tmp_path / "a.jsonl", simulated())), "--db", url]) == 0
    capsys.readouterr()
    assert main(["jobs", "--json", "--db", url]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"predictions", "closing", "escalation"} <= {one["name"] for one in found}
    assert next(one for one in found if one["name"] == "predictions")["next"].endswith("Z")


def test_a_job_is_run_now_when_somebody_asks_and_that_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path}/noc.db"
    assert main(["replay", str(write(tmp_path / "a.jsonl", samples(20).lines)), "--db", url]) == 0
    capsys.readouterr()
    assert main(["jobs", "run", "retention", "--db", url]) == 0
    assert re.match(r"noc: [1-9]\d* blocks of metrics made coarser|[1-9]\d* blocks", capsys.readouterr().err)
    assert main(["export", "audit", "--db", url]) == 0
    (row,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (row["action"], row["target"]) == ("run_job", "job/retention")
    assert main(["jobs", "run", "escalation", "--db", url]) == 1
    assert "by itself" in capsys.readouterr().err
    assert main(["jobs", "run", "report: none", "--db", url]) == 1
