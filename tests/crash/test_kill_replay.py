"""`kill -9` in the middle of replays: started again they come to what an uninterrupted one comes to, and lose nothing.

At least 60 kills of a forked engine with batches and snapshots in quick succession, and 22 of the real program.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from data.opening import check_database, open_reader, open_store
from engine import pipeline
from engine.replay import feed
from engine.runtime import Engine
from engine.settings import Config
from engine.settings.sections import EngineSettings
from tests.support.kill import Child
from tests.support.recordings import exported, replayed, rows, simulated, write

pytestmark = [pytest.mark.crash, pytest.mark.skipif(sys.platform != "linux", reason="forks")]

FORKED = 60
PROGRAM = 22
BATCH = 40
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def night() -> tuple[bytes, ...]:
    return simulated(6, 3)


@pytest.fixture(scope="module")
def recording(night: tuple[bytes, ...], tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write(tmp_path_factory.mktemp("night") / "night.jsonl.gz", night))


@pytest.fixture(scope="module")
def whole(night: tuple[bytes, ...], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    url = f"sqlite:///{tmp_path_factory.mktemp('whole')}/noc.db"
    asyncio.run(replayed(url, night))
    found = exported(url)
    assert found["feed"], "there is something to lose"
    return found


def replay_and_tell(url: str, recording: str, outbox: int) -> None:
    """`noc replay` with small batches and a snapshot every few of them; tells each new journal position."""
    pipeline.SNAPSHOT_EVERY = 700  # type: ignore[misc]

    async def run() -> None:
        engine = Engine(await open_store(url, "crash test"), Config(engine=EngineSettings(batch_events=BATCH)))
        told = -1

        def tell(_: object) -> None:
            nonlocal told
            if engine.pipeline.seq > told:
                told = engine.pipeline.seq
                os.write(outbox, b"%d\n" % told)

        await engine.recover()
        engine.on_commit = tell
        await feed(engine, [recording], speed=float("inf"), since=None, until=None, progress=lambda done, total: None)
        await engine.close()

    asyncio.run(run())


def journalled(url: str) -> tuple[int, list[str]]:
    """The last journal position, and all ids in the journal."""
    reader = open_reader(url)
    try:
        last = reader.load(0).seq
    finally:
        reader.close()
    return last, [f"{row['source']} {row['id']}" for row in rows(url, "events")]


@pytest.mark.timeout(200)
def test_replays_killed_at_any_moment(
    recording: str, night: Sequence[bytes], whole: dict[str, bytes], tmp_path: Path
) -> None:
    chance = random.Random(2)
    kills = rounds = 0
    while kills < FORKED:
        rounds += 1
        url = f"sqlite:///{tmp_path}/{rounds}.db"
        fed: list[bytes] = []
        while True:
            child = Child(lambda _, outbox, url=url: replay_and_tell(url, recording, outbox))  # type: ignore[misc]
            wanted, acknowledged = chance.randrange(0, 14), 0
            heard: list[bytes] = []
            while len(heard) < wanted and (found := child.lines()):
                heard += found
            heard += child.kill(chance.random() * (0.15 if not wanted else 0.006))
            if child.wait() == 0:
                break
            assert child.wait() == -signal.SIGKILL
            kills += 1
            file = Path(url.removeprefix("sqlite:///"))
            if not heard and not fed and not (file.exists() and file.stat().st_size):
                continue  # it had not come to the tables yet
            acknowledged = int(heard[-1]) if heard else 0
            fed = still_there(url, acknowledged, fed)
        assert exported(url) == whole
        assert check_database(url) == []
        _, ids = journalled(url)
        assert len(ids) == len(set(ids)) == len(night)
    assert kills >= FORKED


def still_there(url: str, acknowledged: int, before: list[bytes]) -> list[bytes]:
    """What was committed is there, once, and what was told before is told still. The feed as it stands."""
    last, ids = journalled(url)
    assert acknowledged <= last <= acknowledged + BATCH or not acknowledged
    assert len(ids) == len(set(ids)) == last
    now = exported(url, ["feed"])["feed"].splitlines()
    assert now[: len(before)] == before
    return now


def program(url: str, recording: str, config: Path, home: Path) -> "subprocess.Popen[bytes]":
    words = [sys.executable, "-m", "noc_tui.cli", "replay", recording, "--db", url, "--config", str(config), "--json"]
    env = {**os.environ, "HOME": str(home), "XDG_DATA_HOME": str(home), "XDG_STATE_HOME": str(home)}
    return subprocess.Popen(words, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "noc.yaml"
    path.write_text("engine: {batch_events: 100}\n")
    return path


@pytest.mark.timeout(200)
def test_the_program_killed_at_any_moment(
    recording: str, night: Sequence[bytes], whole: dict[str, bytes], tmp_path: Path, config: Path
) -> None:
    chance = random.Random(3)
    usual = duration(f"sqlite:///{tmp_path}/first.db", recording, config, tmp_path)
    kills = rounds = 0
    while kills < PROGRAM:
        rounds += 1
        url = f"sqlite:///{tmp_path}/{rounds}.db"
        last = 0
        for delay in delays(chance, usual):
            running = program(url, recording, config, tmp_path)
            try:
                running.wait(delay)
            except subprocess.TimeoutExpired:
                running.kill()
                kills += 1
            _, said = running.communicate(timeout=60)
            if running.returncode == 0:
                break
            assert running.returncode == -signal.SIGKILL, said.decode()
            last = grown(url, last)
        assert exported(url) == whole
        assert check_database(url) == []
        assert journalled(url)[0] == len(night)
    assert kills >= PROGRAM


def duration(url: str, recording: str, config: Path, home: Path) -> float:
    begun = time.monotonic()
    running = program(url, recording, config, home)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 0, said.decode()
    return time.monotonic() - begun


def delays(chance: random.Random, usual: float) -> Iterator[float]:
    """When to kill: eight times somewhere in the life of a replay, then never."""
    for _ in range(8):
        yield usual * chance.uniform(0.2, 1.0)
    yield 60.0


def grown(url: str, before: int) -> int:
    if not Path(url.removeprefix("sqlite:///")).exists():
        return 0
    try:
        last, ids = journalled(url)
    except Exception:
        assert before == 0, "a database that had been written cannot be read any more"
        return 0
    assert last >= before
    assert len(ids) == len(set(ids)) == last
    return last
