"""A schedule: its rotations and appointments with the overrides laid over them; and all schedules of a configuration.

Everything that is on call at a moment is answered by `who`, first layer first; `shifts` gives a stretch of time.
"""

from collections.abc import Iterable, Iterator

import msgspec

from data.records.oncall import Turn
from data.times import to_datetime
from engine.oncall import moments
from engine.oncall.recurrence import parse_rule, times_of
from engine.oncall.rotation import Rotation
from engine.settings.oncall import Appointment, OnCallSettings, Override, Schedule

APPOINTED = "appointments"
STANDING_IN = "override"


class Stand(msgspec.Struct, frozen=True):
    """An override with its times read."""

    start: int
    end: int
    person: str
    layer: str
    instead_of: str


class Appointed:
    """One appointment in its zone. Raises ValueError for one that cannot be read."""

    def __init__(self, given: Appointment, zone_name: str) -> None:
        self.person = given.person
        self.zone = moments.zone(given.timezone, zone_name)
        start, end = moments.moment(given.start, self.zone), moments.moment(given.end, self.zone)
        if end <= start:
            raise ValueError("it ends before it begins")
        self._start = to_datetime(start).astimezone(self.zone).replace(tzinfo=None)
        self._end = to_datetime(end).astimezone(self.zone).replace(tzinfo=None)
        self._once = (start, end)
        self._rule = parse_rule(given.repeat, self.zone) if given.repeat else None
        self._skip = frozenset(moments.moment(one, self.zone) for one in given.skip)

    def shifts(self, since: int, until: int) -> Iterator[Turn]:
        if self._rule is None:  # exact also where clocks show a time twice
            spans: Iterable[tuple[int, int]] = [self._once] if self._once[0] < until and self._once[1] > since else []
        else:
            spans = times_of(self._rule, self._start, self._end, self.zone, since, until, self._skip)
        return (Turn(begin, end, self.person, APPOINTED) for begin, end in spans)


class Roll:
    """One schedule, read. Raises ValueError where it cannot be; `noc config check` tells which line."""

    def __init__(self, given: Schedule, zone_name: str = "UTC") -> None:
        self.name = given.name
        self.continuous = given.continuous
        self.zone_name = given.timezone or zone_name
        self.zone = moments.zone(self.zone_name)
        self.rotations = [Rotation(layer, self.zone_name) for layer in given.layers]
        self.appointments = [Appointed(one, self.zone_name) for one in given.appointments]
        self._order = {name: place for place, name in enumerate([*(one.name for one in self.rotations), APPOINTED])}
        self.stands = [stand_of(one, self.zone_name) for one in given.overrides]

    def who(self, time: int) -> list[Turn]:
        """Everybody on call at a moment, each with the whole of their turn; first layer first."""
        return self.shifts(time, time + 1)

    def shifts(self, since: int, until: int) -> list[Turn]:
        """All turns that overlap [since, until): overrides of all layers, then layer by layer."""
        found = []
        for rotation in self.rotations:
            found += self._overlaid(list(rotation.shifts(since, until)), rotation.name)
        appointed = [turn for one in self.appointments for turn in one.shifts(since, until)]
        found += self._overlaid(sorted(appointed, key=lambda turn: (turn.start, turn.end, turn.person)), APPOINTED)
        found += self._standing_in(since, until)
        found.sort(key=lambda turn: self._order.get(turn.layer, -1))
        return [turn for turn in joined(found) if turn.start < until and turn.end > since]

    def _overlaid(self, turns: list[Turn], layer: str) -> list[Turn]:
        """The turns with every override cut out that replaces them, and put in."""
        for stand in self.stands:
            if stand.layer in ("", layer):
                turns = [part for turn in turns for part in _cut(turn, stand)]
        return turns

    def _standing_in(self, since: int, until: int) -> Iterator[Turn]:
        """Overrides that replace whoever it is count as well where nobody was on call; without a layer of their own
        they stand once for all layers."""
        for number, stand in enumerate(self.stands):
            if not stand.instead_of and stand.start < until and stand.end > since:
                spans = [(stand.start, stand.end)]
                for later in self.stands[number + 1 :]:
                    if not later.instead_of and later.layer in ("", stand.layer):
                        spans = [part for span in spans for part in _without(span, later.start, later.end)]
                for start, end in spans:
                    yield Turn(start, end, stand.person, stand.layer or STANDING_IN)


class OnCall:
    """All schedules of a configuration. Raises ValueError for one that cannot be read."""

    def __init__(self, settings: OnCallSettings, zone_name: str = "UTC") -> None:
        self.rolls = {one.name: Roll(one, zone_name) for one in settings.schedules}

    def who(self, time: int, schedule: str | None = None) -> list[Turn]:
        """On call at that moment, in one schedule or (each person once) in all. An unknown schedule has nobody."""
        if schedule is not None:
            roll = self.rolls.get(schedule)
            return roll.who(time) if roll is not None else []
        found: dict[str, Turn] = {}
        for roll in self.rolls.values():
            for turn in roll.who(time):
                found.setdefault(turn.person, turn)
        return list(found.values())


def stand_of(given: Override, zone_name: str) -> Stand:
    """An override with its times. Raises ValueError."""
    zone = moments.zone(zone_name)
    start, end = moments.moment(given.start, zone), moments.moment(given.end, zone)
    if end <= start:
        raise ValueError("it ends before it begins")
    return Stand(start, end, given.person, given.layer, given.instead_of)


def joined(turns: Iterable[Turn]) -> list[Turn]:
    """Turns of one person in one layer that touch are one."""
    found: list[Turn] = []
    for turn in turns:
        last = found[-1] if found else None
        if last is not None and last.end == turn.start and _same(last, turn):
            found[-1] = msgspec.structs.replace(last, end=turn.end)
        else:
            found.append(turn)
    return found


def _same(one: Turn, other: Turn) -> bool:
    return (one.person, one.layer, one.instead_of) == (other.person, other.layer, other.instead_of)


def _cut(turn: Turn, stand: Stand) -> list[Turn]:
    """What is left of a turn. Only an override for one person is put into the turn; others stand for themselves."""
    if stand.instead_of and stand.instead_of != turn.person:
        return [turn]
    start, end = max(turn.start, stand.start), min(turn.end, stand.end)
    if start >= end:
        return [turn]
    spans = _without((turn.start, turn.end), stand.start, stand.end)
    parts = [msgspec.structs.replace(turn, start=one, end=other) for one, other in spans]
    if stand.instead_of:
        parts.append(Turn(start, end, stand.person, turn.layer, turn.person))
    return sorted(parts, key=lambda part: part.start)


def _without(span: tuple[int, int], start: int, end: int) -> list[tuple[int, int]]:
    return [
        (one, other) for one, other in ((span[0], min(span[1], start)), (max(span[0], end), span[1])) if one < other
    ]
