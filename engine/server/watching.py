"""What the consoles of one tenant watch: one publisher for all of them, begun with the first."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from data.records.feed import FeedEntry
from engine.link import Watch
from engine.publisher import Publisher
from engine.runtime import Engine
from engine.server.sight import Sight
from engine.sheets.kind import Asker
from engine.views import ClusterRow, Dossier, FeedRow, Health, HeatGrid, ItemContext, SheetRow

ROWS: Final = 2_000  # rows of a page, at most


class Told(Watch[Any]):
    """A watch that says when its page is replaced, or cannot be made."""

    __slots__ = ("_newest", "_news", "_problem")

    def __init__(self, close: Callable[[], None], news: Callable[[], None]) -> None:
        self._newest: Any = None
        self._problem: str | None = None
        self._news = news
        super().__init__(close)

    @property
    def page(self) -> Any:
        return self._newest

    @page.setter
    def page(self, page: Any) -> None:
        self._newest = page
        if page is not None:
            self._news()

    @property
    def error(self) -> str | None:
        return self._problem

    @error.setter
    def error(self, problem: str | None) -> None:
        changed, self._problem = problem != self._problem, problem
        if changed:
            self._news()


class Publishers:
    """By tenant. Lives in the engine's loop."""

    def __init__(self, engine: Engine, database: str) -> None:
        self._engine, self._database = engine, database
        self._of: dict[str, Publisher] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def of(self, tenant: str) -> Publisher:
        found = self._of.get(tenant)
        if found is None:
            found = Publisher(self._engine, tenant, self._database)
            await found.preload(self._database)
            if tenant in self._of:  # somebody else was faster while this one was waiting
                return self._of[tenant]
            self._of[tenant] = found
            self._tasks.append(asyncio.create_task(found.run()))
        return found

    def committed(self, feed: Sequence[FeedEntry]) -> None:
        for publisher in self._of.values():
            publisher.committed(feed)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def begin(publisher: Publisher, watch: Watch[Any], what: str, args: dict[str, Any], sight: Sight | None) -> None:
    """Starts watching, without `sight` all there is. Raises ValueError for what cannot be watched so."""
    text, number = _reader(args)
    limited = sight if sight is not None and sight.caller.clients is not None else None
    if what == "feed":
        only = (lambda row: limited.site(row.site)) if limited else None
        publisher.watch_feed(watch, text("where", ""), number("limit", 500, ROWS), only)
    elif what == "board":
        only = (lambda row: any(map(limited.site, row.sites))) if limited else None
        order = text("order", "priority")
        publisher.watch_board(watch, text("where", ""), number("limit", 500, ROWS), order, only)
    elif what == "item":
        publisher.watch_item(watch, text("ref", ""))
    elif what == "heat":
        publisher.watch_heat(watch, number("hours", 24, 24 * 31), text("by", "hour"))
    elif what == "health":
        publisher.watch_health(watch)
    elif what == "sheet":
        only = limited.site if limited else None
        limit = number("limit", 500, ROWS)
        publisher.watch_sheet(watch, text("kind", ""), text("where", ""), limit, text("order", ""), only)
    elif what == "dossier":
        asker = Asker(sight.caller.name, limited.site if limited else None, not sight.caller.pii) if sight else None
        publisher.watch_dossier(watch, text("ref", ""), text("span", ""), asker)
    else:
        raise ValueError(f"`{what[:40]}` cannot be watched")


def _reader(args: dict[str, Any]) -> tuple[Callable[[str, str], str], Callable[[str, int, int], int]]:
    def text(name: str, usual: str) -> str:
        value = args.get(name, usual)
        if not isinstance(value, str) or len(value) > 10_000:
            raise ValueError(f"`{name}` is a text")
        return value

    def number(name: str, usual: int, most: int) -> int:
        value = args.get(name, usual)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
            raise ValueError(f"`{name}` lies between 1 and {most}")
        return value

    return text, number


class Veil:
    """Pages as one caller may see them; rows that stay the same are masked once."""

    def __init__(self, sight: Sight) -> None:
        self.sight = sight
        self._known: dict[Any, Any] = {}

    def page(self, page: msgspec.Struct) -> msgspec.Struct | None:
        """None for a page that may not be seen at all."""
        sight = self.sight
        if sight.whole:
            return page
        if isinstance(page, ItemContext) and not any(map(sight.site, page.item.sites or (None,))):
            return None
        # The rows of an answer were chosen by what the caller may see.
        if isinstance(page, Dossier) and not page.ref.startswith("ask/") and not sight.site(page.site):
            return None
        if isinstance(page, HeatGrid) and sight.caller.clients is not None:
            page = _seen(page, sight)
        if isinstance(page, Health):
            return page
        if isinstance(page, (ItemContext, Dossier)):
            masked: msgspec.Struct = sight.masked_row(page)
            return masked
        return self._rows(page)

    def _rows(self, page: msgspec.Struct) -> msgspec.Struct:
        before, self._known = self._known, {}
        values: dict[str, Any] = {}
        for name in page.__struct_fields__:
            value = getattr(page, name)
            if isinstance(value, tuple) and value and isinstance(value[0], (FeedRow, ClusterRow, SheetRow)):
                for row in value:
                    shown = before.get(row)
                    self._known[row] = self.sight.masked_row(row) if shown is None else shown
                values[name] = tuple(self._known[row] for row in value)
        return msgspec.structs.replace(page, **values)


def _seen(grid: HeatGrid, sight: Sight) -> HeatGrid:
    """Of a heat map, the sites of the caller's clients."""
    keep = [place for place, site in enumerate(grid.sites) if sight.site(site)]
    cut = {name: tuple(getattr(grid, name)[place] for place in keep) for name in ("sites", "names", "cells", "worst")}
    return msgspec.structs.replace(grid, **cut)
