"""What the keys of the live screen do: moving between panes, commands to the engine and their undo, time, copying."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from engine.views import Outcome
from noc_tui.screens.arrange import ALONE, NORMAL

if TYPE_CHECKING:
    from noc_tui.screens.live import LiveScreen

SPEEDS: Final = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)


class DeskDeeds:
    """One table from action to deed. `undoable` holds, newest last, what each action did: (words, undo ids)."""

    def __init__(self, screen: "LiveScreen") -> None:
        self.screen = screen
        self.undoable: list[tuple[str, tuple[str, ...]]] = []
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
        marks = list(self.screen.board.list.marks)
        self.screen.board.list.clear_marks()
        self._act("acknowledge", marks)

    def undo(self) -> None:
        _, ids = self.undoable.pop()
        self._act("undo", list(ids))

    def _act(self, action: str, targets: list[str]) -> None:
        """Send one command per target; tell of all of them together when the last answer is there."""
        screen = self.screen
        outcomes: list[Outcome] = []
        screen.desk.pending.update(targets)

        def done(outcome: Outcome) -> None:
            outcomes.append(outcome)
            if len(outcomes) == len(targets):
                self._tell(action, targets, outcomes)

        for target in targets:
            screen.desk.link.act(action, target, self._safely(done))
        screen.board.list.sync()

    def _safely(self, done: Callable[[Outcome], None]) -> Callable[[Outcome], None]:
        """Answers come from the engine's thread; they are taken up on ours."""
        app: Any = self.screen.app
        return lambda outcome: app.soon(done, outcome)

    def _tell(self, action: str, targets: list[str], outcomes: list[Outcome]) -> None:
        screen = self.screen
        screen.desk.pending.difference_update(targets)
        good = [outcome for outcome in outcomes if outcome.ok]
        bad = [outcome for outcome in outcomes if not outcome.ok]
        undo = tuple(outcome.undo for outcome in good if outcome.undo)
        words = good[0].text if len(good) == 1 else f"{len(good)} items: {action} done"
        cells: list[tuple[str, str]] = []
        if good:
            cells.append((f"{words}  ", "strong"))
        if undo and action != "undo":
            self.undoable.append((words, undo))
            del self.undoable[:-50]
            cells += [("u", "key"), (" takes it back", "muted")]
        if bad:
            cells.append((f"  Refused: {bad[0].text}" + (f" (+{len(bad) - 1})" if len(bad) > 1 else ""), "error"))
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
