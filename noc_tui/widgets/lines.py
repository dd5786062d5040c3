"""A window of lines that repaints only what changed.

Each screen line has a stamp: everything that decides how it looks. `sync` compares the stamps with those last
painted and refreshes just the lines that differ; strips are cached by stamp. Scrolling is an offset of our own
over a fixed window, which costs a tenth of a growing virtual size (reference figures: 9 % against 21 % CPU).
"""

from collections.abc import Hashable
from typing import ClassVar, Final, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.filter import LineFilter
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from noc_tui.widgets.columns import joined
from noc_tui.widgets.ink import Ink, ink_of

_KEPT_SCREENS: Final = 3  # strips kept, in screenfuls: a strip weighs about 2 KB


class Lettered(NamedTuple):
    """A stamp with letters over it, each from a column on."""

    under: Hashable
    letters: tuple[tuple[int, str], ...]


class Lines(Widget):
    """Base of all our line widgets: subclasses give `stamp(y)` and `draw(stamp, ink)`."""

    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(id=name)
        self._painted: list[Hashable] = []
        self._strips: dict[Hashable, Strip] = {}
        self._inked: Ink | None = None
        self._filters: tuple[LineFilter, ...] = ()
        self._focused = False
        self.cells, self.rows = 0, 0

    def stamp(self, y: int) -> Hashable:
        """All that decides how screen line `y` looks, bar width and ink."""
        raise NotImplementedError

    def lettered(self, y: int) -> tuple[tuple[int, str], ...]:
        """Letters to be shown over screen line `y`, with their columns: what to press to go there."""
        del y
        return ()

    def _look(self, y: int) -> Hashable:
        letters = self.lettered(y)
        return Lettered(self.stamp(y), letters) if letters else self.stamp(y)

    def draw(self, stamp: Hashable, ink: Ink, room: int) -> list[Segment]:
        """The line of that stamp in `room` cells."""
        raise NotImplementedError

    def measure(self) -> None:
        """Take our size down: asking the toolkit for it on every line would cost more than drawing the line."""
        size = self.size
        self.cells, self.rows = size.width, size.height

    def sync(self) -> None:
        """Bring the screen up to date, line by line."""
        if not self.is_attached:
            return
        self.measure()
        before, rows = self._painted, self.rows
        self._painted = stamps = [self._look(y) for y in range(rows)]
        if len(before) != rows:
            self.refresh()
            return
        start = None
        regions = []
        for y in range(rows + 1):
            changed = y < rows and stamps[y] != before[y]
            if changed and start is None:
                start = y
            elif not changed and start is not None:
                regions.append(Region(0, start, self.cells, y - start))
                start = None
        if regions:
            self.refresh(*regions)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Our lines have no border or padding and know both their colours: Textual's box model, two thirds of what a
        repaint costs, has nothing to add. The app's line filters (no colours) apply as everywhere."""
        self.measure()
        ink, filters = ink_of(self), tuple(self.get_line_filters())
        if ink is not self._inked or filters != self._filters:
            self._strips.clear()
            self._inked, self._filters = ink, filters
        if len(self._painted) != self.rows:
            self._painted = [self._look(y) for y in range(self.rows)]
        strips = [self.render_line(y) for y in crop.line_range]
        if crop.x or crop.width != self.cells:
            strips = [strip.crop(crop.x, crop.right) for strip in strips]
        return strips

    def render_line(self, y: int) -> Strip:
        if y >= len(self._painted):
            return Strip.blank(self.cells)
        key = (self._painted[y], self.cells)
        strip = self._strips.get(key)
        if strip is None:
            if len(self._strips) >= _KEPT_SCREENS * self.rows + 8:
                self._strips.clear()
            ink, look = self._inked or ink_of(self), key[0]
            under, letters = look if isinstance(look, Lettered) else (look, ())
            segments = self.draw(under, ink, self.cells)
            strip = Strip(joined([(text, style or Style()) for text, style, _ in segments]))
            strip = strip.adjust_cell_length(self.cells)
            for x, text in letters:
                sign = Strip([Segment(text, ink.style("badge"))])
                strip = Strip.join([strip.crop(0, x), sign, strip.crop(x + len(text))])
            for line_filter in self._filters:
                strip = strip.apply_filter(line_filter, self.background_colors[1])
            self._strips[key] = strip
        return strip

    # Textual calls the handlers of a widget's classes one after the other, the most derived first.

    def on_resize(self) -> None:
        self._painted = []
        self.sync()

    def on_focus(self) -> None:
        self._focused = True
        self.sync()

    def on_blur(self) -> None:
        self._focused = False
        self.sync()
