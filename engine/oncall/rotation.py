"""A rotation: people take turns for ever. Every moment between its first and last hand-over belongs to one turn.

Hand-overs are local times: a day's turn lasts 23 or 25 hours where the clocks change. With `hours` or `days` a turn
is on call only then.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from data.records.oncall import Turn
from engine.oncall import moments
from engine.settings.oncall import Layer

ANCHOR = date(2024, 1, 1)  # a Monday; turns of a layer without a start are counted from here


class Rotation:
    """One layer of a schedule in its zone. Raises ValueError for a layer that cannot be read."""

    def __init__(self, layer: Layer, zone_name: str) -> None:
        if not layer.people:
            raise ValueError("nobody takes turns")
        self.name = layer.name
        self.people = layer.people
        self.zone = moments.zone(zone_name)
        self.clock = moments.clock(layer.handover)
        self.days = layer.turn * (7 if layer.every == "week" else 1)
        start = moments.day(layer.start) if layer.start else None
        first = start or ANCHOR
        if layer.every == "week":  # the turn that holds the start began on the weekday before it
            first -= timedelta(days=(first.weekday() - moments.DAYS.index(layer.weekday)) % 7)
        self.first = first
        self.begins = moments.instant(start, self.clock, self.zone) if start else None
        self.ends = moments.instant(moments.day(layer.until), self.clock, self.zone) if layer.until else None
        self.window = moments.hours(layer.hours) if layer.hours else None
        self.weekdays = frozenset(moments.DAYS.index(name) for name in layer.days) or frozenset(range(7))

    @property
    def limited(self) -> bool:
        """Is it on call only at some hours or on some days?"""
        return self.window is not None or len(self.weekdays) < 7

    def boundary(self, number: int) -> int:
        """When turn `number` begins; it ends where the next one begins."""
        return moments.instant(self.first + timedelta(days=self.days * number), self.clock, self.zone)

    def number_at(self, time: int) -> int:
        """The turn that holds a moment, whether the layer is on call then or not."""
        number = (moments.local_day(time, self.zone) - self.first).days // self.days
        while time < self.boundary(number):
            number -= 1
        while time >= self.boundary(number + 1):
            number += 1
        return number

    def shifts(self, since: int, until: int) -> Iterator[Turn]:
        """Everything on call that overlaps [since, until), whole, in order; no two overlap."""
        if not self.limited:
            yield from self._turns(since, until)
            return
        for begin, end in self._windows(since, until):
            for turn in self._turns(begin, end):
                start, stop = max(begin, turn.start), min(end, turn.end)
                if start < until and stop > since:
                    yield Turn(start, stop, turn.person, turn.layer)

    def _turns(self, since: int, until: int) -> Iterator[Turn]:
        number = self.number_at(since)
        start = self.boundary(number)
        while start < until:
            end = self.boundary(number + 1)
            begin = start if self.begins is None else max(start, self.begins)
            stop = end if self.ends is None else min(end, self.ends)
            if begin < stop and begin < until and stop > since:
                yield Turn(begin, stop, self.people[number % len(self.people)], self.name)
            number, start = number + 1, end

    def _windows(self, since: int, until: int) -> Iterator[tuple[int, int]]:
        """The hours in which the layer is on call, on its days; those that overlap [since, until)."""
        day = moments.local_day(since, self.zone) - timedelta(days=1)
        last = moments.local_day(until, self.zone)
        while day <= last:
            if day.weekday() in self.weekdays:
                begin, end = self._window(day)
                if begin < end and begin < until and end > since:
                    yield begin, end
            day += timedelta(days=1)

    def _window(self, day: date) -> tuple[int, int]:
        if self.window is None:
            midnight = moments.clock("00:00")
            return moments.instant(day, midnight, self.zone), moments.instant(day + timedelta(1), midnight, self.zone)
        opens, closes = self.window
        night = closes <= opens  # it ends on the day after
        return (
            moments.instant(day, opens, self.zone),
            moments.instant(day + timedelta(days=int(night)), closes, self.zone),
        )
