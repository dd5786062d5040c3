"""What the feed and the board share: a list with a filter, its watch, and the keys that move in it."""

import re
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar

from engine.link import Watch
from noc_tui.panes.desk import Desk
from noc_tui.panes.pane import WAITING, Deeds, Pane
from noc_tui.text import MINUTE, Glyphs, count
from noc_tui.widgets.ink import ink_of
from noc_tui.widgets.line_list import LineList
from noc_tui.widgets.status_line import Part

if TYPE_CHECKING:
    from engine.query import Schema
    from noc_tui.widgets.filter_bar import FilterBar

Row = TypeVar("Row")
Page = TypeVar("Page", bound=Any)


_TERM: Final = re.compile(r"""(?<!\S)([!-]?)(?:\w+(>=|<=|!=|>|<|:|=|~))?("[^"]*"|[^\s()]+)""")


def sought(where: str) -> tuple[str, ...]:
    """The words of a filter that rows are looked at for; what is excluded or only compared is not among them."""
    found = []
    for no, sign, value in _TERM.findall(where):
        word = value.strip('"*').partition("*")[0]
        if not no and sign in ("", ":", "=", "~") and len(word) > 1 and word.casefold() not in ("and", "or", "not"):
            found.append(word)
    return tuple(dict.fromkeys(found))


class ListingPane(Pane, Generic[Row, Page]):
    """Subclasses give `make_list`, `ask`, `put` and `where`."""

    side_step: ClassVar[int] = 8
    settle: ClassVar[int] = 2  # beats that a typed filter rests before it is asked

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._watch: Watch[Page] | None = None
        self._older: Watch[Page] | None = None
        self._typed: str | None = None
        self._settling = 0
        self._mark: tuple[int, int, bool, str | None] | None = None
        self._asked_anew = False
        self.page: Page | None = None
        self.error: str | None = None

    def make_body(self) -> LineList[Row]:
        self.list = self.make_list()
        self.list.empty = WAITING
        return self.list

    def make_list(self) -> LineList[Row]:
        raise NotImplementedError

    def ask(self) -> Watch[Page]:
        raise NotImplementedError

    def put(self, page: Page) -> None:
        raise NotImplementedError

    def is_critical(self, row: Row) -> bool:
        raise NotImplementedError

    @property
    def where(self) -> str:
        raise NotImplementedError

    @where.setter
    def where(self, text: str) -> None:
        raise NotImplementedError

    @property
    def glyphs(self) -> Glyphs:
        return ink_of(self).glyphs

    # watching

    @property
    def newest(self) -> Page | None:
        return self._watch.page if self._watch else None

    def open_watch(self) -> None:
        self._watch = self.ask()
        self._asked_anew = True  # the filter may be another than when we fell asleep

    def close_watch(self) -> None:
        for watch in (self._watch, self._older):
            if watch is not None:
                watch.close()
        self._watch = self._older = None

    def reask(self) -> None:
        """Ask anew, as the filter or the order changed; the old page stays until the new one comes."""
        if self.awake:
            self.close_watch()
            self._watch = self.ask()
            self._asked_anew = True
            self.hurry()

    def take(self) -> bool:
        watch = self._watch
        if watch is None:
            return False
        page = watch.page
        mark = (page.revision if page else -1, self.desk.now // MINUTE, self.desk.paused, watch.error)
        if mark == self._mark and not self._asked_anew:
            return False
        self._mark = mark
        if watch.error != self.error:
            self.error = watch.error
            if self.bar is not None:
                self.bar.complain(self.error)
        if page is None or (self.desk.paused and self.page is not None and not self._asked_anew):
            return True
        if self.page is None or page.revision != self.page.revision or self._asked_anew:
            self.list.anew, self._asked_anew = self._asked_anew, False
            self.page = page
            self.list.sought = sought(self.where)
            self.put(page)
        else:
            self.list.sync()  # a minute has gone: ages have changed
        return True

    def tick(self, slow: int = 1) -> None:
        if self._typed is not None:
            self._settling -= 1
            if self._settling <= 0:
                self._apply(self._typed)
        super().tick(slow)

    # filter

    def filter_chips(self, hidden: int) -> list[Part]:
        if not self.where:
            return []
        role = "error" if self.error else "stale"
        tail = f" {count(hidden)} hidden" if hidden and not self.error else " not usable" if self.error else ""
        return [Part(((f"/{self.where}", role), (tail, "title-off")), 80, right=True)]

    async def open_bar(self) -> None:
        """Let a filter be typed. The bar is made when it is first wanted: a start does not wait for it."""
        if self.bar is None:
            from noc_tui.widgets.filter_bar import FilterBar

            self.bar = FilterBar(self.filter_hint, self.completions)
            await self.mount(self.bar)
        self.bar.complain(self.error)
        self.bar.open(self.where)

    def completions(self, text: str, cursor: int) -> list[tuple[str, int, int]]:
        """What could be written at the cursor of the filter: (text, start, end), best first."""
        from engine.query import complete

        return [(one.text, one.start, one.end) for one in complete(text, cursor, self.schema(), self.known())]

    def schema(self) -> "Schema":
        """What the filter can ask of the rows."""
        raise NotImplementedError

    def known(self) -> dict[str, list[str]]:
        """Values that occur now, by field."""
        return {}

    def start_filter(self) -> None:
        self.call_next(self.open_bar)

    def _apply(self, text: str) -> None:
        self._typed = None
        if text != self.where:
            self.where = text
            self.reask()

    def on_filter_bar_changed(self, event: "FilterBar.Changed") -> None:
        event.stop()
        self._typed = event.text.strip()
        self._settling = self.settle

    def on_filter_bar_closed(self, event: "FilterBar.Closed") -> None:
        event.stop()
        if event.kept:
            self._apply(self._typed if self._typed is not None else self.where)
        else:
            self._typed = None
            self.clear_filter()
        if self.error is None or not event.kept:
            event.bar.close()
            self.list.focus()
        self.retitle()

    def clear_filter(self) -> bool:
        """Take the filter away; False if there was none."""
        had = bool(self.where)
        if had:
            self._apply("")
        return had

    def set_filter(self, text: str) -> None:
        self._apply(text)

    # keys

    def deeds(self) -> Deeds:
        lines = self.list
        return {
            "down": lambda: lines.move(1),
            "up": lambda: lines.move(-1),
            "page_down": lambda: lines.move(lines.page - 1),
            "page_up": lambda: lines.move(1 - lines.page),
            "first": lambda: lines.select_at(0),
            "last": self.to_last,
            "left": lambda: lines.shift(-self.side_step),
            "right": lambda: lines.shift(self.side_step),
            "next_critical": lambda: self._seek(1),
            "previous_critical": lambda: self._seek(-1),
            "filter": self.start_filter,
        }

    def to_last(self) -> None:
        if self.list.edge == "bottom":
            self.list.release()
            self.hurry()
        else:
            self.list.select_at(len(self.list.items) - 1)

    def back(self) -> bool:
        """Undo what holds the list, step by step; False when there was nothing."""
        if self.list.marks:
            self.list.clear_marks()
            return True
        if self.list.left:
            self.list.shift(-self.list.left)
            return True
        if not self.list.held:
            return False
        moved = not self.list.at_edge or self.list.ghost is not None
        self.list.release()
        self.hurry()
        return moved

    def _seek(self, step: int) -> None:
        if not self.list.seek(self.is_critical, step):
            self.desk.say((("No critical one here.", "text"),))
