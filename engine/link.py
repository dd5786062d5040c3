"""The line between a console and an engine: in this process, or (later) over a WebSocket, with one interface.

A console asks to *watch* something and then pulls: `watch.page` is the newest immutable page, replaced by the engine
whenever its revision changes (at most ten times a second). Reading it never blocks and needs no lock.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from engine.views import Board, Dossier, FeedPage, Health, HeatGrid, ItemContext, Journey, Outcome, Sheet

if TYPE_CHECKING:
    from engine.backtest.trial import Trial

Page = TypeVar("Page")


class CannotAttach(Exception):
    """An engine elsewhere cannot be looked at; the text says which and why."""


class Watch(Generic[Page]):
    """A standing question. `page` is None until the first answer; `error` says why a filter could not be used."""

    __slots__ = ("_close", "error", "page")

    def __init__(self, close: Callable[[], None]) -> None:
        self.page: Page | None = None
        self.error: str | None = None
        self._close = close

    def close(self) -> None:
        """Stop asking. A closed watch keeps its last page."""
        self._close()


class Link(Protocol):
    """What a console may do. Methods return at once; `done` is called from another thread."""

    read_only: bool

    def watch_feed(self, where: str = "", limit: int = 500) -> Watch[FeedPage]: ...
    def watch_board(self, where: str = "", limit: int = 500, order: str = "priority") -> Watch[Board]: ...
    def watch_item(self, ref: str) -> Watch[ItemContext]: ...
    def watch_heat(self, hours: int = 24, by: str = "hour") -> Watch[HeatGrid]: ...
    def watch_health(self) -> Watch[Health]: ...

    def watch_sheet(self, kind: str, where: str = "", limit: int = 500, order: str = "") -> Watch[Sheet]:
        """Rows of one of `engine.sheets.KINDS`; the empty order is the kind's own."""

    def watch_dossier(self, ref: str, span: str = "") -> Watch[Dossier]:
        """One thing in full. `span` bounds its charts, such as `6h` or `7d`; empty: as is usual for it."""

    def act(
        self,
        action: str,
        target: str,
        done: Callable[[Outcome], None],
        *,
        note: str = "",
        params: dict[str, str] | None = None,
    ) -> None:
        """`action`: acknowledge assign escalate resolve reopen snooze comment undo; `target` a reference."""

    def set_speed(self, factor: float) -> None:
        """For a simulation or replay: 0 pauses, 1 is real time. Ignored by a live engine."""

    def past(self) -> "Traveller":
        """A line to what was known at another moment; the caller closes it. This one goes on beside it."""

    def backtest(self, text: str) -> "Trial":
        """Starts a trial in the words of `engine.backtest.asked`. CannotAttach: the database is elsewhere."""

    def close(self) -> None:
        """Stop watching; an engine of our own is stopped and its database closed."""


class Traveller(Link, Protocol):
    """A line to the past: what is watched is how it was, and nothing can be changed."""

    def watch_journey(self) -> Watch[Journey]: ...

    def travel(self, **asked: float | bool) -> None:
        """`at=` microseconds of event time goes there, `by=` microseconds on or back from where it last wanted to be;
        `speed=` plays so many times as fast as life, 0 stands still; `stop=True` gives up a long way where it is."""
