"""A chart in a few lines of text: bars of eighths, a scale at the left, time below. Pure."""

from collections.abc import Sequence
from typing import Protocol

from noc_tui.text import DAY, Glyphs, day, fit, minute
from noc_tui.widgets.columns import Cell


class Plotted(Protocol):
    """What is drawn; times in microseconds."""

    @property
    def start(self) -> int: ...
    @property
    def step(self) -> int: ...
    @property
    def values(self) -> Sequence[float | None]: ...
    @property
    def marks(self) -> Sequence[tuple[int, int, str]]: ...


Lines = tuple[tuple[Cell, ...], ...]


def plot(chart: Plotted, room: int, height: int, glyphs: Glyphs) -> Lines:
    """`height` lines of bars, one of marks where there are any, and the axis of time. A value has as many cells as fit,
    at most 4; where there are more values than cells, each cell shows the greatest of its values."""
    known = [value for value in chart.values if value is not None]
    if not known:
        return ((("nothing was measured", "muted"),),)
    top, low = max(known), min(0.0, min(known))
    span = (top - low) or 1.0
    labels = (figure(top), figure(low))
    left = max(map(len, labels)) + 1
    cells = max(8, room - left - 1)
    columns = _columns(chart.values, cells)
    each = max(1, min(4, cells // max(1, len(columns))))
    lines: list[tuple[Cell, ...]] = []
    for row in range(height):
        label = labels[0] if row == 0 else labels[1] if row == height - 1 else ""
        bars = "".join(_bar(value, low, span, height - 1 - row, height, glyphs) * each for value in columns)
        lines.append(((fit(label, left - 1, "right"), "muted"), (" ", "text"), (bars, "accent")))
    marks = _marks(chart, len(columns), each)
    if marks.strip():
        lines.append(((" " * left, "text"), (marks, "sev-4")))
    lines.append(((" " * left, "text"), (_axis(chart, len(columns) * each), "muted")))
    return tuple(lines)


def _columns(values: Sequence[float | None], cells: int) -> list[float | None]:
    group = -(-len(values) // cells)
    if group <= 1:
        return list(values)
    found: list[float | None] = []
    for place in range(0, len(values), group):
        known = [value for value in values[place : place + group] if value is not None]
        found.append(max(known) if known else None)
    return found


def _bar(value: float | None, low: float, span: float, row: int, height: int, glyphs: Glyphs) -> str:
    """The part of a bar that lies in `row`, counted from below."""
    if value is None:
        return " "
    eighths = round((value - low) / span * height * 8)
    if row == 0:
        eighths = max(eighths, 1)  # something was measured, however little
    return glyphs.bars[max(0, min(8, eighths - 8 * row))]


def _marks(chart: Plotted, columns: int, each: int) -> str:
    signs = [" "] * (columns * each)
    whole = chart.step * len(chart.values)
    for time, severity, _ in chart.marks:
        place = (time - chart.start) * columns * each // whole if whole else -1
        if 0 <= place < len(signs):
            signs[place] = " ILMHC"[severity] if 0 < severity < 6 else "^"
    return "".join(signs)


def _axis(chart: Plotted, cells: int) -> str:
    def told(time: int) -> str:
        return day(time) if chart.step >= DAY else minute(time)

    end = chart.start + chart.step * len(chart.values)
    first, last = told(chart.start), told(end)
    middle = told(chart.start + (end - chart.start) // 2)
    if cells < len(first) + len(middle) + len(last) + 4:
        return f"{first} to {last}"
    half = cells // 2 - len(first) - len(middle) // 2
    text = first + " " * max(1, half) + middle
    return text + last.rjust(max(len(last) + 1, cells - len(text)))


def figure(value: float) -> str:
    """A number for the scale: short, and never rounded to nothing."""
    if value == int(value) and abs(value) < 10_000:
        return str(int(value))
    size = abs(value)
    if size >= 1e9 or 0 < size < 1e-3:
        return f"{value:.0e}"
    for unit, name in ((1e6, "M"), (1e3, "k")):
        if size >= unit:
            return f"{value / unit:.3g}{name}"
    return f"{value:.3g}"
