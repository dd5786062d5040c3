"""A console that looks at another moment (`/ws/console?past=1`). Each has a time machine, a process of its own."""

import asyncio
from typing import Any, Final

from engine.access.caller import Caller
from engine.attach import frames
from engine.attach.frames import Asked
from engine.link import Watch
from engine.past.line import REFUSAL, PastLine
from engine.server.console import Console, Desk
from engine.server.refusal import Refusal
from engine.server.sight import Sight
from engine.server.socket import Socket

MOST: Final = 4  # at once; each takes a process and a few hundred MB


def may_travel(caller: Caller, desk: Desk) -> None:
    """Raises Refusal, with the reason, for who may not now."""
    if caller.clients is not None:
        raise Refusal(403, "time travel shows all of a tenant; this token sees only some of its clients")
    others = sum(isinstance(one, PastConsole) for one in desk.consoles)
    if others >= MOST:
        raise Refusal(429, f"{others} consoles travel in time already, and more would slow the engine; try again later")


class PastConsole(Console):
    """Relays what is asked to its machine, and what the machine shows to the console."""

    def __init__(self, desk: Desk, socket: Socket, sight: Sight, actor: str) -> None:
        super().__init__(desk, socket, sight, actor)
        self._line: PastLine | None = None

    async def run(self) -> None:
        try:
            await super().run()
        finally:
            if self._line is not None:
                await asyncio.to_thread(self._line.close)

    async def prepare(self) -> None:
        loop, service = asyncio.get_running_loop(), self.desk.service

        def news() -> None:
            loop.call_soon_threadsafe(self.look_again)

        config = service.engine.pipeline.config
        self._line = await asyncio.to_thread(PastLine, service.database, config, self.tenant, news=news)

    def begin(self, asked: Asked) -> Watch[Any]:
        assert self._line is not None
        return self._line.ask(asked.what, asked.args)

    def travel(self, asked: Asked) -> None:
        assert self._line is not None
        self._line.travel(**frames.way(asked.args))

    def looking_at(self) -> set[str]:
        """Who looks at how it was is not here now."""
        return set()

    @property
    def read_only(self) -> bool:
        return True

    def forbidden(self, asked: Asked) -> str:
        del asked
        return REFUSAL
