"""Sends only what changed: compares each piece of a frame with what the terminal was last sent at that place.

Textual sends every strip that touches a dirty region again, without looking whether it differs: one changed cell in a
wide line costs the line, one in a table the table. `Screenful` remembers, for each line, which strip was sent at which
column, and lets through what differs; inside a strip of single-width characters only the differing middle.

It is safe because it forgets rather than guesses: a strip that overlaps others makes it forget those, one whose width
the terminal may see otherwise makes it forget its right neighbour, a frame of another size, a resize, a resume and
Ctrl-L make it forget everything, and a frame that is not sent changes nothing in it.

It is also the last gate against hostile text: whatever a pane draws, no control character of it passes.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

from data.clean import REPLACEMENT, is_clean

# Characters that terminals draw one cell wide; within these a column can be counted: Latin, Greek, Cyrillic, dashes,
# ellipsis, arrows, box drawing, blocks, geometric shapes, braille.
_SURE: Final = frozenset(
    chr(code)
    for low, high in (
        (0x20, 0x7E),
        (0xA0, 0xAC),
        (0xAE, 0x2FF),
        (0x370, 0x377),
        (0x384, 0x3CE),
        (0x400, 0x45F),
        (0x2010, 0x2027),
        (0x2190, 0x2199),
        (0x2500, 0x25FC),
        (0x2800, 0x28FF),
    )
    for code in range(low, high + 1)
)


class Screenful:
    """What the terminal shows, as far as we sent it: for each line, column -> (end column, strip)."""

    def __init__(self) -> None:
        self._lines: dict[int, dict[int, tuple[int, Strip]]] = {}
        self._size: tuple[int, int] = (0, 0)

    def forget(self) -> None:
        """Nothing is known any more: the next frame is sent as a whole."""
        self._lines = {}

    def difference(self, update: CompositorUpdate, console: Console) -> str:
        """The control sequence that brings the terminal from what it shows to what `update` wants."""
        if isinstance(update, LayoutUpdate):
            size = (update.region.width, update.region.height)
            if size != self._size:
                self._size = size
                self.forget()
        parts: list[str] = []
        for y, x, strip in _pieces(update):
            part = self._one(y, x, strip, console)
            if part:
                parts.append(part)
        return "".join(parts)

    def _one(self, y: int, x: int, strip: Strip, console: Console) -> str:
        line = self._lines.setdefault(y, {})
        end = x + strip.cell_length
        known = line.get(x)
        if known is not None and known[0] == end:
            old = known[1]
            if old is strip:
                return ""
            line[x] = (end, strip)
            if old._segments == strip._segments:
                return ""
            if _is_sure(old) and _is_sure(strip):
                return _middle(y, x, old, strip, console)
        else:
            for other in [at for at, (until, _) in line.items() if at < end and until > x]:
                del line[other]
            if end > x:
                line[x] = (end, strip)
        if not _is_sure(strip):
            line.pop(end, None)
            strip = _disarmed(strip)
        return _at(x, y) + strip.render(console)


def _pieces(update: CompositorUpdate) -> Iterator[tuple[int, int, Strip]]:
    """(line, column, whole strip) of everything that an update would send."""
    if isinstance(update, LayoutUpdate):
        for y, strips in enumerate(update.strips, update.region.y):
            x = update.region.x
            for strip in strips:
                yield y, x, strip
                x += strip.cell_length
    elif isinstance(update, ChopsUpdate):
        for y, start, stop in update.spans:
            for end, (x, piece) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if piece is not None and x <= stop and end > start:
                    yield y, x, piece


def _at(x: int, y: int) -> str:
    return f"\x1b[{y + 1};{x + 1}H"


def _is_sure(strip: Strip) -> bool:
    text = strip.text
    return len(text) == strip.cell_length and _SURE.issuperset(text)


def _disarmed(strip: Strip) -> Strip:
    """The last gate: text is cleaned at intake, but nothing hostile passes here whichever way it came."""
    if is_clean(strip.text):
        return strip
    return Strip([Segment(_harmless(segment.text), segment.style) for segment in strip._segments], strip.cell_length)


def _harmless(text: str) -> str:
    """Each hostile character replaced by as many cells as it was measured with."""
    if is_clean(text):
        return text
    return "".join(c if is_clean(c) else REPLACEMENT * cell_len(c) for c in text)


def _middle(y: int, x: int, old: Strip, new: Strip, console: Console) -> str:
    """The differing middle of two strips of equal length in single-width characters."""
    before, after = old._segments, new._segments
    length = new.cell_length
    head = _common(before, after)
    if head == length:  # the same, only cut otherwise
        return ""
    tail = _common(_mirrored(before), _mirrored(after))
    return _at(x + head, y) + new.crop(head, max(length - tail, head + 1)).render(console)


def _mirrored(segments: list[Segment]) -> list[Segment]:
    return [Segment(segment.text[::-1], segment.style) for segment in reversed(segments)]


def _common(before: list[Segment], after: list[Segment]) -> int:
    """How many leading cells two lists of single-width segments share, in text and in style."""
    shared = 0
    i = j = 0  # segment
    p = q = 0  # place in it
    while i < len(before) and j < len(after):
        a, b = before[i], after[j]
        if a.style != b.style:
            break
        left, right = a.text[p:], b.text[q:]
        n = min(len(left), len(right))
        if left[:n] != right[:n]:
            shared += next(k for k in range(n) if left[k] != right[k])
            break
        shared += n
        p, q = p + n, q + n
        if p == len(a.text):
            i, p = i + 1, 0
        if q == len(b.text):
            j, q = j + 1, 0
    return shared


class Sifted(CompositorUpdate):
    """A frame that decides only when it is sent what of it is sent, or that it is not sent at all."""

    def __init__(self, inner: CompositorUpdate, shown: Screenful, refused: Callable[[], bool]) -> None:
        self._inner = inner
        self._shown = shown
        self._refused = refused

    def render_segments(self, console: Console) -> str:
        if self._refused():
            return ""
        return self._shown.difference(self._inner, console)

    def __rich_console__(self, console: Console, options: Any) -> Any:
        raise NotImplementedError("frames are sent as control sequences")
