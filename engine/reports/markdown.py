"""Markdown from texts that others wrote: nothing in them can become markup, a table's border or a link."""

import re
from collections.abc import Iterable, Sequence

_MARKS = re.compile(r"([\\`*\[\]<|~]|(?<![^\W_])_|_(?![^\W_]))")  # `_` within a word is none
_LEADING = re.compile(r"^(>|[-+=#]+(?=\s)|\d+(?=[.)]\s))")
_BLANKS = re.compile(r"\s+")


def plain(text: object) -> str:
    """Any text as Markdown that reads the same, in one line."""
    line = _MARKS.sub(r"\\\1", _BLANKS.sub(" ", str(text)).strip())
    first = _LEADING.match(line)
    if first is None:
        return line
    return f"{first[0]}\\{line[first.end() :]}" if first[0].isdigit() else f"\\{line}"


def table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Lines of a table; cells are made plain."""
    lines = [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]
    lines += [f"| {' | '.join(plain(cell) for cell in row)} |" for row in rows]
    return lines


def bullets(texts: Iterable[str]) -> list[str]:
    return [f"* {text}" for text in texts]
