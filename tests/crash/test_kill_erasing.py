"""`kill -9` in the middle of erasing a person: what is left is the old state, or the new one whose wiping the next
start ends; and then nothing in the folder names the person."""

import asyncio
import os
import resource
import shutil
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from data import sqlite_erasing, sqlite_file
from data.opening import check_database, open_reader, open_store
from data.sqlite import SqliteStore
from data.store import StoreFull
from engine.personal import orders
from tests.support.grepping import found
from tests.support.kill import Child
from tests.support.personal import ID, NAME, WORDS, erased, operation, settings
from tests.support.recordings import exported, started

pytestmark = [pytest.mark.crash, pytest.mark.skipif(sys.platform != "linux", reason="forks")]

PSEUDONYM = "erased-00c0ffee"
POINTS = 34
KINDS = ("events", "alerts", "anomalies", "fraud", "incidents", "feed", "audit", "notifications", "tickets")


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database, closed."""
    folder = tmp_path_factory.mktemp("before")

    async def run() -> None:
        engine, _ = await operation(folder, hours=0.5)
        await engine.close()

    asyncio.run(run())
    return folder


def copied(before: Path, folder: Path) -> str:
    shutil.copy(before / "noc.db", folder / "noc.db")
    return f"sqlite:///{folder}/noc.db"


def erase(url: str, step: Callable[[str], None] = lambda what: None) -> bool:
    """By an engine, under a pseudonym that is known; whether nothing is left to be wiped."""

    async def run() -> bool:
        engine = await started(await open_store(url, "crash test"), settings(Path(url[10:]).parent))
        try:
            store, orders.pseudonym = engine.store, lambda: PSEUDONYM
            assert isinstance(store, SqliteStore)
            store.erase = partial(store.erase, step=step)  # type: ignore[method-assign]
            outcome = await erased(engine)
            return outcome.ok and bool(outcome.detail["wiped"])
        finally:
            await engine.close()

    return asyncio.run(run())


def killed_at(number: int, url: str) -> None:
    """Erases in a child that kills itself at that step."""

    def work(inbox: int, outbox: int) -> None:
        seen = 0

        def step(what: str) -> None:
            nonlocal seen
            seen += 1
            if seen == number:
                os.write(outbox, what.encode() + b"\n")
                os.kill(os.getpid(), signal.SIGKILL)

        erase(url, step)

    child = Child(work)
    child.lines()
    assert child.wait() == -signal.SIGKILL


def steps(before: Path, folder: Path) -> list[str]:
    told: list[str] = []
    erase(copied(before, folder), told.append)
    return told


def restarted(url: str) -> None:
    """As the next start does it: the engine on it must find what its journal leads to."""

    async def run() -> None:
        engine = await started(await open_store(url, "next start"), settings(Path(url[10:]).parent))
        await engine.close()

    asyncio.run(run())


def committed(url: str) -> bool:
    reader = open_reader(url)
    try:
        return any(row.action == "person.erase" for row in reader.audit(None, None))
    finally:
        reader.close()


@pytest.mark.timeout(900)
def test_killed_at_many_points(before: Path, tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    told = steps(before, tmp_path / "whole")
    whole = exported(f"sqlite:///{tmp_path}/whole/noc.db", KINDS)
    old = exported(f"sqlite:///{before}/noc.db", KINDS)
    assert found(tmp_path / "whole", WORDS) == []
    last = told.index("written")
    assert told[last:] == ["written", "committed", "wiping", "log emptied", "written anew", "log emptied again",
                           "note taken away"]  # fmt: skip
    every = max(1, last // (POINTS - 8))
    points = sorted({*range(1, last + 1, every), *range(last, len(told) + 1)})
    assert len(points) >= 30
    seen = set()
    for number in points:
        folder = tmp_path / f"at{number}"
        folder.mkdir()
        url = copied(before, folder)
        killed_at(number, url)
        new = committed(url)
        assert new == (number > last + 1), told[number - 1]
        assert _sound(check_database(url), pending=new and number <= len(told) - 1)
        restarted(url)
        seen.add(new)
        assert check_database(url) == []
        assert _same(exported(url, KINDS), whole if new else old), told[number - 1]
        if new:
            assert found(folder, WORDS) == []
        else:
            assert erase(url)
            assert found(folder, WORDS) == []
        shutil.rmtree(folder)
    assert seen == {True, False}


def _sound(problems: list[str], *, pending: bool) -> bool:
    return [problem for problem in problems if "cut off" not in problem] == [] and (pending == bool(problems))


def _same(one: dict[str, bytes], other: dict[str, bytes]) -> bool:
    """But for the entry of the erasure, which tells the wall's time."""
    return {**one, "audit": one["audit"].splitlines()[:-1]} == {**other, "audit": other["audit"].splitlines()[:-1]}


def test_killed_again_while_the_next_start_wipes(before: Path, tmp_path: Path) -> None:
    url = copied(before, tmp_path)
    count = len(steps(before, tmp_path_of(tmp_path, "count")))
    killed_at(count - 5, url)  # committed, nothing wiped yet
    assert found(tmp_path, [ID]), "the old bytes lie in free pages or in the log"
    for number in range(1, 4):

        def work(inbox: int, outbox: int, number: int = number) -> None:
            seen = 0

            def step(what: str) -> None:
                nonlocal seen
                seen += 1
                if seen == number:
                    os.kill(os.getpid(), signal.SIGKILL)

            sqlite_erasing.wipe(sqlite_file.path_of(url), step)

        child = Child(work)
        assert child.wait() == -signal.SIGKILL
    restarted(url)
    assert found(tmp_path, WORDS) == []
    assert check_database(url) == []


def tmp_path_of(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name


def test_a_full_disk_leaves_all_as_it_was(before: Path, tmp_path: Path) -> None:
    url = copied(before, tmp_path)

    def work(inbox: int, outbox: int) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 10, 64 << 10))
        try:
            erase(url)
        except StoreFull:
            os.write(outbox, b"full\n")

    child = Child(work)
    assert child.lines() == [b"full"]
    assert child.wait() == 0
    assert not committed(url)
    assert exported(url, KINDS) == exported(f"sqlite:///{before}/noc.db", KINDS)
    assert erase(url)
    assert found(tmp_path, WORDS) == []


def test_somebody_who_looks_on_keeps_old_pages_until_the_next_start(before: Path, tmp_path: Path) -> None:
    url = copied(before, tmp_path)
    reader = open_reader(url)
    with reader.still():
        assert reader.person("default", ID).names, "it has begun to read"
        assert not erase(url)
        assert NAME in reader.person("default", ID).names, "and goes on seeing what it saw"
    reader.close()
    assert any("cut off" in problem for problem in check_database(url))
    restarted(url)
    assert found(tmp_path, WORDS) == []
    assert check_database(url) == []
