"""A page over the screen: text that is moved through, with its keys at the foot."""

from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen

from noc_tui.widgets.section_view import SectionView
from noc_tui.widgets.status_line import Part, StatusLine

Result = TypeVar("Result")


def page_css(name: str, width: int) -> str:
    """The style of a page; Textual takes that of a screen's own class only."""
    return f"""
    {name} {{ align: center middle; background: $background 60%; }}
    {name} #page {{ width: {width}; max-width: 100%; height: 94%; border: solid $primary; background: $background; }}
    {name} StatusLine {{ height: 1; }}
    {name} SectionView {{ height: 1fr; }}
    """


class PageScreen(ModalScreen[Result]):
    """Moves with the same keys as everything else; Esc and q close it. `KEYS` are told at the foot, the last one at the
    right."""

    KEYS: ClassVar[tuple[tuple[str, str], ...]] = (("j k", "move"), ("Esc", "close"))
    BINDINGS: ClassVar = [
        Binding("escape,q", "close", show=False),
        Binding("j,down", "move(1)", show=False),
        Binding("k,up", "move(-1)", show=False),
        Binding("pagedown,space,ctrl+f", "page(1)", show=False),
        Binding("pageup,ctrl+b", "page(-1)", show=False),
        Binding("g,home", "move(-9999)", show=False),
        Binding("G,end", "move(9999)", show=False),
        Binding("ctrl+c,ctrl+q", "app.leave", show=False, priority=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.view, self.foot = SectionView(), StatusLine()

    def compose(self) -> ComposeResult:
        self.foot.show(
            [Part(((key, "key"), (f" {word}", "muted")), right=key == self.KEYS[-1][0]) for key, word in self.KEYS]
        )
        with Vertical(id="page"):
            yield self.view
            yield self.foot

    def on_mount(self) -> None:
        self.view.focus()

    def action_close(self) -> None:
        self.dismiss()

    def action_move(self, lines: int) -> None:
        self.view.move(lines)

    def action_page(self, pages: int) -> None:
        self.action_move(pages * (self.view.page - 1))
