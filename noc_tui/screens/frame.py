"""What every screen has: head, panes placed for the size, key bar, the beat, and keys that ask for actions."""

from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingsMap, BindingType
from textual.containers import Container, Horizontal
from textual.screen import Screen

from engine.link import Watch
from engine.views import Health
from noc_tui.actions import BY_NAME, PAST, Need, offered
from noc_tui.keymap import Keymap
from noc_tui.panes.context import ContextPane
from noc_tui.panes.desk import Desk
from noc_tui.panes.header import detail_parts, header_parts
from noc_tui.panes.pane import Pane
from noc_tui.panes.past import PastBar
from noc_tui.screens.arrange import ALONE, LARGE, LEAST_HEIGHT, LEAST_WIDTH, NORMAL, Plan
from noc_tui.screens.common import CommonDeeds
from noc_tui.screens.jump import tab_places
from noc_tui.text import clock, read_times
from noc_tui.widgets.heat_grid import HeatGrid
from noc_tui.widgets.ink import ink_of
from noc_tui.widgets.key_bar import Hint, KeyBar
from noc_tui.widgets.line_list import LineList
from noc_tui.widgets.status_line import Clock, Part, StatusLine

HIDES: Final = (Need.MARKS, Need.UNDO, Need.CANDIDATE)  # what lacks these is not offered at all
SILENT_BEATS: Final = 120  # ticks without a new health page before we say that the engine is silent
HEADER_BEATS: Final = 5


class Frame(Screen[None], inherit_bindings=False):
    """Subclasses give `make_panes`, `plan_for` and `deeds`; where things go is told by `arrange`."""

    BINDINGS: ClassVar[list[BindingType]] = [*Keymap().bindings()]
    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    Frame { layout: vertical; overflow: hidden; background: $background; }
    Frame #head { height: 1; }
    Frame #head.-two { height: 2; }
    Frame #clock { width: 9; } Frame #status { width: 1fr; }
    Frame #tabs { height: 1; display: none; }
    Frame #stage { height: 1fr; overflow: hidden; }
    Frame #keys { height: 1; }
    Frame #small { display: none; height: 1fr; }
    Frame.-small #head, Frame.-small #stage, Frame.-small #tabs, Frame.-small #keys { display: none; }
    Frame.-small #small { display: block; }
    Frame.-tabs #tabs { display: block; }
    """
    tab_order: ClassVar[tuple[str, ...]] = ()
    context: ContextPane  # whatever is selected or was opened, in full
    head_title: str = ""  # names the screen in the head

    def __init__(
        self, name: str, desk: Desk, keymap: Keymap, panes: tuple[Pane, ...], front: str, zoom: int = NORMAL
    ) -> None:
        super().__init__(name=name)
        self._bindings = BindingsMap(keymap.bindings())
        self.desk, self.keymap = desk, keymap
        self.panes: dict[str, Pane] = {pane.name_: pane for pane in panes}
        self.clock, self.status, self.past_bar = Clock(name="clock"), StatusLine(name="status"), PastBar()
        self.tabs, self.key_bar = StatusLine(name="tabs", gap=1), KeyBar(name="keys")
        self.small = StatusLine(ground="", name="small")
        self.stage = Container(*self.panes.values(), id="stage")
        self.deeds: CommonDeeds = self.make_deeds()
        self.plan = Plan({})
        self.front = front if front in self.panes else next(iter(self.panes))
        self.zoom = zoom if zoom in (NORMAL, LARGE, ALONE) else NORMAL
        self.health: Watch[Health] | None = None
        self.asleep = self._built = self._status_due = self._status_due_now = self._told_slow = False
        self._health_seen = (-1, 0)  # revision, beat
        self._beat = self._flash = 0

    # for subclasses

    def make_deeds(self) -> CommonDeeds:
        raise NotImplementedError

    def plan_for(self, width: int, height: int) -> Plan:
        """Where the panes go."""
        raise NotImplementedError

    def moved(self) -> None:
        """A pane was brought to the front."""

    def each_beat(self) -> None:
        """Before the panes take their pages."""

    def tab_number(self, name: str) -> str:
        """What stands behind the name of a pane in the line of tabs."""
        del name
        return ""

    def compose(self) -> ComposeResult:
        yield self.past_bar
        with Horizontal(id="head"):
            yield self.clock
            yield self.status
        yield self.tabs
        yield self.stage
        yield self.small
        yield self.key_bar

    # arrangement

    def on_mount(self) -> None:
        self._built = True
        if not self.asleep:
            self.wake()

    def wake(self) -> None:
        """This screen is looked at: begin to ask the engine."""
        self.asleep = False
        if not self._built:  # it is woken once there is something to wake
            return
        self.desk.say = self.say
        if self.health is None:
            self.health = self.desk.link.watch_health()
            self._health_seen = (-1, self._beat)
        self.plan = Plan({})
        self.rearrange()

    def rest(self) -> None:
        """Nobody looks at it: every watch is closed."""
        self.asleep = True
        self.key_bar.hush()  # what was said here is old when one comes back
        for pane in self.panes.values():
            pane.sleep()
        if self.health is not None:
            self.health.close()
            self.health = None

    def on_resize(self, event: events.Resize) -> None:
        if not self.asleep:
            self.rearrange(event.size.width, event.size.height)

    def rearrange(self, width: int = 0, height: int = 0) -> None:
        """Place the panes for the size, the focus and the zoom of now; wake those shown, put the others to sleep."""
        width, height = width or self.app.size.width, height or self.app.size.height
        plan = self.plan_for(width, self.past_bar.place(self.desk.past, height, LEAST_HEIGHT))
        if plan == self.plan:
            return
        self.plan = plan
        self.set_class(plan.too_small, "-small")
        self.set_class(plan.tabs, "-tabs")
        self.query_one("#head").set_class(plan.head == 2, "-two")
        if plan.too_small:
            self._tell_small(width, height)
        for name, pane in self.panes.items():
            box = plan.boxes.get(name)
            pane.display = box is not None
            if box is None:
                pane.sleep()
                continue
            pane.styles.offset = (box.x, box.y)
            pane.styles.width, pane.styles.height = box.width, box.height
            pane.set_class(box.x > 0, "-beside")
            pane.set_class(plan.tabs, "-plain")
            pane.wake()
        self._settle_front()

    def _settle_front(self) -> None:
        if self.plan.boxes and self.front not in self.plan.boxes:
            self.front = next(iter(self.plan.boxes))
        if self.plan.boxes:
            pane = self.panes[self.front]
            # Panes may grow by themselves while somebody types into the filter of one: the hands stay where they are.
            if self.focused is None or pane not in self.focused.ancestors_with_self:
                self.set_focus(pane.body, scroll_visible=False)
        self.show_keys()
        self.show_tabs()

    def _tell_small(self, width: int, height: int) -> None:
        told = f"This window is {width}x{height}."
        need = f"noc needs {LEAST_WIDTH}x{LEAST_HEIGHT}; it watches on meanwhile."
        self.small.show([], [Part(((told, "strong"),))], [Part(((need, "text"),))], [Part((("q leaves", "muted"),))])

    def go(self, name: str) -> None:
        """Bring a pane to the front."""
        if name not in self.panes:
            return
        self.front = name
        self.moved()
        if name in self.plan.boxes and self.zoom == NORMAL:
            self.set_focus(self.panes[name].body, scroll_visible=False)
            self.show_keys()
            self.show_tabs()
        else:
            self.rearrange()
            self._settle_front()
        self.panes[name].hurry()

    def set_zoom(self, zoom: int) -> None:
        self.zoom = max(NORMAL, min(zoom, ALONE))
        self.moved()
        self.rearrange()
        self.beat_now()

    def on_descendant_focus(self) -> None:
        for name, pane in self.panes.items():
            if pane.has_focus_within and name != self.front:
                self.front = name
                self.moved()
                self.show_keys()

    # the beat

    def tick(self, slow: int = 1) -> None:
        """One beat of ten a second: pull what is new into what is shown. `slow` stretches it to save the line."""
        if self.health is None:  # not mounted yet, or asleep
            return
        self._beat += 1
        self.past_bar.show(self.desk.past)
        self._take_health(slow)
        self.each_beat()
        for name in self.plan.boxes:
            self.panes[name].tick(slow)
        self.key_bar.beat()
        if self._flash:
            self._flash -= 1
            if not self._flash:
                self.show_status()
        if self.plan.tabs and self._beat % HEADER_BEATS == 0:
            self.show_tabs()

    def beat_now(self) -> None:
        """Show the effect of a key at once."""
        self.each_beat()
        for name in self.plan.boxes:
            self.panes[name].hurry()

    def arrive(self) -> None:
        """Other pages are there all at once, and are shown at once."""
        self._health_seen = (-1, self._beat)
        self.beat_now()

    def _take_health(self, slow: int) -> None:
        page = self.health.page if self.health else None
        if page is None:
            if self._beat == 1:
                self.status.show([Part((("starting the engine", "stale"),))])
            return
        if page.revision != self._health_seen[0]:
            self._status_due = True
            self._status_due_now = self._health_seen[0] < 0
            self._health_seen = (page.revision, self._beat)
        self.desk.now = max(page.watermark, 0)
        self.desk.health = page
        if self._beat % (HEADER_BEATS * slow) == 1 or self._status_due_now:
            self._status_due_now = False
            told = clock(page.watermark) if page.watermark else "--:--:--"
            self.clock.show(told, "stale" if self.silent else "strong")
            if self._status_due or self.silent or self.link_slow != self._told_slow:
                self.show_status()

    @property
    def silent(self) -> bool:
        """The engine has told nothing of itself for a long time, though it should."""
        page = self.health.page if self.health else None
        quiet = page is not None and page.state in ("ended", "paused", "read-only", "past")
        return not quiet and self._beat - self._health_seen[1] > SILENT_BEATS

    @property
    def link_slow(self) -> bool:
        return bool(getattr(self.app, "link_slow", False))

    def show_status(self) -> None:
        page = self.health.page if self.health else None
        glyphs = ink_of(self).glyphs
        if page is None:
            return
        room = self.status.size.width or self.app.size.width - 9
        parts = header_parts(page, glyphs, room, detailed=self.plan.head == 2)
        if self.head_title:
            parts.insert(0, Part(((self.head_title, "accent-strong"),), 96))
        if self.desk.paused:
            parts.insert(0, Part(((f"{glyphs.held} PAUSED", "badge"),), 98))
        if self.silent:
            seconds = (self._beat - self._health_seen[1]) // 10
            parts.insert(0, Part(((f"{glyphs.dead} engine silent for {seconds} s", "flash"),), 99))
        self._status_due, self._told_slow = False, self.link_slow
        if self.link_slow:
            parts.append(Part((("link slow", "stale"),), 75, right=True))
        if self.desk.read_only:
            parts.append(Part(((" read-only ", "flash" if self._flash else "badge"),), 92, right=True))
        self.status.show(parts, detail_parts(page, glyphs))

    def tab_titles(self) -> dict[str, str]:
        return {name: self.panes[name].title_ + self.tab_number(name) for name in self.tab_order}

    def show_tabs(self) -> None:
        """One pane stands for all: the names of the others, and beside them the state of the one shown."""
        parts = []
        for name, title in self.tab_titles().items():
            here = name == self.front
            cell = (f"[{title}]", "accent-strong") if here else (f" {title} ", "muted")
            parts.append(Part((cell,), 900 + here))
        for part in self.panes[self.front].chips():
            if self.front != self.tab_order[0] or part.right or part.weight > 80:
                parts.append(part._replace(right=True))
        self.tabs.show(parts)

    @on(StatusLine.Clicked)
    def _line_clicked(self, event: StatusLine.Clicked) -> None:
        """A click on a tab, or on a pane's title, goes there."""
        if event.line is self.tabs:
            for name, (start, end) in tab_places(self.tab_titles()).items():
                if start <= event.x < end:
                    self.go(name)
        for name, pane in self.panes.items():
            if event.line is pane.title_line:
                self.go(name)

    # keys

    def action_perform(self, name: str) -> None:
        self.perform(name)

    def action_letter(self, key: str) -> None:
        self.deeds.jump.press(key)

    def perform(self, name: str) -> None:
        """Carry out an action, if what it needs is there; whichever way it was asked for."""
        action = BY_NAME[name]
        if self.desk.first(name):
            return
        missing = next((need for need in action.needs if not self.has(need)), None)
        if missing is not None:
            if missing is Need.WRITE:
                self._flash = 10
                self.show_status()
            self.say(((f"{action.title}: ", "strong"), (self.desk.refusal(missing), "stale")))
            return
        if self.deeds.run(name):
            self.follow_up(name)
        else:
            self.say(((f"{action.title}: ", "strong"), ("does nothing here", "stale")))

    def follow_up(self, name: str) -> None:
        """After a deed: titles and keys follow it."""
        if name in ("undo", "acknowledge", "acknowledge_marked", "mark", "pause", "next_pane", "previous_pane", "back"):
            self.show_keys()
        self.panes[self.front].retitle()
        if self.plan.tabs:
            self.show_tabs()

    def has(self, need: Need) -> bool:
        if need is Need.WRITE:
            return not self.desk.read_only
        if need is Need.UNDO:
            return bool(self.desk.undoable)
        if need is Need.MARKS:
            return bool(self.deeds.marked())
        if need is Need.CANDIDATE:
            return bool(self.deeds.candidates())
        return self.front == "heat" or self.panes[self.front].target() is not None

    def say(self, cells: tuple[tuple[str, str], ...], beats: int = 60) -> None:
        """A line over the key bar for some seconds."""
        cells = tuple((read_times(text, self.desk.now), role) for text, role in cells)
        self.desk.log(cells)
        self.key_bar.say(cells, beats)

    def show_keys(self) -> None:
        if any(pane.bar is not None and pane.bar.is_open for pane in self.panes.values()):
            self.key_bar.hint([Hint("Enter", "keep the filter"), Hint("Esc", "clear it")])
            return
        if self.deeds.jump.targets:
            self.key_bar.hint([Hint("a-z", "go to what shows the letter"), Hint("Esc", "stay here")])
            return
        hints = []
        for action in offered(self.front, past=self.desk.past is not None):
            if any(need in HIDES and not self.has(need) for need in action.needs) or not self.offers(action.name):
                continue
            keys = self.keymap.signs(action)
            off = any(need is Need.WRITE and not self.has(need) for need in action.needs)
            if keys:
                hints.append(Hint(keys[0], self.label_of(action.name) or action.label, off, action.name == "help"))
        self.key_bar.hint(hints)

    def offers(self, name: str) -> bool:
        """Whether the key bar names this action here."""
        return name in (*self.panes[self.front].deeds(), *self.deeds.table) or PAST in BY_NAME[name].panes

    def label_of(self, name: str) -> str:
        """What an action is called here, where that differs."""
        return "play" if name == "pause" and self.desk.past is not None else ""

    @on(LineList.Opened)
    @on(HeatGrid.Opened)
    def _opened(self) -> None:
        self.perform("open")

    def on_filter_bar_turned(self) -> None:
        self.show_keys()
        if self.plan.tabs:
            self.show_tabs()
