"""The wall on a terminal: one face of lines, painted anew where it differs, and two keys."""

from collections import deque
from collections.abc import Hashable
from typing import ClassVar, Final

from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType

from engine.link import Link, Watch
from engine.settings.wall import WallSettings
from engine.views import Board, FeedPage, Health, HeatGrid
from noc_tui.plain import AsciiFilter
from noc_tui.text import ASCII, HOUR, MINUTE, UNICODE, fit
from noc_tui.themes import Shelf
from noc_tui.wall import pages
from noc_tui.wall.pages import Line, Seen
from noc_tui.wall.rotation import Rotation
from noc_tui.widgets.columns import joined
from noc_tui.widgets.ink import FALLBACK, Ink
from noc_tui.widgets.lines import Lines

BEAT_SECONDS: Final = 0.5  # a wall is looked at, not worked with
SILENT_BEATS: Final = 60  # without a step of event time, which follows the wall, before the picture is called old
LEAST: Final = (60, 12)
THEME_BEATS: Final = 10


class Face(Lines):
    """The whole screen."""

    can_focus = False

    def __init__(self) -> None:
        super().__init__(name="face")
        self.shown: tuple[Line, ...] = ()

    def show(self, lines: list[Line]) -> None:
        self.shown = tuple(lines)
        self.sync()

    def stamp(self, y: int) -> Hashable:
        return self.shown[y] if y < len(self.shown) else ()

    def draw(self, stamp: Hashable, ink: Ink, room: int) -> list[Segment]:
        assert isinstance(stamp, tuple)
        pieces = [(text, ink.style(role)) for text, role in stamp]
        used = sum(len(text) for text, _ in stamp)
        return joined([*pieces, (fit("", max(0, room - used)), ink.style("text"))])


class WallApp(App[int]):
    """`beat` is called by a timer, or by tests. It only looks: nothing on the operation can be changed from it."""

    TITLE = "noc wall"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "leave", show=False), Binding("ctrl+c", "leave", show=False, priority=True),
        Binding("ctrl+q", "leave", show=False, priority=True),
    ]  # fmt: skip
    CSS = "Screen { background: $background; } Face { width: 1fr; height: 1fr; }"

    def __init__(
        self, link: Link, settings: WallSettings, *, ascii_only: bool = False, auto_beat: bool = True,
        theme: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.link, self.settings, self.auto_beat = link, settings, auto_beat
        self.glyphs = ASCII if ascii_only else UNICODE
        if ascii_only:
            self._filters.append(AsciiFilter())
        self.animation_level = "none"
        self.shelf = Shelf()
        self.shelf.register(self)
        self._themes = (theme or settings.theme, theme or settings.dim_theme)
        self.theme = self.shelf.choose(self._themes[0])
        self.ink = self._mix()
        self.rotation = Rotation(settings.pages, settings.page_seconds / 1_000_000)
        self.face = Face()
        self._watches: tuple[Watch[Health], Watch[Board], Watch[FeedPage], Watch[HeatGrid]] | None = None
        self._beats = 0
        self._heard = (-1, 0)  # newest event time, and the beat at which it came
        self._trend: deque[tuple[int, int]] = deque(maxlen=pages.TREND)
        self._whole = False
        self._minute = (0, 0)  # minute of event time, and the events counted when it began

    def compose(self) -> ComposeResult:
        yield self.face

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return FALLBACK

    def _mix(self) -> Ink:
        self.get_css_variables()
        return Ink(self.theme_variables, self.glyphs, ansi=bool(self.current_theme.ansi))

    def on_mount(self) -> None:
        link = self.link
        self._watches = link.watch_health(), link.watch_board(), link.watch_feed(limit=200), link.watch_heat()
        if self.auto_beat:
            self.set_interval(BEAT_SECONDS, self.beat)
        self.beat()

    def beat(self) -> None:
        """Take what is new, turn the page if it is time, and paint what differs."""
        if self._watches is None:
            return
        self._beats += 1
        watches = self._watches
        health, board, feed, heat = watches[0].page, watches[1].page, watches[2].page, watches[3].page
        self._remember(health)
        self._dim(health)
        seen = Seen(health, board, feed, heat, self._trend, self.rotation.burns, self.glyphs)
        now = self._beats * BEAT_SECONDS
        if self.rotation.beat(now, pages.empty(seen), pages.burning(board)) and self.settings.bell:
            self.bell()
        self.face.show(self.lines(seen._replace(burns=self.rotation.burns)))

    def lines(self, seen: Seen) -> list[Line]:
        """The screen as it should be."""
        width, height = self.size.width, self.size.height
        if width < LEAST[0] or height < LEAST[1]:
            return [(("", "text"),), ((f" the wall needs {LEAST[0]}x{LEAST[1]}, this is {width}x{height}", "strong"),)]
        page = self.rotation.page
        silent = self._beats - self._heard[1]
        old = round(silent * BEAT_SECONDS) if silent > SILENT_BEATS else None
        warning = pages.banner(old, seen, width)
        top = [pages.head_line(seen, page, self.rotation.pages, width), *([warning] if warning else [])]
        room = height - len(top) - 1
        body = pages.PAGES[page](seen, width, room)[:room]
        return [*top, *body, *([pages.BLANK] * (room - len(body))), pages.ribbon(seen, width)]

    def _remember(self, health: Health | None) -> None:
        """One pair a minute of event time, for a day at most: what is kept does not grow."""
        if health is None:
            return
        if health.watermark != self._heard[0] or health.speed == 0:  # event time goes on, or was stopped by hand
            self._heard = (health.watermark, self._beats)
        minute = health.watermark // MINUTE
        if minute > self._minute[0]:
            if self._whole:
                self._trend.append((max(0, health.events - self._minute[1]), health.open_items))
            self._whole = bool(self._minute[0])  # the minute in which we began is only a part of one
            self._minute = (minute, health.events)

    def _dim(self, health: Health | None) -> None:
        """Darker by night, by the clock of the operation."""
        if health is None or self._beats % THEME_BEATS:
            return
        hour, begins, ends = health.watermark // HOUR % 24, self.settings.dim_from, self.settings.dim_to
        dim = begins != ends and ((begins <= hour < ends) if begins < ends else (hour >= begins or hour < ends))
        wanted = self.shelf.choose(self._themes[dim])
        if wanted != self.theme:
            self.theme = wanted
            self.ink = self._mix()
            self.face.refresh()

    async def action_leave(self) -> None:
        for watch in self._watches or ():
            watch.close()
        self.exit(0)
