"""What the keys of the live screen do: moving between panes, commands to the engine and their undo, time, copying."""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from engine.views import ClusterRow, Outcome
from noc_tui import saved
from noc_tui.screens.arrange import ALONE, NORMAL

if TYPE_CHECKING:
    from noc_tui.screens.live import LiveScreen

HOUR: Final = "1h"
NAMED: Final = 8  # alert types and sites of a silence
SPEEDS: Final = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)


class DeskDeeds:
    """One table from action to deed. `undoable` holds, newest last, what each action did: (words, its undo's id)."""

    def __init__(self, screen: "LiveScreen") -> None:
        self.screen = screen
        self.undoable: list[tuple[str, str]] = []
        self._speed = 1.0
        go = self._step_pane
        self.table: dict[str, Callable[[], None]] = {
            "next_pane": lambda: go(1),
            "previous_pane": lambda: go(-1),
            "screen_live": lambda: screen.go("board"),
            "open": self.open,
            "back": self.back,
            "filter": self.filter,
            "pause": self.pause,
            "zoom": lambda: screen.set_zoom(NORMAL if screen.zoom == ALONE else ALONE),
            "zoom_in": lambda: screen.set_zoom(screen.zoom + 1),
            "zoom_out": lambda: screen.set_zoom(screen.zoom - 1),
            "acknowledge": self.acknowledge,
            "acknowledge_marked": self.acknowledge_marked,
            "snooze": lambda: self._act("snooze", self.chosen(), {"for": HOUR}),
            "silence": self.silence,
            "approve": lambda: self._act("approve", self.candidates()),
            "reject": lambda: self._act("reject", self.candidates()),
            "undo": self.undo,
            "copy": self.copy,
            "slower": lambda: self.speed(-1),
            "faster": lambda: self.speed(1),
            "hold": self.hold,
            "theme": lambda: self._app("next_theme"),
            "repaint": lambda: self._app("repaint"),
            "palette": lambda: self._app("open_palette"),
            "help": lambda: self._app("open_help"),
            "quit": lambda: self._app("leave"),
        }

    def _app(self, name: str) -> None:
        getattr(self.screen.app, name)()

    # around the screen

    def _step_pane(self, step: int) -> None:
        from noc_tui.screens.live import TABS

        screen = self.screen
        order = list(screen.plan.boxes)
        if screen.plan.tabs:
            order = list(TABS)
        if order:
            at = order.index(screen.front) if screen.front in order else 0
            screen.go(order[(at + step) % len(order)])

    def open(self) -> None:
        """Board: the item in full. Feed and item: what the line is about. Heat map: only that site."""
        screen = self.screen
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
        screen = self.screen
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
        screen = self.screen
        site = screen.heat.grid.selected
        if site is None:
            return
        screen.board.set_filter(f"site:{site}")
        screen.feed.set_filter(f"site:{site}")
        screen.say(((f"Board and feed show only {site}.", "strong"), (" Esc on the board shows all again.", "text")))
        screen.go("board")

    def back(self) -> None:
        """Esc: one step back from wherever you are."""
        screen = self.screen
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
            return
        screen.go("board")

    def filter(self) -> None:
        """In a pane without a filter, the board's is meant."""
        if self.screen.front not in ("board", "feed"):
            self.screen.go("board")
        self.screen.listing.start_filter()

    def save_view(self, name: str) -> None:
        """The filter, and for the board the order, of the list in front."""
        listing = self.screen.listing
        board = listing is self.screen.board
        order = self.screen.desk.session.order if board else ""
        view = saved.View("board" if board else "feed", listing.where, order)
        try:
            saved.save(name, view)
        except (saved.BadNameError, OSError) as error:
            self.screen.say((("View not saved: ", "strong"), (str(error), "error")))
            return
        self.screen.say(((f"View {name} saved", "strong"), (f": {view.where or 'everything'}", "text")))

    def open_view(self, name: str) -> None:
        view = saved.load().get(name)
        if view is None:
            self.screen.say(((f"There is no view {name}.", "text"),))
            return
        self.screen.go(view.pane)
        if view.pane == "board":
            self.screen.board.set_order(view.order or self.screen.desk.session.order)
            self.screen.board.set_filter(view.where)
        else:
            self.screen.feed.set_filter(view.where)
        self.screen.say(((f"View {name}", "strong"), (f": {view.where or 'everything'}", "text")))

    def remove_view(self, name: str) -> None:
        gone = saved.remove(name)
        self.screen.say(((f"View {name} removed." if gone else f"There is no view {name}.", "text"),))

    def pause(self) -> None:
        screen = self.screen
        screen.desk.paused = not screen.desk.paused
        screen.beat_now()
        screen._show_status()

    def copy(self) -> None:
        text = self.screen.panes[self.screen.front].copied()
        if text:
            app: Any = self.screen.app
            self.screen.say(((f"{app.copy(text)}: ", "muted"), (text, "text")))

    # commands

    def acknowledge(self) -> None:
        screen = self.screen
        ref = screen.panes[screen.front].target()
        if ref is None:
            return
        self._act("acknowledge", [ref])
        if screen.front == "board" and screen.board.list.held:
            screen.board.list.move(1)

    def acknowledge_marked(self) -> None:
        self._act("acknowledge", list(self.screen.board.list.marks))

    def chosen(self) -> list[str]:
        """What an action is meant for: the marked items on the board, else what is selected."""
        screen = self.screen
        if screen.front == "board" and screen.board.list.marks:
            return list(screen.board.list.marks)
        ref = screen.panes[screen.front].target()
        return [ref] if ref is not None else []

    def candidates(self) -> list[str]:
        rows = self.screen.desk.rows
        return [ref for ref in self.chosen() if (row := rows.get(ref)) is not None and row.candidate]

    def silence(self) -> None:
        """The types of one item at its sites, for an hour."""
        ref = self.screen.panes[self.screen.front].target()
        row = self.screen.desk.rows.get(ref or "")
        if ref is None or row is None:
            self.screen.say((("Silence: ", "strong"), ("select an item of the board first", "stale")))
            return
        params = {"matchers": matchers_of(row), "duration": HOUR, "comment": f"from the console: {row.title}"[:200]}
        self._act("silence", [ref], params)

    def undo(self) -> None:
        _, id = self.undoable.pop()
        self._act("undo", [id])

    def _act(self, action: str, targets: list[str], params: dict[str, str] | None = None) -> None:
        """Send one command for all targets, which is undone as one; tell of it when the answer is there."""
        screen = self.screen
        if not targets:
            return
        screen.desk.pending.update(targets)
        if len(targets) > 1:
            params = {**(params or {}), "targets": ",".join(targets)}
        screen.board.list.clear_marks()

        def done(outcome: Outcome) -> None:
            self._tell(action, targets, outcome)

        screen.desk.link.act(action, targets[0], self._safely(done), params=params)
        screen.board.list.sync()

    def _safely(self, done: Callable[[Outcome], None]) -> Callable[[Outcome], None]:
        """Answers come from the engine's thread; they are taken up on ours."""
        app: Any = self.screen.app
        return lambda outcome: app.soon(done, outcome)

    def _tell(self, action: str, targets: list[str], outcome: Outcome) -> None:
        """What became of it, of each target that was refused too."""
        screen = self.screen
        screen.desk.pending.difference_update(targets)
        refused = [one.text for one in outcome.results if not one.ok]
        cells: list[tuple[str, str]] = []
        if outcome.ok:
            done = len(outcome.results) - len(refused)
            words = f"{action}: {done} of {len(outcome.results)} items" if outcome.results else outcome.text
            cells.append((f"{words}  ", "strong"))
            if outcome.undo and action != "undo":
                self.undoable.append((words, outcome.undo))
                del self.undoable[:-50]
                cells += [("u", "key"), (" takes it back", "muted")]
        else:
            refused = refused or [outcome.text]
        if refused:
            more = f" (+{len(refused) - 1})" if len(refused) > 1 else ""
            cells.append((f"  Refused: {refused[0]}{more}", "error"))
        screen.say(tuple(cells), 100)
        screen.board.list.sync()
        screen._show_keys()

    # time of a simulation

    def speed(self, step: int) -> None:
        page = self.screen.health.page if self.screen.health else None
        now = page.speed if page and page.speed else self._speed
        near = min(range(len(SPEEDS)), key=lambda index: abs(SPEEDS[index] - now))
        self._speed = SPEEDS[max(0, min(near + step, len(SPEEDS) - 1))]
        self.screen.desk.link.set_speed(self._speed)
        self.screen.say(
            ((f"Asked for speed {self._speed:g}.", "strong"), (" Only a simulation or replay follows.", "muted"))
        )

    def hold(self) -> None:
        page = self.screen.health.page if self.screen.health else None
        if page is not None and page.speed == 0:
            self.screen.desk.link.set_speed(self._speed)
            self.screen.say((("Time goes on.", "strong"),))
        else:
            if page is not None and page.speed:
                self._speed = page.speed
            self.screen.desk.link.set_speed(0)
            self.screen.say((("Asked the simulation to stop its time.", "strong"), (" = lets it go on", "muted")))


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
