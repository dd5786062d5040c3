"""What the keys of the live screen do beyond those of every screen: its panes, its filters, commands on items."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from engine.views import ClusterRow
from noc_tui import saved
from noc_tui.screens.arrange import NORMAL
from noc_tui.screens.common import HOUR, CommonDeeds

if TYPE_CHECKING:
    from noc_tui.screens.live import LiveScreen

NAMED: Final = 8  # alert types and sites of a silence


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
            "silence": self.silence,
            "approve": lambda: self.act("approve", self.candidates()),
            "reject": lambda: self.act("reject", self.candidates()),
        }

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

    def save_view(self, name: str) -> None:
        """The filter, and for the board the order, of the list in front."""
        listing = self.live.listing
        board = listing is self.live.board
        order = self.live.desk.session.order if board else ""
        view = saved.View("board" if board else "feed", listing.where, order)
        try:
            saved.save(name, view)
        except (saved.BadNameError, OSError) as error:
            self.live.say((("View not saved: ", "strong"), (str(error), "error")))
            return
        self.live.say(((f"View {name} saved", "strong"), (f": {view.where or 'everything'}", "text")))

    def open_view(self, name: str) -> None:
        view = saved.load().get(name)
        if view is None:
            self.live.say(((f"There is no view {name}.", "text"),))
            return
        self.live.go(view.pane)
        if view.pane == "board":
            self.live.board.set_order(view.order or self.live.desk.session.order)
            self.live.board.set_filter(view.where)
        else:
            self.live.feed.set_filter(view.where)
        self.live.say(((f"View {name}", "strong"), (f": {view.where or 'everything'}", "text")))

    def remove_view(self, name: str) -> None:
        gone = saved.remove(name)
        self.live.say(((f"View {name} removed." if gone else f"There is no view {name}.", "text"),))

    # commands

    def acknowledge(self) -> None:
        screen = self.live
        ref = screen.panes[screen.front].target()
        if ref is None:
            return
        self.act("acknowledge", [ref])
        if screen.front == "board" and screen.board.list.held:
            screen.board.list.move(1)

    def marked(self) -> list[str]:
        return list(self.live.board.list.marks)

    def candidates(self) -> list[str]:
        rows = self.live.desk.rows
        return [ref for ref in self.chosen() if (row := rows.get(ref)) is not None and row.candidate]

    def silence(self) -> None:
        """The types of one item at its sites, for an hour."""
        ref = self.live.panes[self.live.front].target()
        row = self.live.desk.rows.get(ref or "")
        if ref is None or row is None:
            self.live.say((("Silence: ", "strong"), ("select an item of the board first", "stale")))
            return
        params = {"matchers": matchers_of(row), "duration": HOUR, "comment": f"from the console: {row.title}"[:200]}
        self.act("silence", [ref], params)

    def sent(self) -> None:
        self.live.board.list.clear_marks()


def matchers_of(row: ClusterRow) -> str:
    """Alertmanager's matchers of an item's alert types at its sites."""
    parts = [_matcher("alertname", row.alert_types[:NAMED])] if row.alert_types else []
    if row.sites:
        parts.append(_matcher("site", row.sites[:NAMED]))
    return ",".join(parts)


def _matcher(name: str, values: Sequence[str]) -> str:
    if len(values) == 1:
        return f"{name}={_quoted(values[0])}"
    return f"{name}=~{_quoted('|'.join(re.escape(value) for value in values))}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
