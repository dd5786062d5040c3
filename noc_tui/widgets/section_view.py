"""Running text in sections: headings, facts with labels, wrapped paragraphs and rows; lines that can be opened."""

from collections.abc import Sequence
from typing import NamedTuple

from noc_tui.text import fit, wrap
from noc_tui.widgets.columns import Cell, Column, widths
from noc_tui.widgets.line_list import LineList


class TextLine(NamedTuple):
    """One line as laid out; `key` names it across updates, `ref` is what Enter opens."""

    key: str
    cells: tuple[Cell, ...]
    ref: str | None = None


class Heading(NamedTuple):
    """A section begins; `extra` stands beside the title, quieter."""

    title: str
    extra: str = ""


class Paragraph(NamedTuple):
    """Wrapped text behind a label of its own; continuation lines are indented to the text."""

    text: str
    role: str = "text"
    label: str = ""
    label_role: str = "muted"
    ref: str | None = None
    sign: Cell = ("", "text")


class Entries(NamedTuple):
    """Rows in columns; each has a ref or None, and text that is wrapped beneath it or is empty."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[tuple[Cell, ...], str | None, str], ...]


class Drawing(NamedTuple):
    """Lines that are laid out already, such as a chart."""

    lines: tuple[tuple[Cell, ...], ...]


class Gap(NamedTuple):
    """An empty line."""


Block = Heading | Paragraph | Entries | Drawing | Gap


def lay_out(blocks: Sequence[Block], room: int) -> list[TextLine]:
    """The blocks as lines of `room` cells."""
    lines: list[TextLine] = []
    labels = max((len(b.label) for b in blocks if isinstance(b, Paragraph) and b.label), default=0)
    label_cells = min(labels + 2, max(8, room * 2 // 5)) if labels else 0
    for place, block in enumerate(blocks):
        if isinstance(block, Heading):
            lines.append(_heading(place, block, room))
        elif isinstance(block, Paragraph):
            lines += _paragraph(place, block, room, label_cells if block.label else 0)
        elif isinstance(block, Entries):
            lines += _entries(place, block, room)
        elif isinstance(block, Drawing):
            lines += [TextLine(f"{place}={index}", cells) for index, cells in enumerate(block.lines)]
        else:
            lines.append(TextLine(f"{place}", ()))
    return lines


def _heading(place: int, block: Heading, room: int) -> TextLine:
    title = f" {block.title} "
    extra = f"{block.extra} " if block.extra else ""
    rule = "─" * max(0, room - len(title) - len(extra) - 1)
    return TextLine(f"{place}", (("─", "rail"), (title, "accent"), (extra, "muted"), (rule, "rail")))


def _paragraph(place: int, block: Paragraph, room: int, label: int) -> list[TextLine]:
    sign = block.sign[0]
    indent = label or (3 if sign else 0)
    pieces = wrap(block.text, max(8, room - indent))
    lines = []
    for index, piece in enumerate(pieces):
        head: tuple[Cell, ...] = ((" " * indent, "text"),)
        if index == 0 and label:
            head = ((fit(block.label, label - 1) + " ", block.label_role),)
        elif index == 0 and sign:
            head = ((sign, block.sign[1]), (" " * (3 - len(sign)), "text"))
        tail: tuple[Cell, ...] = ((" ›", "link"),) if block.ref and index == len(pieces) - 1 else ()
        lines.append(TextLine(f"{place}.{index}", (*head, (piece, block.role), *tail), block.ref))
    return lines


def _entries(place: int, block: Entries, room: int) -> list[TextLine]:
    sizes = widths(block.columns, room - 1)
    lines = []
    for index, (cells, ref, below) in enumerate(block.rows):
        key = ref or f"{index}"
        laid: list[Cell] = []
        for (text, role), size, column in zip(cells, sizes, block.columns, strict=True):
            if size:
                laid += [(fit(text, size, column.align), role), (" ", "text")]
        lines.append(TextLine(f"{place}/{key}", tuple(laid), ref))
        if below:
            for number, piece in enumerate(wrap(below, max(8, room - 4))):
                lines.append(TextLine(f"{place}/{key}.{number}", (("   ", "text"), (piece, "muted")), ref))
    return lines


class SectionView(LineList[TextLine]):
    """A column of blocks. The cursor moves line by line; a line with a ref can be opened."""

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(lambda line: line.key, lambda line: line.cells, None, name=name)
        self._blocks: tuple[Block, ...] = ()

    def show_blocks(self, blocks: Sequence[Block], *, fresh: bool = False) -> None:
        """Show these; `fresh` starts at the top, as for another subject."""
        self._blocks = tuple(blocks)
        if fresh:
            self.held, self.top, self.left = False, 0, 0
        self._lay()

    @property
    def ref(self) -> str | None:
        """What the line under the cursor opens."""
        line = self.current
        return line.ref if line else None

    def _lay(self) -> None:
        room = max(10, self.size.width - 2)
        self.show(lay_out(self._blocks, room))

    def on_resize(self) -> None:
        self._lay()
