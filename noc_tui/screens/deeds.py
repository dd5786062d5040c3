"""What the keys of the live screen do beyond those of every screen: its panes, its filters, commands on items."""

from typing import TYPE_CHECKING, Any

from noc_tui.screens.arrange import NORMAL
from noc_tui.screens.common import HOUR, CommonDeeds

if TYPE_CHECKING:
    from engine.views import ClusterRow
    from noc_tui.panes.listing import ListingPane
    from noc_tui.screens.live import LiveScreen
    from noc_tui.widgets.line_list import LineList


class LiveDeeds(CommonDeeds):
    def __init__(self, screen: "LiveScreen") -> None:
        super().__init__(screen)
        self.live = screen
        self.table |= {
            "open": self.open,
            "back": self.back,
            "filter": self.filter,
            "acknowledge": self.acknowledge,
            "acknowledge_marked": lambda: self.act("acknowledge", self.marked()),
            "snooze": lambda: self.act("snooze", self.chosen(), {"for": HOUR}),
            "approve": lambda: self.act("approve", self.candidates()),
            "reject": lambda: self.act("reject", self.candidates()),
        }

    def lines(self) -> "LineList[ClusterRow]":
        return self.live.board.list

    # around the screen

    def open(self) -> None:
        """Board: the item in full. Feed and item: what the line is about. Heat map: only that site."""
        screen = self.live
        if screen.front == "board":
            screen.context.trail.clear()
            screen.go("context")
        elif screen.front == "feed":
            self._open_from_feed()
        elif screen.front == "context":
            ref = screen.context.view.ref
            if ref:
                screen.context.drill(ref)
            else:
                screen.say((("Nothing to open on this line; lines with › can be opened.", "text"),))
        elif screen.front == "heat":
            self._open_site()

    def _open_from_feed(self) -> None:
        screen = self.live
        ref = screen.feed.target()
        if ref is None:
            return
        if screen.board.list.select(ref):
            screen.context.trail.clear()
            screen.context.choose(ref)
        else:
            screen.context.drill(ref)
        screen.go("context")

    def _open_site(self) -> None:
        screen = self.live
        site = screen.heat.grid.selected
        if site is None:
            return
        screen.board.set_filter(f"site:{site}")
        screen.feed.set_filter(f"site:{site}")
        screen.say(((f"Board and feed show only {site}.", "strong"), (" Esc on the board shows all again.", "text")))
        screen.go("board")

    def back(self) -> None:
        """Esc: one step back from wherever you are."""
        screen = self.live
        screen.key_bar.hush()
        if screen.front == "context":
            if not screen.context.back():
                screen.go("board")
            return
        listing = screen.listing if screen.front in ("board", "feed") else None
        if listing is not None:
            if listing.back() or listing.clear_filter():
                return
            if screen.zoom != NORMAL:
                screen.set_zoom(NORMAL)
            elif screen.desk.past is not None:
                screen.desk.first("live_now")
            return
        screen.go("board")

    def filter(self) -> None:
        """In a pane without a filter, the board's is meant."""
        if self.live.front not in ("board", "feed"):
            self.live.go("board")
        self.live.listing.start_filter()

    def viewed(self) -> "tuple[str, ListingPane[Any, Any], str]":
        listing = self.live.listing
        board = listing is self.live.board
        return ("board", listing, self.live.desk.session.order) if board else ("feed", listing, "")

    def show_viewed(self, pane: str, where: str, order: str) -> None:
        self.live.go(pane)
        if pane == "board":
            self.live.board.set_order(order or self.live.desk.session.order)
            self.live.board.set_filter(where)
        elif pane == "feed":
            self.live.feed.set_filter(where)

    # commands

    def acknowledge(self) -> None:
        screen = self.live
        ref = screen.panes[screen.front].target()
        if ref is None:
            return
        self.act("acknowledge", [ref])

    def marked(self) -> list[str]:
        return list(self.live.board.list.marks)

    def candidates(self) -> list[str]:
        rows = self.live.desk.rows
        return [ref for ref in self.chosen() if (row := rows.get(ref)) is not None and row.candidate]

    def sent(self) -> None:
        self.live.board.list.clear_marks()
