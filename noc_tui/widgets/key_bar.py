"""The bottom line: what can be pressed here, and what just happened."""

from collections.abc import Sequence
from typing import NamedTuple

from noc_tui.text import fit, width
from noc_tui.widgets.columns import Cell, length
from noc_tui.widgets.status_line import Part, StatusLine


class Hint(NamedTuple):
    """A key and what it does; `off` where it is refused here."""

    key: str
    label: str
    off: bool = False
    pinned: bool = False  # kept at the right


class KeyBar(StatusLine):
    """Hints in order of use; a message takes the left for a while and leaves the rest of the line to the hints."""

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(ground="edge", gap=2, name=name)
        self._hints: tuple[Hint, ...] = ()
        self._message: tuple[Cell, ...] = ()
        self._left = 0

    @property
    def message(self) -> str:
        """What is said at the moment, empty if nothing."""
        return "".join(text for text, _ in self._message).strip()

    def hint(self, hints: Sequence[Hint]) -> None:
        self._hints = tuple(hints)
        self._compose_line()

    def say(self, cells: Sequence[Cell], beats: int = 60) -> None:
        """Show a message for `beats` calls of `beat`."""
        self._message, self._left = tuple(cells), beats
        self._compose_line()

    def hush(self) -> None:
        if self._message:
            self._message, self._left = (), 0
            self._compose_line()

    def beat(self) -> None:
        if self._left:
            self._left -= 1
            if not self._left:
                self.hush()

    def on_resize(self) -> None:
        self._compose_line()

    def _fitted(self) -> tuple[Cell, ...]:
        """The message, its longest cell cut so that the whole of it is always seen."""
        excess = length(self._message) - max(10, self.size.width - 2)
        if excess <= 0:
            return self._message
        longest = max(range(len(self._message)), key=lambda index: width(self._message[index][0]))
        text, role = self._message[longest]
        cut = fit(text.rstrip(), max(1, width(text.rstrip()) - excess - 1)) + " "
        return (*self._message[:longest], (cut, role), *self._message[longest + 1 :])

    def _compose_line(self) -> None:
        parts = [Part(self._fitted(), 1000)] if self._message else []
        for rank, hint in enumerate(self._hints):
            key, label = ("key-off", "key-off") if hint.off else ("key", "muted")
            cells = ((hint.key, key), (f" {hint.label}", label))
            parts.append(Part(cells, (500 if hint.pinned else 100) - rank, right=hint.pinned))
        self.show(parts)
