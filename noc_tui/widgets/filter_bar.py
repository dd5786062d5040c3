"""Where a filter is typed. The list keeps following beneath; what is wrong with the filter stands under it."""

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from noc_tui.widgets.status_line import Part, StatusLine


class FilterBar(Widget):
    """One line for the filter; a second only while it has an error."""

    DEFAULT_CSS = """
    FilterBar { height: auto; display: none; }
    FilterBar.-open { display: block; }
    FilterBar Horizontal { height: 1; }
    FilterBar .prompt { width: 3; }
    FilterBar Input { width: 1fr; height: 1; border: none; padding: 0; background: $surface; }
    FilterBar .error { height: 1; display: none; }
    FilterBar.-error .error { display: block; }
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

    def __init__(self, placeholder: str) -> None:
        super().__init__()
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
        self.remove_class("-open", "-error")
        self.post_message(self.Turned())

    def complain(self, error: str | None) -> None:
        """Show what is wrong, or that nothing is."""
        self.set_class(bool(error), "-error")
        if error:
            self._error.show((Part(((error, "error"),), 1),))

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(self, event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Closed(self, kept=True))

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            event.prevent_default()
            self.post_message(self.Closed(self, kept=False))
