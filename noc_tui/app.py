"""The doorway: opens the console over a link, beats ten times a second, and closes up behind itself."""

from collections.abc import Callable
from typing import Any, ClassVar, Final, Protocol

from textual.app import App

from engine.link import CannotAttach, Link
from noc_tui import files
from noc_tui.keymap import Keymap
from noc_tui.pace import Meter
from noc_tui.panes.desk import Desk
from noc_tui.plain import AsciiFilter
from noc_tui.screens.frame import Frame
from noc_tui.screens.kinds import screen_of
from noc_tui.screens.live import LiveScreen
from noc_tui.screens.past import Travel
from noc_tui.screens.places import BY_LIST, BY_NAME
from noc_tui.screens.sheet import SheetScreen
from noc_tui.session import Session, save
from noc_tui.text import ASCII, UNICODE, clock
from noc_tui.themes import Shelf
from noc_tui.widgets.ink import FALLBACK, Ink

TICK_SECONDS: Final = 0.1
TICKS: Final = 10.0  # a second
THEME_SECONDS: Final = 3.0


class Terminal(Protocol):
    """What the console asks of a terminal; `noc_tui.terminal.Terminal` is the real one."""

    @property
    def slow(self) -> bool:
        """Is the link slow, or was it until just now?"""

    @property
    def bytes_written(self) -> int:
        """Everything that went out so far."""

    def gate(self) -> bool:
        """May a beat paint? False while the terminal has not taken what was written."""

    def copy(self, text: str) -> str:
        """Put text on the operator's clipboard; says what was done, raises ValueError if it cannot."""

    def repaint(self) -> None:
        """Paint everything anew, whatever is believed to be on the screen."""


class NocApp(App[int]):
    """`auto_tick` False leaves the beat to the caller, for tests. The exit value is the process's exit code.

    `refresh_hz` is how often panes may change, `at` a moment to begin at. `session` is kept for next time on leaving,
    unless `remember` is False or there is none.
    """

    TITLE = "noc"
    ENABLE_COMMAND_PALETTE = False
    ESCAPE_TO_MINIMIZE = False
    BINDINGS: ClassVar = []
    CSS = "Screen { background: $background; color: $foreground; }"

    def __init__(
        self,
        link: Link,
        *,
        theme: str | None = None,
        read_only: bool = False,
        terminal: Terminal | None = None,
        session: Session | None = None,
        keymap: Keymap | None = None,
        ascii_only: bool = False,
        auto_tick: bool = True,
        remember: bool = True,
        refresh_hz: float = TICKS,
        at: str | None = None,
    ) -> None:
        super().__init__()
        self.link = link
        self.terminal = terminal
        self.session = session or Session()
        self.keymap = keymap or Keymap()
        self.glyphs = ASCII if ascii_only else UNICODE
        if ascii_only:
            self._filters.append(AsciiFilter())  # Textual offers no other way to add one
        self.meter = Meter()
        self.auto_tick = auto_tick
        self._stretch = max(1, round(TICKS / refresh_hz))
        self._remember = remember and session is not None
        self._beating = True
        self.animation_level = "none"
        self.shelf = Shelf()
        self.complaints = (*self.shelf.register(self), *self.keymap.complaints)
        self.themes = list(self.shelf.loaded.palettes)
        self.theme = self.shelf.choose(theme or self.session.theme)
        self.ink = self._mix_ink()
        self.desk = Desk(link, self.session, read_only=read_only or link.read_only)
        self.travel = Travel(self, at)
        self.live = LiveScreen(self.desk, self.keymap)
        self.frames: dict[str, Frame] = {"live": self.live}
        self.trail: list[Frame] = [self.live]  # the screens one is in, the outermost first

    # themes

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return FALLBACK

    def _mix_ink(self) -> Ink:
        self.get_css_variables()
        return Ink(self.theme_variables, self.glyphs, ansi=bool(self.current_theme.ansi))

    def choose_theme(self, name: str) -> None:
        """Change the colours; kept for next time."""
        if name in self.available_themes:
            self.theme = self.session.theme = name
            self._ink_anew()

    def _ink_anew(self) -> None:
        self.ink = self._mix_ink()
        for screen in self.screen_stack:
            for widget in screen.walk_children():
                widget.refresh()

    def _look_for_themes(self) -> None:
        """Theme files may be edited while we run: what changed is shown at once."""
        problems = self.shelf.reload(self)
        if problems is not None:
            self.themes = list(self.shelf.loaded.palettes)
            self._ink_anew()
            if problems:
                self.frame.say((("Theme: ", "stale"), (problems[0], "text")), 150)

    def next_theme(self) -> None:
        at = self.themes.index(self.theme) if self.theme in self.themes else -1
        self.choose_theme(self.themes[(at + 1) % len(self.themes)])
        self.frame.say((("Theme: ", "muted"), (self.theme, "strong")))

    # life

    def get_default_screen(self) -> LiveScreen:
        """The live screen is the first screen: nothing else is laid out and painted before it."""
        return self.live

    def on_mount(self) -> None:
        if self._driver is not None and self.terminal is None:
            self.meter.attach(self._driver)
        if self.complaints:
            self.live.say((("Settings: ", "stale"), ("; ".join(self.complaints), "text")), 150)
        if self.auto_tick:
            self.set_interval(TICK_SECONDS, self.tick)
            self.set_interval(THEME_SECONDS, self._look_for_themes)

    def tick(self) -> None:
        """One beat. While the terminal has not taken what we wrote, nothing more is written: views are state, so a
        skipped beat loses nothing, and the event loop never blocks on a stalled line."""
        if not self._beating:
            return
        if self.terminal is not None:
            self.meter.total = self.terminal.bytes_written
        self.meter.beat()
        if self.terminal is not None and not self.terminal.gate():
            return
        self.travel.tick()
        if self.frame.is_attached:
            self.frame.tick(max(self.meter.slow, self._stretch))

    @property
    def link_slow(self) -> bool:
        return self.terminal is not None and self.terminal.slow

    def soon(self, call: Callable[..., None], *args: Any) -> None:
        """Run on the screen's loop, from any thread; dropped when the screen has gone."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call, *args)

    def leave(self) -> None:
        """Stop watching, remember the session, and end with exit code 0."""
        self._beating = False
        for frame in self.frames.values():
            frame.rest()
        self.travel.close()
        if self._remember:
            save(self.session)
        self.exit(0)

    def action_leave(self) -> None:
        self.leave()

    # screens

    @property
    def frame(self) -> Frame:
        """The screen that is looked at, beneath whatever window is open over it."""
        return self.trail[-1]

    def show_screen(self, name: str, kind: str = "") -> None:
        """Go to a screen, and there to one of its lists. Esc comes back."""
        if name == self.frame.name:
            if name == "live":
                self.live.go("board")
        elif name == "live":
            while len(self.trail) > 1:
                self._leave_screen()
        else:
            known = next((frame for frame in self.trail if frame.name == name), None)
            while known is not None and self.frame is not known:
                self._leave_screen()
            if known is None:
                self._enter(self._screen(name))
        self.session.screen = name
        if kind and isinstance(self.frame, SheetScreen):
            self.frame.list.show_kind(kind)

    def show_list(self, ref: str) -> None:
        """The list that `list/KIND?FILTER` names, so filtered."""
        kind, _, where = ref.partition("/")[2].partition("?")
        place = BY_LIST.get(kind)
        if place is not None:
            self.show_screen(place.name, kind)
            if isinstance(self.frame, SheetScreen):
                self.frame.list.set_filter(where)
                if self.frame.plan.boxes:  # a screen that is new has the list in front
                    self.frame.go("list")

    def previous_screen(self) -> None:
        """Back to where one came from; nothing on the live screen."""
        if len(self.trail) > 1:
            self._leave_screen()
            self.session.screen = self.frame.name or "live"

    def _screen(self, name: str) -> Frame:
        found = self.frames.get(name)
        if found is None:
            found = self.frames[name] = screen_of(BY_NAME[name], self.desk, self.keymap)
            self.install_screen(found, name)
        return found

    def _enter(self, frame: Frame) -> None:
        self.frame.rest()
        self.trail.append(frame)
        self.push_screen(frame)
        frame.wake()

    def _leave_screen(self) -> None:
        self.trail.pop().rest()
        self.pop_screen()
        self.frame.wake()

    # what the screens ask for

    def open_menu(self) -> None:
        from noc_tui.screens.asking import Menu

        self.push_screen(Menu(), self._chosen_place)

    def _chosen_place(self, name: str | None) -> None:
        if name:
            place = BY_NAME.get(name) or BY_LIST[name]
            self.show_screen(place.name, name if name in BY_LIST else "")

    def open_said(self) -> None:
        from noc_tui.screens.asking import Said

        self.push_screen(Said(self.desk.said, clock))

    def confirm(self, question: str, told: str, done: Callable[[], None]) -> None:
        """Ask first; `done` runs only after a yes."""
        from noc_tui.screens.asking import Confirm

        self.push_screen(Confirm(question, told), lambda yes: done() if yes else None)

    def prompt(self, question: str, told: str, done: Callable[[str], None], text: str = "") -> None:
        """Ask for a line of text, which begins as `text`; `done` gets it, unless it is empty."""
        from noc_tui.screens.asking import Prompt

        self.push_screen(Prompt(question, told, text), lambda found: done(found) if found else None)

    def open_trial(self) -> None:
        """Asks what to change; over a setting that one is begun with."""
        told = "KEY=VALUE, --silence MATCHERS, --playbooks DIR, --model NAME=rules, --sweep KEY=A,B, --over 24h"
        kind, _, key = (self.frame.panes[self.frame.front].target() or "").partition("/")
        self.prompt("What would have been, with", told, self.run_trial, f"{key}=" if kind == "setting" else "")

    def run_trial(self, text: str) -> None:
        """Runs the history twice, beside the engine; Esc gives it up."""
        from noc_tui.screens.trial import TrialScreen

        try:
            trial = self.frame.desk.link.backtest(text)
        except CannotAttach as error:
            self.frame.say((("Backtest: ", "strong"), (str(error), "stale")), 100)
            return
        self.push_screen(TrialScreen(trial), self._open_found)

    def _open_found(self, ref: str | None) -> None:
        if ref:
            self.frame.context.drill(ref)
            self.frame.go("context")

    def write_csv(self, title: str, rows: list[list[str]]) -> None:
        """Rows into a new file, readable by its owner only."""
        self._written(lambda name: files.write_csv(name, rows), title, f"{len(rows) - 1} rows")

    def dump(self) -> None:
        """The screen as it is, as SVG."""
        self._written(lambda name: files.write_text(f"{name}.svg", self.export_screenshot()), "screen", "the screen")

    def _written(self, write: Callable[[str], str], title: str, what: str) -> None:
        try:
            self.frame.say(
                ((f"Wrote {what} to ", "text"), (write(files.name_for(title, self.desk.now)), "strong")), 100
            )
        except OSError as error:
            self.frame.say((("Not written: ", "strong"), (str(error), "error")), 100)

    def open_help(self) -> None:
        from noc_tui.screens.help import HelpScreen

        pane = self.frame.panes[self.frame.front]
        self.push_screen(HelpScreen(pane.title_, pane.about, self.keymap))

    def open_palette(self) -> None:
        from noc_tui.palette import ActionProvider, Palette

        self.push_screen(Palette(providers=[ActionProvider], placeholder="What do you want to do?"))

    def repaint(self) -> None:
        """Everything again, also what we believe is on the screen already."""
        if self.terminal is not None:
            self.terminal.repaint()
        self.screen.refresh(layout=True)

    def copy(self, text: str) -> str:
        """To the operator's clipboard, over SSH too where the terminal knows OSC 52. Says what was done."""
        if self.terminal is None:
            self.copy_to_clipboard(text)
            return "copied"
        try:
            return self.terminal.copy(text)
        except ValueError as error:
            return str(error)
