"""What a pane knows of the desk it lies on: the line to the engine, the time of the operation, who may do what."""

from collections.abc import Callable
from dataclasses import dataclass, field

from engine.link import Link
from engine.views import ClusterRow
from noc_tui.session import Session
from noc_tui.widgets.columns import Cell


def _silent(*_: object) -> None:
    return None


@dataclass(slots=True)
class Desk:
    """`now` is event time in microseconds (0 before the first page). `paused` holds the lists still."""

    link: Link
    session: Session
    read_only: bool = False
    now: int = 0
    paused: bool = False
    say: Callable[[tuple[Cell, ...]], None] = _silent
    rows: dict[str, ClusterRow] = field(default_factory=dict)  # items last seen on the board, by ref
    pending: set[str] = field(default_factory=set)  # refs with a command under way
