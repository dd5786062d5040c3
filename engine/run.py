"""Ways to run an engine: over recordings, inside a console, as a simulated operation. What commands call.

The engine is imported inside, by whoever runs it: a console paints before that.
"""

import asyncio
import math
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from data.times import HOUR, SECOND
from engine import clock
from engine.embedded import Embedded, Pace
from engine.settings import Config

if TYPE_CHECKING:
    from engine.replay import Report
    from engine.running import Running
    from engine.runtime import Engine

EVENING = 21 * HOUR  # the demo begins in the first evening: a night shift comes on


def replay(
    files: Sequence[str],
    database: str,
    *,
    speed: float = math.inf,
    since: int | None = None,
    until: int | None = None,
    progress: Callable[[int, int | None], None] = lambda done, total: None,
    trouble: Callable[[str], None] = lambda words: None,
    config: Config | None = None,
    auto_train: bool = False,
    retain: bool = False,
) -> "Report":
    """Feeds recordings through an engine over `database` and reports. `trouble` is told what keeps it waiting, and with
    `auto_train`, which makes the replay wait for its models' lessons, what came of them. With `retain` what is old is
    removed, as a live engine would have.
    Raises StoreBusy, StoreBroken, OSError."""
    from data.opening import open_store
    from engine.replay import Report, feed
    from engine.runtime import Engine, settle_memory

    async def main() -> Report:
        engine = Engine(await open_store(database, "replay"), config or Config(), contacts="replay", retain=retain)
        engine.on_trouble = trouble
        try:
            await engine.recover()
            for words in dict.fromkeys(engine.pipeline.library.notes):
                trouble(words)
            settle_memory()
            lesson = _lessons(engine, database, trouble) if auto_train else None
            return await feed(engine, files, speed=speed, since=since, until=until, progress=progress, lesson=lesson)
        finally:
            await engine.close()

    return asyncio.run(main())


def _lessons(engine: "Engine", database: str, tell: Callable[[str], None]) -> Callable[[int], Awaitable[None]]:
    """Gives every partition its lessons of a moment, unless it is past it already: a repeated replay repeats none."""
    from data.own import CLOCK_STEP
    from data.wire import own_entry
    from engine.predict.schooling import Schooling

    school = Schooling(engine, database)

    async def give(due: int) -> None:
        for tenant in list(engine.pipeline.partitions):
            if engine.now(tenant) < due:
                # What is due before the lesson is decided by what was live before it.
                await engine.enter(partial(own_entry, CLOCK_STEP, tenant, due))
                await school.all(tenant, due)
        for words in school.told:
            tell(words)
        school.told.clear()

    return give


def embedded(database: str, config: Config | None = None, *, read_only: bool = False) -> Embedded:
    """A console's engine over `database`, live; read-only, one that follows whoever writes to it."""

    async def make() -> "Running":
        if read_only:
            from engine.follow import Following

            return Following(database, config or Config())
        from data.opening import open_store
        from engine.runtime import Engine

        return Engine(await open_store(database, "noc"), config or Config(), live=True)

    async def feeder(engine: "Running", _: Pace) -> None:
        from engine.sources.following import follow_all

        await follow_all(engine, (config or Config()).sources)

    fed = not read_only and config is not None and any(source.enabled for source in config.sources)
    return Embedded(
        make, database=database, read_only=read_only, feeder=feeder if fed else None, paced=False, config=config
    )


def demo(
    database: str | None, config: Config | None = None, *, seed: int = 1, sites: int = 12, speed: float = 60.0
) -> Embedded:
    """A console's engine over a simulated operation; without `database` in a folder that is removed afterwards."""
    url, folder = _place(database)

    async def make() -> "Running":
        from data.opening import open_store
        from engine.runtime import Engine

        return Engine(await open_store(url, "noc demo"), _acting(config), contacts="simulation", retain=True)

    async def feeder(engine: "Running", rate: Pace) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_prepare(engine, seed, sites))
            tasks.create_task(_simulate(engine, rate, seed, sites))

    return Embedded(
        make, database=url, feeder=feeder, speed=speed, config=_acting(config), on_close=lambda: _remove(folder)
    )


def demo_report(
    database: str | None,
    config: Config | None = None,
    *,
    seed: int = 1,
    sites: int = 12,
    speed: float = 60.0,
    wall: int = 20 * SECOND,
) -> "Report":
    """The simulated operation without a screen for `wall` microseconds, and what came of it."""
    from data.opening import open_store
    from engine.replay import Report, counts, report
    from engine.runtime import Engine, settle_memory

    url, folder = _place(database)

    async def main() -> Report:
        engine = Engine(await open_store(url, "noc demo --headless"), _acting(config), contacts="simulation")
        try:
            await engine.recover()
            settle_memory()
            before, begun, cpu = counts(engine), clock.monotonic(), clock.cpu()
            serving = asyncio.create_task(engine.run())
            feeding = asyncio.create_task(_simulate(engine, Pace(speed), seed, sites))
            preparing = asyncio.create_task(_prepare(engine, seed, sites))
            await asyncio.wait({serving, feeding}, timeout=wall / SECOND, return_when=asyncio.FIRST_EXCEPTION)
            for task in (preparing, feeding, serving):
                task.cancel()
            for ended in await asyncio.gather(preparing, feeding, serving, return_exceptions=True):
                if isinstance(ended, Exception):
                    raise ended
            return report(engine, before, clock.monotonic() - begun, clock.cpu() - cpu)
        finally:
            await engine.close()

    try:
        return asyncio.run(main())
    finally:
        _remove(folder)


async def _prepare(engine: "Running", seed: int, sites: int) -> None:
    """Models that know the days before; until they are there, rules decide."""
    from engine.predict.rehearsal import Rehearsal, equip
    from engine.runtime import Engine

    if isinstance(engine, Engine):
        await equip(engine, Rehearsal(seed, min(sites, 24)))


def _acting(config: Config | None) -> Config:
    """In a simulated operation playbooks act by themselves: nobody and nothing outside is touched (WIRE.md §6)."""
    chosen = config or Config()
    return msgspec.structs.replace(chosen, playbooks=msgspec.structs.replace(chosen.playbooks, auto=True))


async def _simulate(engine: "Running", rate: Pace, seed: int, sites: int) -> None:
    from engine.sources.pacer import pace
    from engine.sources.simulate import MONDAY, Operation, events

    begin = MONDAY + EVENING
    operation = Operation(sites=sites, days=None, seed=seed, lively=True)
    await pace(engine, events(operation, begin), rate, "simulation", begin)


def _place(database: str | None) -> tuple[str, str | None]:
    if database is not None:
        return database, None
    folder = tempfile.mkdtemp(prefix="noc-demo-")
    return f"sqlite:///{Path(folder) / 'noc.db'}", folder


def _remove(folder: str | None) -> None:
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
