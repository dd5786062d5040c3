"""The engine's own meters as metrics: every five minutes of its clock, the same after a recovery, and no news."""

import pytest

from data.own import METERS
from data.wire import decode
from engine import clock, runtime
from engine.metering import Metering
from engine.runtime import Engine
from engine.settings import Config
from tests.support.memory import MemoryStore
from tests.support.recordings import Script, at


async def alive(store: MemoryStore) -> Engine:
    engine = Engine(store, Config(), live=True, retain=False)
    await engine.recover()
    return engine


async def test_what_the_meters_show_is_kept_and_recovered(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    engine = await alive(store)
    monkeypatch.setattr(clock, "wall", lambda: at(1))
    metering = Metering(engine, "sqlite:////nowhere/noc.db")
    assert not await metering.look(), "nobody is there yet whose metrics they are"
    script = Script()
    for minute in range(2):
        script.fire(at(minute))
    await engine.process([runtime.read(script.lines, "test", at(1))], at(1))
    assert not await metering.look()
    monkeypatch.setattr(clock, "wall", lambda: at(4, 59))
    assert not await metering.look()
    for minute in (5, 9, 10):
        monkeypatch.setattr(clock, "wall", lambda minute=minute: at(minute))
        assert await metering.look() == (minute != 9)
    partition = engine.pipeline.partition("default")
    assert partition.watermark == at(1), "measuring moves no watermark"
    waiting = partition.history.waiting("noc_open_alerts")
    assert (waiting.series[0].unit, waiting.series[0].site, waiting.series[0].entity) == ("", None, None)
    assert waiting.buckets.start.tolist() == [at(5), at(10)]
    assert waiting.buckets.last.tolist() == [1.0, 1.0]
    assert partition.history.waiting("noc_events_per_second").buckets.max[0] > 0
    assert partition.history.waiting("noc_lag_s").buckets.last.tolist() == [240.0, 540.0]
    again = (await alive(store)).pipeline.partition("default")
    for name in sorted(partition.history.names()):
        one, other = partition.history.waiting(name).buckets, again.history.waiting(name).buckets
        assert (one.sum.tobytes(), one.start.tobytes()) == (other.sum.tobytes(), other.start.tobytes()), name
    assert len(partition.history.names()) > 10
    types = [decode(line, own=True).type for segment in store.journal for line in segment.lines]
    assert types.count(METERS) == 2, "one entry holds all of them"


async def test_a_quiet_operation_follows_the_wall_while_it_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    engine = await alive(store)
    monkeypatch.setattr(clock, "wall", lambda: at(0))
    script = Script()
    script.fire(at(0))
    await engine.process([runtime.read(script.lines, "test", at(0))], at(0))
    metering = Metering(engine, "sqlite:////nowhere/noc.db")
    await metering.look()
    begun = clock.monotonic()
    monkeypatch.setattr(clock, "monotonic", lambda: begun + 2)
    for minute in range(5, 60, 5):
        monkeypatch.setattr(clock, "wall", lambda minute=minute: at(minute))
        assert await metering.look()
    partition = engine.pipeline.partition("default")
    assert partition.watermark == at(55)
    assert partition.history.waiting("noc_lag_s").buckets.last.tolist() == [0.0] * 11


def test_nobody_else_may_say_what_the_meters_show() -> None:
    line = (
        b'{"specversion":"1.0","id":"x","source":"s","type":"noc.engine.meters","time":"2026-03-01T10:00:00Z",'
        b'"data":{"values":[["noc_memory_mb",1.0,"MB"]]}}'
    )
    with pytest.raises(ValueError, match="own types"):
        decode(line)
