"""A pane: a title line, a body, and where it can be filtered a filter bar."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widget import Widget

from noc_tui.panes.desk import Desk
from noc_tui.widgets.lines import Lines
from noc_tui.widgets.status_line import Part, StatusLine

if TYPE_CHECKING:
    from noc_tui.widgets.filter_bar import FilterBar

Deeds = Mapping[str, Callable[[], None]]

WAITING = (
    "Waiting for the engine",
    "The first page has not come yet. This is normal for a second or two after a start.",
)


class Pane(Widget):
    """Subclasses give body, watches, `take` and `chips`. A hidden pane asks the engine nothing."""

    name_: ClassVar[str] = ""
    title_: ClassVar[str] = ""
    about: ClassVar[str] = ""
    beats: ClassVar[int] = 1  # the least number of ticks between two takes
    filter_hint: ClassVar[str] = ""

    DEFAULT_CSS = """
    Pane { layout: vertical; overflow: hidden; position: absolute; }
    Pane > .title { height: 1; }
    Pane > .body { height: 1fr; }
    Pane.-beside { border-left: solid $panel; }
    Pane.-plain > .title { display: none; }
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(id=self.name_)
        self.desk = desk
        self.title_line = StatusLine(ground="bar")
        self.title_line.add_class("title")
        self.body = self.make_body()
        self.body.add_class("body")
        self.bar: FilterBar | None = None
        self.awake = False
        self._rest = 0

    def compose(self) -> ComposeResult:
        yield self.title_line
        yield self.body

    # for subclasses

    def make_body(self) -> Lines:
        raise NotImplementedError

    def open_watch(self) -> None:
        """Begin to ask."""

    def close_watch(self) -> None:
        """Stop asking."""

    def take(self) -> bool:
        """Show the newest page if it is another than the one shown; whether anything may look different now."""
        return False

    def chips(self) -> list[Part]:
        """What stands in the title beside the name: counts, filter, state; weightiest stays longest."""
        return []

    def deeds(self) -> Deeds:
        """The actions that this pane carries out itself."""
        return {}

    def target(self) -> str | None:
        """The reference that an action on the selection is about."""
        return None

    def copied(self) -> str:
        """The selection as text for the clipboard."""
        return ""

    def written(self) -> list[list[str]] | None:
        """The rows that are shown, a head first, as for a file; None where there are none."""
        return None

    # life

    def wake(self) -> None:
        if not self.awake:
            self.awake = True
            self._rest = 0
            self.open_watch()

    def sleep(self) -> None:
        if self.awake:
            self.awake = False
            self.close_watch()

    def tick(self, slow: int = 1) -> None:
        """One beat; with `slow` above 1 pages are taken that much less often, to save the line."""
        if not self.awake:
            return
        self._rest -= 1
        if self._rest > 0:
            return
        self._rest = self.beats * slow
        if self.take():
            self.retitle()

    def hurry(self) -> None:
        """Take the newest page at once: somebody pressed a key."""
        if self.awake:
            self._rest = 0
            self.tick()
            self.retitle()

    def retitle(self) -> None:
        focused = self.has_focus_within
        ground = "bar-focus" if focused else "bar"
        if self.title_line.ground != ground:
            self.title_line.ground = ground
        self.title_line.show([Part(((self.title_, "title" if focused else "title-off"),), 999), *self.chips()])

    def on_descendant_focus(self) -> None:
        self.retitle()

    def on_descendant_blur(self) -> None:
        self.retitle()
