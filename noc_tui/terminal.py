"""The terminal we were given: what it can, whether it keeps up, and how it is left as it was.

Importing this module loads no Textual: capabilities have to be known, and the environment prepared, before Textual
reads it. `Terminal.run(app)` runs an app with all of it; an app under test simply has a `Terminal` that is not running,
whose gate is always open.
"""

import atexit
import contextlib
import os
import select
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from noc_tui.clipboard import copy_sequence

if TYPE_CHECKING:
    from textual.app import App

    from noc_tui.output import NocDriver

COLORS: Final = ("auto", "none", "16", "256", "truecolor")
SLOW_AFTER_S: Final = 1.0
SLOW_SHOWN_S: Final = 5.0  # "link slow" can only be read after the link has recovered, so it stays for a while
WATCH_S: Final = 1.0
RATE_WINDOW_S: Final = 10

_TRUECOLOR_TERMS: Final = ("kitty", "alacritty", "wezterm", "foot", "ghostty", "contour", "direct")
_NO_TITLE_TERMS: Final = ("linux", "dumb", "vt", "ansi", "cons")
# Everything that may be switched on is switched off: mouse, focus, paste, in-band resize, sync, keys, wrap, cursor,
# colours, alternate screen. A terminal ignores what it does not know.
RESET: Final = (
    "\x1b[?2026l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l\x1b[?1004l\x1b[?2004l\x1b[?2048l"
    "\x1b[<u\x1b[?7h\x1b[0m\x1b[?1049l\x1b[?25h"
)
_PUSH_TITLE, _POP_TITLE = "\x1b[22;2t", "\x1b[23;2t"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks of the terminal. `colors` is one of COLORS."""

    colors: str = "auto"
    mouse: bool = True
    plain_keys: bool = False
    ascii: bool = False


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What can be shown here. `theme` is the theme to begin with where the terminal leaves no choice."""

    colors: str  # none, 16, 256 or truecolor
    theme: str | None
    ascii: bool
    mouse: bool
    plain_keys: bool
    multiplexer: str | None  # tmux, screen or none
    title: bool  # understands a window title
    problem: str | None  # why no console can be shown


def look_at(environ: Mapping[str, str], wishes: Wishes = Wishes()) -> Capabilities:
    """What the terminal described by `environ` can do. Raises ValueError if `wishes.colors` is no known depth."""
    if wishes.colors not in COLORS:
        raise ValueError(f"colors: {wishes.colors!r} is none of {', '.join(COLORS)}")
    term = environ.get("TERM", "").lower()
    multiplexer = "tmux" if environ.get("TMUX") else "screen" if environ.get("STY") else None
    colors = _depth(environ, term, multiplexer) if wishes.colors == "auto" else wishes.colors
    locale = (environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or "utf-8").lower()
    return Capabilities(
        colors=colors,
        theme="ansi-16" if colors in ("none", "16") else None,
        ascii=wishes.ascii or not ("utf-8" in locale or "utf8" in locale or locale in ("c", "posix")),
        # While a mouse is asked for, GNU screen keeps Esc until another key comes: Esc is worth more.
        mouse=wishes.mouse and multiplexer != "screen",
        plain_keys=wishes.plain_keys,
        multiplexer=multiplexer,
        title=bool(term) and not term.startswith(_NO_TITLE_TERMS),
        problem=f"TERM={term or '(not set)'}: this terminal cannot place a cursor" if term in ("", "dumb") else None,
    )


def _depth(environ: Mapping[str, str], term: str, multiplexer: str | None) -> str:
    if environ.get("NO_COLOR"):  # no-color.org: present and not empty
        return "none"
    if multiplexer == "screen":  # COLORTERM is inherited from outside, but GNU screen 4 draws 256 at most
        return "256" if "256color" in term else "16"
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit") or any(name in term for name in _TRUECOLOR_TERMS):
        return "truecolor"
    return "256" if "256color" in term else "16"


def prepare(found: Capabilities, environ: MutableMapping[str, str]) -> None:
    """Tell Textual, which reads its settings from the environment when it is imported. Call this before that."""
    if "textual.constants" in sys.modules and environ is os.environ:
        raise RuntimeError("Textual was imported before the terminal was prepared for it")
    environ["TEXTUAL_COLOR_SYSTEM"] = {"none": "standard", "16": "standard"}.get(found.colors, found.colors)
    if found.plain_keys:
        environ["TEXTUAL_DISABLE_KITTY_KEY"] = "1"
    if found.colors == "none":
        # With an ANSI theme from the first moment Textual drops colours; with another it would turn them to grey.
        environ["NO_COLOR"] = "1"
        environ["TEXTUAL_THEME"] = "ansi-dark"
    else:
        environ.pop("NO_COLOR", None)
    environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    for name in ("COLUMNS", "LINES"):  # as some shells export them: they would win over every later resize
        environ.pop(name, None)


class Terminal:
    """One terminal and the app that runs on it. `clock` gives seconds and never goes back."""

    def __init__(self, found: Capabilities | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.found = found if found is not None else look_at(os.environ)
        self._clock = clock
        self._driver: NocDriver | None = None
        self._app: App[Any] | None = None
        self._attributes: list[Any] | None = None
        self._behind_since: float | None = None
        self._slow_until = -1.0
        self._owed = False
        self._samples: deque[tuple[float, int]] = deque(maxlen=RATE_WINDOW_S + 1)
        self._title = ""  # the sequence that sets it
        self._forget: Callable[[], None] = _nothing
        self.ended_by: str | None = None  # the signal or loss that ended the run

    # What an app asks.

    @property
    def backlog(self) -> int:
        """Pieces of output that the terminal has not taken yet."""
        return 0 if self._driver is None else self._driver.backlog

    def gate(self) -> bool:
        """May a tick paint? False while the terminal is behind; views are states, so a skipped tick loses nothing."""
        now = self._clock()
        if self.backlog == 0:
            self._behind_since = None
            return True
        if self._behind_since is None:
            self._behind_since = now
        if now - self._behind_since >= SLOW_AFTER_S:
            self._slow_until = now + SLOW_SHOWN_S
        return False

    @property
    def slow(self) -> bool:
        """Is the link slow, or was it until a few seconds ago? For the health line."""
        return self._clock() < self._slow_until

    @property
    def bytes_written(self) -> int:
        return 0 if self._driver is None else self._driver.bytes_written

    @property
    def bytes_per_second(self) -> float:
        """Mean over the last ten seconds."""
        if len(self._samples) < 2:
            return 0.0
        (first, start), (last, end) = self._samples[0], self._samples[-1]
        return (end - start) / (last - first) if last > first else 0.0

    def copy(self, text: str) -> str:
        """Put `text` on the clipboard of the operator's own terminal; says in words what was done, for a toast.

        Raises ValueError if it is too long for that. Whether the terminal obeys cannot be known.
        """
        sequence = copy_sequence(text, self.found.multiplexer)
        if self._driver is not None:
            self._driver.write(sequence)
        inside = f" (through {self.found.multiplexer})" if self.found.multiplexer else ""
        return f"copied {len(text):,} characters{inside}"

    def set_title(self, title: str) -> None:
        """Window title; taken back when we leave. Only printable characters go out."""
        if self._driver is not None and self.found.title:
            shown = "".join(character for character in title if character.isprintable())[:120]
            self._title = f"\x1b]2;{shown}\x07"
            self._driver.write(self._title)

    def repaint(self) -> None:
        """Ctrl-L: forget what was sent, clear, and paint everything anew."""
        self._forget()
        if self._driver is not None and self.gate():
            self._driver.write("\x1b[2J")
        self._refresh()

    # How an app runs.

    def run(self, app: "App[Any]") -> int:
        """Run `app` on this terminal to its end and leave the terminal as it was, however it ends.

        Returns the app's exit code; 0 after a hang-up, SIGTERM or SIGINT.
        """
        self._app = app
        self._save()
        atexit.register(self.restore)
        app.driver_class = self._make_driver  # type: ignore[assignment]
        try:
            app.run(mouse=self.found.mouse)
        finally:
            if self.ended_by is not None:  # the shell may send it again while the engine is being closed
                signal.signal(signal.SIGHUP, signal.SIG_IGN)
            self.restore()
            atexit.unregister(self.restore)
        return app.return_code or 0

    def _make_driver(self, app: "App[Any]", **options: Any) -> "NocDriver":
        from noc_tui.output import NocDriver

        driver = self._driver = NocDriver(app, **options)
        driver.on_drained = self._pay
        driver.on_resized = self._resized
        driver.on_started = self._started
        driver.on_lost = lambda: self._end("lost")
        if self.found.title:
            driver.farewell = _POP_TITLE
        self._sift(app, driver)
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            driver.loop.add_signal_handler(number, self._end, signal.Signals(number).name)
        driver.loop.call_later(WATCH_S, self._watch)
        return driver

    def _sift(self, app: "App[Any]", driver: "NocDriver") -> None:
        """Let through only what changed, and nothing while the terminal is behind.

        This hangs on the one place where Textual hands a frame to the driver; should a later Textual not have it,
        frames go out whole.
        """
        from textual._compositor import CompositorUpdate

        from noc_tui.frames import Screenful, Sifted

        inner = getattr(app, "_display", None)
        if inner is None:
            return
        shown = Screenful()
        self._forget = shown.forget

        def refused() -> bool:
            late = driver.behind()
            self._owed = self._owed or late
            return late

        def display(screen: Any, renderable: Any) -> None:
            if isinstance(renderable, CompositorUpdate):
                renderable = Sifted(renderable, shown, refused)
            inner(screen, renderable)

        app._display = display  # type: ignore[method-assign]

    def _started(self) -> None:
        """The driver has taken the screen, for the first time or after a suspend: nothing we know is there."""
        self._forget()
        driver = self._driver
        if driver is None:
            return
        if self.found.title:
            driver.write(_PUSH_TITLE + self._title)
        if driver.resumed:
            driver.loop.call_soon_threadsafe(self._refresh)

    def _resized(self) -> None:
        self._forget()
        self._owed = True

    def _pay(self) -> None:
        """Paint what was owed; called in the loop when the terminal has caught up."""
        if self._owed:
            self._owed = False
            self._refresh()

    def _refresh(self) -> None:
        if self._app is not None and self._app.is_running:
            self._app.refresh()

    def _watch(self) -> None:
        """Once a second: is there still a terminal, is a repaint owed, how many bytes went out."""
        driver = self._driver
        if driver is None or self.ended_by is not None:
            return
        if not os.isatty(driver.fileno) or (driver.writer is not None and driver.writer.gone):
            self._end("lost")
            return
        self._samples.append((self._clock(), driver.bytes_written))
        self.gate()
        if self.backlog == 0:
            self._pay()
        driver.loop.call_later(WATCH_S, self._watch)

    def _end(self, why: str) -> None:
        if self.ended_by is None:
            self.ended_by = why
        if self._app is not None:
            self._app.exit(return_code=0)

    # How the terminal is left.

    def _save(self) -> None:
        import termios

        with contextlib.suppress(termios.error, ValueError, OSError, AttributeError):
            assert sys.__stdin__ is not None
            self._attributes = termios.tcgetattr(sys.__stdin__.fileno())

    def restore(self) -> None:
        """Put the terminal back if the driver could not. Does nothing where it did; never waits, never raises."""
        driver = self._driver
        if driver is None or driver.clean:
            return
        driver.clean = True
        import termios

        with contextlib.suppress(termios.error, OSError):
            if self._attributes is not None:
                termios.tcsetattr(driver.fileno, termios.TCSANOW, self._attributes)
        with contextlib.suppress(OSError, ValueError):
            from noc_tui.output import screen_fd

            out = screen_fd()
            if os.isatty(out) and select.select([], [out], [], 0)[1]:
                os.write(out, (driver.farewell + RESET).encode())


def _nothing() -> None:
    return
