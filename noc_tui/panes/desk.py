"""What a pane knows of the desk it lies on: the line to the engine, the time of the operation, who may do what."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from engine.link import Link
from engine.views import ClusterRow, Health
from noc_tui.actions import Need
from noc_tui.panes.past import PastView
from noc_tui.session import Session
from noc_tui.widgets.columns import Cell


def _silent(*_: object) -> None:
    return None


def _nobody(name: str) -> bool:
    del name
    return False


@dataclass(slots=True)
class Desk:
    """`now` is event time in microseconds (0 before the first page). `paused` holds the lists still. `undoable` holds,
    newest last, what each action did: (words, its undo's id); `said` what the console has told, with the time. `past`
    is there while another moment is shown, `bound` says why nothing can be changed then; `first` is asked before a
    screen carries out an action."""

    link: Link
    session: Session
    read_only: bool = False
    now: int = 0
    paused: bool = False
    say: Callable[..., None] = _silent  # (cells, beats that they stand)
    rows: dict[str, ClusterRow] = field(default_factory=dict)  # items last seen on the board, by ref
    pending: set[str] = field(default_factory=set)  # refs with a command under way
    health: Health | None = None
    speed: float = 1.0  # that was asked of a simulation
    undoable: list[tuple[str, str]] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)  # refs that were taken here: nobody is told of those
    said: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=500))

    past: PastView | None = None
    bound: str = ""
    first: Callable[[str], bool] = _nobody

    def refusal(self, need: Need) -> str:
        """Why what needs this cannot be done now."""
        return (self.bound if need is Need.WRITE else "") or need.value

    def log(self, cells: tuple[Cell, ...]) -> None:
        """Remember what was told."""
        text = "".join(text for text, _ in cells).strip()
        if text:
            self.said.append((self.now, text))
