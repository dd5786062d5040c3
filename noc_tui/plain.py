"""ASCII only: whatever is drawn, by us or by a library, leaves as ASCII, cell for cell.

Signs of our own are chosen in `noc_tui.text.ASCII`; this catches the rest, such as borders of windows. Letters of
people's languages (names, comments) are left to the terminal: they cannot be written otherwise.
"""

from typing import Final

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_SIGNS: Final = {
    "↑": "^", "↓": "v", "←": "<", "→": ">", "›": ">", "‹": "<", "…": "~", "·": ".", "•": "*", "✓": "*", "×": "x",
    "–": "-", "—": "-", "‖": "=",
}  # fmt: skip


def _table() -> dict[int, str]:
    """Lines, blocks and shapes (U+2500 to U+25FF) and braille, each as the ASCII sign nearest to it."""
    table = {ord(sign): to for sign, to in _SIGNS.items()}
    table |= dict.fromkeys(range(9472, 9600), "+")  # corners and crossings; lines follow
    table |= {ord(sign): "-" for sign in "─━┄┅┈┉╌╍═╴╶╸╺╼╾"}
    table |= {ord(sign): "|" for sign in "│┃┆┇┊┋╎╏║╵╷╹╻╽╿"}
    table |= dict.fromkeys(range(9600, 9632), "#")
    table |= {ord(sign): "-" for sign in "▔▁▂▃▀▄"}
    table |= {ord(sign): "|" for sign in "▏▎▕▊▌▐"}
    table |= dict.fromkeys(range(9632, 9728), "*")
    return table | dict.fromkeys(range(10241, 10496), "*") | {0x2800: " "}


TABLE: Final = _table()


class AsciiFilter(LineFilter):
    """Run over every line that a widget paints."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        del background
        return [one if one.text.isascii() else _plain(one) for one in segments]


def _plain(segment: Segment) -> Segment:
    return Segment(segment.text.translate(TABLE), segment.style, segment.control)
