"""A map of counts: each cell has a number, a letter where it is grave, and a shade, so colour never stands alone."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message

from noc_tui.text import fit
from noc_tui.widgets.columns import joined
from noc_tui.widgets.ink import Ink
from noc_tui.widgets.lines import Lines

LABEL_LEAST, LABEL_MOST = 12, 24


class HeatCell(NamedTuple):
    """How many, a letter where it is grave, and the shade, 0-4."""

    number: int
    letter: str
    level: int


def cell_text(cell: HeatCell, cells: int) -> str:
    """Number and letter in `cells` cells (2-4); `+` where the number has no room."""
    if not cell.letter and 10 ** (cells - 1) <= cell.number < 10**cells:
        return str(cell.number)
    room = cells - 1
    digits = str(cell.number) if cell.number < 10**room else "+"
    return digits.rjust(room) + (cell.letter or " ")


@dataclass(frozen=True, slots=True)
class HeatTable:
    """Rows of cells with their axis labels, oldest column first; `sums` stand at the right where there is room."""

    keys: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    cells: tuple[tuple[HeatCell, ...], ...] = ()
    sums: tuple[str, ...] = field(default=())


class Shape(NamedTuple):
    """How a table lies in a width."""

    label: int
    cell: int
    first: int  # the first column shown
    shown: int
    sums: int


def shape(table: HeatTable, room: int, cursor: int) -> Shape:
    """Cells of three where they fit, else two; the newest columns, and always the one under the cursor."""
    total = len(table.columns)
    longest = max((len(label) for label in table.labels), default=LABEL_LEAST)
    cell = 2
    for size, least in ((4, 17), (3, 13)):
        if room - least >= total * size:
            cell = size
            break
    label = max(LABEL_LEAST, min(longest, LABEL_MOST, room - total * cell - 1))
    sums = 5 if room - label - 1 - total * cell >= 5 else 0
    shown = max(1, min(total, (room - label - 1 - sums) // cell))
    first = min(max(0, total - shown), cursor)
    return Shape(label, cell, first, shown, sums)


class HeatStamp(NamedTuple):
    kind: str
    label: str = ""
    cells: tuple[HeatCell, ...] = ()
    heads: tuple[str, ...] = ()
    total: str = ""
    cursor: int = -1
    chosen: bool = False
    shape: Shape = Shape(0, 0, 0, 0, 0)


class HeatGrid(Lines):
    """The cursor is a cell, held by row key and column, so it stays with its site when rows are reordered."""

    can_focus = True

    class Opened(Message):
        """A cell was double-clicked."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self.table = HeatTable()
        self.empty: tuple[str, ...] = ()
        self.row = 0
        self.column = -1  # -1: the newest
        self.top = 0

    @property
    def at(self) -> tuple[int, int] | None:
        """Row and column of the cursor, None while there is nothing."""
        if not self.table.keys or not self.table.columns:
            return None
        column = self.column if self.column >= 0 else len(self.table.columns) - 1
        return min(self.row, len(self.table.keys) - 1), min(column, len(self.table.columns) - 1)

    @property
    def selected(self) -> str | None:
        at = self.at
        return self.table.keys[at[0]] if at else None

    def show(self, table: HeatTable) -> None:
        key = self.selected
        self.table = table
        if key in table.keys and self._focused:
            self.row = table.keys.index(key)
        self._reveal()
        self.sync()

    def move(self, rows: int, columns: int = 0) -> None:
        at = self.at
        if at is None:
            return
        self.row = max(0, min(at[0] + rows, len(self.table.keys) - 1))
        if columns:
            column = max(0, min(at[1] + columns, len(self.table.columns) - 1))
            self.column = column if column < len(self.table.columns) - 1 else -1
        self._reveal()
        self.sync()

    @property
    def page(self) -> int:
        return max(1, self.rows - 1)

    def _reveal(self) -> None:
        self.row = max(0, min(self.row, len(self.table.keys) - 1))
        self.top = min(self.top, self.row)
        self.top = max(self.top, self.row - self.page + 1, 0)
        self.top = min(self.top, max(0, len(self.table.keys) - self.page))

    def stamp(self, y: int) -> Hashable:
        table = self.table
        if not table.keys:
            return (
                HeatStamp("note", self.empty[y - 1], chosen=y == 1) if 0 < y <= len(self.empty) else HeatStamp("blank")
            )
        at = self.at
        assert at is not None
        lies = shape(table, self.cells - 2, at[1])
        window = slice(lies.first, lies.first + lies.shown)
        cursor = at[1] - lies.first
        if y == 0:
            return HeatStamp("head", "", (), table.columns[window], "sum", cursor if self._focused else -1, shape=lies)
        row = self.top + y - 1
        if row >= len(table.keys):
            return HeatStamp("blank")
        here = row == at[0] and self._focused
        total = table.sums[row] if row < len(table.sums) else ""
        return HeatStamp(
            "row", table.labels[row], table.cells[row][window], (), total, cursor if here else -1, here, lies
        )

    def draw(self, stamp: Hashable, ink: Ink, room: int) -> list[Segment]:
        assert isinstance(stamp, HeatStamp)
        if stamp.kind == "blank":
            return [Segment(" " * room, ink.style("text"))]
        if stamp.kind == "note":
            return [Segment(fit("  " + stamp.label, room), ink.style("strong" if stamp.chosen else "muted"))]
        head = stamp.kind == "head"
        ground = "bar" if head else ""
        label, cell, _, shown, sums = stamp.shape
        mark = ink.glyphs.cursor if stamp.chosen else " "
        pieces = [
            (mark, ink.style("accent-strong" if stamp.chosen else "text", ground)),
            (
                fit(stamp.label, label, "left", ink.glyphs.ellipsis) + " ",
                ink.style("strong" if stamp.chosen else "text", ground),
            ),
        ]
        pieces += self._axis(stamp, ink) if head else self._cells(stamp, ink)
        used = 1 + label + 1 + shown * cell
        if sums:
            pieces.append((fit(stamp.total, sums, "right"), ink.style("muted", ground)))
        rest = room - used - sums
        if rest > 0:
            pieces.append((" " * rest, ink.style("text", ground)))
        return joined(pieces)

    @staticmethod
    def _axis(stamp: HeatStamp, ink: Ink) -> list[tuple[str, Style]]:
        """Hours above their columns; where these are narrow every third stands for its neighbours."""
        size = stamp.shape.cell
        pieces = []
        for index, text in enumerate(stamp.heads):
            here = index == stamp.cursor
            told = text if size > 2 or here or int(text) % 3 == 0 else ""
            pieces.append(
                (
                    fit(told, size - 1, "right") + " " if size > 2 else fit(told, size),
                    ink.style("strong" if here else "muted", "bar"),
                )
            )
        return pieces

    @staticmethod
    def _cells(stamp: HeatStamp, ink: Ink) -> list[tuple[str, Style]]:
        size = stamp.shape.cell
        pieces = []
        for index, cell in enumerate(stamp.cells):
            text = cell_text(cell, size) if cell.number else ink.glyphs.dot.rjust(size - 1) + " "
            if index == stamp.cursor:
                pieces.append((text, ink.style("strong", "bar-focus")))
            else:
                pieces.append((text, ink.style(f"heat-{cell.level}") if cell.number else ink.style("faint")))
        return pieces

    def on_resize(self) -> None:
        self.measure()
        self._reveal()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.move(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.move(-1)

    def on_click(self, event: events.Click) -> None:
        at = self.at
        if at is None or event.y < 1 or self.top + event.y - 1 >= len(self.table.keys):
            return
        lies = shape(self.table, self.cells - 2, at[1])
        column = lies.first + (event.x - 2 - lies.label) // max(1, lies.cell)
        self.move(self.top + event.y - 1 - at[0], max(0, min(column, len(self.table.columns) - 1)) - at[1])
        if event.chain == 2 and self.selected:
            self.post_message(self.Opened(self.selected))
