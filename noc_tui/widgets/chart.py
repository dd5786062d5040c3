"""A chart with a cursor: the line, the week before, what is usual, and marks of what happened. Line by line."""

from collections.abc import Hashable, Sequence
from typing import Final, NamedTuple, Protocol

from rich.segment import Segment
from textual import events
from textual.message import Message

from noc_tui.text import DAY, HOUR, MINUTE, SEVERITY_LETTERS, UNICODE, Glyphs, day, fit, minute
from noc_tui.widgets import raster
from noc_tui.widgets.columns import Cell, joined
from noc_tui.widgets.ink import SEVERITY_ROLES, Ink, ink_of
from noc_tui.widgets.lines import Lines
from noc_tui.widgets.plot import figure

SCALE_CELLS: Final = 8
LABEL: Final = 12  # cells between two times on the axis at least
TICKS: Final = tuple(
    unit * many
    for unit, several in ((MINUTE, (5, 15, 30)), (HOUR, (1, 2, 3, 6, 12)), (DAY, (1, 2, 7, 14, 30, 91, 182, 365)))
    for many in several
)
OTHERS: Final = 4  # lines that are no plot: what is read out, marks, times, what happened


class Charted(Protocol):
    """What is drawn; times in microseconds, None where nothing was measured."""

    @property
    def unit(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def step(self) -> int: ...
    @property
    def values(self) -> Sequence[float | None]: ...
    @property
    def before(self) -> Sequence[float | None]: ...
    @property
    def low(self) -> Sequence[float | None]: ...
    @property
    def high(self) -> Sequence[float | None]: ...
    @property
    def marks(self) -> Sequence[tuple[int, int, str]]: ...
    @property
    def refs(self) -> Sequence[str]: ...


class Line(NamedTuple):
    """One line as laid out: its cells, and which of them the cursor lies on (-1: none)."""

    cells: tuple[Cell, ...]
    cursor: int = -1
    focused: bool = False


class Note(NamedTuple):
    """A line where there is no chart."""

    text: str
    first: bool = False


class ChartView(Lines):
    """The cursor is a moment, so that it stays where it is while time goes on; without one it is the newest."""

    can_focus = True

    class Opened(Message):
        """The mark under the cursor was double-clicked."""

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self.chart: Charted | None = None
        self.empty: tuple[str, ...] = ()
        self.compared = False  # whether the week before is shown
        self.time: int | None = None
        self._laid: list[Line] = []

    # what is shown

    def show(self, chart: Charted | None) -> None:
        self.chart = chart
        self.lay()

    def compare(self, compared: bool) -> None:
        self.compared = compared
        self.lay()

    def lay(self) -> None:
        """Everything anew; `sync` paints only the lines that differ."""
        if not self.is_attached:
            return
        self.measure()
        self._laid = self._lines(ink_of(self).glyphs) if self.chart is not None and self.cells else []
        self.sync()

    @property
    def at(self) -> int | None:
        """The place of the value under the cursor."""
        chart = self.chart
        if chart is None or not chart.values:
            return None
        if self.time is None:
            known = [place for place, value in enumerate(chart.values) if value is not None]
            return known[-1] if known else len(chart.values) - 1
        return max(0, min((self.time - chart.start) // chart.step, len(chart.values) - 1))

    @property
    def mark(self) -> int | None:
        """The gravest mark in the column of the cursor."""
        chart, at = self.chart, self.at
        if chart is None or at is None:
            return None
        here = self._column(chart.start + at * chart.step)
        found = [place for place, (time, _, _) in enumerate(chart.marks) if self._column(time) == here]
        return max(found, key=lambda place: chart.marks[place][1], default=None)

    @property
    def opens(self) -> str | None:
        """What the mark under the cursor is about."""
        mark = self.mark
        return self.chart.refs[mark] if self.chart is not None and mark is not None and self.chart.refs else None

    # moving

    def move(self, cells: int) -> bool:
        """The cursor by so many columns; False where it was at the edge already."""
        chart, at = self.chart, self.at
        if chart is None or at is None:
            return False
        each = max(1, round(len(chart.values) / max(1, self.across)))
        there = max(0, min(at + cells * each, len(chart.values) - 1))
        if there == at:
            return False
        self.time = chart.start + there * chart.step + chart.step // 2
        self.lay()
        return True

    def seek(self, step: int) -> bool:
        """To the next mark, or to the one before; False where there is none."""
        chart, at = self.chart, self.at
        if chart is None or at is None:
            return False
        here = self._column(chart.start + at * chart.step)
        times = [time for time, _, _ in chart.marks]
        found = [time for time in times if (self._column(time) - here) * step > 0]
        if not found:
            return False
        self.time = min(found) if step > 0 else max(found)
        self.lay()
        return True

    @property
    def across(self) -> int:
        return max(1, self.cells - SCALE_CELLS)

    @property
    def span(self) -> int:
        return self.chart.step * len(self.chart.values) if self.chart is not None else 0

    def _column(self, time: int) -> int:
        chart = self.chart
        return (time - chart.start) * self.across // self.span if chart is not None and self.span else -1

    # drawing

    def _lines(self, glyphs: Glyphs) -> list[Line]:
        chart, at = self.chart, self.at
        assert chart is not None
        assert at is not None
        rows, across = max(1, self.rows - OTHERS), self.across
        cursor = self._column(chart.start + at * chart.step + chart.step // 2)
        plot = _plot(chart, across, rows, glyphs, compared=self.compared)
        lines = [Line(self.told(at))]
        for (label, cells), row in zip(plot, range(rows), strict=True):
            del row
            head: Cell = (fit(label, SCALE_CELLS - 1, "right") + " ", "muted")
            lines.append(Line((head, *cells), cursor + SCALE_CELLS, self._focused))
        lines.append(Line(((" " * SCALE_CELLS, "text"), *_marks(chart, across, self._column)), cursor + SCALE_CELLS))
        lines.append(Line(((" " * SCALE_CELLS, "text"), (axis(chart.start, self.span, across), "muted"))))
        lines.append(Line(self._mark_told()))
        return lines

    def told(self, at: int) -> tuple[Cell, ...]:
        """What is read out: the moment, the value, the week before, what is usual."""
        chart = self.chart
        assert chart is not None
        time = chart.start + at * chart.step
        moment = day(time) if chart.step >= DAY else minute(time)
        if chart.step < DAY < self.span:
            moment = f"{day(time)} {moment}"
        value, before = chart.values[at], _of(chart.before, at)
        low, high = _of(chart.low, at), _of(chart.high, at)
        odd = value is not None and low is not None and high is not None and not low <= value <= high
        cells: list[Cell] = [(f" {moment}  ", "muted")]
        unit = f" {chart.unit}" if chart.unit else ""
        told = "nothing measured" if value is None else f"{_figure(value)}{unit}"
        cells.append((told, "muted" if value is None else "sev-3" if odd else "strong"))
        if low is not None and high is not None:
            cells.append((f"  usual {_figure(low, 3)} to {_figure(high, 3)}", "sev-3" if odd else "muted"))
        if before is not None:
            cells.append((f"  week before {_figure(before, 3)}", "text" if self.compared else "muted"))
        return tuple(cells)

    def _mark_told(self) -> tuple[Cell, ...]:
        chart, mark = self.chart, self.mark
        assert chart is not None
        if mark is None:
            return ((f" {len(chart.marks)} marks: e and E go to them" if chart.marks else "", "muted"),)
        time, severity, text = chart.marks[mark]
        letter = SEVERITY_LETTERS[severity] if 0 < severity < 6 else " "
        return (
            (f" {letter} ", SEVERITY_ROLES[severity] if 0 < severity < 6 else "text"),
            (f"{minute(time)} ", "muted"),
            (text, "text"),
        )

    def stamp(self, y: int) -> Hashable:
        if self.chart is None or not self._laid:
            return Note(self.empty[y - 1] if 0 < y <= len(self.empty) else "", y == 1)
        return self._laid[y] if y < len(self._laid) else Note("")

    def draw(self, stamp: Hashable, ink: Ink, room: int) -> list[Segment]:
        if isinstance(stamp, Note):
            return [Segment(fit("  " + stamp.text, room), ink.style("strong" if stamp.first else "muted"))]
        assert isinstance(stamp, Line)
        pieces = []
        x = 0
        for text, role in stamp.cells:
            for part, ground in _parted(text, stamp.cursor - x):
                pieces.append((part, ink.style(role, ("cursor" if stamp.focused else "blur") if ground else "")))
            x += len(text)
        if x < room:
            pieces.append((" " * (room - x), ink.style("text")))
        return joined(pieces)

    # hands

    def on_resize(self) -> None:
        self.lay()

    def on_focus(self) -> None:
        self.lay()

    def on_blur(self) -> None:
        self.lay()

    def on_click(self, event: events.Click) -> None:
        chart = self.chart
        if chart is not None and event.x >= SCALE_CELLS:
            self.time = chart.start + (event.x - SCALE_CELLS) * self.span // self.across
            self.lay()
            if event.chain == 2:
                self.post_message(self.Opened())


def _parted(text: str, cursor: int) -> list[tuple[str, bool]]:
    """The text around the cell that the cursor lies on."""
    if not 0 <= cursor < len(text):
        return [(text, False)]
    parts = ((text[:cursor], False), (text[cursor], True), (text[cursor + 1 :], False))
    return [part for part in parts if part[0]]


def _plot(
    chart: Charted, across: int, rows: int, glyphs: Glyphs, *, compared: bool
) -> list[tuple[str, tuple[Cell, ...]]]:  # fmt: skip
    """For each row its label and its cells."""
    fine = glyphs.bars == UNICODE.bars
    before = chart.before if compared else ()
    scale = raster.widened(raster.scale_of(chart.values, before), chart.low, chart.high)
    line = raster.dots(chart.values, scale, across, rows, fine=fine)
    other = raster.dots(before, scale, across, rows, fine=fine) if before else None
    usual = raster.band(chart.low, chart.high, scale, across, rows) if chart.low else [None] * across
    odd = _odd(chart, across)
    found = []
    for row in range(rows):
        cells = []
        for x in range(across):
            inside = usual[x]
            if line[row][x]:
                sign = chr(raster.BRAILLE + line[row][x]) if fine else "*"
                cells.append((sign, "sev-3" if odd[x] else "accent"))
            elif other is not None and other[row][x]:
                sign = chr(raster.BRAILLE + (other[row][x] & raster.LEFT or other[row][x])) if fine else "o"
                cells.append((sign, "muted"))
            elif inside is not None and inside[0] <= row <= inside[1]:
                cells.append((glyphs.dot, "faint"))
            else:
                cells.append((" ", "text"))
        found.append((_label(row, rows, scale), _runs(cells)))
    return found


def _label(row: int, rows: int, scale: raster.Scale) -> str:
    if row not in (0, rows - 1) and (rows < 5 or row != rows // 2):
        return ""
    return figure(float(f"{scale.high - (scale.high - scale.low) * row / max(1, rows - 1):.3g}"))


def _odd(chart: Charted, across: int) -> list[bool]:
    """Columns in which something lies outside of what is usual."""
    if not chart.low:
        return [False] * across
    outside = [
        float(value is not None and low is not None and high is not None and not low <= value <= high)
        for value, low, high in zip(chart.values, chart.low, chart.high, strict=True)
    ]
    return [span is not None and span[1] >= 0.5 for span in raster.columns(outside, across)]


def _runs(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Neighbours of one role as one."""
    found: list[Cell] = []
    for text, role in cells:
        if found and found[-1][1] == role:
            found[-1] = (found[-1][0] + text, role)
        else:
            found.append((text, role))
    return tuple(found)


def _marks(chart: Charted, across: int, column: "_Column") -> tuple[Cell, ...]:
    """The letter of the gravest thing that happened at each column."""
    worst = [0] * across
    for time, severity, _ in chart.marks:
        place = column(time)
        if 0 <= place < across:
            worst[place] = max(worst[place], max(1, min(severity, 5)))
    return _runs([(SEVERITY_LETTERS[level], SEVERITY_ROLES[level]) if level else (" ", "text") for level in worst])


class _Column(Protocol):
    def __call__(self, time: int, /) -> int: ...


def axis(start: int, span: int, across: int) -> str:
    """Times at round moments, as many as have room."""
    each = next((tick for tick in TICKS if span and tick * across // span >= LABEL), TICKS[-1])
    signs = [" "] * across
    time = -(-start // each) * each
    while time < start + span:
        told = day(time) if each >= DAY or time % DAY == 0 else minute(time)
        place = (time - start) * across // span
        if place + len(told) <= across:
            signs[place : place + len(told)] = told
        time += each
    return "".join(signs)


def _of(values: Sequence[float | None], at: int) -> float | None:
    return values[at] if at < len(values) else None


def _figure(value: float, digits: int = 4) -> str:
    return f"{value:,.{digits}g}" if abs(value) < 10 ** (digits - 1) else f"{value:,.0f}"
