"""Cells in columns: which columns a width has room for, and a line of cells as a strip. Pure functions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from noc_tui.text import fit, width
from noc_tui.widgets.ink import Ink

_LIT: Final = Style(bold=True, underline=True)
Cell: TypeAlias = tuple[str, str]
"""A text and the role it is written in."""


@dataclass(frozen=True, slots=True)
class Column:
    """`cells` wide (the least, if it `grows`); shown from a list width of `since`; `sort` names the order it shows."""

    title: str
    cells: int
    align: str = "left"
    grows: int = 0
    since: int = 0
    until: int = 10_000
    sort: str = ""


@lru_cache(maxsize=256)
def widths(columns: tuple[Column, ...], room: int) -> tuple[int, ...]:
    """The width of each column in `room` cells, 0 for those without room; one cell lies between columns."""
    shown = [column.since <= room < column.until for column in columns]
    fixed = sum(column.cells + 1 for column, show in zip(columns, shown, strict=True) if show) - 1
    spare = max(0, room - fixed)
    shares = sum(column.grows for column, show in zip(columns, shown, strict=True) if show)
    result: list[int] = []
    for column, show in zip(columns, shown, strict=True):
        extra = spare * column.grows // shares if show and column.grows else 0
        result.append(column.cells + extra if show else 0)
    rest = room - (sum(result) + sum(1 for size in result if size) - 1)
    for index, column in enumerate(columns):
        if rest > 0 and column.grows and result[index]:
            result[index] += rest
            break
    return tuple(result)


def segments(
    cells: Sequence[Cell], sizes: Sequence[int], columns: Sequence[Column], ink: Ink, ground: str
) -> list[Segment]:
    """Cells laid into their columns; neighbours of one style are joined, since each style costs bytes on the wire."""
    ellipsis = ink.glyphs.ellipsis
    pieces: list[tuple[str, Style]] = []
    blank = ink.style("text", ground)
    for (text, role), size, column in zip(cells, sizes, columns, strict=True):
        if not size:
            continue
        if pieces:
            pieces.append((" ", _space(pieces[-1][1], blank)))
        if text:
            pieces.append((fit(text, size, column.align, ellipsis), ink.style(role, ground)))
        else:
            pieces.append((" " * size, _space(pieces[-1][1], blank) if pieces else blank))
    return joined(pieces)


def _space(before: Style, blank: Style) -> Style:
    """Spaces look the same in any colour, so they join what is before them."""
    alike = before.bgcolor == blank.bgcolor and before.underline == blank.underline and before.reverse == blank.reverse
    return before if alike and not before.strike else blank


def joined(pieces: Sequence[tuple[str, Style]]) -> list[Segment]:
    result: list[Segment] = []
    held, style = "", None
    for text, piece_style in pieces:
        if style is None or piece_style == style:
            held += text
        else:
            result.append(Segment(held, style))
            held = text
        style = piece_style
    if held:
        result.append(Segment(held, style))
    return result


def flow(cells: Sequence[Cell], room: int, ink: Ink, ground: str, *, left: int = 0) -> list[Segment]:
    """Cells one after the other, cut or padded to `room`; the first `left` cells are scrolled away."""
    pieces = [(text, ink.style(role, ground)) for text, role in cells if text]
    strip = Strip(joined(pieces))
    if left:
        strip = strip.crop(left)
    if strip.cell_length > room:
        strip = strip.crop(0, room)
    result = list(strip)
    if strip.cell_length < room:
        result.append(Segment(" " * (room - strip.cell_length), ink.style("text", ground)))
    return result


def length(cells: Sequence[Cell]) -> int:
    return sum(width(text) for text, _ in cells)


def lit(pieces: Sequence[Segment], words: tuple[str, ...]) -> list[Segment]:
    """The same text, with every occurrence of one of `words` standing out by weight and line, so in any colours."""
    if not words:
        return list(pieces)
    pattern, result = _either(words), []
    for piece in pieces:
        last = 0
        for found in pattern.finditer(piece.text):
            if found.start() > last:
                result.append(Segment(piece.text[last : found.start()], piece.style))
            result.append(Segment(found[0], (piece.style or Style()) + _LIT))
            last = found.end()
        if last < len(piece.text):
            result.append(Segment(piece.text[last:], piece.style))
    return result


@lru_cache(maxsize=64)
def _either(words: tuple[str, ...]) -> "re.Pattern[str]":
    return re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))), re.IGNORECASE)
