"""The doorway: opens the console over a link, beats ten times a second, and closes up behind itself."""

from collections.abc import Callable
from typing import Any, ClassVar, Protocol

from textual.app import App
from textual.theme import Theme

from engine.link import Link
from noc_tui.keymap import Keymap
from noc_tui.pace import Meter
from noc_tui.panes.desk import Desk
from noc_tui.screens.live import LiveScreen
from noc_tui.session import Session, save
from noc_tui.text import ASCII, UNICODE
from noc_tui.widgets.ink import FALLBACK, Ink

TICK_SECONDS = 0.1


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
        """To the operator's clipboard, over SSH too where the terminal knows OSC 52. Says what was done."""
        if self.terminal is None:
            self.copy_to_clipboard(text)
            return "copied"
        try:
            return self.terminal.copy(text)
        except ValueError as error:
            return str(error)
