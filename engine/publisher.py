"""Keeps the pages of all watches fresh: after commits, at most ten times a second, and only while somebody watches."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from data.opening import open_reader
from data.records.feed import FeedEntry
from engine import clock
from engine.context.item import item_context
from engine.items import ORDERS, Items, board
from engine.link import Watch
from engine.pages import FeedRing, FeedView, HealthPages, heat_page
from engine.partition import Partition
from engine.query import Match, Query, QueryError, parse
from engine.query.schemas import FEED, ITEMS
from engine.running import Shown
from engine.shelf import Shelf

if TYPE_CHECKING:
    from engine.sheets.kind import Asker, Scene

FRESH = 0.1  # seconds between two rounds at least
ALIVE = 4.0  # seconds after which an unchanged health page is told again
PRELOAD = 1_000  # feed entries of earlier runs that are shown at a start
PULSE = 0.5  # seconds between two rounds at most: rates fall also when nothing comes

_log = logging.getLogger("noc")
_Refresh = Callable[[], None]
_Only = Callable[[Any], bool] | None


class Publisher:
    """Lives in the engine's loop. `watch_*` may be called from there only."""

    def __init__(self, engine: Shown, tenant: str, database: str, shelf: Shelf | None = None) -> None:
        self.engine = engine
        self.tenant = tenant
        self.ring = FeedRing()
        self.health = HealthPages(engine.meters, database)
        self._items: Items | None = None
        self._watches: dict[Watch[Any], _Refresh] = {}
        self._dirty = asyncio.Event()
        self._rounds = 0
        self._shelf = shelf or Shelf(database)

    async def preload(self, database: str) -> None:
        """What was told before this start, so that the feed does not begin empty."""
        last = self.engine.pipeline.partition(self.tenant).teller.sequence
        told = await asyncio.to_thread(_told, database, self.tenant, max(last - PRELOAD, 0))
        self.ring.add(entry for entry in told if entry.sequence <= last)

    def committed(self, feed: Iterable[FeedEntry]) -> None:
        self.ring.add(entry for entry in feed if entry.partition == self.tenant)
        self._dirty.set()

    def close(self, watch: Watch[Any]) -> None:
        self._watches.pop(watch, None)

    async def run(self) -> None:
        try:
            await self._keep_fresh()
        finally:
            self.end()

    def end(self) -> None:
        self._shelf.close()

    async def _keep_fresh(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PULSE):
                    await self._dirty.wait()
            self._dirty.clear()
            self.round()
            await asyncio.sleep(FRESH)

    def round(self) -> None:
        """Looks once whether the pages are still those of now."""
        self._rounds += 1
        for watch, refresh in list(self._watches.items()):
            self._look(watch, refresh)

    def _look(self, watch: Watch[Any], refresh: _Refresh) -> None:
        """A page that cannot be made is told to its watcher; the engine goes on."""
        try:
            refresh()
        except Exception as error:
            _log.exception("a page cannot be made")
            self._watches.pop(watch, None)
            watch.error = f"this cannot be shown ({type(error).__name__}: {error}); the engine is not affected"

    def watch_feed(self, watch: Watch[Any], where: str, limit: int, only: _Only = None) -> None:
        """`only`: the rows that this watcher may see."""
        match = _both(self._match(watch, where, FEED), only)
        view = FeedView(self.ring, match, limit)

        def refresh() -> None:
            if watch.page is None or watch.page.revision != self.ring.last:
                watch.page = view.page(self.engine.now(self.tenant))

        self._start(watch, refresh)

    def watch_board(self, watch: Watch[Any], where: str, limit: int, order: str, only: _Only = None) -> None:
        match = self._match(watch, where, ITEMS)
        if order not in ORDERS:
            watch.error = f"unknown order `{order}`; there are {', '.join(ORDERS)}"

        def refresh() -> None:
            partition, items = self._now()
            now, revision = self.engine.now(self.tenant), self.engine.pipeline.revision
            if watch.page is None or watch.page.revision != revision or self._rounds % 10 == 0:
                muted = partition.alerts.muted
                rows = items.rows() if only is None else [row for row in items.rows() if only(row)]
                watch.page = board(rows, match, now, limit, order, revision, muted)

        self._start(watch, refresh)

    def watch_item(self, watch: Watch[Any], ref: str) -> None:
        def refresh() -> None:
            partition, items = self._now()
            revision = self.engine.pipeline.revision
            if watch.page is not None and watch.page.revision == revision:
                return
            page = item_context(partition, items, ref, revision)
            if page is not None:
                watch.page = page
            else:
                watch.error = f"{ref} is over and put away"

        self._start(watch, refresh)

    def watch_heat(self, watch: Watch[Any], hours: int, by: str) -> None:
        def refresh() -> None:
            partition, _ = self._now()
            page = heat_page(partition, hours, by, self.engine.pipeline.revision)
            known = watch.page
            # The same picture keeps its revision, so that the console has nothing to do.
            if known is None or (page.cells, page.hours, page.sites) != (known.cells, known.hours, known.sites):
                watch.page = page

        self._start(watch, refresh)

    def watch_health(self, watch: Watch[Any]) -> None:
        told = 0.0

        def refresh() -> None:
            nonlocal told
            partition, items = self._now()
            page = self.health.page(partition, items, self._rounds)
            known = watch.page
            same = known is not None and msgspec.structs.replace(page, revision=known.revision) == known
            # The same page again is a sign of life, which a console waits for; now and then is enough.
            if not same or clock.monotonic() - told > ALIVE:
                watch.page, told = page, clock.monotonic()

        self._start(watch, refresh)

    def watch_sheet(
        self,
        watch: Watch[Any],
        kind: str,
        where: str,
        limit: int,
        order: str,
        only: Callable[[str | None], bool] | None = None,
    ) -> None:
        """Rows of one of `engine.sheets.kinds`; `only` says which sites may be seen."""
        from engine.sheets.kinds import KINDS
        from engine.sheets.viewing import SheetView

        found = KINDS.get(kind)
        if found is None:
            watch.error = f"there is no list `{kind[:40]}`; there are {', '.join(KINDS)}"
            return
        query = self._query(watch, where, found.schema)
        view = SheetView(found, watch, query, limit, order, self._scene, self._shelf, only)
        self._start(watch, lambda: view.refresh(self.engine.pipeline.revision))

    def watch_dossier(self, watch: Watch[Any], ref: str, span: str, asker: "Asker | None" = None) -> None:
        """One thing in full, by its reference."""
        from engine.sheets.dossiers import teller_of
        from engine.sheets.kind import EVERYBODY
        from engine.sheets.telling import DossierView

        try:
            view = DossierView(teller_of(ref), watch, ref, span, self._scene, self._shelf, asker or EVERYBODY)
        except LookupError as error:
            watch.error = str(error)
            return
        self._start(watch, lambda: view.refresh(self.engine.pipeline.revision))

    def _scene(self) -> "Scene":
        from engine.sheets.kind import Scene

        partition, items = self._now()
        now = self.engine.now(self.tenant)
        return Scene(partition, self.engine, items, now, lambda: self.health.sources(partition))

    def _start(self, watch: Watch[Any], refresh: _Refresh) -> None:
        self._watches[watch] = refresh
        self._look(watch, refresh)

    def _match(self, watch: Watch[Any], where: str, schema: Any) -> Match:
        return self._query(watch, where, schema).compile(schema)

    def _query(self, watch: Watch[Any], where: str, schema: Any) -> Query:
        """The filter, as it can be asked; instead of a wrong one everything is shown, and what is wrong is said."""
        try:
            watch.error = None
            query = parse(where)
            query.compile(schema)
        except QueryError as error:
            watch.error = str(error)
            return parse("")
        return query

    def _now(self) -> tuple[Partition, Items]:
        partition = self.engine.pipeline.partition(self.tenant)
        if self._items is None or self._items.partition is not partition:
            self._items = Items(partition)
        return partition, self._items


def _both(match: Match, only: _Only) -> Match:
    return match if only is None else lambda row, now: only(row) and match(row, now)


def _told(database: str, tenant: str, after: int) -> list[FeedEntry]:
    reader = open_reader(database)
    try:
        return reader.feed_after(tenant, after, PRELOAD)
    finally:
        reader.close()
