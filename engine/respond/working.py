"""The workers at the engine's rim, while it runs: only an engine that contacts people has any."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from engine.respond.contacts import LIVE
from engine.settings import Config

if TYPE_CHECKING:
    from engine.respond.hub.courier import Courier
    from engine.respond.runner import Runner
    from engine.runtime import Engine


LOOK = 20.0  # seconds between two looks at whether a digest is due


class Rim:
    """Courier and runner of an engine; others from each change of the configuration on."""

    def __init__(self, engine: "Engine") -> None:
        self.engine = engine
        self._courier: Courier | None = None
        self._runner: Runner | None = None
        self._task: asyncio.Task[None] | None = None

    async def begin(self, config: Config) -> None:
        await self.end()
        if self.engine.contacts != LIVE:
            return
        from engine.respond.hub.courier import Courier  # most engines tell nobody
        from engine.respond.runner import Runner

        courier = self._courier = Courier(self.engine.store, config.notify)
        self.engine.on_outbox, self.engine.on_retry = courier.take, courier.retry
        runner = self._runner = Runner(config, self.engine.enter, self.engine.now)
        self.engine.on_runs = runner.take
        for partition in self.engine.pipeline.partitions.values():
            runner.take(list(partition.playbooks.open.values()), found=True)
        self._task = asyncio.create_task(courier.run(), name="courier")
        self._task.add_done_callback(self._ended)

    async def end(self) -> None:
        """What is not delivered waits for the next courier, or the next engine."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        if self._courier is not None:
            await self._courier.close()
        if self._runner is not None:
            await self._runner.close()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """The engine goes on without it, and says so."""
        if task is self._task and not task.cancelled() and task.exception() is not None:
            self.engine.meters.trouble("notifications stopped", str(task.exception()))


@asynccontextmanager
async def working(engine: "Engine") -> AsyncIterator[None]:
    """Messages are delivered inside."""
    rim = Rim(engine)
    engine.on_reload, engine.on_pause = rim.begin, rim.end
    await rim.begin(engine.pipeline.config)
    try:
        yield
    finally:
        await rim.end()


async def digests(engine: object, database: str) -> None:
    """Digests as long as the engine runs, once there are any; one that only looks on hands over none."""
    from engine.runtime import Engine

    if isinstance(engine, Engine):
        while not engine.pipeline.config.notify.digests:  # noqa: ASYNC110  a reload may bring some
            await asyncio.sleep(LOOK)
        from engine.respond.hub.digests import Digests  # most engines have none

        await Digests(engine, database, LOOK).run()
