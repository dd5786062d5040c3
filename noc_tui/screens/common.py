"""What keys do on every screen: panes, commands to the engine and their undo, time, copying, the program itself."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from engine.views import Dossier, ItemContext, Outcome
from noc_tui import saved
from noc_tui.screens.arrange import ALONE, NORMAL
from noc_tui.screens.jump import Jump
from noc_tui.screens.places import BY_LIST, PLACES
from noc_tui.screens.silencing import matchers_of

if TYPE_CHECKING:
    from noc_tui.panes.listing import ListingPane
    from noc_tui.screens.frame import Frame
    from noc_tui.widgets.line_list import LineList

SPEEDS: Final = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
HOUR: Final = "1h"
LOOSE: Final = frozenset(
    ("back", "theme", "repaint", "help", "quit", "palette", "screens", "said")
)  # hold no selection
STEPS: Final = frozenset(("acknowledge", "snooze", "silence", "resolve", "reject", "judge"))  # then comes the next one
LISTS: Final = ("board", "list")
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
            "silence": self.silence,
            "save_view": self.name_view,
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

    def run(self, name: str) -> bool:
        """Carry it out, as the pane in front has it or else the screen; False where it means nothing here. From the
        first key on, the selection stays with its item: what is acted on is what was looked at."""
        deed = self.screen.panes[self.screen.front].deeds().get(name) or self.table.get(name)
        if deed is None:
            return False
        lines = self.lines()
        if lines is not None and name not in LOOSE and lines.selected is not None:
            lines.held = True
        deed()
        return True

    def app(self, name: str, *args: Any) -> None:
        getattr(self.screen.app, name)(*args)

    # for subclasses

    def lines(self) -> "LineList[Any] | None":
        """The list whose selection the screen is about."""
        return None

    def marked(self) -> list[str]:
        """References of the marked rows."""
        return []

    def candidates(self) -> list[str]:
        """Of what an action is meant for, that which waits for approval."""
        return []

    def sent(self) -> None:
        """A command is on its way."""

    def viewed(self) -> "tuple[str, ListingPane[Any, Any], str] | None":
        """The list that a saved view would be of: its name, itself and its order."""
        return None

    def show_viewed(self, pane: str, where: str, order: str) -> None:
        """Show that list of this screen so filtered and ordered."""

    # saved views

    def name_view(self) -> None:
        told = "A name for the filter and the order of this list. :view NAME opens it again."
        self.app("prompt", "Save this view", told, self.save_view)

    def save_view(self, name: str) -> None:
        """The filter and the order of the list in front."""
        viewed = self.viewed()
        if viewed is None:
            return
        view = saved.View(viewed[0], viewed[1].where, viewed[2])
        try:
            saved.save(name, view)
        except (saved.BadNameError, OSError) as error:
            self.screen.say((("View not saved: ", "strong"), (str(error), "error")))
            return
        told = f": {view.where or 'everything'}. :view {name} opens it"
        self.screen.say(((f"View {name} saved", "strong"), (told, "text")))

    def open_view(self, name: str) -> None:
        view = saved.load().get(name)
        if view is None:
            self.screen.say(((f"There is no view {name}.", "text"),))
            return
        place = BY_LIST.get(view.pane, PLACES[0])
        self.app("show_screen", place.name, view.pane if place.lists else "")
        app: Any = self.screen.app
        app.frame.deeds.show_viewed(view.pane, view.where, view.order)
        app.frame.say(((f"View {name}", "strong"), (f": {view.where or 'everything'}", "text")))

    def remove_view(self, name: str) -> None:
        gone = saved.remove(name)
        self.screen.say(((f"View {name} removed." if gone else f"There is no view {name}.", "text"),))

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
            self.app(
                "prompt", "Comment", f"on {self.named(refs[:1])}", lambda text: self.act("comment", refs[:1], note=text)
            )

    def assign(self) -> None:
        refs = self.items()
        if refs:
            health = self.screen.desk.health
            here = ", ".join(health.here) if health is not None else ""
            told = f"{self.named(refs)} to whom? A name" + (f"; here now: {here}" if here else "")
            self.app("prompt", "Hand over", told, lambda text: self.act("assign", refs, {"assignee": text}))

    def resolve(self) -> None:
        refs = self.items()
        if refs:
            told = f"{self.named(refs)}: what solved it? It is kept, and told when something like it comes again."
            self.app("prompt", "Resolve", told, lambda text: self.act("resolve", refs, note=text))

    def silence(self) -> None:
        """An item: its types at its sites. An alert: that one. For an hour."""
        screen = self.screen
        ref = next(iter(self.chosen()), "")
        row = screen.desk.rows.get(ref)
        if row is None and not ref.startswith("alert/"):
            screen.say((("Silence: ", "strong"), ("select an alert or an open item first", "stale")))
            return
        params = {"duration": HOUR, "comment": f"from the console: {self.named([ref])}"[:200]}
        if row is not None:
            params["matchers"] = matchers_of(row)
        self.act("silence", [ref], params)

    def named(self, refs: list[str]) -> str:
        """What an action is about, as people call it."""
        if len(refs) > 1:
            return f"{len(refs)} items"
        row, page = self.screen.desk.rows.get(refs[0]), self.screen.context.page
        if row is not None:
            return row.title
        if isinstance(page, ItemContext) and page.item.ref == refs[0]:
            return page.item.title
        return page.title if isinstance(page, Dossier) and page.ref == refs[0] else refs[0]

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
        if action == "take":
            screen.desk.taken.update(targets)
        if len(targets) > 1:
            params = {**(params or {}), "targets": ",".join(targets)}

        def done(outcome: Outcome) -> None:
            self._tell(action, targets, outcome)

        screen.desk.link.act(action, targets[0], self._safely(done), note=note, params=params)
        self.sent()
        lines = self.lines()
        if lines is not None and action in STEPS and screen.front in LISTS and targets == [lines.selected]:
            lines.move(1)

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
