"""Figures five lines high, from half blocks that every terminal has; three lines, or one, where there is no room."""

from typing import Final

_ROWS: Final = {
    "0": ("███", "█ █", "█ █", "█ █", "███"),
    "1": (" █ ", "██ ", " █ ", " █ ", "███"),
    "2": ("███", "  █", "███", "█  ", "███"),
    "3": ("███", "  █", "███", "  █", "███"),
    "4": ("█ █", "█ █", "███", "  █", "  █"),
    "5": ("███", "█  ", "███", "  █", "███"),
    "6": ("███", "█  ", "███", "█ █", "███"),
    "7": ("███", "  █", "  █", "  █", "  █"),
    "8": ("███", "█ █", "███", "█ █", "███"),
    "9": ("███", "█ █", "███", "  █", "███"),
    "-": ("   ", "   ", "███", "   ", "   "),
    ".": ("  ", "  ", "  ", "  ", "█ "),
    ":": ("  ", "█ ", "  ", "█ ", "  "),
    "k": ("█  ", "█ █", "██ ", "█ █", "█ █"),
    "h": ("█  ", "█  ", "███", "█ █", "█ █"),
    "m": ("     ", "     ", "████ ", "█ █ █", "█ █ █"),
    "d": ("  █", "  █", "███", "█ █", "███"),
    "s": ("   ", "███", "██ ", " ██", "███"),
    " ": ("  ", "  ", "  ", "  ", "  "),
}
HEIGHT: Final = 5


def big(text: str, block: str = "█") -> tuple[str, ...]:
    """The text in five lines, twice as wide as high a cell is; what has no figure is left out."""
    figures = [_ROWS[sign] for sign in text if sign in _ROWS]
    lines = []
    for row in range(HEIGHT):
        line = "  ".join("".join(dot * 2 for dot in figure[row]) for figure in figures)
        lines.append(line.replace("█", block))
    return tuple(lines)


def breadth(text: str) -> int:
    """Cells that `big` takes."""
    return len(big(text)[0]) if text else 0
