"""Inactivity at night and missed tours against what the simulation planted, beside a trivial rule for each.

    .venv/bin/python -m tests.support.activity_scores --sites 40 --days 5 --seeds 21 22 23 --hardness 0

Only the rooms of detection run, over whole recordings; a planted stretch is found when a finding of the same person
begins between its start and its end; a finding counts as right when it lies in a planted stretch of that person.
"""

import argparse
import time
from collections import Counter
from typing import Any

from data.times import HOUR, MINUTE, parse
from data.wire import decode
from engine.detect.fieldwork import Fieldwork
from engine.detect.report import Found, Report
from engine.registry import Registry
from engine.settings import Config
from engine.settings.places import Places
from engine.sources.simulate import Operation, events

SKIPPED = (b'"noc.metric.sampled"', b'"noc.link.upserted"')
NIGHT = 2 * HOUR


class World:
    """One simulated operation run through the detectors; findings in order, and truth."""

    def __init__(self, operation: Operation, *, telemetry: bool) -> None:
        self.truth: list[dict[str, Any]] = []
        self.found: list[Found] = []
        self.trivial: list[tuple[str, int]] = []  # (person, time): not a word for two hours of a duty at night
        self.registry = Registry("default")
        self.fieldwork = Fieldwork("default", Places(Config()), self.registry, lambda: None)
        rooms = list(self.fieldwork.rooms.values())
        handlers: dict[str, list[Any]] = {}
        for room in rooms:
            for kind, handler in room.handlers().items():
                handlers.setdefault(kind, []).append(handler)
        self.open: dict[str, Found] = {}
        skipped = SKIPPED if telemetry else (*SKIPPED, b'"noc.device.telemetry"')
        self._phones: dict[str, int] = {}
        count, begun = 0, time.process_time()
        for moment, line in events(operation, plant=self.truth.append):
            if any(word in line[:160] for word in skipped):
                continue
            count += 1
            event = decode(line, own=True)
            while (due := min((at for room in rooms if (at := room.due()) is not None), default=moment + 1)) <= moment:
                for room in rooms:
                    if room.due() == due:
                        self._take(room.tick(due))
            self._naive(event)
            self.registry.observe(event)
            for handler in handlers.get(event.type, ()):
                self._take(handler(event))
        self.events, self.seconds = count, time.process_time() - begun

    def _take(self, reports: list[Report]) -> None:
        for report in reports:
            if isinstance(report, Found):
                if report.key not in self.open:
                    self.found.append(report)
                    if report.lasts:
                        self.open[report.key] = report
            elif hasattr(report, "key"):
                self.open.pop(report.key, None)

    def _naive(self, event: Any) -> None:
        """The trivial rule: no phone activity of a person for two hours between check-in and check-out."""
        if event.type == "noc.attendance.check_in":
            self._phones[event.data.person] = event.time
        elif event.type == "noc.attendance.check_out":
            self._phones.pop(event.data.person, None)
        elif event.type == "noc.phone.activity":
            last = self._phones.get(event.data.person)
            if last is not None and event.time - last > NIGHT:
                self.trivial.append((event.data.person, last + NIGHT))
            if last is not None:
                self._phones[event.data.person] = event.time


def rates(planted: list[tuple[str, int, int]], found: list[tuple[str, int]]) -> tuple[int, int, int]:
    """(planted that were found, planted, findings that are right)."""
    hit = sum(any(name == who and begin <= at <= end for who, at in found) for name, begin, end in planted)
    right = sum(any(name == who and begin <= at <= end for name, begin, end in planted) for who, at in found)
    return hit, len(planted), right


def show(label: str, planted: list[tuple[str, int, int]], found: list[tuple[str, int]]) -> None:
    hit, all_, right = rates(planted, found)
    precision = right / len(found) if found else float("nan")
    print(
        f"  {label:34} planted {all_:4}  found {len(found):4}  precision {precision:.3f}  "
        f"recall {hit / max(1, all_):.3f}"
    )


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--sites", type=int, default=24)
    asked.add_argument("--days", type=int, default=4)
    asked.add_argument("--seeds", type=int, nargs="+", default=[21, 22, 23])
    asked.add_argument("--hardness", type=float, default=0.0)
    asked.add_argument("--telemetry", action="store_true", help="with telemetry of devices: sensors are scored too")
    asked.add_argument("--misses", action="store_true", help="tell each miss and each false finding")
    told = asked.parse_args()
    totals: dict[str, list[list[Any]]] = {}
    for seed in told.seeds:
        world = World(
            Operation(sites=told.sites, days=told.days, seed=seed, hardness=told.hardness), telemetry=told.telemetry
        )
        print(f"seed {seed}: {world.events:,} events, {1e6 * world.seconds / world.events:.1f} us each, simulated")
        print("  findings", dict(Counter(each.finding_type for each in world.found).most_common()))
        for label, (planted, found) in compared(world, misses=told.misses).items():
            show(label, planted, found)
            one = totals.setdefault(label, [[], []])
            one[0] += [(f"{seed}/{who}", begin, end) for who, begin, end in planted]
            one[1] += [(f"{seed}/{who}", at) for who, at in found]
    print("all seeds")
    for label, (planted, found) in totals.items():
        show(label, planted, found)


def compared(
    world: World, *, misses: bool = False
) -> dict[str, tuple[list[tuple[str, int, int]], list[tuple[str, int]]]]:
    quiet = [
        (row["person"], parse(row["start"]), parse(row["end"])) for row in world.truth if row["kind"] == "inactivity"
    ]
    tours = [
        (row["entity"], parse(row["start"]), parse(row["end"]) + MINUTE)
        for row in world.truth
        if row["kind"] == "missed_tour"
    ]
    lies = [
        (row["entity"], parse(row["start"]), parse(row["end"]) + HOUR) for row in world.truth if row["kind"] == "sensor"
    ]
    mine = [(each.person or "", each.time) for each in world.found if each.finding_type == "GUARD_INACTIVITY"]
    walked = [(each.entity or "", each.time) for each in world.found if each.finding_type.startswith("TOUR_")]
    broken = [(each.entity or "", each.time) for each in world.found if each.finding_type == "SENSOR_BROKEN"]
    if misses:
        _misses(world, quiet, mine)
    late = [(f"task/{tour}", at) for tour, at in _late(world)]
    return {
        "GUARD_INACTIVITY": (quiet, mine),
        "  trivial: no phone for 2 h": (quiet, world.trivial),
        "TOUR_": (tours, walked),
        "  trivial: not completed when due": (tours, late),
        "SENSOR_BROKEN": (lies, broken),
    }


def _late(world: World) -> list[tuple[str, int]]:
    """Tours whose own task was not completed at its due time."""
    found = []
    for id, entity in world.registry.kinds["task"].items():
        if entity.attributes.get("kind") == "tour" and entity.attributes.get("status") != "COMPLETED":
            found.append((id, parse(entity.attributes["due"])))
    return found


def _misses(world: World, planted: list[tuple[str, int, int]], found: list[tuple[str, int]]) -> None:
    for row in world.truth:
        if row["kind"] == "inactivity":
            begin, end = parse(row["start"]), parse(row["end"])
            if not any(who == row["person"] and begin <= at <= end for who, at in found):
                print("    missed", row["person"], row["start"], (end - begin) // MINUTE, row["detail"])
    for each in world.found:
        right = any(name == each.person and begin <= each.time <= end for name, begin, end in planted)
        if each.finding_type == "GUARD_INACTIVITY" and not right:
            about = [
                row["kind"]
                for row in world.truth
                if row.get("person") == each.person and parse(row["start"]) <= each.time <= parse(row["end"]) + HOUR
            ]
            print("    false", each.person, each.time, each.title, each.evidence, about)


if __name__ == "__main__":
    main()
