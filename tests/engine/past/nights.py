"""A night that a live engine decided, with people's commands, steps of the wall and restarts, and what it showed."""

import asyncio
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from data.opening import open_store
from data.own import CLOCK_STEP
from data.times import MINUTE, SECOND
from data.wire import decode, own_entry
from engine.link import Watch
from engine.past.machine import Machine
from engine.past.reading import ShelfThen
from engine.publisher import Publisher
from engine.running import Shown
from engine.runtime import Engine
from engine.sheets.kind import Asked
from engine.sheets.kinds import KINDS
from engine.shelf import Shelf
from tests.support.recordings import Script, play, simulated, started

OWN = ("jobs",)  # counts what this process ran, and when it looks next
DOSSIERS = ("site/S001", "device/S003-sensor-1", "client/C3")


class Seen(NamedTuple):
    """What was on the screens behind a journal position, and whether everything of that moment was known by then."""

    seq: int
    watermark: int
    whole: bool
    pages: dict[str, Any]


def _watch() -> Watch[Any]:
    return Watch(lambda: None)


def pages(shown: Shown, url: str) -> dict[str, Any]:
    """What consoles would be shown now, but for what counts looks and the wall; and the rows of lists that are read
    from the database."""

    async def look() -> dict[str, Any]:
        me = asyncio.current_task()
        assert me is not None
        shelf = ShelfThen(url, shown) if isinstance(shown, Machine) else Shelf(url)
        publisher = Publisher(shown, "default", url, shelf)
        await publisher.preload(url)
        found = {name: _watch() for name in ("board", "feed", "heat", "health")}
        publisher.watch_board(found["board"], "", 500, "priority", None)
        publisher.watch_feed(found["feed"], "", 500, None)
        publisher.watch_heat(found["heat"], 24, "hour")
        publisher.watch_health(found["health"])
        for row in found["board"].page.rows[:12]:
            found[row.ref] = _watch()
            publisher.watch_item(found[row.ref], row.ref)
        for name, kind in KINDS.items():
            if kind.live is not None and name not in OWN:
                found[name] = _watch()
                publisher.watch_sheet(found[name], name, "", 500, "")
        for ref in (*DOSSIERS, *(row.ref for row in found["board"].page.rows[:6])):
            publisher.watch_dossier(found.setdefault(f"all of {ref}", _watch()), ref, "")
        while reading := asyncio.all_tasks() - {me}:
            await asyncio.wait(reading)
        assert not [watch.error for watch in found.values() if watch.error]
        bare = {name: _bare(name, watch.page) for name, watch in found.items()}
        scene = publisher._scene()
        for name, kind in KINDS.items():
            if (kept := kind.kept) is not None:
                asked = Asked("default", shown.now(), scene, None if kind.begin is None else kind.begin(scene))
                rows = await shelf.read(lambda reader, kept=kept, asked=asked: list(kept(reader, asked)))
                bare[f"rows of {name}"] = [msgspec.to_builtins(row) for row in rows]
        publisher.end()
        return bare

    return asyncio.run(look())


def _bare(name: str, page: Any) -> Any:
    if name == "health":
        sources = [(row.name, row.last_at, row.events) for row in page.sources]
        return page.watermark, page.late, page.open_alerts, page.open_items, page.by_severity, sources
    return msgspec.structs.replace(page, revision=0)


class Night:
    """`seen` is kept while the night goes on. A restart is one without a snapshot, so that its tail is run again."""

    def __init__(self, folder: Path, hours: float = 8) -> None:
        self.url = f"sqlite:///{folder / 'noc.db'}"
        self.lines = list(simulated(6, hours))
        self.seen: list[Seen] = []
        self._script = Script("people", prefix="p")
        self._runner = asyncio.Runner()
        self._do = self._runner.run
        self.engine = self._do(self._open())

    async def _open(self) -> Engine:
        return await started(await open_store(self.url, "test"))

    def go(self, first: int, last: int, batch: int = 300) -> None:
        """The lines of that stretch."""
        self._do(play(self.engine, self.lines[first:last], batch))
        self.keep(last)

    def keep(self, last: int) -> None:
        mark = self.engine.now()
        coming = decode(self.lines[last]).time if last < len(self.lines) else mark + 1
        self.seen.append(Seen(self.engine.pipeline.seq, mark, coming > mark, pages(self.engine, self.url)))

    def act(self, action: str, **params: str) -> None:
        """On the first item of the board, a second after the last event."""
        board = self.seen[-1].pages["board"]
        data = {"target": board.rows[0].ref, "action": action, "actor": "ann", "note": "as seen", "params": params}
        self._script.add("operator.acted", self.engine.now() + SECOND, data)
        self._do(play(self.engine, self._script.lines[-1:]))

    def wall(self, minutes: float) -> None:
        """Nothing comes, and the wall moves the watermark."""
        time = self.engine.now() + round(minutes * MINUTE)
        self._do(self.engine.enter(lambda: own_entry(CLOCK_STEP, "default", time)))

    def restart(self, *, cleanly: bool) -> None:
        self._do(self.engine.close() if cleanly else self.engine.store.close())
        self.engine = self._do(self._open())

    def end(self) -> None:
        self._do(self.engine.close())
        self._runner.close()
