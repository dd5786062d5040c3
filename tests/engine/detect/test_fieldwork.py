"""The rooms together, on a simulated day: a restart anywhere changes nothing, planted things are found, no flood."""

from collections import Counter
from functools import cache
from typing import Any

import pytest

from data.wire import Event, decode
from engine.detect.fieldwork import Fieldwork
from engine.detect.report import Found, Over, Report
from engine.registry import Registry
from engine.settings import Config
from engine.settings.places import Places
from engine.sources.simulate import Operation, events
from tests.support.recordings import simulated


class Day:
    """Fieldwork fed as a partition feeds it."""

    def __init__(self, registry: Registry | None = None) -> None:
        self.registry = registry or Registry("default")
        self.work = Fieldwork("default", Places(Config()), self.registry, lambda: None)
        self.reports: list[Report] = []
        self._handlers: dict[str, list[Any]] = {}
        for room in self.work.rooms.values():
            for kind, handler in room.handlers().items():
                self._handlers.setdefault(kind, []).append(handler)

    def take(self, event: Event) -> None:
        rooms = self.work.rooms.values()
        while (due := min((at for room in rooms if (at := room.due()) is not None), default=None)) is not None:
            if due > event.time:
                break
            for room in rooms:
                if room.due() == due:
                    self.reports += room.tick(due)
        self.registry.observe(event)
        for handler in self._handlers.get(event.type, ()):
            self.reports += handler(event)

    def restarted(self) -> "Day":
        new = Day(self.registry)
        bodies = {name: room.dump() for name, room in self.work.rooms.items()}
        for name, room in new.work.rooms.items():
            room.load(bodies[name])
        assert {name: room.dump() for name, room in new.work.rooms.items()} == bodies
        return new


@cache
def recording() -> tuple[bytes, ...]:
    """A night, in the places where it is one."""
    return tuple(line for line in simulated(sites=6, hours=20, seed=5) if b"noc.metric.sampled" not in line[:160])


def whole() -> list[Report]:
    day = Day()
    for line in recording():
        day.take(decode(line, own=True))
    return day.reports


@pytest.mark.parametrize("cuts", [(0.5,), (0.2, 0.21, 0.7), tuple(part / 20 for part in range(1, 20))])
def test_a_restart_anywhere_changes_nothing(cuts: tuple[float, ...]) -> None:
    lines = recording()
    at = {int(cut * len(lines)) for cut in cuts}
    day, reports = Day(), []
    for place, line in enumerate(lines):
        if place in at:
            reports += day.reports
            day = day.restarted()
        day.take(decode(line, own=True))
    assert [*reports, *day.reports] == whole()


def test_it_finds_what_was_planted_and_little_else() -> None:
    truth: list[dict[str, Any]] = []
    day = Day()
    for _, line in events(Operation(sites=8, days=2, seed=77), plant=truth.append):
        if b"noc.metric.sampled" not in line[:160]:
            day.take(decode(line, own=True))
    found: dict[str, Found] = {}
    for report in day.reports:
        if isinstance(report, Found):
            found.setdefault(report.key, report)
    missed = {row["entity"] for row in truth if row["kind"] == "missed_tour"}
    told = {each.entity for each in found.values() if each.finding_type.startswith("TOUR_")}
    assert len(missed) > 5
    assert told == missed
    quiet = {row["person"] for row in truth if row["kind"] == "inactivity"}
    still = {each.person for each in found.values() if each.finding_type == "GUARD_INACTIVITY"}
    assert len(still - quiet) <= 1
    assert len(quiet - still) <= 1
    kinds = Counter(each.finding_type for each in found.values())
    assert sum(kinds.values()) < 12 * 8 * 2, kinds


def test_every_end_belongs_to_a_finding_that_was_told() -> None:
    told: set[str] = set()
    for report in whole():
        if isinstance(report, Found):
            told.add(report.key)
        elif isinstance(report, Over):
            assert report.key in told
            told.remove(report.key)
