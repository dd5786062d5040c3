"""A list of items, one line each: selection by id that sticks, marks, ghosts, follow, and a header row.

The list is handed items newest last (`edge="bottom"`) or most pressing first (`edge="top"`). While nobody has
moved, the selection stays at that edge; the first movement holds it to the item, wherever the item goes. An item
that vanishes while it is selected stays as a ghost until the selection moves on.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from rich.segment import Segment
from textual import events
from textual.message import Message

from noc_tui.text import fit, wrap
from noc_tui.widgets.columns import Cell, Column, flow, lit, segments, widths
from noc_tui.widgets.ink import Ink
from noc_tui.widgets.lines import Lines

Item = TypeVar("Item")


class Stamp(NamedTuple):
    """How one line looks. `kind`: head, item, blank, note."""

    kind: str
    cells: tuple[Cell, ...]
    ground: str = ""
    gutter: str = ""
    rail: str = ""
    left: int = 0
    sort: str = ""
    sought: tuple[str, ...] = ()


_BLANK = Stamp("blank", ())


class LineList(Lines, Generic[Item]):
    """`columns` None lets cells flow one after the other, as in running text."""

    can_focus = True

    class Opened(Message):
        """The item under the pointer was double-clicked."""

        def __init__(self, source: "LineList[Any]", key: str) -> None:
            super().__init__()
            self.source, self.key = source, key

    class HeadClicked(Message):
        """A column that names an order was clicked."""

        def __init__(self, source: "LineList[Any]", sort: str) -> None:
            super().__init__()
            self.source, self.sort = source, sort

    def __init__(
        self,
        key_of: Callable[[Item], str],
        cells_of: Callable[[Item], tuple[Cell, ...]],
        columns: tuple[Column, ...] | None = None,
        *,
        edge: str = "top",
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        self.key_of, self.cells_of, self.columns, self.edge = key_of, cells_of, columns, edge
        self.items: list[Item] = []
        self.held = False
        self.anew = False  # what comes next answers another question: what it lacks is not missed
        self.marks: dict[str, None] = {}
        self.letters: dict[str, str] = {}  # of a jump, by item: they move with it
        self.pending: set[str] = set()
        self.ghost: str | None = None
        self.empty: tuple[str, ...] = ()
        self.sort = ""
        self.sought: tuple[str, ...] = ()  # words that stand out wherever they occur
        self.top = 0
        self.left = 0
        self._key: str | None = None
        self._at = 0

    # what is shown

    @property
    def head(self) -> int:
        return 1 if self.columns else 0

    @property
    def page(self) -> int:
        return max(1, self.rows - self.head)

    @property
    def selected(self) -> str | None:
        """The id of the selected item, also when it has become a ghost."""
        return self._key

    @property
    def current(self) -> Item | None:
        return self.items[self._at] if self._key is not None and self._at < len(self.items) else None

    @property
    def following(self) -> bool:
        return not self.held

    def show(self, items: Sequence[Item]) -> None:
        """Replace the items; selection, marks and the place on the screen stay with what they are about."""
        before, at, key = self.items, self._at, self._key
        offset = at - self.top
        anchored = self.top > 0 or self.edge == "bottom"
        self.items = list(items)
        found = self.find(key, at) if key is not None else None
        if not self.held or key is None or (found is None and self.anew):
            self.ghost, self.held = None, self.held and key is None
            self._to_edge()
        else:
            if found is None and at < len(before):
                found = min(at, len(self.items))
                self.items.insert(found, before[at])
                self.ghost = key
            elif self.ghost == key:
                self.ghost = None
            self._at = found or 0
            self.top = self._at - offset if anchored else self.top
            if not 0 <= offset < self.page and not anchored:
                self.top = 0
            self._clamp()
            if 0 <= offset < self.page:
                self._reveal()
        self.anew = False
        self.sync()

    def find(self, key: str, near: int = 0) -> int | None:
        """Where the item is now; looks around `near` first, as items seldom move far."""
        items, key_of = self.items, self.key_of
        low, high = max(0, near - 32), min(len(items), near + 33)
        for index in range(low, high):
            if key_of(items[index]) == key:
                return index
        for index, item in enumerate(items):
            if key_of(item) == key:
                return index
        return None

    # moving

    def move(self, steps: int) -> None:
        self.select_at(self._at + steps)

    def select_at(self, index: int) -> None:
        """Select by place; holds the selection to the item there."""
        if not self.items:
            return
        self.held = True
        self._at = max(0, min(index, len(self.items) - 1))
        self._choose()

    @property
    def at_edge(self) -> bool:
        """Is what is selected what would be selected if nobody had moved?"""
        return self._at == (len(self.items) - 1 if self.edge == "bottom" else 0)

    def select(self, key: str) -> bool:
        found = self.find(key, self._at)
        if found is not None:
            self.select_at(found)
        return found is not None

    def release(self) -> None:
        """Go back to the edge and stay there: follow the newest, or the most pressing."""
        self.held = False
        self._drop_ghost()
        self._to_edge()
        self.sync()

    def seek(self, wanted: Callable[[Item], bool], step: int) -> bool:
        """Select the next (`step` 1) or previous (-1) item that is wanted, going round at the end."""
        total = len(self.items)
        for distance in range(1, total + 1):
            index = (self._at + step * distance) % total
            if wanted(self.items[index]):
                self.select_at(index)
                return True
        return False

    def scroll_lines(self, lines: int) -> None:
        """Scroll without moving the selection; a following list stops following."""
        if self.edge == "bottom":
            self.held = True
        self.top += lines
        self._clamp()
        self.sync()

    def shift(self, cells: int) -> None:
        """Scroll sideways; rows keep their place."""
        self.left = max(0, min(self.left + cells, 400))
        self.sync()

    def toggle_mark(self) -> None:
        if self._key is None:
            return
        if self._key in self.marks:
            del self.marks[self._key]
        else:
            self.marks[self._key] = None
        self.move(1)

    def mark_range(self) -> None:
        """Mark all from the mark that was set last to the selected item."""
        last = next(reversed(self.marks), None)
        start = self.find(last, self._at) if last is not None else None
        if start is None or self._key is None:
            return
        step = 1 if self._at >= start else -1
        for index in range(start, self._at + step, step):
            self.marks.setdefault(self.key_of(self.items[index]))
        self.sync()

    def clear_marks(self) -> None:
        self.marks.clear()
        self.sync()

    def _to_edge(self) -> None:
        if not self.items:
            self._key, self._at, self.top = None, 0, 0
            return
        self._at = len(self.items) - 1 if self.edge == "bottom" else 0
        self._key = self.key_of(self.items[self._at])
        self.top = max(0, len(self.items) - self.page) if self.edge == "bottom" else 0

    def _choose(self) -> None:
        key = self.key_of(self.items[self._at])
        if self.ghost is not None and key != self.ghost:
            self._drop_ghost()
            self._at = self.find(key, self._at) or 0
        self._key = key
        self._reveal()
        self.sync()

    def _drop_ghost(self) -> None:
        if self.ghost is not None:
            place = self.find(self.ghost, self._at)
            if place is not None:
                del self.items[place]
            self.ghost = None

    def _reveal(self) -> None:
        if self._at < self.top:
            self.top = self._at
        elif self._at >= self.top + self.page:
            self.top = self._at - self.page + 1
        self._clamp()

    def _clamp(self) -> None:
        self.top = max(0, min(self.top, len(self.items) - self.page))

    # drawing

    def stamp(self, y: int) -> Hashable:
        if y < self.head and self.columns:
            return Stamp("head", tuple((column.title, "muted") for column in self.columns), "bar", sort=self.sort)
        if not self.items:
            notes = self._notes()
            line = y - self.head - 1
            return Stamp("note", (notes[line],)) if 0 <= line < len(notes) else _BLANK
        index = self.top + y - self.head
        rail = self._rail(y - self.head)
        if index >= len(self.items):
            return Stamp("blank", (), rail=rail)
        item = self.items[index]
        key = self.key_of(item)
        chosen = key == self._key and (
            self._focused or (self.columns is not None and (self.held or self.edge == "top"))
        )
        marked = key in self.marks
        ground = ("cursor" if self._focused else "blur") if chosen else ("mark" if marked else "")
        gutter = "pending" if key in self.pending else "mark" if marked else "cursor" if chosen else ""
        cells = self.cells_of(item)
        if key == self.ghost:
            cells, gutter = tuple((text, "gone") for text, _ in cells), "ghost"
        return Stamp("item", cells, ground, gutter, rail, self.left, sought=self.sought)

    def _notes(self) -> list[Cell]:
        """Why nothing is here, wrapped; the first line is the loudest."""
        room = max(1, self.cells - 4)
        told = enumerate(self.empty)
        return [(piece, "muted" if at else "strong") for at, text in told for piece in wrap(text, room) or [""]]

    def lettered(self, y: int) -> tuple[tuple[int, str], ...]:
        index = self.top + y - self.head
        if not self.letters or y < self.head or index >= len(self.items):
            return ()
        letters = self.letters.get(self.key_of(self.items[index]))
        return ((0, letters),) if letters else ()

    def _rail(self, line: int) -> str:
        """The scroll bar is one column of ours, present only when there is something to scroll."""
        total, page = len(self.items), self.page
        if total <= page:
            return ""
        size = max(1, page * page // total)
        start = (page - size) * self.top // max(1, total - page)
        return "thumb" if start <= line < start + size else "rail"

    def draw(self, stamp: Hashable, ink: Ink, room: int) -> list[Segment]:
        assert isinstance(stamp, Stamp)
        glyphs = ink.glyphs
        if stamp.kind == "note":
            return [Segment(fit("  " + stamp.cells[0][0], room, "left", glyphs.ellipsis), ink.style(stamp.cells[0][1]))]
        if stamp.kind == "head":
            return self._draw_head(stamp, ink, room)
        body = room - 2
        sign = getattr(glyphs, stamp.gutter) if stamp.gutter else " "
        role = "accent-strong" if stamp.gutter else "text"
        result = [Segment(sign, ink.style("muted" if stamp.gutter == "ghost" else role, stamp.ground))]
        if stamp.kind == "blank":
            result.append(Segment(" " * body, ink.style("text")))
        elif self.columns:
            sizes = self._sizes(body + stamp.left)
            laid = segments(stamp.cells, sizes, self.columns, ink, stamp.ground)
            result += lit(self._shifted(laid, stamp.left), stamp.sought)
        else:
            result += lit(flow(stamp.cells, body, ink, stamp.ground, left=stamp.left), stamp.sought)
        rail = getattr(glyphs, stamp.rail) if stamp.rail else " "
        return [*result, Segment(rail, ink.style("faint" if stamp.rail == "rail" else "muted", stamp.ground))]

    def _draw_head(self, stamp: Stamp, ink: Ink, room: int) -> list[Segment]:
        assert self.columns is not None
        cells = tuple(
            (f"{column.title}{ink.glyphs.down}", "strong")
            if column.sort and column.sort == stamp.sort
            else (column.title, "muted")
            for column in self.columns
        )
        blank = ink.style("muted", "bar")
        return [
            Segment(" ", blank),
            *segments(cells, self._sizes(room - 2), self.columns, ink, "bar"),
            Segment(" ", blank),
        ]

    def _sizes(self, room: int) -> tuple[int, ...]:
        """Column widths; what is scrolled sideways gives the growing columns more room to show their ends."""
        assert self.columns is not None
        return widths(self.columns, room)

    @staticmethod
    def _shifted(pieces: list[Segment], left: int) -> list[Segment]:
        from textual.strip import Strip

        return list(Strip(pieces).crop(left)) if left else pieces

    # size and pointer

    def on_resize(self) -> None:
        self.measure()
        if not self.held:
            self._to_edge()
        else:
            self._reveal()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_lines(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_lines(-3)

    def on_click(self, event: events.Click) -> None:
        line = event.y - self.head
        if line < 0 and self.columns:
            self._click_head(event.x)
            return
        index = self.top + line
        if index < len(self.items):
            self.select_at(index)
            if event.chain == 2 and self._key is not None:
                self.post_message(self.Opened(self, self._key))

    def _click_head(self, x: int) -> None:
        assert self.columns is not None
        start = 1
        for column, size in zip(self.columns, self._sizes(self.cells - 2), strict=True):
            if size and start <= x < start + size and column.sort:
                self.post_message(self.HeadClicked(self, column.sort))
            start += size + 1 if size else 0
