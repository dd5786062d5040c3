"""The store alone, killed in the middle of its commits: what was answered is there, and nothing is there by half."""

import asyncio
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from data import opening
from data.opening import open_reader, open_store
from data.store import Commit, Position, Snapshot, StoreFull
from tests.data import store_samples as samples

pytestmark = [pytest.mark.crash, pytest.mark.skipif(sys.platform != "linux", reason="forks")]

ROUNDS = 30
SIZES = (1, 3, 40, 700)  # events in a batch: small ones are merged on the way


def batch(number: int, first: int) -> Commit:
    """The `number`th batch, from journal position `first` on. Everything in it tells its number."""
    made = samples.segment(first, SIZES[number % 4])
    last = first + len(made.lines) - 1
    return Commit(
        segment=made,
        entities=[samples.entity("a", last, name=str(number)), samples.entity(f"n{number}", last)],
        alerts=[samples.alert(1, count=number), samples.alert(number + 1)],
        feed=[samples.entry(number)],
        positions=[Position("default", samples.START, number)],
        audit=[samples.audit(number)],
        snapshot=Snapshot(last, str(number).encode()) if number % 5 == 0 else None,
    )


def forked(work: Callable[[int], None]) -> tuple[int, int]:
    """Runs `work` in a child, which is given a pipe to write to; (pid, the end to read from)."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(reading)
            work(writing)
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    return pid, reading


def commit_for_ever(url: str, answers: int) -> None:
    async def run() -> None:
        store = await open_store(url, "crash test")
        loaded = await store.load(0)
        number = loaded.positions[0].sequence if loaded.positions else 0
        seq = loaded.seq
        while True:
            number += 1
            commit = batch(number, seq + 1)
            await store.commit(commit)
            assert commit.segment is not None
            seq += len(commit.segment.lines)
            os.write(answers, b".")

    asyncio.run(run())


def committed(url: str) -> int:
    """The number of the last batch, after a look at everything that must agree with it."""
    reader = open_reader(url)
    try:
        loaded = reader.load(0)
        if not loaded.positions:
            assert (loaded.seq, list(reader.alerts(None, None))) == (0, [])
            return 0
        number = loaded.positions[0].sequence
        assert loaded.seq == sum(SIZES[each % 4] for each in range(1, number + 1))
        assert [entry.sequence for entry in reader.feed(None, None)] == list(range(1, number + 1))
        assert [row.seq for row in reader.audit(None, None)] == list(range(1, number + 1))
        alerts = list(reader.alerts(None, None))
        assert alerts[0].count == number
        assert len(alerts) == number + 1
        then = number // 5 * 5
        if then:
            assert loaded.snapshot is not None
            assert loaded.snapshot.body == str(then).encode()
            assert loaded.alerts[0].count == then
            assert [each.name for each in loaded.entities if each.ref == "host/a"] == [str(then)]
            assert len(loaded.entities) == then + 1
        return number
    finally:
        reader.close()


@pytest.mark.timeout(120)
def test_killed_at_any_moment_nothing_is_lost_and_nothing_is_there_by_half(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/noc.db"
    chance = random.Random(20240501)
    done = 0
    for _ in range(ROUNDS):
        pid, answers = forked(lambda pipe: commit_for_ever(url, pipe))
        try:
            wanted = chance.randrange(1, 12)
            got = b""
            while len(got) < wanted:
                piece = os.read(answers, wanted - len(got))
                assert piece, "the child ended by itself"
                got += piece
            until = time.monotonic() + chance.random() * 0.004
            while time.monotonic() < until:
                pass
            os.kill(pid, signal.SIGKILL)
            while piece := os.read(answers, 100):
                got += piece
        finally:
            os.close(answers)
            os.waitpid(pid, 0)
        found = committed(url)
        assert done + len(got) <= found <= done + len(got) + 1
        done = found
    assert opening.check_database(url) == []
    store_files = {file.name for file in tmp_path.iterdir()}
    assert store_files <= {"noc.db", "noc.db-wal", "noc.db-shm", "noc.db.lock"}


def fill_and_go_on(url: str) -> None:
    async def run() -> None:
        store = await open_store(url, "full test")
        await store.commit(batch(1, 1))
        limit = (tmp := Path(url.removeprefix("sqlite:///"))).with_name(tmp.name + "-wal").stat().st_size + 3000
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        following = batch(2, 1 + SIZES[1])
        for _ in range(3):
            try:
                await store.commit(following)
            except StoreFull:
                continue
            raise AssertionError("there was room")
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        await store.commit(following)
        await store.close()

    asyncio.run(run())


def test_a_disk_that_takes_no_more_is_waited_for(tmp_path: Path) -> None:
    """The kernel's limit on the size of a file stands for the end of the disk."""
    url = f"sqlite:///{tmp_path}/noc.db"
    pid, answers = forked(lambda _: fill_and_go_on(url))
    os.close(answers)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert committed(url) == 2
    assert opening.check_database(url) == []
