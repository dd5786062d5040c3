"""Where the panes go, from 60x16 to a wall. Pure geometry."""

from dataclasses import dataclass
from typing import Final, NamedTuple

LEAST_WIDTH, LEAST_HEIGHT = 60, 16
PANES: Final = ("board", "context", "feed", "heat", "engine")
NORMAL, LARGE, ALONE = 0, 1, 2


class Box(NamedTuple):
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Plan:
    """`boxes` of the panes shown, in the order Tab goes; `tabs` when one stands for all; `head` lines of header."""

    boxes: dict[str, Box]
    tabs: bool = False
    head: int = 1
    too_small: bool = False


def arrange(width: int, height: int, focus: str, zoom: int = NORMAL, heat_wish: int = 12) -> Plan:
    """The plan for a terminal of `width` x `height`; the key bar takes the last line.

    `heat_wish` is the number of lines the heat map can use. A focus that has no place falls to the board.
    """
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return Plan({}, too_small=True)
    small = width < 100 or height < 30
    head = 2 if height >= 45 and width >= 120 else 1
    wall = width >= 240 and height >= 70
    shown = PANES if wall else PANES[:4]
    if focus not in shown:
        focus = "board"
    if small or zoom == ALONE:
        tabs = 1
        return Plan({focus: Box(0, 0, width, height - head - 1 - tabs)}, tabs=True, head=head)
    room = height - head - 1
    boxes = _three(width, room, heat_wish) if wall else _two(width, room, heat_wish, focus, zoom)
    return Plan(boxes, head=head)


def beside(width: int, height: int, focus: str, zoom: int = NORMAL) -> Plan:
    """A list, and beside it what is selected in full; one of them alone in small terminals."""
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return Plan({}, too_small=True)
    head = 2 if height >= 45 and width >= 120 else 1
    if width < 100 or height < 30 or zoom == ALONE:
        return Plan({focus: Box(0, 0, width, height - head - 2)}, tabs=True, head=head)
    room = height - head - 1
    share = 0.58 if zoom == NORMAL else 0.74 if focus == "list" else 0.34
    left = int(width * share)
    return Plan({"list": Box(0, 0, left, room), "context": Box(left, 0, width - left, room)}, head=head)


def three(width: int, height: int, focus: str, upper: str, zoom: int = NORMAL, wish: int = 0) -> Plan:
    """A list, and beside it a pane over what is selected in full; one of them alone in small terminals. `wish`: lines
    that the upper pane would like, 0 for as many as there are."""
    plan = beside(width, height, focus, zoom)
    if plan.tabs or plan.too_small:
        return plan
    room = height - plan.head - 1
    share = 0.5 if zoom == NORMAL else 0.66 if focus == "list" else 0.3
    left = int(width * share)
    most = int(room * (0.55 if zoom == NORMAL or focus != "context" else 0.35))
    above = min(wish, most) if wish else most
    if zoom == LARGE and focus == upper:
        above = int(room * 0.75)
    boxes = {
        "list": Box(0, 0, left, room),
        upper: Box(left, 0, width - left, above),
        "context": Box(left, above, width - left, room - above),
    }
    return Plan(boxes, head=plan.head)


def _two(width: int, room: int, heat_wish: int, focus: str, zoom: int) -> dict[str, Box]:
    """Board over feed, item over heat map."""
    share = 0.57
    upper = 0.55
    if zoom == LARGE:
        share = 0.7 if focus in ("board", "feed") else 0.34
        upper = 0.75 if focus in ("board", "context") else 0.3
    left = int(width * share)
    board = int(room * upper)
    heat = min(max(heat_wish, 6), int(room * 0.4)) if zoom == NORMAL else room - int(room * upper)
    item = room - heat
    return {
        "board": Box(0, 0, left, board),
        "context": Box(left, 0, width - left, item),
        "feed": Box(0, board, left, room - board),
        "heat": Box(left, item, width - left, heat),
    }


def _three(width: int, room: int, heat_wish: int) -> dict[str, Box]:
    """A wall: board over feed, the item in full height, heat map over the engine."""
    right = min(int(width * 0.35), 110)
    middle = int((width - right) * 0.4)
    left = width - right - middle
    board = int(room * 0.58)
    heat = min(max(heat_wish, 8), room - 18)
    return {
        "board": Box(0, 0, left, board),
        "context": Box(left, 0, middle, room),
        "feed": Box(0, board, left, room - board),
        "heat": Box(left + middle, 0, right, heat),
        "engine": Box(left + middle, heat, right, room - heat),
    }
