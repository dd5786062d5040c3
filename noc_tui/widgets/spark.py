"""A trend in one line of bars."""

from collections.abc import Hashable

from rich.segment import Segment

from noc_tui.text import spark
from noc_tui.widgets.ink import Ink
from noc_tui.widgets.lines import Lines


class Spark(Lines):
    """One row of bars, newest at the right, scaled to the greatest value shown."""

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self._values: tuple[int, ...] = ()

    def show(self, values: tuple[int, ...]) -> None:
        if values != self._values:
            self._values = values
            self.sync()

    def stamp(self, y: int) -> Hashable:
        return self._values if y == 0 else ()

    def draw(self, stamp: Hashable, ink: Ink, room: int) -> list[Segment]:
        assert isinstance(stamp, tuple)
        return [Segment(spark(stamp, room, ink.glyphs), ink.style("accent"))]
