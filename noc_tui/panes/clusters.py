"""The board: every operator item, most pressing first."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from data import times
from engine.link import Watch
from engine.views import Board, ClusterRow
from noc_tui.panes.desk import Desk
from noc_tui.panes.listing import ListingPane
from noc_tui.panes.pane import Deeds
from noc_tui.text import SEVERITY_NAMES, age, count, severity_sign, some
from noc_tui.widgets.columns import Cell, Column
from noc_tui.widgets.ink import SEVERITY_ROLES
from noc_tui.widgets.line_list import LineList
from noc_tui.widgets.status_line import Part

if TYPE_CHECKING:
    from engine.query import Schema

STATES: Final = {
    "NEW": "new",
    "ACKNOWLEDGED": "ack",
    "ASSIGNED": "taken",
    "ESCALATED": "escal",
    "IN_PROGRESS": "work",
    "SNOOZED": "snooze",
    "SUPPRESSED": "muted",
    "RESOLVED": "done",
    "CLOSED": "shut",
}
ORDERS: Final = ("priority", "severity", "newest", "oldest", "active", "alerts", "site")
TAKEN: Final = frozenset(("ACKNOWLEDGED", "ASSIGNED", "IN_PROGRESS", "RESOLVED", "CLOSED", "SNOOZED", "SUPPRESSED"))

GIVEN: Final = 300  # beats that a word of something handed over stands
COLUMNS: Final = (
    Column("", 2, until=150, sort="severity"),
    Column("severity", 10, since=150, sort="severity"),
    Column("prio", 5, "right", since=62, sort="priority"),
    Column("state", 6),
    Column("what", 16, grows=3),
    Column("site", 7, since=44, until=62, sort="site"),
    Column("site", 9, since=62, sort="site"),
    Column("sites", 16, since=170, grows=1),
    Column("types", 18, since=170, grows=1),
    Column("hits", 5, "right", since=50, sort="alerts"),
    Column("firing", 6, "right", since=100),
    Column("owner", 10, since=90),
    Column("age", 4, "right", sort="oldest"),
    Column("last", 4, "right", since=76, sort="active"),
)


def state_word(row: ClusterRow) -> str:
    """Its state in six letters; what keeps it from being open work, or what it lacks, says more than the state."""
    if row.muted:
        return "muted"
    if row.candidate:
        return "cand?"
    if row.snoozed_until is not None:
        return "snooze"
    if row.unanswered:
        return "nobody"
    if row.escalated and row.state in ("NEW", "ESCALATED"):
        return f"esc {row.escalated.split()[1]}"
    if row.flapping and row.state == "NEW":
        return "flaps"
    return STATES.get(row.state, row.state.lower())


def board_cells(row: ClusterRow, now: int, sign: str, wide: str) -> tuple[Cell, ...]:
    """One item. `sign` is shape and letter; `wide` the severity in a word, behind its shape."""
    role = SEVERITY_ROLES[row.severity]
    fresh = row.state not in TAKEN and not row.muted and row.snoozed_until is None and not row.candidate
    loud = fresh and row.severity == 5
    text = "strong" if loud else "text" if fresh and row.severity > 2 else "muted"
    signs = "alarm" if loud else role if fresh else "muted"
    sites = "".join(row.sites[:1]) + (f"+{len(row.sites) - 1}" if len(row.sites) > 1 else "")
    return (
        (sign, signs),
        (wide, signs),
        (str(row.priority), "muted"),
        (state_word(row), "alarm" if row.unanswered else "text" if fresh and row.severity >= 4 else "muted"),
        (row.title, text),
        (sites, "muted"),
        (sites, "muted"),
        (some(row.sites, 16), "muted"),
        (some(row.alert_types, 18), "muted"),
        (count(row.alerts), "muted"),
        (count(row.open_alerts), "muted"),
        (row.owner or "", "muted"),
        (age(now - row.opened_at), "muted"),
        (age(now - row.last_at), "muted"),
    )


class BoardPane(ListingPane[ClusterRow, Board]):
    name_ = "board"
    title_ = "Board"
    about = (
        "Every item that wants somebody: incidents, clusters of alerts, lone alerts. The most pressing is on top and "
        "stays selected until you move. a says that you take care; u takes that back."
    )
    beats = 2
    filter_hint = "severity>=high site:S014 age<2h !acked text~uplink"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        if self.desk.session.order not in ORDERS:
            self.desk.session.order = "priority"
        self.list.sort = self.desk.session.order

    def make_list(self) -> LineList[ClusterRow]:
        return LineList(lambda row: row.ref, self._cells, COLUMNS, edge="top")

    def _cells(self, row: ClusterRow) -> tuple[Cell, ...]:
        glyphs = self.glyphs
        wide = f"{glyphs.severity[row.severity]} {SEVERITY_NAMES[row.severity]}"
        return board_cells(row, self.desk.now, severity_sign(row.severity, glyphs), wide)

    @property
    def where(self) -> str:
        return self.desk.session.board_filter

    @where.setter
    def where(self, text: str) -> None:
        self.desk.session.board_filter = text

    def schema(self) -> "Schema":
        from engine.query.schemas import ITEMS

        return ITEMS

    def known(self) -> dict[str, list[str]]:
        rows = self.page.rows if self.page is not None else ()
        return {
            "site": sorted({site for row in rows for site in row.sites}),
            "type": sorted({name for row in rows for name in row.alert_types}),
            "owner": sorted({row.owner for row in rows if row.owner}),
        }

    def ask(self) -> Watch[Board]:
        return self.desk.link.watch_board(self.where, order=self.desk.session.order)

    def put(self, page: Board) -> None:
        before, self.desk.rows = self.desk.rows, {row.ref: row for row in page.rows}
        self._tell_given(before)
        self.list.empty = self._why_empty(page)
        self.list.pending = self.desk.pending
        self.list.show(page.rows)

    def _tell_given(self, before: dict[str, ClusterRow]) -> None:
        """What somebody else has handed to whoever sits here is told, with the bell."""
        me = getattr(self.desk.link, "actor", "")  # only a console among several has a name of its own
        for row in self.desk.rows.values():
            old = before.get(row.ref)
            if me and row.owner == me and old is not None and old.owner != me and row.ref not in self.desk.taken:
                self.desk.say(((f"{row.title} ", "strong"), ("is yours now: it was handed to you", "text")), GIVEN)
                self.app.bell()

    def _why_empty(self, page: Board) -> tuple[str, ...]:
        if self.where and page.hidden:
            return (
                "Nothing matches the filter",
                f"{page.hidden} open items are hidden by it. Press / then Esc to clear it.",
            )
        if page.muted:
            return (
                "Nothing is open",
                f"{page.muted} alerts are silenced or in maintenance. /muted shows what is muted.",
            )
        return (
            "Nothing is open: all quiet",
            "Items appear here when alerts come. The feed tells what the engine sees.",
        )

    def chips(self) -> list[Part]:
        page = self.page
        if page is None:
            return []
        parts = [Part(((count(page.matched), "title-off"),), 60)]
        if self.list.marks:
            parts.append(
                Part(
                    ((f"{self.glyphs.mark} {len(self.list.marks)} marked", "strong"), (" A acknowledges", "title-off")),
                    85,
                )
            )
        parts += self.filter_chips(page.hidden)
        newest = self.newest
        if self.desk.paused:
            moved = " changed" if newest and newest.revision != page.revision else ""
            parts.append(Part(((f"{self.glyphs.held} paused", "stale"), (moved, "strong")), 90, right=True))
        if self.list.ghost:
            parts.append(Part((("gone from the board, Esc lets go", "stale"),), 70, right=True))
        if page.muted:
            parts.append(Part(((f"{page.muted} muted", "title-off"),), 20, right=True))
        parts.append(Part(((f"by {self.list.sort}", "title-off"),), 30, right=True))
        return parts

    def deeds(self) -> Deeds:
        more: dict[str, Callable[[], None]] = {
            "order": self.next_order,
            "mark": self.list.toggle_mark,
            "mark_range": self.list.mark_range,
        }
        return {**super().deeds(), **more}

    def next_order(self) -> None:
        self.set_order(ORDERS[(ORDERS.index(self.desk.session.order) + 1) % len(ORDERS)])

    def set_order(self, order: str) -> None:
        if order in ORDERS:
            self.desk.session.order = self.list.sort = order
            self.reask()

    def target(self) -> str | None:
        return self.list.selected

    def copied(self) -> str:
        row = self.list.current
        return f"{SEVERITY_NAMES[row.severity]} {row.state} {row.title} [{row.ref}]" if row else ""

    def written(self) -> list[list[str]] | None:
        head = ["ref", "severity", "priority", "state", "what", "sites", "types", "alerts", "firing", "owner",
                "opened", "last"]  # fmt: skip
        return [head, *map(_written, self.page.rows)] if self.page is not None else None

    def is_critical(self, row: ClusterRow) -> bool:
        return row.severity == 5


def _written(row: ClusterRow) -> list[str]:
    """An item as it goes into a file: whole, and times as RFC 3339."""
    return [
        row.ref, SEVERITY_NAMES[row.severity], str(row.priority), state_word(row), row.title, " ".join(row.sites),
        " ".join(row.alert_types), str(row.alerts), str(row.open_alerts), row.owner or "", times.text(row.opened_at),
        times.text(row.last_at),
    ]  # fmt: skip
