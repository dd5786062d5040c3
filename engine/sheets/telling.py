"""One watched thing in full: begun in the engine's loop, completed beside it, as often as its cost allows."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import msgspec

from data.store import Follower, StoreBroken
from engine import clock
from engine.explain import UnknownRefError
from engine.link import Watch
from engine.models.document import BadModel
from engine.sheets.dossiers import Teller
from engine.sheets.kind import EVERYBODY, Asked, Asker, Scene
from engine.sheets.viewing import SHARE, SLOWEST, broken
from engine.shelf import Shelf
from engine.views import Dossier

REST: Final = 0.5  # seconds between two looks at least


class DossierView:
    """An open thing follows the state; what is over changes no more, and is read anew seldom."""

    def __init__(
        self, teller: Teller, watch: Watch[Any], ref: str, span: str, scene: Callable[[], Scene], shelf: Shelf,
        asker: Asker = EVERYBODY,
    ) -> None:  # fmt: skip
        self.asker = asker
        self.teller, self.watch, self.ref, self.span = teller, watch, ref, span
        self.scene, self.shelf = scene, shelf
        self._due = 0.0
        self._stamp: object = None
        self._reading: asyncio.Task[None] | None = None
        self._revision = 0

    def refresh(self, stamp: object) -> None:
        """`stamp` is the same as long as nothing can have changed."""
        began = clock.monotonic()
        if began < self._due or self._reading is not None or (stamp == self._stamp and self.watch.page is not None):
            return
        self._stamp = stamp
        scene, id = self.scene(), self.ref.partition("/")[2]
        begin = self.teller.begin
        # Whatever no teller is for is looked up by its whole reference.
        known = None if begin is None else begin(scene, id, self.span) or begin(scene, self.ref, self.span)
        if known is not None:
            self._show(known if self.watch.page is None or self.teller.end is None else None)
        elif self.teller.end is None:
            self.watch.error = f"nothing is known of {self.ref}"
        if self.teller.end is not None:
            self._reading = asyncio.create_task(self._read(scene, known, began))
        else:
            self._rest(began)

    async def _read(self, scene: Scene, known: Dossier | None, began: float) -> None:
        end, gather = self.teller.end, self.teller.gather
        begun = gather(scene, self.ref, self.span) if gather is not None else None
        who = self.asker
        asked = Asked(scene.partition.name, scene.now, scene, begun, who.only, None, who.name, who.veiled)
        assert end is not None

        def work(reader: Follower) -> Dossier:
            return end(reader, asked, self.ref, self.span, known)

        try:
            self._show(await self.shelf.read(work))
        except (UnknownRefError, LookupError, ValueError, StoreBroken, BadModel) as error:
            if known is not None:  # its record is not committed yet, or it is a kind that nobody explains
                self._show(known)
            elif self.watch.page is None:
                self.watch.error = str(error)
        except Exception as error:
            self.watch.error = broken(error)
        finally:
            self._reading = None
            self._rest(began)

    def _rest(self, began: float) -> None:
        took = clock.monotonic() - began
        self._due = began + took + min(SLOWEST, max(REST, took * SHARE))

    def _show(self, page: Dossier | None) -> None:
        if page is None:
            return
        before = self.watch.page
        page = msgspec.structs.replace(page, revision=self._revision)
        if page != before:
            self._revision += 1
            self.watch.page = msgspec.structs.replace(page, revision=self._revision)
