"""The banner of time travel, which cannot be missed, and the line on which one is moved along the journal."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from rich.segment import Segment
from textual import events

from engine.views import Journey
from noc_tui.text import DAY, Glyphs, clock, count, date, day, minute, span, width
from noc_tui.widgets.columns import Cell
from noc_tui.widgets.ink import Ink, ink_of
from noc_tui.widgets.lines import Lines
from noc_tui.widgets.status_line import Part, choose

LEAST: Final = 10  # cells of a bar that is worth showing
LOW: Final = 20  # lines of a terminal below which the scrub line gives way


@dataclass(frozen=True, slots=True)
class PastView:
    """What the banner tells. `now` is event time of the engine beside; `news` what is new there, `trouble` what keeps
    the past from being shown; `step` is how far one key goes, `left` how long the way may still take
    (microseconds), `home` the key that ends it."""

    journey: Journey | None
    now: int
    step: int
    news: str = ""
    trouble: str = ""
    left: int = 0
    home: str = "L"

    @property
    def moment(self) -> int:
        return self.journey.at if self.journey is not None else 0


def banner(view: PastView, glyphs: Glyphs) -> list[Part]:
    """The parts of the banner, those that matter most weightiest."""
    journey = view.journey
    parts = [Part((("PAST", ""),), 999)]
    if view.trouble:
        parts.append(Part(((view.trouble, ""),), 998))
    elif journey is None or journey.state == "opening" or not journey.goal:
        parts.append(Part((("opening the journal", ""),), 998))
    elif journey.state == "travelling":
        parts.append(Part(((f"going to {date(journey.goal)} {clock(journey.goal)} UTC", ""),), 998))
        if journey.todo:
            done = f"{journey.done * 100 // journey.todo} % of {count(journey.todo)} events"
            parts.append(Part(((done, ""),), 900))
            if view.left:
                parts.append(Part(((f"about {span(view.left)} more", ""),), 860))
        parts.append(Part((("Esc stops here", ""),), 850))
    else:
        parts.append(Part(((f"{date(journey.at)} {clock(journey.at)} UTC", ""),), 998))
        parts.append(Part(((f"{span(max(0, view.now - journey.at))} before now", ""),), 900))
        if journey.state == "playing":
            parts.append(Part(((f"{glyphs.step} plays {glyphs.times}{journey.speed:g}", ""),), 890))
        parts.append(Part((("nothing can be changed here", ""),), 700))
    parts.append(Part(((f"{view.home} goes back to now", ""),), 950, right=True))
    if view.news:
        parts.insert(1, Part(((f"NOW: {view.news}", ""),), 997))
    if journey is not None and journey.note and not view.trouble:
        parts.append(Part(((journey.note, ""),), 600))
    return parts


class Ruler(NamedTuple):
    """What stands left and right of the bar, how many cells it has, and what they reach over."""

    left: str
    tail: str
    cells: int
    begins: int
    reach: int

    def column(self, time: int) -> int:
        return min(self.cells - 1, max(0, (time - self.begins) * self.cells // self.reach))

    def time(self, x: int) -> int | None:
        """The middle of what the cell `x` of the line stands for; None beside the bar."""
        cell = x - len(self.left)
        return self.begins + (2 * cell + 1) * self.reach // (2 * self.cells) if 0 <= cell < self.cells else None


def ruler(view: PastView, room: int) -> Ruler | None:
    """None where there is no room for a bar, or nothing to move along."""
    journey = view.journey
    if journey is None or journey.ends <= journey.begins:
        return None
    long = journey.ends - journey.begins > DAY
    left, right = (f"{day(t)} {minute(t)}" if long else minute(t) for t in (journey.begins, journey.ends))
    tail = f" {right}  [ ] step {span(view.step)}"
    if room >= 100:
        tail += "  { } other step  Space plays"
    cells = room - len(left) - len(tail) - 1
    return Ruler(f"{left} ", tail, cells, journey.begins, journey.ends - journey.begins) if cells >= LEAST else None


def scrub(view: PastView, glyphs: Glyphs, room: int) -> list[Cell]:
    """The journal from its beginning to now as a bar: where one is, and when the gravest incidents were opened."""
    journey, bar = view.journey, ruler(view, room)
    if journey is None or bar is None:
        return [(" " * room, "muted")]
    column = bar.column
    opened = Counter(column(time) for time, _ in journey.marks)
    most = max(opened.values(), default=1)
    here = column(journey.at)
    line: list[Cell] = [
        (glyphs.bars[1 + opened[cell] * 7 // most], "sev-5")
        if opened[cell]
        else (glyphs.rule, "accent" if cell <= here else "faint")
        for cell in range(bar.cells)
    ]
    if journey.state == "travelling":
        line[column(journey.goal)] = (glyphs.opens, "strong")
    line[here] = (glyphs.down, "badge")
    return [(bar.left, "muted"), *line, (bar.tail, "muted")]


class PastBar(Lines):
    """Two lines over everything while one is in the past; one where the terminal is low."""

    DEFAULT_CSS = """
    PastBar { height: 2; display: none; }
    PastBar.-on { display: block; }
    PastBar.-low { height: 1; }
    """

    def __init__(self) -> None:
        super().__init__(name="past")
        self._view: PastView | None = None

    def place(self, view: PastView | None, height: int, least: int) -> int:
        """Takes its room of so many lines; how many are left, or `least` where there were as many."""
        low = height < LOW
        self.set_class(view is not None, "-on")
        self.set_class(low, "-low")
        return height if view is None else max(height - (1 if low else 2), min(height, least))

    def show(self, view: PastView | None) -> None:
        if view != self._view or len(self._painted) != self.size.height:
            self._view = view
            self.sync()

    def on_click(self, event: events.Click) -> None:
        """A click on the bar goes there."""
        event.stop()
        bar = ruler(self._view, self.cells - 2) if self._view is not None and event.y == 1 else None
        time = bar.time(event.x - 1) if bar is not None else None
        travel = getattr(self.app, "travel", None)
        if time is not None and travel is not None:
            travel.go_to(time)

    def stamp(self, y: int) -> Hashable:
        view = self._view
        if view is None:
            return None
        if y == 0:
            return tuple(choose(banner(view, ink_of(self).glyphs), self.cells - 2, 3))
        return tuple(scrub(view, ink_of(self).glyphs, self.cells - 2))

    def draw(self, stamp: Hashable, ink: Ink, room: int) -> list[Segment]:
        if not isinstance(stamp, tuple):
            return []
        if stamp and isinstance(stamp[0], Part):
            return [Segment(_laid(stamp, room), ink.style("flash"))]
        edge = ink.style("text", "edge")
        return [
            Segment(" ", edge),
            *(Segment(text, ink.style(role, "edge")) for text, role in stamp),
            Segment(" ", edge),
        ]


def _laid(parts: Sequence[Part], room: int) -> str:
    """All parts as one text over the whole width, so that no cell of it has another ground."""
    left = "   ".join(text for part in parts if not part.right for text, _ in part.cells)
    right = "   ".join(text for part in parts if part.right for text, _ in part.cells)
    return f" {left}{' ' * max(1, room - 2 - width(left) - width(right))}{right} "
