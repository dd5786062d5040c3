"""A schedule: its rotations and appointments with the overrides laid over them; and all schedules of a configuration.

Everything that is on call at a moment is answered by `who`, first layer first; `shifts` gives a stretch of time.
"""

from collections.abc import Iterable, Iterator

import msgspec

from data.records.oncall import Turn
from data.times import HOUR, to_datetime
from engine.oncall import moments
from engine.oncall.recurrence import parse_rule, times_of
from engine.oncall.rotation import Rotation
from engine.settings.oncall import Appointment, OnCallSettings, Override, Schedule

APPOINTED = "appointments"
STANDING_IN = "override"
KEPT = 100  # hours that are remembered


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
        self._hours: dict[int, list[Turn]] = {}  # turns of the hours that were asked for
        self._order = {name: place for place, name in enumerate([*(one.name for one in self.rotations), APPOINTED])}
        self.stands = [stand_of(one, self.zone_name) for one in given.overrides]

    def who(self, time: int) -> list[Turn]:
        """Everybody on call at a moment, each with the whole of their turn; first layer first."""
        hour = time // HOUR
        if hour not in self._hours:
            if len(self._hours) > KEPT:
                self._hours.clear()
            self._hours[hour] = self.shifts(hour * HOUR, (hour + 1) * HOUR)
        return [turn for turn in self._hours[hour] if turn.start <= time < turn.end]

    def shifts(self, since: int, until: int) -> list[Turn]:
        """All turns that overlap [since, until): overrides of all layers, then layer by layer."""
        found = [turn for rotation in self.rotations for turn in rotation.shifts(since, until)]
        found += [turn for one in self.appointments for turn in one.shifts(since, until)]
        for stand in self.stands:
            found = [part for turn in found for part in _laid_over(turn, stand)]
            if not stand.instead_of:  # it counts as well where nobody was on call
                found.append(Turn(stand.start, stand.end, stand.person, stand.layer or STANDING_IN))
        found = [turn for turn in found if turn.start < until and turn.end > since]
        found.sort(key=lambda turn: (self._order.get(turn.layer, -1), turn.start, turn.end, turn.person))
        return joined(found)


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


def _laid_over(turn: Turn, stand: Stand) -> list[Turn]:
    """What is left of a turn under an override, which may have put somebody else into it."""
    start, end = max(turn.start, stand.start), min(turn.end, stand.end)
    if stand.layer not in ("", turn.layer) or start >= end or stand.instead_of not in ("", turn.person):
        return [turn]
    parts = [Turn(start, end, stand.person, turn.layer, turn.person)] if stand.instead_of else []
    if turn.start < start:
        parts.append(msgspec.structs.replace(turn, end=start))
    if end < turn.end:
        parts.append(msgspec.structs.replace(turn, start=end))
    return parts
