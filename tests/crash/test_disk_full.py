"""No room left: the engine says so, acknowledges nothing, goes on when there is room, and has lost nothing.

The kernel's limit on the size of a file stands for the end of the disk: a write beyond it fails as it would there.
"""

import asyncio
import os
import resource
import sys
from pathlib import Path

import pytest

from data.opening import check_database, open_store
from engine import runtime
from engine.runtime import Engine
from tests.support.kill import Child
from tests.support.recordings import Script, at, rows, started

pytestmark = [pytest.mark.crash, pytest.mark.skipif(sys.platform != "linux", reason="forks")]


def deliveries(count: int, offset: int) -> list[list[bytes]]:
    script = Script(prefix=f"d{offset}-")
    for number in range(count):
        script.fire(at(0, offset + number), alert=f"Kind{offset + number}", message="x" * 500)
    return [[line] for line in script.lines]


def limit(size: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size if size else hard, hard))


async def filled(url: str) -> tuple[Engine, "asyncio.Task[None]", list["asyncio.Task[object]"]]:
    """An engine that has taken one delivery, and five more with no room for them."""
    runtime.RETRY = 0.02  # type: ignore[misc]
    engine = await started(await open_store(url, "full test"))
    told: list[str] = []
    engine.on_trouble = told.append
    serving = asyncio.create_task(engine.run())
    [first] = deliveries(1, 0)
    assert (await engine.submit(first, "test")).accepted == 1
    assert engine.meters.state == "ready"
    limit(os.stat(url.removeprefix("sqlite:///") + "-wal").st_size + 2000)
    waiting: list[asyncio.Task[object]] = [
        asyncio.create_task(engine.submit(each, "test")) for each in deliveries(5, 10)
    ]
    async with asyncio.timeout(20):
        while engine.meters.state != "disk full":  # noqa: ASYNC110 (nothing tells of it)
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.1)  # several tries
    assert engine.meters.state == "disk full"
    assert engine.meters.note
    assert len(told) == 1, "a full disk is told once"
    assert "nothing is lost" in told[0]
    assert not any(each.done() for each in waiting), "acknowledged what is not on the disk"
    return engine, serving, waiting


def wait_for_room(url: str) -> None:
    async def run() -> None:
        engine, serving, waiting = await filled(url)
        limit(0)
        async with asyncio.timeout(20):
            answers = await asyncio.gather(*waiting)
        assert [answer.accepted for answer in answers] == [1] * 5  # type: ignore[attr-defined]
        assert (engine.meters.state, engine.meters.note) == ("ready", "")
        assert (await engine.submit(deliveries(1, 10)[0], "test")).duplicates == 1
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        await engine.close()

    asyncio.run(run())


def give_up(url: str) -> None:
    """Somebody ends the console while the disk is full."""

    async def run() -> None:
        engine, serving, waiting = await filled(url)
        serving.cancel()
        await asyncio.gather(serving, *waiting, return_exceptions=True)
        await engine.close()
        limit(0)
        again = await started(await open_store(url, "full test"))
        serving = asyncio.create_task(again.run())
        for each in deliveries(5, 10):
            assert (await again.submit(each, "test")).accepted == 1
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        await again.close()

    asyncio.run(run())


@pytest.mark.timeout(60)
@pytest.mark.parametrize("story", [wait_for_room, give_up])
def test_a_full_disk_is_said_and_waited_for(story: object, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/noc.db"

    def work(inbox: int, outbox: int) -> None:
        os.close(inbox)
        story(url)  # type: ignore[operator]

    assert Child(work).wait() == 0
    assert [row["id"] for row in rows(url, "events")] == ["d0-1", *[f"d10-{n}" for n in range(1, 6)]]
    assert len(rows(url, "alerts")) == 6
    assert check_database(url) == []
