"""What an action is: its keys, where it is offered, what must hold for it, and whether it can be taken back."""

from dataclasses import dataclass
from enum import Enum


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
