"""Help: what the pane you came from shows, what the signs mean, and every key, made from the registry."""

from typing import ClassVar, Final

from textual.binding import Binding

from noc_tui.actions import ACTIONS, GROUPS, Danger
from noc_tui.keymap import Keymap
from noc_tui.screens.page import PageScreen, page_css
from noc_tui.text import SEVERITY_LETTERS, SEVERITY_NAMES, Glyphs, wrap
from noc_tui.widgets.columns import Cell, Column
from noc_tui.widgets.ink import SEVERITY_ROLES, ink_of
from noc_tui.widgets.section_view import Block, Entries, Gap, Heading, Paragraph

KEY_COLUMNS: Final = (
    Column("", 17),
    Column("", 19, grows=1, until=90),
    Column("", 19, since=90),
    Column("", 20, grows=1, since=90),
)
WIDE: Final = 90
BESIDE: Final = 17 + 19 + 2 + 4  # what stands beside an explanation: keys, title, gaps, and the rim of the list
_EMPTY: Final[tuple[Cell, ...]] = (("", "key"), ("", "text"), ("", "text"))
WIDTH: Final = 108


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
                pieces = wrap(told, room - BESIDE) if room > WIDE else [""]
                cells: tuple[Cell, ...] = ((keys, "key"), title_cell, title_cell, (pieces[0], "muted"))
                rows.append((cells, None, "" if room > WIDE else told))
                rows += [((*_EMPTY, (piece, "muted")), None, "") for piece in pieces[1:]]
        blocks += [Gap(), Heading(group), Entries(KEY_COLUMNS, tuple(rows))]
    return blocks


class HelpScreen(PageScreen[None]):
    """Closes also with ? and Enter; nothing in it is selected."""

    BINDINGS: ClassVar = [Binding("question_mark,f1,enter", "close", show=False)]
    CSS = page_css("HelpScreen", WIDTH)

    def __init__(self, title: str, about: str, keymap: Keymap) -> None:
        super().__init__()
        self._about = (title, about, keymap)

    def on_mount(self) -> None:
        title, about, keymap = self._about
        room = min(self.app.size.width, WIDTH) - 4
        self.view.show_blocks(help_blocks(title, about, keymap, ink_of(self).glyphs, room))
        super().on_mount()

    def action_move(self, lines: int) -> None:
        self.view.scroll_lines(lines)
