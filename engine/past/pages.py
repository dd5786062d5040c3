"""Pages of the moment at which the machine stands, and what the console has of them already."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from data.records.feed import FeedEntry
from engine.attach.deltas import delta
from engine.attach.frames import Asked, Told
from engine.link import Watch
from engine.past.machine import Machine
from engine.past.reading import ShelfThen
from engine.publisher import Publisher
from engine.server.watching import begin
from engine.views import Journey

WATCHES: Final = 64


class Pages:
    """After each jump everything is looked at anew: nothing of one moment is left over in the pages of another."""

    def __init__(self, machine: Machine, database: str, send: Callable[[Told], None]) -> None:
        self.machine = machine
        self._database, self._send = database, send
        self._asked: dict[int, tuple[Asked, Watch[Any]]] = {}
        self._sent: dict[int, Any] = {}
        self._errors: dict[int, str | None] = {}
        self._revision = 0
        self._newest: FeedEntry | None = None
        self._journey: Journey | None = None
        self._begun = False
        self._publisher = self._fresh()
        machine.told = self.told

    def _fresh(self) -> Publisher:
        machine = self.machine
        return Publisher(machine, machine.tenant, self._database, ShelfThen(self._database, machine))

    @property
    def reading(self) -> bool:
        """Whether some page has not come yet."""
        return any(watch.page is None and watch.error is None for _, watch in self._asked.values())

    def told(self, feed: Sequence[FeedEntry]) -> None:
        """What the machine decided on its way."""
        mine = [entry for entry in feed if entry.partition == self.machine.tenant]
        if mine:
            self._newest = mine[-1]
            self._publisher.ring.add(mine)

    def agrees(self) -> bool:
        """Whether what was last decided here is what was told then, as far as that is kept."""
        entry = self._newest
        if entry is None:
            return True
        kept = self.machine.reader.feed_after(entry.partition, entry.sequence - 1, 1)
        return not kept or (kept[0].type, kept[0].time, kept[0].ref) == (entry.type, entry.time, entry.ref)

    async def anew(self) -> None:
        """All pages for a moment that was jumped to."""
        self._publisher.end()
        self._publisher = self._fresh()
        await self._publisher.preload(self._database)
        self._begun = True
        for id, (asked, _) in self._asked.items():
            watch = self._watch()  # a new one: what is still being read for the moment before must not come late
            self._asked[id] = (asked, watch)
            self._begin(asked, watch)
        self._tell_changes()

    def _watch(self) -> Watch[Any]:
        watch: Watch[Any] = Watch(lambda: self._publisher.close(watch))
        return watch

    def round(self) -> None:
        if self._begun:
            self._publisher.round()
            self._tell_changes()

    def watch(self, asked: Asked) -> None:
        self.close(asked.id)
        if len(self._asked) >= WATCHES:
            self._send(Told(page=asked.id, error=f"more than {WATCHES} watches at once"))
            return
        watch = self._watch()
        self._asked[asked.id] = (asked, watch)
        if self._begun or asked.what == "journey":
            self._begin(asked, watch)
        self._tell_changes()

    def close(self, id: int) -> None:
        known = self._asked.pop(id, None)
        self._sent.pop(id, None)
        self._errors.pop(id, None)
        if known is not None:
            known[1].close()

    def tell(self, journey: Journey) -> None:
        self._journey = journey
        for asked, watch in self._asked.values():
            if asked.what == "journey":
                watch.page = journey
        self._tell_changes()

    def _begin(self, asked: Asked, watch: Watch[Any]) -> None:
        if asked.what == "journey":
            watch.page = self._journey
            return
        try:
            begin(self._publisher, watch, asked.what, asked.args, None)
        except ValueError as error:
            watch.error = str(error)

    def _tell_changes(self) -> None:
        """Revisions are counted here: those of a moment say nothing of another."""
        for id, (_, watch) in self._asked.items():
            if watch.error != self._errors.get(id):
                self._errors[id] = watch.error
                self._send(Told(page=id, error=watch.error or ""))
            page, last = watch.page, self._sent.get(id)
            if page is None or (last is not None and _same(page, last)):
                continue
            self._revision += 1
            page = msgspec.structs.replace(page, revision=self._revision)
            self._sent[id] = page
            if last is None:
                self._send(Told(page=id, whole=msgspec.to_builtins(page)))
            else:
                self._send(Told(page=id, delta=delta(last, page)))


def _same(page: Any, last: Any) -> bool:
    return bool(msgspec.structs.replace(page, revision=last.revision) == last)
