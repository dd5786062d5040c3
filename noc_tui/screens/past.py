"""Time travel in the console: the screens over another line for a while; what burns now is told beside it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from engine import clock
from engine.link import Traveller, Watch
from engine.views import Board, Health, Journey
from noc_tui.actions import BY_NAME
from noc_tui.moments import EXAMPLES, moment
from noc_tui.panes.past import PastView
from noc_tui.text import DAY, HOUR, MINUTE, SECOND, span

if TYPE_CHECKING:
    from noc_tui.app import NocApp

STEPS: Final = (10 * SECOND, MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY)
USUAL: Final = 2  # of STEPS
SPEEDS: Final = (1.0, 10.0, 60.0, 300.0, 600.0, 3600.0)
TELLING: Final = 1.5  # seconds after which one can tell how long a way takes
PARKED: Final = 6_000  # beats that a machine is kept for after the way back
BURNING: Final = "severity>=critical"
REASON: Final = "nothing can be changed in the past; {} goes back to now"


class Travel:
    """One journey at a time. `wish` is a moment asked for at the start, gone to when it is known what now is."""

    def __init__(self, app: "NocApp", wish: str | None = None) -> None:
        self.app, self.desk = app, app.desk
        self.live = app.desk.link
        self.line: Traveller | None = None
        self._wish = wish
        self._parked: Traveller | None = None  # kept for the next journey, with all that it has run already
        self._resting = 0
        self._way: tuple[int, float, int] | None = None  # goal, when it was first told of, and events done by then
        self._was = ""  # the state of the journey at the last beat
        self._read_only = app.desk.read_only
        self._journey: Watch[Journey] | None = None
        self._health: Watch[Health] | None = None
        self._burning: Watch[Board] | None = None
        self._before: frozenset[str] | None = None  # what burned when one left
        self._step, self._speed = USUAL, 2
        app.desk.first = self.take
        self._keys: dict[str, Callable[[], None]] = {
            "past_back": lambda: self._move(-1),
            "past_on": lambda: self._move(1),
            "past_finer": lambda: self._other_step(-1),
            "past_coarser": lambda: self._other_step(1),
            "pause": self._play,
            "hold": self._play,
            "slower": lambda: self._other_speed(-1),
            "faster": lambda: self._other_speed(1),
            "live_now": self.leave,
        }

    def take(self, name: str) -> bool:
        """Whether an action is about time travel; it is carried out then."""
        if name == "travel":
            self.app.prompt("Time travel", f"Show what was known at: {EXAMPLES}", self.go)
            return True
        if self.line is None:
            if name.startswith("past_") or name == "live_now":
                self.app.frame.say(
                    (("This is now. ", "strong"), (f"{self._sign('travel')} goes to another moment.", "text"))
                )
                return True
            return False
        if name == "back" and self._state == "travelling":
            self.line.travel(stop=True)
            return True
        deed = self._keys.get(name)
        if deed is not None:
            deed()
        return deed is not None

    def go(self, text: str) -> None:
        """To a moment as people write it. `now` ends the journey."""
        try:
            at = moment(text, self._now)
        except ValueError as error:
            self.app.frame.say((("Time travel: ", "strong"), (str(error), "error")), 100)
            return
        self.go_to(at)

    def go_to(self, at: int) -> None:
        """As `go`, to microseconds of event time."""
        if at >= self._now:
            if self.line is not None:
                self.leave()
            elif at > self._now:
                self.app.frame.say((("Time travel: ", "strong"), ("that is yet to come", "stale")))
            return
        if self.line is None:
            self._depart()
        assert self.line is not None
        self.line.travel(at=at)

    def leave(self) -> None:
        """Back to now."""
        if self.line is None:
            return
        self._parked, self._resting, self.line = self.line, 0, None
        for watch in (self._health, self._burning, self._journey):
            if watch is not None:
                watch.close()
        self._journey = self._health = self._burning = None
        self.desk.past, self.desk.bound, self.desk.read_only = None, "", self._read_only
        self._over(self.live)
        self._parked.travel(stop=True)
        self.app.frame.say((("This is now again.", "strong"),))

    def _let_go(self) -> None:
        """A machine that nobody came back to. It may take a moment to end; nobody waits for it."""
        parked, self._parked = self._parked, None
        if parked is not None:
            self.app.run_worker(parked.close, thread=True, exit_on_error=False)

    def close(self) -> None:
        """The console ends."""
        for line in (self.line, self._parked):
            if line is not None:
                line.close()

    def tick(self) -> None:
        if self._wish is not None and self._now:
            wish, self._wish = self._wish, None
            self.go(wish)
        if self._parked is not None:
            self._resting += 1
            if self._resting > PARKED:
                self._let_go()
        if self.line is None or self._journey is None:
            return
        watch = self._journey
        before, self._was = self._was, self._state
        if before == "travelling" and self._was != before:
            self.app.frame.arrive()
        self.desk.past = PastView(
            watch.page,
            self._now,
            STEPS[self._step],
            self._news(),
            watch.error or "",
            self._left(),
            self._sign("live_now"),
        )

    def _sign(self, name: str) -> str:
        """The key that does it, as people read it."""
        return next(iter(self.app.keymap.signs(BY_NAME[name])), ":")

    def _left(self) -> int:
        """How long the way will still take, by how fast it went so far; 0 while nobody can tell."""
        page = self._journey.page if self._journey is not None else None
        if page is None or page.state != "travelling":
            self._way = None
            return 0
        if self._way is None or self._way[0] != page.goal or page.done < self._way[2]:
            self._way = (page.goal, clock.monotonic(), page.done)
        _, began, before = self._way
        took, done = clock.monotonic() - began, page.done - before
        return int((page.todo - page.done) * took / done * SECOND) if took > TELLING and done else 0

    def _depart(self) -> None:
        self.line, self._parked = self._parked or self.live.past(), None
        self._journey = self.line.watch_journey()
        self._health = self.live.watch_health()
        self._burning, self._before = self.live.watch_board(BURNING, 200), None
        self._read_only = self.desk.read_only
        self.desk.read_only, self.desk.bound = True, REASON.format(self._sign("live_now"))
        self.desk.past = PastView(None, self._now, STEPS[self._step])
        self._over(self.line)

    def _over(self, line: "Traveller | object") -> None:
        """The screens over another line. Nothing of the one before is held or paused."""
        frame = self.app.frame
        frame.rest()
        self.desk.link = line  # type: ignore[assignment]
        self.desk.paused = False
        frame.wake()

    def _news(self) -> str:
        """What burns now and did not when one left."""
        page = self._burning.page if self._burning is not None else None
        if page is None:
            return ""
        refs = frozenset(row.ref for row in page.rows if row.state != "RESOLVED")
        if self._before is None:
            self._before = refs
        fresh = len(refs - self._before)
        return f"{fresh} new CRITICAL" if fresh else ""

    @property
    def _now(self) -> int:
        """Event time of the live engine; 0 before it is known."""
        page = self._health.page if self._health is not None else self.desk.health if self.line is None else None
        return max(page.watermark, 0) if page is not None else self.desk.past.now if self.desk.past else 0

    @property
    def _state(self) -> str:
        page = self._journey.page if self._journey is not None else None
        return page.state if page is not None else "opening"

    def _move(self, way: int) -> None:
        assert self.line is not None
        self.line.travel(by=way * STEPS[self._step])

    def _other_step(self, way: int) -> None:
        self._step = max(0, min(self._step + way, len(STEPS) - 1))
        self.app.frame.say(((f"One step is {span(STEPS[self._step])}.", "strong"), (" [ back, ] on", "muted")))

    def _play(self) -> None:
        assert self.line is not None
        playing = self._state == "playing"
        self.line.travel(speed=0.0 if playing else SPEEDS[self._speed])

    def _other_speed(self, way: int) -> None:
        self._speed = max(0, min(self._speed + way, len(SPEEDS) - 1))
        if self._state == "playing":
            self._play_at(SPEEDS[self._speed])
        self.app.frame.say(((f"Plays {SPEEDS[self._speed]:g} times as fast as life.", "strong"), (" Space", "key")))

    def _play_at(self, speed: float) -> None:
        assert self.line is not None
        self.line.travel(speed=speed)
