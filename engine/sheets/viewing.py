"""One watched list: looked at again when something may have changed, as often as its cost allows."""

import asyncio
import heapq
import logging
from collections.abc import Callable, Sequence
from typing import Any, Final

from data.store import StoreBroken
from engine import clock
from engine.link import Watch
from engine.query import Query
from engine.sheets.kind import Asked, Kind, Scene
from engine.shelf import Shelf
from engine.views import Sheet

_log = logging.getLogger("noc")
SHARE: Final = 20  # a look is followed by so many times its own length without one
SLOWEST: Final = 30.0  # seconds without a look, at most


class SheetView:
    """`scene` is called for each look; `only` says which sites the watcher may see (None: all)."""

    def __init__(
        self,
        kind: Kind,
        watch: Watch[Any],
        query: Query,
        limit: int,
        order: str,
        scene: Callable[[], Scene],
        shelf: Shelf,
        only: Callable[[str | None], bool] | None,
    ) -> None:
        self.kind, self.watch, self.query, self.limit = kind, watch, query, limit
        self.match = query.compile(kind.schema)
        self.order = kind.orders.get(order) or next(iter(kind.orders.values()))
        self.scene, self.shelf, self.only = scene, shelf, only
        self._due = 0.0
        self._stamp: object = None
        self._reading: asyncio.Task[None] | None = None
        self._revision = 0

    def refresh(self, stamp: object) -> None:
        """`stamp` is the same as long as nothing can have changed."""
        now = clock.monotonic()
        if now < self._due or self._reading is not None or (stamp == self._stamp and self.watch.page is not None):
            return
        self._stamp = stamp
        if self.kind.live is not None:
            scene = self.scene()
            self._show(scene, *self._chosen(self.kind.live(scene), scene.now))
            self._rest(now)
        else:
            self._reading = asyncio.create_task(self._read(now))

    async def _read(self, began: float) -> None:
        scene = self.scene()
        kept, begin = self.kind.kept, self.kind.begin
        begun = begin(scene) if begin is not None else None
        asked = Asked(scene.partition.name, scene.now, scene, begun, self.only, self.query)
        assert kept is not None
        try:
            found = await self.shelf.read(lambda reader: self._chosen(kept(reader, asked), asked.now))
            self._show(self.scene(), *found)
        except StoreBroken as error:
            self.watch.error = str(error)
        except Exception as error:
            self.watch.error = broken(error)
        finally:
            self._reading = None
            self._rest(began)

    def _rest(self, began: float) -> None:
        took = clock.monotonic() - began
        self._due = began + took + min(SLOWEST, max(self.kind.rest, took * SHARE))

    def _chosen(self, records: Any, now: int) -> tuple[list[Any], int, list[Any]]:
        """The first `limit` of those that match, how many do, and all that may be seen."""
        seen = self._allowed(records)
        found = [record for record in seen if self.match(record, now)]
        if len(found) > self.limit:
            return heapq.nsmallest(self.limit, found, key=self.order), len(found), seen
        found.sort(key=self.order)
        return found, len(found), seen

    def _allowed(self, records: Any) -> list[Any]:
        if self.only is None or self.kind.sifted:
            return list(records)
        site = self.kind.site
        return [] if site is None else [record for record in records if self.only(site(record))]

    def _show(self, scene: Scene, records: Sequence[Any], matched: int, seen: Sequence[Any]) -> None:
        kind = self.kind
        page = Sheet(
            self._revision + 1, kind.name, kind.columns, tuple(kind.row(record, scene) for record in records), matched,
            len(seen), kind.figures(scene, seen) if kind.figures is not None else (), kind.note, kind.empty,
        )  # fmt: skip
        known = self.watch.page
        if known is None or not _same(known, page):
            self._revision += 1
            self.watch.page = page


def broken(error: Exception) -> str:
    """A page that could not be made, in words; the log has the rest."""
    _log.exception("a page cannot be made")
    return f"this cannot be shown ({type(error).__name__}: {error}); the engine is not affected"


def _same(known: Sheet, page: Sheet) -> bool:
    return (known.rows, known.matched, known.total, known.figures) == (
        page.rows, page.matched, page.total, page.figures,
    )  # fmt: skip
