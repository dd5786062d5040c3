"""The heat map: anomalies by site and hour, hottest sites first."""

from collections.abc import Callable
from math import log1p
from typing import Final

from engine.link import Watch
from engine.views import HeatGrid as HeatPage
from noc_tui.panes.desk import Desk
from noc_tui.panes.pane import WAITING, Deeds, Pane
from noc_tui.text import DAY, HOUR, SEVERITY_NAMES, count, day, minute
from noc_tui.widgets.heat_grid import HeatCell, HeatGrid, HeatTable
from noc_tui.widgets.status_line import Part

NO_CELL: Final = HeatCell(0, "", 0)
DAYS: Final = 7
LEAST_HOT: Final = 10  # a night with only ones and twos is not painted red


def heat_table(page: HeatPage, by_name: bool) -> HeatTable:
    """Rows hottest first (worst severity, then count), or by name; sites without anything last."""
    greatest = max((max(row, default=0) for row in page.cells), default=0)
    scale = log1p(max(greatest, LEAST_HOT))
    names = tuple(name or site for site, name in zip(page.sites, page.names, strict=True))

    def rank(index: int) -> tuple[int, int, str]:
        return (
            0 if by_name else -max(page.worst[index], default=0),
            0 if by_name else -sum(page.cells[index]),
            names[index],
        )

    order = sorted(range(len(page.sites)), key=rank)
    cells = tuple(
        tuple(heat_cell(n, worst, scale) for n, worst in zip(page.cells[i], page.worst[i], strict=True)) for i in order
    )
    return HeatTable(
        keys=tuple(page.sites[i] for i in order),
        labels=tuple(names[i] for i in order),
        columns=tuple(
            day(time).split()[0].rjust(2, "0") if is_daily(page) else minute(time)[:2] for time in page.hours
        ),
        cells=cells,
        sums=tuple(count(total) if (total := sum(page.cells[i])) else "" for i in order),
    )


def is_daily(page: HeatPage) -> bool:
    return len(page.hours) > 1 and page.hours[1] - page.hours[0] >= DAY


def heat_cell(number: int, worst: int, scale: float) -> HeatCell:
    """The shade follows the count on a log scale; the letter says where something grave is among them."""
    if number <= 0:
        return NO_CELL
    level = min(4, 1 + int(3.999 * log1p(number) / scale)) if scale else 1
    return HeatCell(number, {5: "C", 4: "H"}.get(worst, ""), level)


class HeatPane(Pane):
    name_ = "heat"
    title_ = "Heat map"
    about = (
        "What is out of the ordinary, by site and hour (UTC); the hottest sites first. The number counts, H and C mark "
        "high and critical. I shows the days of a week, i the hours of a day. Enter shows only that site on the board "
        "and in the feed; on the fraud screen it shows the check-ins of that cell."
    )
    beats = 10

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._watch: Watch[HeatPage] | None = None
        self.page: HeatPage | None = None
        self.by_name = False
        self.daily = False

    def make_body(self) -> HeatGrid:
        self.grid = HeatGrid()
        self.grid.empty = WAITING
        return self.grid

    def open_watch(self) -> None:
        self._watch = self.desk.link.watch_heat(DAYS, "day") if self.daily else self.desk.link.watch_heat()
        self.page = None

    def close_watch(self) -> None:
        if self._watch is not None:
            self._watch.close()
        self._watch = None

    def take(self) -> bool:
        page = self._watch.page if self._watch else None
        if page is None or (self.desk.paused and self.page is not None):
            return False
        if self.page is not None and page.revision == self.page.revision:
            return False
        self.page = page
        self._put(page)
        return True

    def _put(self, page: HeatPage) -> None:
        self.grid.empty = ("Nothing out of the ordinary", "No site has had an anomaly in these hours.")
        self.grid.show(heat_table(page, self.by_name))

    @property
    def wish(self) -> int:
        """Rows that it would like: title, axis and one for each site."""
        return len(self.page.sites) + 2 if self.page else 12

    def chips(self) -> list[Part]:
        page, at = self.page, self.grid.at
        if page is None or at is None:
            return []
        parts = [Part(((page.meaning, "title-off"),), 20, right=True)]
        if self.has_focus_within:
            row = page.sites.index(self.grid.table.keys[at[0]])
            number, worst = page.cells[row][at[1]], page.worst[row][at[1]]
            start = page.hours[at[1]]
            when = day(start) if is_daily(page) else f"{minute(start)}-{minute(start + HOUR)}"
            told = f"{page.names[row] or page.sites[row]} {when}: {number or 'none'}"
            tail = f", worst {SEVERITY_NAMES[worst]}" if number and worst else ""
            parts.append(Part(((told, "strong"), (tail, "title-off")), 80))
        return parts

    def deeds(self) -> Deeds:
        grid = self.grid
        moves: dict[str, Callable[[], None]] = {
            "down": lambda: self._move(1, 0),
            "up": lambda: self._move(-1, 0),
            "page_down": lambda: self._move(grid.page, 0),
            "page_up": lambda: self._move(-grid.page, 0),
            "first": lambda: self._move(-len(grid.table.keys), 0),
            "last": lambda: self._move(len(grid.table.keys), 0),
            "left": lambda: self._move(0, -1),
            "right": lambda: self._move(0, 1),
            "order": self.next_order,
            "closer": lambda: self.turn(daily=False),
            "wider": lambda: self.turn(daily=True),
        }
        return moves

    def _move(self, rows: int, columns: int) -> None:
        self.grid.move(rows, columns)
        self.retitle()

    def turn(self, *, daily: bool) -> None:
        """Hours of the last day, or days of the last week."""
        if daily != self.daily:
            self.daily = daily
            self.grid.column = -1
            self.close_watch()
            self.open_watch()
            self.hurry()

    @property
    def cell(self) -> tuple[str, int, int] | None:
        """Site, begin and end of the cell under the cursor."""
        page, at = self.page, self.grid.at
        if page is None or at is None:
            return None
        start = page.hours[at[1]]
        return self.grid.table.keys[at[0]], start, start + (DAY if is_daily(page) else HOUR)

    def next_order(self) -> None:
        self.by_name = not self.by_name
        if self.page is not None:
            self._put(self.page)

    def copied(self) -> str:
        key = self.grid.selected
        return key or ""
