"""The one registry of what an operator can do. Keys, palette, help and the key bar are all made from it."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from noc_tui.screens.places import PLACES


class Danger(Enum):
    """NONE changes nothing outside this screen; UNDOABLE can be taken back; FINAL asks first."""

    NONE = 0
    UNDOABLE = 1
    FINAL = 2


class Need(Enum):
    """What must hold for an action to be possible."""

    WRITE = "not possible: this console is read-only"
    ITEM = "select an item first"
    MARKS = "mark items first, with m"
    CANDIDATE = "nothing here waits for a yes or a no"
    UNDO = "nothing to undo"


@dataclass(frozen=True, slots=True)
class Action:
    """`keys` are the defaults, first one shown. `label` stands in the key bar, `title` and `help` elsewhere.

    `panes` are where the key bar offers it (empty: nowhere, `*`: everywhere); `rank` orders it there.
    """

    name: str
    title: str
    help: str
    keys: tuple[str, ...]
    group: str
    label: str = ""
    danger: Danger = Danger.NONE
    needs: tuple[Need, ...] = ()
    panes: tuple[str, ...] = ()
    rank: int = 50


PAST: Final = "past"  # a pane of its own for the key bar: another moment is shown
_MOVE, _LOOK, _ACT, _SHOW, _TIME, _PROGRAM = "Move", "Look", "Act", "Show", "Time", "Program"

ACTIONS: Final[tuple[Action, ...]] = (
    Action("down", "Down", "To the next line.", ("j", "down"), _MOVE),
    Action("up", "Up", "To the line before; in the feed this stops following.", ("k", "up"), _MOVE),
    Action("page_down", "Page down", "One page on.", ("pagedown", "ctrl+f"), _MOVE),
    Action("page_up", "Page up", "One page back.", ("pageup", "ctrl+b"), _MOVE),
    Action("first", "First", "To the first line.", ("g", "home"), _MOVE),
    Action(
        "last",
        "Last, follow",
        "To the last line; in the feed this follows the newest again.",
        ("G", "end"),
        _MOVE,
        "follow",
        panes=("feed",),
        rank=30,
    ),
    Action("left", "Left", "Scroll left; in the heat map one hour back.", ("h", "left"), _MOVE),
    Action("right", "Right", "Scroll right; in the heat map one hour on.", ("l", "right"), _MOVE),
    Action(
        "next_critical",
        "Next critical",
        "To the next critical item.",
        ("e",),
        _MOVE,
        "next critical",
        panes=("board", "feed"),
        rank=45,
    ),
    Action("previous_critical", "Previous critical", "To the critical item before.", ("E",), _MOVE),
    Action("next_pane", "Next pane", "To the next pane.", ("tab",), _MOVE, "next pane", panes=("*",), rank=60),
    Action("previous_pane", "Previous pane", "To the pane before.", ("shift+tab",), _MOVE),
    Action(
        "open",
        "Open",
        "Open what is selected: an item in full, or a site of the heat map as a filter.",
        ("enter",),
        _LOOK,
        "open",
        needs=(Need.ITEM,),
        panes=("board", "feed", "context", "heat", "list"),
        rank=10,
    ),
    Action(
        "back",
        "Back",
        "Back to where you came from; clears marks, ghosts and the filter's line.",
        ("escape",),
        _LOOK,
        "back",
        panes=("context",),
        rank=20,
    ),
    Action(
        "filter",
        "Filter",
        "Show only what matches, e.g. severity>=high site:S014 !acked. Tab completes; :view save NAME keeps it.",
        ("slash",),
        _LOOK,
        "filter",
        panes=("board", "feed", "list"),
        rank=25,
    ),
    Action(
        "order",
        "Order",
        "Another order of the board, or of the heat map's rows.",
        ("o",),
        _LOOK,
        "order",
        panes=("board", "heat", "list"),
        rank=40,
    ),
    *(
        Action(f"screen_{place.name}", f"Screen: {place.title}", f"{place.about}.".capitalize(), (place.key,), _LOOK)
        for place in PLACES
    ),
    Action("screens", "All screens", "Every screen and list by name.", ("0",), _LOOK, "screens", panes=("*",), rank=65),
    Action(
        "next_list",
        "Next list",
        "The next list of this screen.",
        ("n",),
        _LOOK,
        "next list",
        panes=("list",),
        rank=42,
    ),
    Action("previous_list", "Previous list", "The list before.", ("N",), _LOOK),
    Action(
        "acknowledge",
        "Acknowledge",
        "Say that you have seen it and take care. u takes it back.",
        ("a",),
        _ACT,
        "acknowledge",
        Danger.UNDOABLE,
        (Need.WRITE, Need.ITEM),
        ("board", "context", "feed", "list"),
        12,
    ),
    Action(
        "mark",
        "Mark",
        "Mark or unmark the selected item for an action on many.",
        ("m",),
        _ACT,
        "mark",
        needs=(Need.ITEM,),
        panes=("board", "list"),
        rank=35,
    ),
    Action(
        "acknowledge_marked",
        "Acknowledge marked",
        "Acknowledge every marked item.",
        ("A",),
        _ACT,
        "ack marked",
        Danger.UNDOABLE,
        (Need.WRITE, Need.MARKS),
        ("board",),
        36,
    ),
    Action(
        "snooze",
        "Snooze",
        "Put the selected or marked items off for an hour; getting worse ends it. u takes it back.",
        ("s",),
        _ACT,
        "snooze 1h",
        Danger.UNDOABLE,
        (Need.WRITE, Need.ITEM),
        ("board", "context"),
        37,
    ),
    Action(
        "silence",
        "Silence",
        "Hide alerts of the item's types at its sites for an hour, also those that are yet to come. u takes it back.",
        ("S",),
        _ACT,
        "silence 1h",
        Danger.UNDOABLE,
        (Need.WRITE, Need.ITEM),
        ("context",),
        38,
    ),
    Action(
        "approve",
        "Yes",
        "A candidate is an incident; a run of a playbook may act; a suspicion is true.",
        ("v",),
        _ACT,
        "approve",
        Danger.UNDOABLE,
        (Need.WRITE, Need.CANDIDATE),
        ("board", "context", "list"),
        16,
    ),
    Action(
        "reject",
        "No",
        "A candidate is no incident; a run is refused; a suspicion is a false alarm; a silence ends.",
        ("x",),
        _ACT,
        "reject",
        Danger.UNDOABLE,
        (Need.WRITE, Need.CANDIDATE),
        ("board", "context", "list"),
        17,
    ),
    Action(
        "undo",
        "Undo",
        "Take back your last action.",
        ("u",),
        _ACT,
        "undo",
        needs=(Need.WRITE, Need.UNDO),
        panes=("board", "context", "feed", "list"),
        rank=15,
    ),
    Action(
        "comment",
        "Comment",
        "A line into the timeline of the item.",
        ("c",),
        _ACT,
        "comment",
        needs=(Need.WRITE, Need.ITEM),
        panes=("context",),
        rank=39,
    ),
    Action(
        "take",
        "Take",
        "You have the selected or marked items from now on; others see it. u takes it back.",
        ("T",),
        _ACT,
        "take",
        Danger.UNDOABLE,
        (Need.WRITE, Need.ITEM),
        ("board", "context"),
        18,
    ),
    Action(
        "assign",
        "Hand over",
        "Give the selected or marked items to somebody else. u takes it back.",
        ("O",),
        _ACT,
        "hand over",
        Danger.UNDOABLE,
        (Need.WRITE, Need.ITEM),
        ("context",),
        40,
    ),
    Action(
        "resolve",
        "Resolve",
        "Say that it is over, and why. u takes it back.",
        ("R",),
        _ACT,
        "resolve",
        Danger.UNDOABLE,
        (Need.WRITE, Need.ITEM),
        ("context",),
        41,
    ),
    Action(
        "copy",
        "Copy",
        "Copy the selected line to your clipboard (OSC 52, works over SSH).",
        ("y",),
        _ACT,
        "copy",
        needs=(Need.ITEM,),
        panes=("context", "feed"),
        rank=48,
    ),
    Action(
        "pause",
        "Pause the picture",
        "Hold the lists still; data keeps coming and is counted.",
        ("space", "p"),
        _TIME,
        "pause",
        panes=("feed", "board"),
        rank=32,
    ),
    Action("slower", "Slower", "Slow the simulation down.", ("less_than_sign",), _TIME),
    Action("faster", "Faster", "Speed the simulation up.", ("greater_than_sign",), _TIME),
    Action(
        "hold",
        "Hold the simulation",
        "Stop the simulation's time, or let it go on.",
        ("equals_sign", "ctrl+space", "ctrl+@"),
        _TIME,
    ),
    Action(
        "travel",
        "Time travel",
        "Show everything as it was known at another moment: 02:30, -2h, a date and time. Nothing can be changed there.",
        ("ctrl+t",),
        _TIME,
    ),
    Action(
        "past_back",
        "Step back",
        "In the past: one step further back.",
        ("left_square_bracket",),
        _TIME,
        "step back",
        panes=(PAST,),
        rank=2,
    ),
    Action(
        "past_on",
        "Step on",
        "In the past: one step on.",
        ("right_square_bracket",),
        _TIME,
        "step on",
        panes=(PAST,),
        rank=3,
    ),
    Action("past_finer", "Smaller steps", "In the past: a step is shorter.", ("left_curly_bracket",), _TIME),
    Action("past_coarser", "Larger steps", "In the past: a step is longer.", ("right_curly_bracket",), _TIME),
    Action(
        "live_now",
        "Back to now",
        "Ends time travel, as Esc does where there is nothing else to go back from. Space plays, < and > set how fast.",
        ("L",),
        _TIME,
        "now",
        panes=(PAST,),
        rank=4,
    ),
    Action(
        "zoom", "Zoom", "The focused pane alone on the screen, and back.", ("z",), _SHOW, "zoom", panes=("*",), rank=55
    ),
    Action("zoom_in", "Larger", "One zoom step: normal, large, alone.", ("plus",), _SHOW),
    Action("zoom_out", "Smaller", "One zoom step back.", ("underscore",), _SHOW),
    Action("theme", "Next theme", "The next theme of colours; the palette lists all.", ("t",), _SHOW),
    Action("said", "What was told", "What you did, and what this console told you.", ("semicolon",), _SHOW),
    Action(
        "write",
        "Write to a file",
        "The rows of the list as CSV, or else the screen as SVG, into the folder that noc was started in.",
        ("w",),
        _SHOW,
    ),
    Action("dump", "Picture", "The screen as SVG, into the folder that noc was started in.", ("W",), _SHOW),
    Action("repaint", "Repaint", "Draw everything again, after noise on the line.", ("ctrl+l",), _SHOW),
    Action(
        "palette",
        "Commands",
        "Find any action by name.",
        ("colon", "ctrl+p"),
        _PROGRAM,
        "commands",
        panes=("*",),
        rank=70,
    ),
    Action(
        "help",
        "Help",
        "What this pane shows and every key.",
        ("question_mark", "f1"),
        _PROGRAM,
        "help",
        panes=("*",),
        rank=1,
    ),
    Action(
        "quit",
        "Quit",
        "Leave; the terminal is as it was.",
        ("q", "ctrl+c", "ctrl+q"),
        _PROGRAM,
        "quit",
        panes=("*",),
        rank=80,
    ),
)

BY_NAME: Final = {action.name: action for action in ACTIONS}
GROUPS: Final = (_MOVE, _LOOK, _ACT, _SHOW, _TIME, _PROGRAM)


def offered(pane: str, *, past: bool = False) -> list[Action]:
    """What the key bar offers in a pane, in order; help is kept apart at the right. In the past nothing changes."""
    names = {pane, "*", PAST} if past else {pane, "*"}
    found = [action for action in ACTIONS if action.label and names.intersection(action.panes)]
    if past:
        found = [action for action in found if Need.WRITE not in action.needs]
    return sorted(found, key=lambda action: action.rank)
