"""Help: what the pane you came from shows, what the signs mean, and every key, made from the registry."""

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen

from noc_tui.actions import ACTIONS, GROUPS, Danger
from noc_tui.keymap import Keymap
from noc_tui.text import SEVERITY_LETTERS, SEVERITY_NAMES, Glyphs
from noc_tui.widgets.columns import Cell, Column
from noc_tui.widgets.ink import SEVERITY_ROLES, ink_of
from noc_tui.widgets.section_view import Block, Entries, Gap, Heading, Paragraph, SectionView
from noc_tui.widgets.status_line import Part, StatusLine

KEY_COLUMNS: Final = (
    Column("", 14),
    Column("", 19, grows=1, until=90),
    Column("", 19, since=90),
    Column("", 20, grows=1, since=90),
)
WIDE: Final = 90


def help_blocks(title: str, about: str, keymap: Keymap, glyphs: Glyphs, room: int) -> list[Block]:
    """The pane first, then signs, then keys by group; in a narrow `room` what a key does stands under it."""
    blocks: list[Block] = [Heading(title), Paragraph(about), Gap(), Heading("Signs")]
    for level in (5, 4, 3, 2, 1):
        sign = f"{glyphs.severity[level]}{SEVERITY_LETTERS[level]}"
        blocks.append(
            Paragraph(SEVERITY_NAMES[level], "text", sign=(sign, "alarm" if level == 5 else SEVERITY_ROLES[level]))
        )
    blocks.append(Paragraph("selected line", "text", sign=(f"{glyphs.cursor} ", "accent-strong")))
    blocks.append(Paragraph("marked for an action on many", "text", sign=(f"{glyphs.mark} ", "accent-strong")))
    blocks.append(
        Paragraph("no longer on the board, kept until you move on", "text", sign=(f"{glyphs.ghost} ", "muted"))
    )
    blocks.append(Paragraph("can be opened with Enter", "text", sign=(f"{glyphs.opens} ", "link")))
    for group in GROUPS:
        rows: list[tuple[tuple[Cell, ...], str | None, str]] = []
        for action in ACTIONS:
            if action.group == group and keymap.keys(action):
                keys = "  ".join(keymap.signs(action))
                tail = " Can be undone." if action.danger is Danger.UNDOABLE else ""
                told = action.help + tail
                title_cell = (action.title, "text")
                cells: tuple[Cell, ...] = ((keys, "key"), title_cell, title_cell, (told, "muted"))
                rows.append((cells, None, "" if room > WIDE else told))
        blocks += [Gap(), Heading(group), Entries(KEY_COLUMNS, tuple(rows))]
    return blocks


class HelpScreen(ModalScreen[None]):
    """Closes with Esc, q or ?; moves with the same keys as everything else."""

    BINDINGS: ClassVar = [
        Binding("escape,q,question_mark,f1,enter", "close", show=False),
        Binding("j,down", "move(1)", show=False),
        Binding("k,up", "move(-1)", show=False),
        Binding("pagedown,space,ctrl+f", "page(1)", show=False),
        Binding("pageup,ctrl+b", "page(-1)", show=False),
        Binding("g,home", "move(-9999)", show=False),
        Binding("G,end", "move(9999)", show=False),
        Binding("ctrl+c,ctrl+q", "app.leave", show=False, priority=True),
    ]
    CSS = """
    HelpScreen { align: center middle; background: $background 60%; }
    HelpScreen #help { width: 108; max-width: 100%; height: 94%; border: solid $primary; background: $background; }
    HelpScreen StatusLine { height: 1; }
    HelpScreen SectionView { height: 1fr; }
    """

    def __init__(self, title: str, about: str, keymap: Keymap) -> None:
        super().__init__()
        self._about = (title, about, keymap)
        self.view = SectionView()

    def compose(self) -> ComposeResult:
        from textual.containers import Vertical

        foot = StatusLine()
        foot.show([Part((("j k", "key"), (" move", "muted"))), Part((("Esc", "key"), (" close", "muted")), right=True)])
        with Vertical(id="help"):
            yield self.view
            yield foot

    def on_mount(self) -> None:
        title, about, keymap = self._about
        room = min(self.app.size.width, 108) - 4
        self.view.show_blocks(help_blocks(title, about, keymap, ink_of(self).glyphs, room))
        self.view.focus()

    def action_close(self) -> None:
        self.dismiss()

    def action_move(self, lines: int) -> None:
        self.view.scroll_lines(lines)

    def action_page(self, pages: int) -> None:
        self.view.scroll_lines(pages * (self.view.page - 1))
