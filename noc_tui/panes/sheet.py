"""A list of whatever kind the engine has sheets of: figures above, rows below, with filter, order, marks and pause."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import ComposeResult

from engine.link import Watch
from engine.views import Sheet, SheetRow
from noc_tui.panes.desk import Desk
from noc_tui.panes.listing import ListingPane
from noc_tui.panes.pane import Deeds
from noc_tui.panes.values import cells_of, column_of, copied, plain
from noc_tui.text import count
from noc_tui.widgets.columns import Cell
from noc_tui.widgets.ink import SEVERITY_ROLES
from noc_tui.widgets.line_list import LineList
from noc_tui.widgets.status_line import Part, StatusLine

if TYPE_CHECKING:
    from engine.query import Schema


class SheetPane(ListingPane[SheetRow, Sheet]):
    """`kinds` are the lists that this pane can show, one at a time; n and N go from one to the next."""

    name_ = "list"
    beats = 2

    DEFAULT_CSS = """
    SheetPane > .figures { height: 1; }
    """

    def __init__(self, desk: Desk, kinds: tuple[str, ...], titles: tuple[str, ...]) -> None:
        self.kinds, self.titles, self.kind = kinds, titles, kinds[0]
        self.figures = StatusLine(ground="")
        self.figures.add_class("figures")
        super().__init__(desk)

    def compose(self) -> ComposeResult:
        yield self.title_line
        yield self.figures
        yield self.body

    def make_list(self) -> LineList[SheetRow]:
        return LineList(lambda row: row.ref, self._cells, (), edge="top")

    def _cells(self, row: SheetRow) -> tuple[Cell, ...]:
        return cells_of(row, self.page.columns if self.page else (), self.desk.now, self.glyphs)

    @property
    def title_(self) -> str:  # type: ignore[override]
        return self.titles[self.kinds.index(self.kind)]

    @property
    def about(self) -> str:  # type: ignore[override]
        from engine.sheets.kinds import KINDS

        return KINDS[self.kind].about

    @property
    def filter_hint(self) -> str:  # type: ignore[override]
        from engine.sheets.kinds import KINDS

        return KINDS[self.kind].filter_hint

    @property
    def where(self) -> str:
        return self.desk.session.filters.get(self.kind, "")

    @where.setter
    def where(self, text: str) -> None:
        if text:
            self.desk.session.filters[self.kind] = text
        else:
            self.desk.session.filters.pop(self.kind, None)

    @property
    def order(self) -> str:
        return self.desk.session.orders.get(self.kind, "")

    def schema(self) -> "Schema":
        from engine.sheets.kinds import KINDS

        return KINDS[self.kind].schema

    def ask(self) -> Watch[Sheet]:
        return self.desk.link.watch_sheet(self.kind, self.where, order=self.order)

    def put(self, page: Sheet) -> None:
        self.list.columns = tuple(map(column_of, page.columns))
        self.list.empty = self._why_empty(page)
        self.list.pending = self.desk.pending
        self.list.sort = self.order
        self.figures.show([
            Part(((f"{fact.label} ", "muted"), (fact.text, _role(fact.severity))), 50 - at)
            for at, fact in enumerate(page.figures)
        ])  # fmt: skip
        self.list.show(page.rows)

    def _why_empty(self, page: Sheet) -> tuple[str, ...]:
        if self.where and page.total:
            told = f"{page.total:,} rows are hidden by it. Press / then Esc to clear it."
            return ("Nothing matches the filter", told)
        return page.empty

    def chips(self) -> list[Part]:
        page = self.page
        if page is None:
            return []
        others = [title for title, kind in zip(self.titles, self.kinds, strict=True) if kind != self.kind]
        parts = [Part(((count(page.matched), "title-off"),), 60)]
        if others:
            parts.append(Part((("n ", "key"), (" ".join(others), "title-off")), 55))
        if self.list.marks:
            parts.append(Part(((f"{self.glyphs.mark} {len(self.list.marks)} marked", "strong"),), 85))
        if len(page.rows) < page.matched:
            parts.append(Part(((f"the first {len(page.rows)}", "title-off"),), 58))
        parts += self.filter_chips(page.total - page.matched)
        if self.desk.paused:
            parts.append(Part(((f"{self.glyphs.held} paused", "stale"),), 90, right=True))
        if self.list.ghost:
            parts.append(Part((("no longer listed, Esc lets go", "stale"),), 70, right=True))
        if page.note:
            parts.append(Part(((page.note, "title-off"),), 15, right=True))
        if self.order:
            parts.append(Part(((f"by {self.order}", "title-off"),), 30, right=True))
        return parts

    # keys

    def deeds(self) -> Deeds:
        more: dict[str, Callable[[], None]] = {
            "order": self.next_order,
            "mark": self.list.toggle_mark,
            "mark_range": self.list.mark_range,
        }
        return {**super().deeds(), **more}

    def turn(self, step: int) -> None:
        """To the next list of this screen."""
        self.show_kind(self.kinds[(self.kinds.index(self.kind) + step) % len(self.kinds)])

    def show_kind(self, kind: str) -> None:
        if kind == self.kind or kind not in self.kinds:
            return
        self.kind, self.page = kind, None
        self.list.clear_marks()
        self.list.release()
        self.list.show(())
        self.figures.show([])
        self.reask()
        self.retitle()

    def next_order(self) -> None:
        names = [column.sort for column in (self.page.columns if self.page else ()) if column.sort]
        if names:
            at = names.index(self.order) + 1 if self.order in names else 0
            self.set_order(names[at % len(names)])

    def set_order(self, order: str) -> None:
        self.desk.session.orders[self.kind] = order
        self.reask()

    def target(self) -> str | None:
        return self.list.selected

    def copied(self) -> str:
        row = self.list.current
        return copied(row, self.page.columns, self.desk.now) if row and self.page else ""

    def written(self) -> list[list[str]] | None:
        page = self.page
        if page is None:
            return None
        head = ["ref", *(column.title or column.form for column in page.columns)]
        return [head, *([row.ref, *map(plain, row.cells, page.columns)] for row in page.rows)]

    def is_critical(self, row: SheetRow) -> bool:
        return row.severity == 5 or row.loud


def _role(severity: int) -> str:
    return SEVERITY_ROLES[severity] if severity else "text"
