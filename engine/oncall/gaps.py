"""Holes in schedules: times at which nobody is on call, and people who could not be reached."""

from collections.abc import Iterable

import msgspec

from data.records.entity import Entity
from data.records.oncall import Turn
from data.times import DAY
from engine.oncall.schedule import Roll

AHEAD = 14 * DAY


class Gap(msgspec.Struct, frozen=True):
    """Nobody of the schedule is on call from `start` until before `end`."""

    schedule: str
    start: int
    end: int


class Unreachable(msgspec.Struct, frozen=True):
    """Somebody on call who could not be told, and why."""

    schedule: str
    person: str
    start: int
    reason: str


def gaps(roll: Roll, since: int, until: int) -> list[Gap]:
    """The stretches of [since, until) in which no layer has anybody."""
    found, covered = [], since
    for turn in sorted(roll.shifts(since, until), key=lambda turn: turn.start):
        if turn.start > covered:
            found.append(Gap(roll.name, covered, turn.start))
        covered = max(covered, turn.end)
    if covered < until:
        found.append(Gap(roll.name, covered, until))
    return found


def unreachable(roll: Roll, people: Iterable[Entity], since: int, until: int) -> list[Unreachable]:
    """People with a turn in [since, until) who are unknown, have left, or have neither phone nor email; each once."""
    known = {one.id: one for one in people if one.kind == "person"}
    found: dict[str, Unreachable] = {}
    for turn in sorted(roll.shifts(since, until), key=lambda turn: (turn.start, turn.person)):
        reason = _why_not(known.get(turn.person))
        if reason and turn.person not in found:
            found[turn.person] = Unreachable(roll.name, turn.person, max(turn.start, since), reason)
    return list(found.values())


def _why_not(person: Entity | None) -> str:
    if person is None:
        return "nobody has told of this person"
    if person.attributes.get("active") is False:
        return "has left"
    if not person.attributes.get("phone") and not person.attributes.get("email"):
        return "has neither phone nor email"
    return ""


def total(found: Iterable[Gap]) -> int:
    return sum(gap.end - gap.start for gap in found)


def on_call_time(turns: Iterable[Turn], since: int, until: int) -> dict[str, int]:
    """Time on call of each person within [since, until), most first: is the burden shared fairly?"""
    spent: dict[str, int] = {}
    for turn in turns:
        spent[turn.person] = spent.get(turn.person, 0) + min(turn.end, until) - max(turn.start, since)
    return dict(sorted(spent.items(), key=lambda entry: (-entry[1], entry[0])))
