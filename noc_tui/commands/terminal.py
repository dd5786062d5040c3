"""The console on the terminal we were given. Nothing here loads Textual before the terminal has been looked at."""

import os
import sys
from typing import TYPE_CHECKING

from data.store import StoreBroken, StoreBusy
from data.times import SECOND
from engine.link import CannotAttach
from noc_tui.commands.ending import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App

    from engine.attach.remote import Remote
    from engine.embedded import Embedded
    from engine.settings.sections import Config, ConsoleSettings
    from noc_tui.app import NocApp
    from noc_tui.terminal import Terminal


GLANCE = 0.25  # seconds between two looks at whether the engine could open its database


def on_terminal() -> bool:
    """A console needs both: keys come from standard input, the screen goes to standard output."""
    return sys.stdout.isatty() and sys.stdin.isatty()


def open_console(
    link: "Embedded | Remote",
    wanted: "ConsoleSettings",
    *,
    theme: str | None,
    read_only: bool = False,
    at: str | None = None,
    stop_after: int | None = None,
) -> int:
    """Shows the console until it is left, or for `stop_after` microseconds; gives the exit code.

    The engine starts once the first frame is on the screen, and is closed in any case. What ended it before its time
    is raised here. Raises BadInput where the terminal can show no console, or there is no such theme.
    """

    def make(terminal: "Terminal") -> "NocApp":
        app = _app(link, wanted, terminal, theme or terminal.found.theme, read_only, stop_after, at)
        if theme is not None and theme not in app.available_themes:
            raise BadInput(f"there is no theme `{theme}`; there are: {', '.join(app.themes)}")
        return app

    return show(link, wanted, make)


def show(link: "Embedded | Remote", wanted: "ConsoleSettings", make: "Callable[[Terminal], App[int]]") -> int:
    """Runs what `make` gives on the terminal; closes the link whatever happens."""
    from noc_tui import terminal as terminals

    wishes = terminals.Wishes(colors=wanted.colors, mouse=wanted.mouse, ascii=wanted.ascii)
    found = terminals.look_at(os.environ, wishes)
    if found.problem is not None:
        raise BadInput(f"{found.problem}; `noc --help` lists what needs none")
    terminals.prepare(found, os.environ)
    terminal = terminals.Terminal(found)
    try:
        code = terminal.run(make(terminal))
    finally:
        link.close()
    if link.failure is not None:
        raise link.failure
    return code


def _app(
    link: "Embedded | Remote",
    wanted: "ConsoleSettings",
    terminal: "Terminal",
    theme: str | None,
    read_only: bool,
    stop_after: int | None,
    at: str | None = None,
) -> "NocApp":
    from noc_tui import session
    from noc_tui.app import NocApp
    from noc_tui.keymap import Keymap

    class Console(NocApp):
        """Starts its engine after the first frame, so that nobody looks at an empty terminal."""

        def on_ready(self) -> None:
            link.start()
            self.set_interval(GLANCE, self.glance)
            if stop_after is not None:
                self.set_timer(stop_after / SECOND, self.leave)

        def glance(self) -> None:
            """Without its database there is nothing to look at: leave, and let the shell show why."""
            if isinstance(link.failure, (StoreBusy, StoreBroken, CannotAttach)):
                self.leave()

    return Console(
        link,
        theme=theme,
        read_only=read_only,
        terminal=terminal,
        session=session.load(),
        at=at,
        ascii_only=terminal.found.ascii,
        keymap=Keymap(wanted.keys),
        refresh_hz=wanted.refresh_hz,
    )


def theme_wanted(option: str | None, chosen: "Config") -> str | None:
    """The one on the command line, else the one that is configured, else None: that of last time."""
    return option or (chosen.console.theme if "console.theme" in chosen.origins else None)
