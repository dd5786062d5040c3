"""What keys do on every screen: panes, commands to the engine and their undo, time, copying, the program itself."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from engine.views import Outcome
from noc_tui.screens.arrange import ALONE, NORMAL
from noc_tui.screens.jump import Jump
from noc_tui.screens.places import PLACES

if TYPE_CHECKING:
    from noc_tui.screens.frame import Frame

SPEEDS: Final = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
HOUR: Final = "1h"
WORK: Final = frozenset(("alert", "cluster", "incident"))
ASK: Final = "ask/"
SAID: Final = 100  # beats that the outcome of a command stands


class CommonDeeds:
    """One table from action to deed."""

    def __init__(self, screen: "Frame") -> None:
        self.screen = screen
        self.jump = Jump(screen)
        self.table: dict[str, Callable[[], None]] = {
            "jump": self.jump.start,
            "next_pane": lambda: self._step_pane(1),
            "previous_pane": lambda: self._step_pane(-1),
            "pause": self.pause,
            "zoom": lambda: screen.set_zoom(NORMAL if screen.zoom == ALONE else ALONE),
            "zoom_in": lambda: screen.set_zoom(screen.zoom + 1),
            "zoom_out": lambda: screen.set_zoom(screen.zoom - 1),
            "undo": self.undo,
            "comment": self.comment,
            "ask": self.ask,
            "backtest": lambda: self.app("open_trial"),
            "take": lambda: self.act("take", self.items()),
            "assign": self.assign,
            "resolve": self.resolve,
            "said": lambda: self.app("open_said"),
            "write": self.write,
            "dump": lambda: self.app("dump"),
            "screens": lambda: self.app("open_menu"),
            **{f"screen_{place.name}": partial(self.app, "show_screen", place.name) for place in PLACES},
            "copy": self.copy,
            "slower": lambda: self.speed(-1),
            "faster": lambda: self.speed(1),
            "hold": self.hold,
            "theme": lambda: self.app("next_theme"),
            "repaint": lambda: self.app("repaint"),
            "palette": lambda: self.app("open_palette"),
            "help": lambda: self.app("open_help"),
            "quit": lambda: self.app("leave"),
        }

    def app(self, name: str, *args: Any) -> None:
        getattr(self.screen.app, name)(*args)

    # for subclasses

    def marked(self) -> list[str]:
        """References of the marked rows."""
        return []

    def candidates(self) -> list[str]:
        """Of what an action is meant for, that which waits for approval."""
        return []

    def sent(self) -> None:
        """A command is on its way."""

    # around the screen

    def _step_pane(self, step: int) -> None:
        screen = self.screen
        order = list(screen.tab_order) if screen.plan.tabs else list(screen.plan.boxes)
        if order:
            at = order.index(screen.front) if screen.front in order else 0
            screen.go(order[(at + step) % len(order)])

    def ask(self) -> None:
        """A question in plain words; its answer is opened in full. Over an answer it refines that one; where a question
        is selected, that one is edited."""
        context = self.screen.context
        selected = context.view.ref if self.screen.front == "context" else None
        text = selected.removeprefix(ASK) if selected and selected.startswith(ASK) else ""
        above = context.subject if not text and context.subject and context.subject.startswith(ASK) else None
        told = "It refines the one that is answered." if above else "Such as: critical alerts at S005 last night."

        def done(asked: str) -> None:
            context.drill(f"{above} >> {asked}" if above else ASK + asked)
            self.screen.go("context")

        self.app("prompt", "Ask in plain words", told, done, text)

    def pause(self) -> None:
        screen = self.screen
        screen.desk.paused = not screen.desk.paused
        screen.beat_now()
        screen.show_status()

    def copy(self) -> None:
        text = self.screen.panes[self.screen.front].copied()
        if text:
            app: Any = self.screen.app
            self.screen.say(((f"{app.copy(text)}: ", "muted"), (text, "text")))
        else:
            self.screen.say((("nothing to copy here yet", "muted"),))

    def write(self) -> None:
        """What is shown: a list as CSV, anything else as a picture."""
        pane = self.screen.panes[self.screen.front]
        rows = pane.written()
        if rows is None:
            self.app("dump")
        else:
            self.app("write_csv", pane.title_, rows)

    # commands

    def comment(self) -> None:
        refs = self.items()
        if refs:
            self.app("prompt", "Comment", f"on {refs[0]}", lambda text: self.act("comment", refs[:1], note=text))

    def assign(self) -> None:
        refs = self.items()
        if refs:
            told = f"{_named(refs)} to (a name as it is known to the configuration):"
            self.app("prompt", "Hand over", told, lambda text: self.act("assign", refs, {"assignee": text}))

    def resolve(self) -> None:
        refs = self.items()
        if refs:
            told = f"{_named(refs)}: what solved it? It is kept, and told when something like it comes again."
            self.app("prompt", "Resolve", told, lambda text: self.act("resolve", refs, note=text))

    def items(self) -> list[str]:
        """Of what is chosen, what people work on."""
        refs = [ref for ref in self.chosen() if ref.partition("/")[0] in WORK]
        if not refs:
            self.screen.say((("Select an incident, a cluster or an alert first.", "stale"),))
        return refs

    def chosen(self) -> list[str]:
        """What an action is meant for: the marked rows, else what is selected."""
        screen = self.screen
        if self.marked() and screen.front != "context":
            return self.marked()
        ref = screen.panes[screen.front].target()
        return [ref] if ref is not None else []

    def undo(self) -> None:
        _, id = self.screen.desk.undoable.pop()
        self.act("undo", [id])

    def act(self, action: str, targets: list[str], params: dict[str, str] | None = None, note: str = "") -> None:
        """Send one command for all targets, which is undone as one; tell of it when the answer is there."""
        screen = self.screen
        if not targets:
            return
        screen.desk.pending.update(targets)
        if len(targets) > 1:
            params = {**(params or {}), "targets": ",".join(targets)}

        def done(outcome: Outcome) -> None:
            self._tell(action, targets, outcome)

        screen.desk.link.act(action, targets[0], self._safely(done), note=note, params=params)
        self.sent()

    def _safely(self, done: Callable[[Outcome], None]) -> Callable[[Outcome], None]:
        """Answers come from the engine's thread; they are taken up on ours."""
        app: Any = self.screen.app
        return lambda outcome: app.soon(done, outcome)

    def _tell(self, action: str, targets: list[str], outcome: Outcome) -> None:
        """What became of it, of each target that was refused too."""
        desk = self.screen.desk
        desk.pending.difference_update(targets)
        refused = [one.text for one in outcome.results if not one.ok]
        cells: list[tuple[str, str]] = []
        if outcome.ok:
            done = len(outcome.results) - len(refused)
            words = f"{action}: {done} of {len(outcome.results)} items" if outcome.results else outcome.text
            cells.append((f"{words}  ", "strong"))
            if outcome.undo and action != "undo":
                desk.undoable.append((words, outcome.undo))
                del desk.undoable[:-50]
                cells += [("u", "key"), (" takes it back", "muted")]
        else:
            refused = refused or [outcome.text]
        if refused:
            more = f" (+{len(refused) - 1})" if len(refused) > 1 else ""
            cells.append((f"  Refused: {refused[0]}{more}", "error"))
        desk.say(tuple(cells), SAID)
        self.sent()
        self.screen.show_keys()

    # time of a simulation

    def speed(self, step: int) -> None:
        page = self.screen.desk.health
        now = page.speed if page and page.speed else self.screen.desk.speed
        near = min(range(len(SPEEDS)), key=lambda index: abs(SPEEDS[index] - now))
        self.screen.desk.speed = SPEEDS[max(0, min(near + step, len(SPEEDS) - 1))]
        self.screen.desk.link.set_speed(self.screen.desk.speed)
        self.screen.say(
            (
                (f"Asked for speed {self.screen.desk.speed:g}.", "strong"),
                (" Only a simulation or replay follows.", "muted"),
            )
        )

    def hold(self) -> None:
        page, desk = self.screen.desk.health, self.screen.desk
        if page is not None and page.speed == 0:
            desk.link.set_speed(desk.speed)
            self.screen.say((("Time goes on.", "strong"),))
        else:
            if page is not None and page.speed:
                desk.speed = page.speed
            desk.link.set_speed(0)
            self.screen.say((("Asked the simulation to stop its time.", "strong"), (" = lets it go on", "muted")))


def _named(refs: list[str]) -> str:
    return refs[0] if len(refs) == 1 else f"{len(refs)} items"
