"""Lines made of parts: what does not fit is left out, least important first."""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

from rich.segment import Segment
from textual import events
from textual.message import Message

from noc_tui.text import width
from noc_tui.widgets.columns import Cell, joined, length
from noc_tui.widgets.ink import Ink
from noc_tui.widgets.lines import Lines


class Part(NamedTuple):
    """Cells that stand or fall together. The greater `weight`, the longer it stays; `right` sets it at the right."""

    cells: tuple[Cell, ...]
    weight: int = 1
    right: bool = False


def choose(parts: Sequence[Part], room: int, gap: int = 2) -> tuple[Part, ...]:
    """The parts that fit in `room`, the weightiest first, in their own order."""
    order = sorted(range(len(parts)), key=lambda index: (-parts[index].weight, index))
    kept: set[int] = set()
    used = 0
    for index in order:
        need = length(parts[index].cells) + (gap if kept else 0)
        if parts[index].cells and used + need <= room:
            kept.add(index)
            used += need
    return tuple(parts[index] for index in sorted(kept))


def lay(parts: Sequence[Part], room: int, ink: Ink, ground: str, gap: int = 2) -> list[Segment]:
    """Parts as one line: left ones from the left, right ones to the right."""
    shown = choose(parts, room, gap)
    blank = ink.style("text", ground)
    left: list[tuple[str, object]] = []
    right: list[tuple[str, object]] = []
    for part in shown:
        side = right if part.right else left
        if side:
            side.append((" " * gap, blank))
        side += [(text, ink.style(role, ground)) for text, role in part.cells]
    used = sum(width(text) for text, _ in left) + sum(width(text) for text, _ in right)
    return joined([*left, (" " * max(0, room - used), blank), *right])  # type: ignore[list-item]


class StatusLine(Lines):
    """One or more lines of parts."""

    def __init__(self, *, ground: str = "edge", gap: int = 2, name: str | None = None) -> None:
        super().__init__(name=name)
        self._rows: tuple[tuple[Part, ...], ...] = ()
        self.ground = ground
        self.letters: tuple[tuple[int, str], ...] = ()
        self._gap = gap

    class Clicked(Message):
        """The line was clicked at column `x`."""

        def __init__(self, line: "StatusLine", x: int) -> None:
            super().__init__()
            self.line, self.x = line, x

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Clicked(self, event.x))

    def show(self, *rows: Sequence[Part]) -> None:
        self._rows = tuple(tuple(row) for row in rows)
        self.sync()

    def lettered(self, y: int) -> tuple[tuple[int, str], ...]:
        return self.letters if y == 0 else ()

    def stamp(self, y: int) -> Hashable:
        return (self._rows[y] if y < len(self._rows) else (), self.ground)

    def draw(self, stamp: Hashable, ink: Ink, room: int) -> list[Segment]:
        assert isinstance(stamp, tuple)
        parts, ground = stamp
        blank = Segment(" ", ink.style("text", ground))
        return [blank, *lay(parts, room - 2, ink, ground, self._gap), blank]


class Clock(Lines):
    """The operation's time in a cell of its own: eight columns are all that a second costs."""

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self._text, self._role = "--:--:--", "strong"

    def show(self, text: str, role: str = "strong") -> None:
        self._text, self._role = text, role
        self.sync()

    def stamp(self, y: int) -> Hashable:
        return (self._text, self._role) if y == 0 else ("", "text")

    def draw(self, stamp: Hashable, ink: Ink, room: int) -> list[Segment]:
        assert isinstance(stamp, tuple)
        return [Segment(stamp[0].ljust(room), ink.style(stamp[1], "edge"))]
