"""The time machine at work for one console, in a process of its own: what is asked comes in as lines on standard input,
pages go out as lines on standard output (`engine.attach.frames`). It ends when the input does."""

import asyncio
import os
import signal
import sys
from typing import Final

import msgspec

from data.opening import open_reader
from engine import clock
from engine.attach import frames
from engine.attach.frames import Asked, Told
from engine.past.machine import Machine
from engine.past.pages import Pages
from engine.settings import Config
from engine.views import Journey

BEAT: Final = 0.1  # seconds between two steps while playing, and between two looks at pages
LOOK: Final = 2.0  # seconds between two looks at how far the journal has come
GRAVE: Final = 5
MARKS: Final = 2_000
LINE: Final = 32 << 20  # bytes of a message
POLITE: Final = 10  # of niceness: the engine beside goes first


class Begin(msgspec.Struct):
    """The first line in."""

    database: str
    tenant: str
    config: Config


class Traveller:
    """What the console asked for last, and the way there."""

    def __init__(self, machine: Machine, pages: Pages) -> None:
        self.machine, self.pages = machine, pages
        self.goal: int | None = None  # on the way there
        self.speed = 0.0
        self.state = "opening"
        self.note = ""
        self._wish = 0  # where the console last wanted to be
        self._way = (0, 0)
        self._marks: tuple[tuple[int, int], ...] = ()
        self._looked = 0.0
        self._marked = 0  # journal position up to which marks are known
        self._news = asyncio.Event()

    def take(self, asked: Asked) -> None:
        """Raises ValueError for what is no way to travel."""
        if asked.do == "watch":
            self.pages.watch(asked)
        elif asked.do == "close":
            self.pages.close(asked.id)
        elif asked.do == "travel":
            self._travel(frames.way(asked.args))
        self._news.set()

    def _travel(self, args: dict[str, float]) -> None:
        if args.get("stop"):
            self.goal, self.speed = None, 0.0
        if "speed" in args:
            self.speed = max(0.0, float(args["speed"]))
        if "at" in args or "by" in args:
            wished = int(args["at"]) if "at" in args else self._wish + int(args["by"])
            self._wish = self.goal = min(max(wished, self.machine.outline.begins), self.machine.outline.ends)

    async def run(self) -> None:
        while True:
            if self.goal is not None:
                await self._go()
            elif self.speed:
                await self._play()
            else:
                self.state = "standing"
                self.look()
                self.pages.round()
                self.show()
                await self._rest()

    async def _rest(self) -> None:
        self._news.clear()
        try:
            async with asyncio.timeout(BEAT if self.pages.reading else LOOK):
                await self._news.wait()
        except TimeoutError:
            pass

    async def _go(self) -> None:
        """On the way pages stay as they were; another wish changes the way."""
        goal = self.goal
        assert goal is not None
        self.state, self._way = "travelling", (0, 0)
        for way in self.machine.seek(goal):
            self._way = way
            self.show()
            await asyncio.sleep(0)
            if self.goal != goal:
                break
        else:
            self.goal = None
        if self.goal is None:
            self._wish = self.machine.at
            self.state, self._way = "playing" if self.speed else "standing", (0, 0)
            self.note = self._words()
            await self.pages.anew()
            self.show()

    async def _play(self) -> None:
        """A step of `BEAT` at a time. What cannot keep up plays as fast as it can."""
        self.state = "playing"
        begun = clock.monotonic()
        machine = self.machine
        until = min(machine.at + int(self.speed * BEAT * 1_000_000), machine.outline.ends)
        for _ in machine.seek(until, playing=True):
            await asyncio.sleep(0)
            if self.goal is not None or not self.speed:
                break
        self._wish = machine.at
        self.pages.round()
        if machine.at >= machine.outline.ends:
            self.look()
            if machine.at >= machine.outline.ends:
                self.speed = 0.0
                self.state = "standing"
        self.show()
        await asyncio.sleep(max(0.0, BEAT - (clock.monotonic() - begun)))

    def look(self) -> None:
        now = clock.monotonic()
        if self._looked and now - self._looked < LOOK:
            return
        self._looked = now
        self.machine.look()
        if self.machine.outline.last != self._marked:
            self._marked = self.machine.outline.last
            grave = [
                (one.opened_at, one.severity)
                for one in self.machine.reader.incidents(None, None)
                if one.severity >= GRAVE and one.tenant == self.machine.tenant
            ]
            self._marks = tuple(grave[-MARKS:])

    def _words(self) -> str:
        """What whoever looks should know of how true this is."""
        told = [*self.machine.pipeline.notes, *self.machine.pipeline.library.notes[:1]]
        if self.machine.outline.first > 1:
            told.append("the journal was cut: what was open before it begins is not known")
        if self.machine.pipeline.seq > self.machine.ledger.complete:
            told.append("lists of what is over stand as they stand now")
        if not self.pages.agrees():
            told.append("decided anew by this version of the program: it was told otherwise then")
        return "; ".join(told)

    def show(self) -> None:
        outline = self.machine.outline
        at = self.machine.at
        done, todo = self._way
        self.pages.tell(
            Journey(
                0, self.state, at, at if self.goal is None else self.goal, outline.begins, max(outline.ends, at),
                done, todo, self.speed, self._marks, self.note,
            )
        )  # fmt: skip


async def serve(lines: asyncio.StreamReader) -> None:
    told = msgspec.json.decode(await lines.readline(), type=Begin)
    reader = open_reader(told.database)
    machine = Machine(reader, told.config, told.tenant)
    pages = Pages(machine, told.database, write)
    traveller = Traveller(machine, pages)
    machine.open()
    driving = asyncio.create_task(traveller.run())
    try:
        while line := await lines.readline():
            if driving.done():
                break
            traveller.take(frames.asked(line.decode()))
    finally:
        driving.cancel()
        reader.close()
    if driving.done() and not driving.cancelled():
        driving.result()


def write(told: Told) -> None:
    sys.stdout.buffer.write(frames.line(told))
    sys.stdout.buffer.flush()


async def main() -> None:
    lines = asyncio.StreamReader(limit=LINE)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin.buffer)
    await serve(lines)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the console's
    os.nice(POLITE)
    asyncio.run(main())
