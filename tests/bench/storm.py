"""A storm of alerts, and many clusters at once: what placing an alert and asking for the board cost then.

`flood` and `crowd` run in a process of their own (`tests.bench.child`); the other functions ask them.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from data import times
from data.opening import open_store
from data.times import MINUTE, SECOND
from engine import intake
from engine.alerts.clusters import Clustering
from engine.items import Items, board
from engine.pages import HealthPages
from engine.query import parse
from engine.query.schemas import ITEMS
from engine.runtime import Engine, settle_memory
from engine.settings import Config
from engine.sources.simulate import MONDAY
from tests.bench import recordings
from tests.bench.child import ask, tell
from tests.bench.figures import Figure, at_most, cost, percentile
from tests.bench.stages import Stages
from tests.bench.yardstick import loop_ns, peak_mb

FILTERS = {
    "severity": "severity>=high",
    "one site, one type": "site:S014 type:POWER_*",
    "text": 'text~"smoke" !acked',
}
WARM = 500  # placements before the ones that are timed


def measure(folder: Path, *, quick: bool) -> Iterator[Figure]:
    alerts = 8_000 if quick else 100_000
    found = ask("storm", 300, database=f"sqlite:///{folder / 'storm.db'}", alerts=alerts)
    loop = found["loop_ns"]
    of = f"storm of {alerts:,} alerts in 10 s"
    yield cost("storm", f"{of}: each, whole pipeline", found["cpu"] * 1e6 / alerts, loop)
    for stage, micros in found["split"].items():
        yield cost("storm", f"  {stage}", micros, loop)
    yield Figure("storm", f"{of}: open clusters", found["clusters"], "")
    yield Figure("storm", f"{of}: open incidents", found["incidents"], "")
    yield Figure("storm", f"{of}: peak memory", found["peak_mb"], "MB")
    yield Figure("storm", f"{of}: place one alert, p50", found["place_p50"], "us CPU")
    yield Figure("storm", f"{of}: place one alert, p99", found["place_p99"], "us CPU")
    for name, millis in found["pages"].items():
        yield Figure("storm", f"{found['open']:,} open alerts: {name}", millis, "ms CPU")
    clusters = 1_000 if quick else 10_000
    found = ask(
        "crowd", 300, database=f"sqlite:///{folder / 'crowd.db'}", clusters=clusters, more=500 if quick else 3_000
    )
    among = f"among {found['clusters']:,} active clusters"
    yield Figure("storm", f"place one alert {among}, p50", found["p50"], "us CPU")
    yield at_most(Figure("storm", f"place one alert {among}, p99", found["p99"], "us CPU"), 1_000)
    yield Figure("storm", f"place one alert {among}, worst", found["worst"], "us CPU")
    for name, millis in found["pages"].items():
        yield Figure("storm", f"{among}: {name}", millis, "ms CPU")


def flood(database: str, alerts: int) -> None:
    """Child: a storm through the engine, then pages and a command with all its alerts open."""

    async def main() -> None:
        stages = Stages()
        stages.install()
        stages.wrap(intake, "read", "decode")
        engine = Engine(await open_store(database, "bench"), Config())
        settle_memory()
        lines = recordings.storm(alerts)
        await _take(engine, islice(lines, 500 * 21))  # the places, before the storm
        placing = _timed_placing()
        stages.forget()
        loop, begun = loop_ns(), time.process_time()
        await _take(engine, lines)
        cpu = time.process_time() - begun
        split = stages.split(alerts, cpu)
        grouping = engine.pipeline.partition("default").grouping
        pages = await _pages(engine)
        tell(
            {
                "cpu": cpu, "split": split, "loop_ns": min(loop, loop_ns()), "peak_mb": peak_mb(), "pages": pages,
                "clusters": len(grouping.clusters.open), "incidents": len(grouping.incidents.open),
                "open": engine.pipeline.partition("default").alerts.firing,
                "place_p50": percentile(placing, 0.5), "place_p99": percentile(placing, 0.99),
            }
        )  # fmt: skip
        await engine.close()

    asyncio.run(main())


def crowd(database: str, clusters: int, more: int) -> None:
    """Child: so many clusters of one alert, then `more` alerts of which every second fits into one of them."""

    async def main() -> None:
        engine = Engine(await open_store(database, "bench"), Config())
        settle_memory()
        await _take(engine, recordings.strangers(clusters, MONDAY, SECOND // 10))
        placing = _timed_placing()
        await _take(engine, _fitting(clusters, WARM + more, MONDAY + clusters * SECOND // 10 + MINUTE))
        placing = placing[WARM:]
        tell(
            {
                "clusters": len(engine.pipeline.partition("default").grouping.clusters.open),
                "p50": percentile(placing, 0.5), "p99": percentile(placing, 0.99), "worst": max(placing),
                "pages": await _pages(engine),
            }
        )  # fmt: skip
        await engine.close()

    asyncio.run(main())


def _fitting(clusters: int, count: int, begin: int) -> Iterator[bytes]:
    for number in range(count):
        site = f"S{number * 7919 % clusters:03}"
        thing = f"{site}-T00" if number % 2 else f"NEW-{number}"
        words = f"ODD {number}" if number % 2 else f"STRANGE {number}"
        yield recordings.alert(number, begin + number * SECOND // 100, f"MORE_{number % 50}", thing, site, words)


def _timed_placing() -> list[float]:
    """CPU microseconds of every placement from now on."""
    place = Clustering.place
    found: list[float] = []

    def timed(self: Clustering, *args: Any, **named: Any) -> Any:
        begun = time.thread_time_ns()
        try:
            return place(self, *args, **named)
        finally:
            found.append((time.thread_time_ns() - begun) / 1000)

    Clustering.place = timed  # type: ignore[method-assign]
    return found


async def _take(engine: Engine, lines: Iterator[bytes]) -> None:
    while batch := list(islice(lines, engine.batch)):
        await engine.process([intake.read(batch, "bench", MONDAY)], MONDAY)


async def _pages(engine: Engine) -> dict[str, float]:
    """CPU milliseconds of what consoles ask for now."""
    partition = engine.pipeline.partition("default")
    items = Items(partition)
    everything = parse("").compile(ITEMS)
    now = partition.watermark
    found = {"all rows made for the first time": _millis(items.rows, 1)}
    found["rows again, nothing changed"] = _millis(items.rows)
    rows = items.rows()
    found["board"] = _millis(lambda: board(rows, everything, now, 500, "priority", 1, 0))
    for name, text in FILTERS.items():
        match = parse(text).compile(ITEMS)
        found[f"board filtered by {name}"] = _millis(lambda match=match: board(rows, match, now, 500, "priority", 1, 0))  # type: ignore[misc]
    health = HealthPages(engine.meters, "")
    found["health"] = _millis(lambda: health.page(partition, items, 1))
    largest = max(rows, key=lambda row: row.open_alerts)
    begun = time.process_time()
    await engine.process([intake.read([_acknowledge(largest.ref, now)], "bench", MONDAY)], MONDAY)
    found[f"acknowledge an item of {largest.open_alerts:,} alerts, committed"] = (time.process_time() - begun) * 1000
    return found


def _acknowledge(ref: str, now: int) -> bytes:
    data = {"target": ref, "action": "acknowledge", "actor": "bench"}
    return recordings.event(f"ack-{times.text(now)}", "noc.operator.acted", now, data, "noc/console")


def _millis(call: Callable[[], Any], repeats: int = 5) -> float:
    least = float("inf")
    for _ in range(repeats):
        begun = time.thread_time()
        call()
        least = min(least, time.thread_time() - begun)
    return least * 1000
