"""The chart of the selected metric: time is zoomed and moved, the week before laid beneath, marks opened."""

from collections.abc import Callable
from typing import Final

from data import times
from engine.link import Watch
from engine.views import Chart, Dossier
from noc_tui.panes.desk import Desk
from noc_tui.panes.pane import WAITING, Deeds, Pane
from noc_tui.text import DAY, HOUR
from noc_tui.widgets.chart import ChartView
from noc_tui.widgets.status_line import Part

SETTLE_BEATS: Final = 2
SPANS: Final = ("1h", "3h", "6h", "12h", "24h", "3d", "7d", "30d", "90d", "365d", "730d")
USUAL: Final = SPANS.index("24h")
FIGURES: Final = ("avg", "max", "min", "p95", "sum", "count", "last")
NOTHING: Final = (
    "Nothing was measured in this time",
    "I shows a longer time, PgUp an earlier one, G goes back to now.",
)


def long(span: str) -> int:
    """Microseconds of one of SPANS."""
    return int(span[:-1]) * (DAY if span.endswith("d") else HOUR)


class ChartPane(Pane):
    name_ = "chart"
    title_ = "Chart"
    about = (
        "The selected metric. h and l move the cursor and, at the edge, time; i and I show a shorter or a longer time; "
        "b lays the week before beneath; o tells another figure of each step. Letters below are what happened: e goes "
        "to the next, Enter opens it. Dots behind the line are what is usual. w writes the values as CSV."
    )
    beats = 3

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._watch: Watch[Dossier] | None = None
        self._asked: tuple[str, str] | None = None
        self._shown: tuple[str, int] | None = None
        self.chosen: str | None = None
        self.zoom, self.end, self.figure = USUAL, 0, 0  # `end` 0: now
        self.page: Dossier | None = None

    def make_body(self) -> ChartView:
        self.view = ChartView()
        self.view.empty = WAITING
        return self.view

    # watching

    def open_watch(self) -> None:
        self._asked = None

    def close_watch(self) -> None:
        if self._watch is not None:
            self._watch.close()
        self._watch, self._asked = None, None

    def choose(self, ref: str | None) -> None:
        """Another metric, once the selection rests on it."""
        if ref != self.chosen and (ref is None or ref.startswith("metric/")):
            self.chosen = ref
            self._rest = SETTLE_BEATS

    @property
    def span(self) -> str:
        """As the engine is asked."""
        end = f"@{self.end}" if self.end else ""
        return f"{SPANS[self.zoom]}{end} {FIGURES[self.figure]}"

    @property
    def chart(self) -> Chart | None:
        return self.page.charts[0] if self.page is not None and self.page.charts else None

    def take(self) -> bool:
        if self.chosen is None:
            self.view.empty = ("No metric is selected", "Select one in the list; Tab goes there.")
            return self._put(None, ("", -1))
        if (self.chosen, self.span) != self._asked:
            self._ask(self.chosen)
        watch = self._watch
        page = watch.page if watch is not None else None
        if watch is not None and page is None and watch.error:
            self.view.empty = ("This cannot be shown", watch.error)
            return self._put(None, (watch.error, -1))
        if page is None:
            return False
        if self.desk.paused and self._shown is not None and self._shown[0] == self.chosen:
            return False
        return self._put(page, (self.chosen, page.revision))

    def _ask(self, ref: str) -> None:
        if self._asked is not None and self._asked[0] != ref:
            self._put(None, (ref, -1))
        if self._watch is not None:
            self._watch.close()
        self._asked = (ref, self.span)
        self._watch = self.desk.link.watch_dossier(ref, self.span)
        self._shown = None

    def _put(self, page: Dossier | None, shown: tuple[str, int]) -> bool:
        if shown == self._shown:
            return False
        self._shown, self.page = shown, page
        chart = self.chart
        if page is not None and (chart is None or all(value is None for value in chart.values)):
            self.view.empty = NOTHING
            chart = None
        elif page is None and shown[0] == self.chosen:
            self.view.empty = WAITING
        self.view.show(chart)
        return True

    # what is told

    def chips(self) -> list[Part]:
        page = self.page
        if page is None:
            return []
        parts = [Part(((page.title, "strong"),), 62)]
        parts.append(Part(((f"{SPANS[self.zoom]}", "title-off"),), 70, right=True))
        if self.end:
            parts.append(Part((("G is now", "stale"),), 75, right=True))
        if self.figure:
            parts.append(Part(((FIGURES[self.figure], "strong"),), 65, right=True))
        if self.view.compared:
            parts.append(Part((("and a week before", "strong"),), 64, right=True))
        if self.desk.paused:
            parts.append(Part((("paused", "stale"),), 90, right=True))
        return parts

    def target(self) -> str | None:
        return self.chosen

    def copied(self) -> str:
        at = self.view.at
        if at is None or self.view.chart is None or self.page is None:
            return ""
        return f"{self.page.title}: {''.join(text for text, _ in self.view.told(at)).strip()} [{self.chosen}]"

    def written(self) -> list[list[str]] | None:
        """The values as rows: time, value, the week before, what is usual."""
        chart = self.chart
        if chart is None:
            return None
        rows = [["time", "value", "unit", "week_before", "usual_low", "usual_high"]]
        for place, value in enumerate(chart.values):
            others = (row[place] if place < len(row) else None for row in (chart.before, chart.low, chart.high))
            before, low, high = map(_plain, others)
            moment = times.text(chart.start + place * chart.step)
            rows.append([moment, _plain(value), chart.unit, before, low, high])
        return rows

    # keys

    def deeds(self) -> Deeds:
        moves: dict[str, Callable[[], None]] = {
            "left": lambda: self.move(-1),
            "right": lambda: self.move(1),
            "page_up": lambda: self.pan(-0.75),
            "page_down": lambda: self.pan(0.75),
            "last": self.now,
            "closer": lambda: self.set_zoom(self.zoom - 1),
            "wider": lambda: self.set_zoom(self.zoom + 1),
            "compare": self.compare,
            "order": self.next_figure,
            "next_critical": lambda: self._seek(1),
            "previous_critical": lambda: self._seek(-1),
        }
        return moves

    def move(self, cells: int) -> None:
        """The cursor, and at the edge the time that is shown."""
        if not self.view.move(cells):
            self.pan(0.25 * cells)

    def pan(self, share: float) -> None:
        """Another stretch of time, as long as this; nothing lies behind now."""
        chart = self.chart
        if chart is None:
            return
        whole = long(SPANS[self.zoom])
        end = (self.end or self.desk.now) + round(whole * share)
        self.end = end if end < self.desk.now - chart.step else 0
        at = self.view.at
        if at is not None:  # the cursor goes along: it stays where it is on the screen
            time = chart.start + at * chart.step + round(whole * share)
            self.view.time = time if self.end or time < self.desk.now else None
        self.hurry()

    def now(self) -> None:
        self.end, self.view.time = 0, None
        self.hurry()
        self.view.lay()

    def set_zoom(self, zoom: int) -> None:
        """The moment under the cursor stays in sight."""
        zoom = max(0, min(zoom, len(SPANS) - 1))
        if zoom == self.zoom:
            self.desk.say((("No shorter time." if zoom == 0 else "No longer time.", "text"),))
            return
        time = self.view.time
        self.zoom = zoom
        if time is not None:
            end = time + long(SPANS[zoom]) // 2
            self.end = end if end < self.desk.now else 0
        elif self.end and zoom > USUAL:
            self.end = 0
        self.hurry()

    def compare(self) -> None:
        self.view.compare(not self.view.compared)
        chart = self.chart
        if self.view.compared and chart is not None and all(value is None for value in chart.before):
            self.desk.say((("Nothing is kept of the week before.", "text"),))

    def next_figure(self) -> None:
        self.figure = (self.figure + 1) % len(FIGURES)
        self.hurry()

    def _seek(self, step: int) -> None:
        if not self.view.seek(step):
            self.desk.say((("Nothing more happened in this time.", "text"),))


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
