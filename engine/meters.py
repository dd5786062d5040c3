"""How the engine is doing: counts and rates of its own, by the wall. Nothing here takes part in a decision."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine import clock
from engine.intake import Taken

if TYPE_CHECKING:
    from engine.limits import Limits
    from engine.sources.standing import Standing

SECONDS = 60


class Meters:
    """Counts since the start of this process, and events of each of the last 60 seconds."""

    def __init__(self) -> None:
        self.state = "starting"
        self.note = ""
        self.events = 0
        self.rejected = 0
        self.duplicates = 0
        self.questions: dict[tuple[str, str], int] = {}  # (what became of it, kind or reason) -> how many
        self.unmapped = 0  # of foreign types, whose rule could not be followed
        self.commit_ms = 0.0
        self.lag_ms = 0.0
        self.speed = 1.0
        self._history: deque[int] = deque([0] * SECONDS, maxlen=SECONDS)
        self._second = int(clock.monotonic())
        self._usual = ""
        self.limits: Limits | None = None
        self.standings: dict[str, Standing] = {}  # of sources that we listen for or connect to, by name

    def count(self, taken: Sequence[Taken], seconds: float) -> None:
        fresh = sum(len(each.events) for each in taken)
        self.events += fresh
        self.rejected += sum(len(each.rejected) for each in taken)
        self.duplicates += sum(each.duplicates for each in taken)
        self.lag_ms = seconds * 1000
        self._turn()
        self._history[-1] += fresh

    def asked(self, told: Mapping[str, Any]) -> None:
        """A question in plain words, and what was said to it (WIRE.md §7)."""
        if told["understood"]:
            key = ("cached" if told["cached"] else "answered", str(told["kind"]))
        else:
            key = ("refused", str(told["reason"]))
        self.questions[key] = self.questions.get(key, 0) + 1

    def follow(self, events: int) -> None:
        """Events that another engine took, and this one read."""
        self.events += events
        self._turn()
        self._history[-1] += events

    def committed(self, seconds: float) -> None:
        self.commit_ms = seconds * 1000
        if self._usual:
            self.state, self.note, self._usual = self._usual, "", ""

    def trouble(self, state: str, note: str) -> None:
        if not self._usual:
            self._usual = self.state
        self.state, self.note = state, note

    def history(self) -> tuple[int, ...]:
        """Events in each of the last 60 seconds, oldest first; the current one is still growing."""
        self._turn()
        return tuple(self._history)

    def rate(self) -> float:
        """Events a second over the last five whole seconds."""
        return sum(self.history()[-6:-1]) / 5

    def _turn(self) -> None:
        now = int(clock.monotonic())
        for _ in range(min(SECONDS, now - self._second)):
            self._history.append(0)
        self._second = now
