"""After an unclean stop: snapshot and tail lead to exactly the state that was (DESIGN: core decisions)."""

import asyncio
from pathlib import Path

import pytest

from data.opening import check_database, open_store
from data.store import Commit
from engine.runtime import Engine
from tests.support.memory import MemoryStore
from tests.support.recordings import Script, at, exported, play, simulated, started


@pytest.fixture(scope="module")
def night() -> tuple[bytes, ...]:
    return simulated(6, 8)


async def snapshot(engine: Engine) -> None:
    await engine.store.commit(Commit(snapshot=engine.pipeline.snapshot()))


async def stopped(store: MemoryStore, lines: tuple[bytes, ...], cut: int, tail: int) -> Engine:
    """A snapshot at `cut`, `tail` events more, then gone without a word. The engine that came after."""
    engine = await started(store)
    await play(engine, lines[:cut])
    await snapshot(engine)
    await play(engine, lines[cut : cut + tail], 300)
    return await started(store)


@pytest.mark.parametrize(("cut", "tail"), [(1, 2000), (3000, 1), (4000, 3000), (7000, 0)])
def test_the_state_is_exactly_that_of_one_that_never_stopped(cut: int, tail: int, night: tuple[bytes, ...]) -> None:
    async def run() -> None:
        store = MemoryStore()
        engine = await stopped(store, night, cut, tail)
        never = await started(MemoryStore())
        await play(never, night[: cut + tail], 1000)
        assert engine.pipeline.seq == never.pipeline.seq == cut + tail
        loaded = await store.load(0)
        assert engine.pipeline.agrees(loaded.positions)
        assert engine.pipeline.snapshot().body == never.pipeline.snapshot().body
        await play(engine, night[cut + tail :])
        await play(never, night[cut + tail :])
        assert engine.pipeline.snapshot().body == never.pipeline.snapshot().body

    asyncio.run(run())


def test_recovery_is_told_how_far_it_is(night: tuple[bytes, ...]) -> None:
    async def run() -> list[tuple[int, int]]:
        store = MemoryStore()
        engine = await started(store)
        await play(engine, night[:900], 300)
        told: list[tuple[int, int]] = []
        again = Engine(store, engine.pipeline.config)
        await again.recover(lambda done, total: told.append((done, total)))
        return told

    assert asyncio.run(run()) == [(300, 900), (600, 900), (900, 900)]


def test_a_file_that_was_never_closed_goes_on_as_if_it_had_been(night: tuple[bytes, ...], tmp_path: Path) -> None:
    clean, unclean = (f"sqlite:///{tmp_path}/{name}.db" for name in ("clean", "unclean"))

    async def run(url: str, *, cleanly: bool) -> None:
        for first in range(0, 6000, 1500):
            engine = await started(await open_store(url, "test"))
            await play(engine, night[first : first + 1500], 400)
            if first == 1500:
                await snapshot(engine)
            await (engine.close() if cleanly else engine.store.close())

    asyncio.run(run(clean, cleanly=True))
    asyncio.run(run(unclean, cleanly=False))
    assert exported(clean) == exported(unclean)
    assert check_database(unclean) == []


def test_a_late_end_before_a_stop_is_remembered_as_long_as_without_one() -> None:
    """An alert that ended in the past (told late) can be raised again by another late event, stop or not."""
    script = Script()
    script.fire(at(0), ends_at=None)
    script.fire(at(12))
    script.tick(at(20))
    script.clear(at(13))
    script.fire(at(14), message="again")
    lines = tuple(script.lines)

    async def run(*, stop: bool) -> dict[int, bytes]:
        store = MemoryStore()
        engine = await started(store)
        await play(engine, lines[:4])
        if stop:
            await engine.close()
            engine = await started(store)
        await play(engine, lines[4:])
        await engine.close()
        return store.rows()["alerts"]  # type: ignore[no-any-return]

    assert asyncio.run(run(stop=False)) == asyncio.run(run(stop=True))
