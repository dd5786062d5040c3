"""Does an alert flap: come and go so often that each time it comes says nothing new?

The method is Icinga's (its documentation, "Flapping"): of the last 21 states of a check, the 20 transitions between
them are looked at; a change weighs 0.8 if it is the oldest and 0.02 more for each place nearer to now; the sum of the
weights, divided by 20, is the flapping value. Above `high` it begins to flap, below `low` it stops, in between it goes
on as it was. Its example, 39.1 %, is in the tests.

Icinga gets a state at each check, alerts tell only changes. So the states between two changes are filled in: one for
each `period` for which nothing changed; a source that repeats itself often counts like one that does not. An alert
that has not changed for `quiet` begins anew.

While an alert flaps it may be hidden, but one that stays firing must come back: `due` tells when the value will have
sunk below `low` if nothing changes, and `tick` names those alerts.
"""

import heapq

import msgspec

from data.times import DAY
from engine.settings.sections import FlappingSettings

STATES = 21
CHANGES = STATES - 1
QUIET = DAY
MOST = 50_000  # alerts that are followed at once; beyond that the longest quiet are forgotten
_MASK = (1 << CHANGES) - 1
# In hundredths, so that sums are exact. The newest change is bit 0.
_WEIGHTS = tuple(80 + 2 * (CHANGES - 1 - bit) for bit in range(CHANGES))


def _sums(first: int) -> tuple[int, ...]:
    """The sums of weights of all patterns of seven bits from `first` on: three look-ups instead of 21 tests."""
    return tuple(
        sum(weight for bit, weight in enumerate(_WEIGHTS[first : first + 7]) if pattern >> bit & 1)
        for pattern in range(128)
    )


_LOW, _MIDDLE, _HIGH = _sums(0), _sums(7), _sums(14)


class Course(msgspec.Struct, array_like=True):
    """How one alert came and went: its state, when that was last looked at, a bit for each change, newest lowest."""

    state: int
    at: int
    changes: int
    flapping: bool = False
    own: FlappingSettings | None = None  # those of its place, where they differ


def percent(changes: int) -> float:
    """The flapping value of a course of changes, one bit each, the newest the lowest."""
    return (_LOW[changes & 127] + _MIDDLE[changes >> 7 & 127] + _HIGH[changes >> 14 & 127]) / CHANGES


class Flapping:
    """All alerts of one partition that changed lately, by fingerprint. Times must not go far backwards; what comes
    late counts as now."""

    def __init__(
        self,
        settings: FlappingSettings = FlappingSettings(),  # noqa: B008
        quiet: int = QUIET,
        most: int = MOST,
    ) -> None:
        self.settings = settings
        self.quiet = quiet
        self.most = most
        self._courses: dict[int, Course] = {}  # in order of their last change
        self._due: list[tuple[int, int]] = []  # heap of (when it stops flapping, fingerprint)
        self._settles: dict[int, int] = {}  # fingerprint -> the entry of the heap that counts

    def changed(self, fingerprint: int, firing: int, now: int, own: FlappingSettings | None = None) -> bool:
        """The alert is now firing or over (or has that severity, 0 for over). Does it flap? A report of the state that
        it was in already changes nothing. `own` are the settings of its place, where they differ."""
        course = self._courses.get(fingerprint)
        if course is not None and now - course.at >= self.quiet:
            self._drop(fingerprint)
            course = None
        state = int(firing)
        if course is None:
            if not state:
                return False
            self._courses[fingerprint] = Course(state, now, 1, own=own)
            self._bound()
            return False
        if course.state == state:
            return self._flaps(course, now)
        course.own = own
        self._fill(course, now)
        course.changes = (course.changes << 1 | 1) & _MASK
        course.state, course.at = state, max(course.at, now)
        settings = course.own or self.settings
        course.flapping = percent(course.changes) > (settings.low if course.flapping else settings.high)
        del self._courses[fingerprint]
        self._courses[fingerprint] = course
        self._wait(fingerprint, course)
        return course.flapping

    def flaps(self, fingerprint: int, now: int) -> bool:
        """Does it flap at this moment?"""
        course = self._courses.get(fingerprint)
        return course is not None and self._flaps(course, now)

    def value(self, fingerprint: int, now: int) -> float:
        """Its flapping value, in percent, for showing."""
        course = self._courses.get(fingerprint)
        return percent(course.changes << self._filled(course, now) & _MASK) if course is not None else 0.0

    def due(self) -> int | None:
        """When the next alert stops flapping if nothing changes."""
        while self._due:
            due, fingerprint = self._due[0]
            if self._settles.get(fingerprint) == due:
                return due
            heapq.heappop(self._due)
        return None

    def tick(self, now: int) -> list[int]:
        """Fingerprints of those that have stopped by `now`, in order of time."""
        stopped = []
        while (due := self.due()) is not None and due <= now:
            _, fingerprint = heapq.heappop(self._due)
            del self._settles[fingerprint]
            self._courses[fingerprint].flapping = False
            stopped.append(fingerprint)
        return stopped

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(self._courses)

    def load(self, body: bytes) -> None:
        self._courses = msgspec.msgpack.decode(body, type=dict[int, Course])
        self._due, self._settles = [], {}
        for fingerprint, course in self._courses.items():
            self._wait(fingerprint, course)

    def _filled(self, course: Course, now: int) -> int:
        """How many states without a change lie between the last one and one at `now`."""
        return min(CHANGES, max(0, (now - course.at - 1) // (course.own or self.settings).period))

    def _fill(self, course: Course, now: int) -> None:
        course.changes = course.changes << self._filled(course, now) & _MASK
        if course.flapping and percent(course.changes) < (course.own or self.settings).low:
            course.flapping = False

    def _flaps(self, course: Course, now: int) -> bool:
        low = (course.own or self.settings).low
        return course.flapping and percent(course.changes << self._filled(course, now) & _MASK) >= low

    def _wait(self, fingerprint: int, course: Course) -> None:
        """Notes when it stops flapping if nothing changes."""
        if not course.flapping:
            self._settles.pop(fingerprint, None)
            return
        changes, settings = course.changes, course.own or self.settings
        filled = 0
        while percent(changes) >= settings.low:
            changes = changes << 1 & _MASK
            filled += 1
        due = course.at + filled * settings.period + 1
        self._settles[fingerprint] = due
        heapq.heappush(self._due, (due, fingerprint))

    def _bound(self) -> None:
        while len(self._courses) > self.most:
            self._drop(next(iter(self._courses)))

    def _drop(self, fingerprint: int) -> None:
        del self._courses[fingerprint]
        self._settles.pop(fingerprint, None)
