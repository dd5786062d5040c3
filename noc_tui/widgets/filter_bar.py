"""Where a filter is typed. The list keeps following beneath; what is wrong with the filter stands under it."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from noc_tui.widgets.status_line import Part, StatusLine

PROMPT: Final = 2  # columns before the text, less the margin that every line has
OFFERS: Final = 12
LEAST: Final = 30  # columns of an error that are worth showing behind its caret
_PLACE: Final = re.compile(r" \(at character (\d+)\)")

Completer = Callable[[str, int], Sequence[tuple[str, int, int]]]


def pointed(error: str, room: int) -> str:
    """The error with a caret under the character that it is about, as far as there is room."""
    found = _PLACE.search(error)
    if found is None:
        return error
    column = PROMPT + int(found[1]) - 1
    words = error[: found.start()] + error[found.end() :]
    left = room - column - 2
    if len(words) <= left:
        return f"{' ' * column}^ {words}"
    if len(words) + 1 <= column < room:
        return f"{words:<{column}}^"
    return f"{' ' * column}^ {words[: left - 1]}…" if left >= LEAST else error


class FilterBar(Widget):
    """One line for the filter; a second while somebody types, for what may follow or what is wrong."""

    DEFAULT_CSS = """
    FilterBar { height: auto; display: none; }
    FilterBar.-open { display: block; }
    FilterBar Horizontal { height: 1; }
    FilterBar .prompt { width: 3; }
    FilterBar Input { width: 1fr; height: 1; border: none; padding: 0; background: $surface; }
    FilterBar .error { height: 1; display: none; }
    FilterBar.-error .error, FilterBar.-offer .error { display: block; }
    """

    class Changed(Message):
        """The text changed: apply it soon."""

        def __init__(self, bar: "FilterBar", text: str) -> None:
            super().__init__()
            self.bar, self.text = bar, text

    class Closed(Message):
        """Typing ended: kept by Enter, or given up by Escape (`kept` false)."""

        def __init__(self, bar: "FilterBar", kept: bool) -> None:
            super().__init__()
            self.bar, self.kept = bar, kept

    class Turned(Message):
        """The bar was opened or closed."""

    def __init__(self, placeholder: str, completer: Completer = lambda text, cursor: ()) -> None:
        """`completer` gives (text, start, end) of what could be written at the cursor, best first."""
        super().__init__()
        self._completer = completer
        self._offers: list[tuple[str, int, int]] = []
        self._offered = 0
        self._suggested = False  # something stands below that may be written next
        self._before = ""  # the text that the offers were made for
        self._filling = False
        self._input = Input(placeholder=placeholder, compact=True, select_on_focus=False)
        self._input.cursor_blink = False
        self._prompt = StatusLine(ground="edge")
        self._prompt.add_class("prompt")
        self._prompt.show((Part((("/", "key"),), 1),))
        self._error = StatusLine(ground="edge")
        self._error.add_class("error")
        self.is_open = False

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield self._prompt
            yield self._input
        yield self._error

    def open(self, text: str) -> None:
        self.is_open = True
        self.add_class("-open")
        with self._input.prevent(Input.Changed):
            self._input.value = text
        self._input.cursor_position = len(text)
        self._input.focus()
        self.post_message(self.Turned())

    def close(self) -> None:
        self.is_open = False
        self._forget_offers()
        self.remove_class("-open", "-error")
        self.post_message(self.Turned())

    def complain(self, error: str | None) -> None:
        """Show what is wrong, or that nothing is."""
        self.set_class(bool(error), "-error")
        if not self._suggested and not self._offers:
            told = [Part(((pointed(error, self.size.width or 80), "error"),), 1)] if error else []
            self._error.show(told)

    def complete(self) -> None:
        """Write the best way to go on; once more, the next one. The others stand below."""
        text, cursor = self._input.value, self._input.cursor_position
        if self._offers:
            self._offered = (self._offered + 1) % len(self._offers)
        else:
            self._offers, self._offered = list(self._completer(text, cursor))[:OFFERS], 0
            self._before = text
        if not self._offers:
            return
        word, start, end = self._offers[self._offered]
        self._filling = True
        self._input.value = self._before[:start] + word + self._before[end:]
        self._input.cursor_position = start + len(word)
        self._show_offers()
        if len(self._offers) == 1:
            self._forget_offers()

    def _suggest(self) -> None:
        """What may be written next stands below while somebody types; Tab writes the first. The line stays while there
        is nothing to offer: were it to come and go, everything would be laid out anew at such a key."""
        text = self._input.value
        offers = list(self._completer(text, self._input.cursor_position))[:OFFERS] if text else []
        self._offers, self._suggested = [], bool(offers)
        self.set_class(bool(text), "-offer")
        if text:
            words = [Part(((word, "muted"),), 99 - place) for place, (word, _, _) in enumerate(offers)]
            self._error.show([Part((("Tab", "key"),), 100), *words] if offers else [])

    def _show_offers(self) -> None:
        parts = [
            Part(((word, "strong" if place == self._offered else "muted"),), 100 - abs(place - self._offered))
            for place, (word, _, _) in enumerate(self._offers)
        ]
        self.add_class("-offer")
        self._error.show(parts)

    def _forget_offers(self) -> None:
        self._offers, self._suggested = [], False
        self.remove_class("-offer")

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        if not self._filling:
            self._suggest()
        self._filling = False
        self.post_message(self.Changed(self, event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Closed(self, kept=True))

    def on_key(self, event: events.Key) -> None:
        if event.key == "tab":
            event.stop()
            event.prevent_default()
            self.complete()
        elif event.key == "escape":
            event.stop()
            event.prevent_default()
            self.post_message(self.Closed(self, kept=False))
