"""The hub: messages a second, how long one lies in the outbox, and the attempts that an outage costs.

Engine, courier and a receiver over real HTTP share one process and one core here, so the receiver's work is in the CPU
time. The attempts are counted on a clock that only the bench moves."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

from data.opening import open_store
from data.times import SECOND
from engine import clock
from engine.runtime import Engine
from engine.settings import Config
from engine.settings.notify import Notify, Receiver, Route
from tests.bench.figures import Figure, at_most, percentile
from tests.engine.respond.test_outages import Outage
from tests.support.fakes.http import Answer, Request, Server
from tests.support.recordings import Script

STEADY = 40  # alerts a second, each with a message of its own


def measure(folder: Path, *, quick: bool) -> Iterator[Figure]:
    count, seconds = (300, 2) if quick else (5_000, 20)
    wall, cpu = asyncio.run(_flood(f"sqlite:///{folder / 'flood.db'}", count))
    yield Figure("hub", f"{count:,} messages that waited, delivered over HTTP", count / wall, "/s")
    yield Figure("hub", "the same, by CPU time of engine and receiver", count / cpu, "/CPU s")
    found = asyncio.run(_steady(f"sqlite:///{folder / 'steady.db'}", seconds))
    name = f"handed in to received, {STEADY} alerts/s: "
    yield Figure("hub", name + "median", 1e3 * percentile(found, 0.5), "ms")
    yield at_most(Figure("hub", name + "p99", 1e3 * percentile(found, 0.99), "ms"), 500)
    for minutes in (1, 60):
        yield Figure("hub", f"attempts in an outage of {minutes} min, 2 messages owed", _attempts(minutes), "")


def _config(url: str) -> Config:
    desk = Receiver("desk", "webhook", url, rate=100_000, digest_over=100_000)
    route = Route(to=("desk",), group_by=("entity",), group_wait=0, group_interval=SECOND)
    return Config(notify=Notify(receivers=(desk,), routes=(route,)))


async def _flood(url: str, count: int) -> tuple[float, float]:
    """Wall and CPU seconds until everything that waited for a receiver has arrived."""
    async with Server() as server:
        await server.down()
        config = _config(server.url)
        engine = Engine(await open_store(url, "bench"), config, contacts="live")
        await engine.recover()
        script = Script()
        for number in range(count):
            script.fire(clock.wall(), alert="DEVICE_OFFLINE", entity=f"device/D{number}")
        script.tick(clock.wall() + SECOND)
        running = asyncio.create_task(engine.run())
        await engine.submit(script.lines, "bench")
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await engine.close()
        await server.up()
        engine = Engine(await open_store(url, "bench"), config, contacts="live")
        await engine.recover()
        wall, cpu = time.perf_counter(), time.process_time()
        running = asyncio.create_task(engine.run())
        while len(server.got) < count or await engine.store.notifications():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        took = time.perf_counter() - wall, time.process_time() - cpu
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await engine.close()
        assert len({request.headers["idempotency-key"] for request in server.got}) >= count
    return took


async def _steady(url: str, seconds: int) -> list[float]:
    """Seconds from handing an alert in until its message has arrived."""
    sent: dict[str, float] = {}
    found: list[float] = []

    def behave(request: Request) -> Answer:
        found.extend(time.perf_counter() - sent[alert["labels"]["entity"]] for alert in request.json["alerts"])
        return Answer()

    async with Server(behave) as server:
        engine = Engine(await open_store(url, "bench"), _config(server.url), live=True)
        await engine.recover()
        running = asyncio.create_task(engine.run())
        begun = time.perf_counter()
        for number in range(STEADY * seconds):
            script = Script(prefix=f"b{number}-")
            script.fire(clock.wall(), alert="DEVICE_OFFLINE", entity=f"device/D{number}")
            sent[f"device/D{number}"] = time.perf_counter()
            await engine.submit(script.lines, "bench")
            await asyncio.sleep(max(0.0, begun + (number + 1) / STEADY - time.perf_counter()))
        while len(found) < STEADY * seconds:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await engine.close()
    return found


def _attempts(minutes: int) -> int:
    outage = Outage("answers 500", minutes, "no kill")
    asyncio.run(outage.happen())
    return len(outage.box.tries)
