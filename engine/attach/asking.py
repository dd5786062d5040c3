"""What a console's end of any line keeps: what was asked for under which number, and the newest page of each."""

import threading
from typing import TYPE_CHECKING, Any, Final

import msgspec

from engine.attach.deltas import applied
from engine.attach.frames import PAGES, Asked, Told
from engine.link import CannotAttach, Watch

if TYPE_CHECKING:
    from engine.backtest.trial import Trial

ELSEWHERE: Final = "a backtest is made where the database is, and now: `noc backtest change` there"


class Asking:
    """The asking half of `engine.link.Link`. Subclasses carry messages by `_post`, and hand answers to `_answered`."""

    def __init__(self) -> None:
        self._guard = threading.RLock()
        self._next = 0
        self._watches: dict[int, tuple[Asked, Watch[Any]]] = {}
        self._broken: str | None = None  # why no page will come any more

    def _post(self, asked: Asked) -> None:
        raise NotImplementedError

    def watch_feed(self, where: str = "", limit: int = 500) -> Watch[Any]:
        return self._watch("feed", where=where, limit=limit)

    def watch_board(self, where: str = "", limit: int = 500, order: str = "priority") -> Watch[Any]:
        return self._watch("board", where=where, limit=limit, order=order)

    def watch_item(self, ref: str) -> Watch[Any]:
        return self._watch("item", ref=ref)

    def watch_heat(self, hours: int = 24, by: str = "hour") -> Watch[Any]:
        return self._watch("heat", hours=hours, by=by)

    def watch_health(self) -> Watch[Any]:
        return self._watch("health")

    def watch_sheet(self, kind: str, where: str = "", limit: int = 500, order: str = "") -> Watch[Any]:
        return self._watch("sheet", kind=kind, where=where, limit=limit, order=order)

    def watch_dossier(self, ref: str, span: str = "") -> Watch[Any]:
        return self._watch("dossier", ref=ref, span=span)

    def watch_journey(self) -> Watch[Any]:
        return self._watch("journey")

    def travel(self, **asked: float | bool) -> None:
        """See `engine.link.Traveller`."""
        self._post(Asked("travel", self._number(), args=dict(asked)))

    def backtest(self, text: str) -> "Trial":  # noqa: ARG002
        """See `engine.link.Link`."""
        raise CannotAttach(ELSEWHERE)

    def _number(self) -> int:
        with self._guard:
            self._next += 1
            return self._next

    def _watch(self, what: str, **args: Any) -> Watch[Any]:
        return self.ask(what, args)

    def ask(self, what: str, args: dict[str, Any]) -> Watch[Any]:
        """A watch of any kind, with what belongs to it. Raises ValueError for a kind that there is not."""
        if what not in PAGES:
            raise ValueError(f"`{what[:40]}` cannot be watched")
        asked = Asked("watch", self._number(), what=what, args=args)
        watch: Watch[Any] = Watch(lambda: self._forget(asked.id))
        with self._guard:
            self._watches[asked.id] = (asked, watch)
            watch.error = self._broken
            self._post(asked)
        return watch

    def _break(self, why: str) -> None:
        """The line is over: every page says why it will not come, also those that are asked for later."""
        with self._guard:
            self._broken = why
            for _, watch in self._watches.values():
                watch.error = why

    def _forget(self, id: int) -> None:
        with self._guard:
            if self._watches.pop(id, None) is not None:
                self._post(Asked("close", id))

    def _answered(self, told: Told) -> None:
        """A page, or what is wrong with what was asked."""
        found = self._watches.get(told.page)
        if found is None:
            return
        asked, watch = found
        if told.error is not None:
            watch.error = told.error or None
        if told.whole is not None:
            watch.page = msgspec.convert(told.whole, PAGES[asked.what])
        elif told.delta is not None and watch.page is not None:
            watch.page = applied(watch.page, told.delta)
