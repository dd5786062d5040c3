"""A past that is not there: the fake operation of another moment, and a journey that takes as long as a test says."""

from typing import Any

from engine.attach.asking import ELSEWHERE
from engine.link import CannotAttach, Watch
from engine.views import Journey
from tests.support.fake_link import HOUR, SECOND, FakeLink


class FakePast(FakeLink):
    """`arrive` ends a way that was begun; until then pages are not there."""

    def __init__(self, live: FakeLink) -> None:
        super().__init__(seed=11, read_only=True, late=1)
        self.live = live
        self.asked: list[dict[str, Any]] = []
        self.goal = self.at = 0
        self.done, self.todo = 0, 0
        self.playing = 0.0
        self.state = "opening"
        self.note = ""
        self.broken: str | None = None
        self.journey: Watch[Journey] | None = None

    def watch_journey(self) -> Watch[Journey]:
        self.journey = Watch(lambda: None)
        self.tell()
        return self.journey

    def tell(self) -> None:
        if self.journey is None:
            return
        self.revision += 1
        end = self.live.now
        marks = tuple((end - hours * HOUR, 5) for hours in (2, 5, 5, 9, 11))
        self.journey.page = Journey(
            self.revision, self.state, self.at, self.goal, end - 12 * HOUR, end, self.done, self.todo, self.playing,
            marks, self.note,
        )  # fmt: skip
        self.journey.error = self.broken

    def backtest(self, text: str) -> Any:
        raise CannotAttach(ELSEWHERE)

    def travel(self, **asked: float | bool) -> None:
        self.asked.append(asked)
        if asked.get("stop"):
            self.state, self.at = "standing", (self.at + self.goal) // 2
        if "speed" in asked:
            self.playing = float(asked["speed"])
            self.state = "playing" if self.playing else "standing"
        if "at" in asked or "by" in asked:
            self.goal = int(asked["at"]) if "at" in asked else self.goal + int(asked["by"])
            self.state, self.done, self.todo = "travelling", 3_400, 10_000
        self.tell()

    def arrive(self) -> None:
        self.state, self.at, self.done, self.todo = "standing", self.goal, 0, 0
        self.now, self.late = self.at, 0
        self._publish()
        self.tell()

    def go_on(self, seconds: int) -> None:
        """While playing."""
        self.at += seconds * SECOND
        self.now = self.at
        self._publish()
        self.tell()
