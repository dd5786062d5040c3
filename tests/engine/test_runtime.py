"""The engine at work: answers after the commit, the wall while live, and its end."""

import asyncio

import pytest

from data import times
from data.own import CLOCK_HOLD, CLOCK_STEP
from data.store import Commit
from data.times import MINUTE
from data.wire import decode
from engine import clock, runtime
from engine.runtime import Engine
from engine.settings import Config
from tests.support.memory import MemoryStore
from tests.support.recordings import Script, at, started


class Gated(MemoryStore):
    """A store whose commits wait until they are let through."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def commit(self, commit: Commit) -> None:
        await self.gate.wait()
        await super().commit(commit)


def lines(count: int, tenant: str | None = None) -> list[bytes]:
    script = Script(tenant=tenant)
    for number in range(count):
        script.fire(at(number), alert=f"Kind{number}")
    return script.lines


async def test_nobody_is_answered_before_the_commit() -> None:
    store = Gated()
    engine = await started(store)
    serving = asyncio.create_task(engine.run())
    asked = asyncio.create_task(engine.submit([*lines(3), b"rubbish"], "test"))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not asked.done()
    store.gate.set()
    answer = await asked
    assert (answer.accepted, answer.duplicates, [index for index, _ in answer.rejected]) == (3, 0, [3])
    assert store.last == 3
    assert len(store.letters) == 1
    serving.cancel()


async def test_what_arrives_meanwhile_is_one_batch_and_each_gets_its_own_answer() -> None:
    store = Gated()
    engine = await started(store)
    serving = asyncio.create_task(engine.run())
    three = lines(3)
    first = asyncio.create_task(engine.submit(three[:1], "test"))
    for _ in range(20):
        await asyncio.sleep(0)
    others = [asyncio.create_task(engine.submit(each, "test")) for each in (three[:2], three[1:], [])]
    for _ in range(20):
        await asyncio.sleep(0)
    store.gate.set()
    answers = [(each.accepted, each.duplicates) for each in await asyncio.gather(first, *others)]
    assert answers == [(1, 0), (1, 1), (1, 1), (0, 0)]
    assert [len(segment.lines) for segment in store.journal] == [1, 2]
    serving.cancel()


def now(monkeypatch: pytest.MonkeyPatch, time: int) -> None:
    monkeypatch.setattr(clock, "wall", lambda: time)


async def quiet(engine: Engine) -> None:
    """A second has passed without an event."""
    await engine._follow_wall()


def kinds(store: MemoryStore) -> list[str]:
    return [decode(line, own=True).type for segment in store.journal for line in segment.lines]


async def alive(store: MemoryStore) -> Engine:
    engine = Engine(store, Config(), live=True)
    await engine.recover()
    return engine


async def test_while_live_the_wall_ends_what_is_due_and_writes_that_down(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    engine = await alive(store)
    now(monkeypatch, at(0))
    script = Script()
    script.fire(at(0), ends_at=times.text(at(5)))
    await engine.process([runtime.read(script.lines, "test", at(0))], at(0))
    now(monkeypatch, at(4))
    await quiet(engine)
    assert kinds(store) == ["noc.alert.firing"], "nothing was due"
    now(monkeypatch, at(6))
    await quiet(engine)
    assert kinds(store)[1:] == [CLOCK_STEP]
    again = await alive(store)
    partition = again.pipeline.partition("default")
    assert (partition.watermark, partition.alerts.firing) == (at(6), 0), "recovery repeats the step"


async def test_a_watermark_far_behind_the_wall_is_left_to_its_events(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    engine = await alive(store)
    now(monkeypatch, at(0) + 11 * MINUTE)
    script = Script()
    script.fire(at(0), ends_at=times.text(at(5)))
    await engine.process([runtime.read(script.lines, "test", at(0))], at(0))
    await quiet(engine)
    assert kinds(store) == ["noc.alert.firing"]


async def test_a_replay_knows_no_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    engine = await started(store)
    now(monkeypatch, at(0))
    script = Script()
    script.fire(at(0), ends_at=times.text(at(5)))
    script.tick(at(3000))
    await engine.process([runtime.read(script.lines, "test", at(0))], at(0))
    await quiet(engine)
    assert CLOCK_HOLD not in kinds(store)
    assert engine.pipeline.partition("default").watermark == at(3000)


async def test_an_event_far_ahead_of_the_wall_does_not_move_the_watermark(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    engine = await alive(store)
    now(monkeypatch, at(0))
    script = Script()
    script.tick(at(0))
    script.tick(at(5) + 1)
    script.tick(at(5))
    await engine.process([runtime.read(script.lines, "test", at(0))], at(0))
    assert kinds(store).count(CLOCK_HOLD) == 1
    assert engine.pipeline.partition("default").watermark == at(5)
    again = await alive(store)
    assert again.pipeline.partition("default").watermark == at(5)


async def test_closing_leaves_a_snapshot_and_no_tail() -> None:
    store = MemoryStore()
    engine = await started(store)
    await engine.process([runtime.read(lines(5), "test", at(0))], at(0))
    await engine.close()
    assert store.snapshot is not None
    assert store.snapshot.seq == 5
    told: list[int] = []
    again = Engine(store, Config())
    await again.recover(lambda done, total: told.append(done))
    assert told == []
    assert (again.pipeline.seq, again.meters.state) == (5, "ready")


async def test_closing_an_empty_engine_writes_nothing() -> None:
    store = MemoryStore()
    await (await started(store)).close()
    assert store.snapshot is None
