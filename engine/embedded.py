"""An engine inside the console's process: its own loop in its own thread, and the console's end of the line to it.

The screen never waits for the engine and the engine never for the screen: pages are exchanged by reference, commands
go across as events.
"""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from data.records import DEFAULT_TENANT
from engine.link import Watch
from engine.views import Health, Outcome

if TYPE_CHECKING:  # the engine itself is loaded by its thread, behind the first paint
    from engine.backtest.trial import Trial
    from engine.control import Commander
    from engine.past.line import PastLine
    from engine.publisher import Publisher
    from engine.running import Running
    from engine.settings import Config

Feeder: TypeAlias = "Callable[[Running, Pace], Awaitable[None]]"


class Pace:
    """How fast a simulation or replay runs: 0 paused, 1 real time. Set from the console, read by the feeder."""

    def __init__(self, factor: float) -> None:
        self.factor = factor


class Embedded:
    """Implements `engine.link.Link`. Nothing happens before `start`, so that the first paint comes first."""

    def __init__(
        self,
        make: "Callable[[], Awaitable[Running]]",
        *,
        database: str,
        feeder: "Feeder | None" = None,
        paced: bool = True,
        speed: float = 1.0,
        tenant: str = DEFAULT_TENANT,
        actor: str = "operator",
        read_only: bool = False,
        config: "Config | None" = None,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        self.read_only = read_only
        self.pace = Pace(speed)
        self.actor = actor
        self._make, self._feeder, self._tenant, self._database = make, feeder, tenant, database
        self._on_close, self._config = on_close, config
        self._paced = paced and feeder is not None  # a simulation or recording, whose speed can be set
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[None] | None = None
        self._closed = False
        self._engine: Running | None = None
        self._publisher: Publisher | None = None
        self._waiting: list[Callable[[Publisher], None]] = []
        self._health: list[Watch[Any]] = []
        self._guard = threading.Lock()
        self._commander: Commander | None = None
        self.failure: BaseException | None = None

    def start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="engine", daemon=True)
            self._thread.start()

    def watch_feed(self, where: str = "", limit: int = 500) -> Watch[Any]:
        return self._watch(lambda publisher, watch: publisher.watch_feed(watch, where, limit))

    def watch_board(self, where: str = "", limit: int = 500, order: str = "priority") -> Watch[Any]:
        return self._watch(lambda publisher, watch: publisher.watch_board(watch, where, limit, order))

    def watch_item(self, ref: str) -> Watch[Any]:
        return self._watch(lambda publisher, watch: publisher.watch_item(watch, ref))

    def watch_heat(self, hours: int = 24, by: str = "hour") -> Watch[Any]:
        return self._watch(lambda publisher, watch: publisher.watch_heat(watch, hours, by))

    def watch_health(self) -> Watch[Any]:
        watch = self._watch(lambda publisher, watch: publisher.watch_health(watch))
        self._health.append(watch)
        return watch

    def watch_sheet(self, kind: str, where: str = "", limit: int = 500, order: str = "") -> Watch[Any]:
        return self._watch(lambda publisher, watch: publisher.watch_sheet(watch, kind, where, limit, order))

    def watch_dossier(self, ref: str, span: str = "") -> Watch[Any]:
        return self._watch(lambda publisher, watch: publisher.watch_dossier(watch, ref, span))

    def act(
        self,
        action: str,
        target: str,
        done: Callable[[Outcome], None],
        *,
        note: str = "",
        params: dict[str, str] | None = None,
    ) -> None:
        if self.read_only:
            done(Outcome(False, "this console is read-only", target))
            return
        work = self._act(action, target, done, note, params)
        if self._loop is None or self._engine is None:
            work.close()
            done(Outcome(False, "the engine is not ready yet", target))
            return
        asyncio.run_coroutine_threadsafe(work, self._loop)

    def past(self) -> "PastLine":
        """See `engine.link.Link`; a process of its own over the same database."""
        from engine.past.line import PastLine
        from engine.settings import Config

        return PastLine(self._database, self._config or Config(), self._tenant)

    def backtest(self, text: str) -> "Trial":
        """See `engine.link.Link`; a process of its own over the same database."""
        from engine.backtest.trial import Trial
        from engine.settings import Config

        return Trial(text, self._database, self._config or Config(), self._tenant)

    def set_speed(self, factor: float) -> None:
        self.pace.factor = max(0.0, factor)
        if self._engine is not None:
            self._show_pace(self._engine)

    def _show_pace(self, engine: "Running") -> None:
        engine.meters.speed = self.pace.factor
        if self._paced:
            engine.meters.state = "live" if self.pace.factor else "paused"

    def close(self) -> None:
        """Stops the engine, which leaves a snapshot and closes its database. Returns when that is done."""
        with self._guard:  # on a busy machine the thread may still be on its way to its loop: it looks there
            self._closed, main, loop = True, self._main, self._loop
        if loop is not None and main is not None:
            with contextlib.suppress(RuntimeError):  # the loop may have ended by itself
                loop.call_soon_threadsafe(main.cancel)
        if self._thread is not None:
            self._thread.join(timeout=30)
        self._on_close()

    def _watch(self, begin: "Callable[[Publisher, Watch[Any]], None]") -> Watch[Any]:
        watch: Watch[Any] = Watch(lambda: self._call(lambda publisher: publisher.close(watch)))
        self._call(lambda publisher: begin(publisher, watch))
        return watch

    def _call(self, call: "Callable[[Publisher], None]") -> None:
        """Runs `call` in the engine's loop, as soon as there is one."""
        with self._guard:
            publisher = self._publisher
            if publisher is None:
                self._waiting.append(call)
                return
        assert self._loop is not None
        with contextlib.suppress(RuntimeError):  # a console that closes after the engine
            self._loop.call_soon_threadsafe(call, publisher)

    def _serve(self) -> None:
        try:
            asyncio.run(self._run())
        except asyncio.CancelledError:
            pass
        except BaseException as error:
            self.failure = error
            for watch in self._health:
                watch.page = _failed(error, self._database)

    async def _run(self) -> None:
        from engine.control import Commander, serve
        from engine.metering import metered
        from engine.predict.schooling import lessons
        from engine.publisher import Publisher
        from engine.respond.working import digests
        from engine.runtime import settle_memory

        with self._guard:
            self._loop, self._main = asyncio.get_running_loop(), asyncio.current_task()
            if self._closed:
                return
        engine = await self._make()
        try:
            await engine.recover()
            self._show_pace(engine)
            publisher = Publisher(engine, self._tenant, self._database)
            engine.on_commit = publisher.committed
            await publisher.preload(self._database)
            self._engine, self._commander = engine, Commander(engine, self._database)
            with self._guard:
                self._publisher = publisher
                waiting, self._waiting = self._waiting, []
            for call in waiting:
                call(publisher)
            settle_memory()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(publisher.run())
                tasks.create_task(engine.run())
                if not self.read_only:
                    tasks.create_task(serve(self._commander, self._database))
                    tasks.create_task(lessons(engine, self._database))
                    tasks.create_task(digests(engine, self._database))
                    tasks.create_task(metered(engine, self._database))
                if self._feeder is not None:
                    tasks.create_task(_feed(self._feeder, engine, self.pace))
        finally:
            await engine.close()

    async def _act(
        self, action: str, target: str, done: Callable[[Outcome], None], note: str, params: dict[str, str] | None
    ) -> None:
        from engine.control import Request

        assert self._commander is not None
        data = {"target": target, "action": action, "actor": self.actor, "note": note, "params": params or {}}
        done(await self._commander.carry_out(Request(data, self._tenant)))


async def _feed(feeder: Feeder, engine: "Running", pace: Pace) -> None:
    await feeder(engine, pace)


def _failed(error: BaseException, database: str) -> Health:
    """What the console shows when the engine could not start or broke: never a frozen screen without a word."""
    return Health(
        revision=-1, state="ended", watermark=0, partition="", events=0, rejected=0, duplicates=0, late=0, rate=0.0,
        history=(), commit_ms=0.0, lag_ms=0.0, open_alerts=0, open_items=0, by_severity=(0, 0, 0, 0, 0), sources=(),
        database=database, speed=0.0, note=f"the engine stopped: {error}",
    )  # fmt: skip


def _cause(error: BaseException) -> str:
    """The first thing that went wrong, by name: tasks that fail together come as a group."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"
