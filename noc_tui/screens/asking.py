"""Small windows that ask: yes or no, a line of text, or which screen."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from noc_tui.keymap import sign
from noc_tui.screens.places import PLACES
from noc_tui.widgets.columns import Column
from noc_tui.widgets.ink import ink_of
from noc_tui.widgets.section_view import Block, Entries, Heading, Paragraph, SectionView

_BOX = """
    {name} {{ align: center middle; background: $background 60%; }}
    {name} #box {{ width: 76; max-width: 96%; height: auto; max-height: 90%; border: solid $primary;
                  background: $background; padding: 0 1; }}
    {name} Static {{ color: $foreground; height: auto; }}
"""


class Confirm(ModalScreen[bool]):
    """Names what is about to be done, and to what. y does it; n, Esc and anything that closes do not."""

    BINDINGS: ClassVar = [
        Binding("y", "close(True)", show=False),
        Binding("n,escape,q", "close(False)", show=False),
        Binding("ctrl+c,ctrl+q", "app.leave", show=False, priority=True),
    ]
    CSS = _BOX.format(name="Confirm")

    def __init__(self, question: str, told: str) -> None:
        super().__init__()
        self._words = (question, told)

    def compose(self) -> ComposeResult:
        question, told = self._words
        with Vertical(id="box"):
            yield Static(question, markup=False)
            yield Static("", markup=False)
            yield Static(told, markup=False)
            yield Static("", markup=False)
            yield Static("y does it    n or Esc does not", markup=False)

    def action_close(self, yes: bool) -> None:
        self.dismiss(yes)


class Prompt(ModalScreen[str]):
    """One line of text. Enter gives it; Esc gives nothing."""

    BINDINGS: ClassVar = [
        Binding("escape", "close", show=False),
        Binding("ctrl+c,ctrl+q", "app.leave", show=False, priority=True),
    ]
    CSS = _BOX.format(name="Prompt")

    def __init__(self, question: str, told: str, text: str = "") -> None:
        super().__init__()
        self._words, self._text = (question, told), text

    def compose(self) -> ComposeResult:
        question, told = self._words
        with Vertical(id="box"):
            yield Static(question, markup=False)
            yield Static(told, markup=False)
            field = Input(self._text, select_on_focus=False)
            field.cursor_blink = False
            yield field
            yield Static("Enter does it    Esc does not", markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip())

    def action_close(self) -> None:
        self.dismiss("")


class Menu(ModalScreen[str]):
    """Every screen and list by name; the selected one is opened."""

    BINDINGS: ClassVar = [
        Binding("escape,q,0", "close", show=False),
        Binding("j,down", "move(1)", show=False),
        Binding("k,up", "move(-1)", show=False),
        Binding("enter", "choose", show=False),
        *(Binding(place.key, f"go('{place.name}')", show=False) for place in PLACES),
        Binding("ctrl+c,ctrl+q", "app.leave", show=False, priority=True),
    ]
    CSS = _BOX.format(name="Menu") + "Menu SectionView { height: 34; max-height: 80%; }"

    def __init__(self) -> None:
        super().__init__()
        self.view = SectionView()

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield self.view

    def on_mount(self) -> None:
        columns = (Column("", 2), Column("", 15), Column("", 20, grows=1))
        rows = []
        for place in PLACES:
            rows.append((((sign(place.key), "key"), (place.title, "strong"), (place.about, "muted")), place.name, ""))
            if len(place.lists) > 1:
                rows += [
                    ((("", "key"), (f"  {title}", "text"), ("", "muted")), kind, "") for kind, title in place.lists
                ]
        blocks: list[Block] = [Heading("Screens", "Enter opens, Esc closes"), Entries(columns, tuple(rows))]
        self.view.show_blocks(blocks, fresh=True)
        self.view.select_at(1)
        self.view.focus()

    def action_move(self, step: int) -> None:
        self.view.move(step)

    def action_choose(self) -> None:
        self.dismiss(self.view.ref or "")

    def action_go(self, name: str) -> None:
        self.dismiss(name)

    def action_close(self) -> None:
        self.dismiss("")


class Said(ModalScreen[None]):
    """What the console has told and done, newest first."""

    BINDINGS: ClassVar = [
        Binding("escape,q,enter", "close", show=False),
        Binding("j,down", "move(1)", show=False),
        Binding("k,up", "move(-1)", show=False),
        Binding("ctrl+c,ctrl+q", "app.leave", show=False, priority=True),
    ]
    CSS = _BOX.format(name="Said") + "Said #box { width: 108; } Said SectionView { height: 24; max-height: 80%; }"

    def __init__(self, lines: Sequence[tuple[int, str]], clock: Callable[[int], str]) -> None:
        super().__init__()
        self._told, self._clock = tuple(reversed(lines)), clock
        self.view = SectionView()

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield self.view

    def on_mount(self) -> None:
        blocks: list[Block] = [Heading("What this console told", "newest first")]
        blocks += [Paragraph(text, "text", self._clock(time)) for time, text in self._told]
        if not self._told:
            blocks.append(Paragraph("Nothing yet: what you do, and what came of it, is listed here.", "muted"))
        self.view.show_blocks(blocks, fresh=True)
        self.view.focus()
        ink_of(self)

    def action_move(self, step: int) -> None:
        self.view.move(step)

    def action_close(self) -> None:
        self.dismiss(None)
