"""How well attendance fraud is found in simulated worlds, against what was planted in them.

`python -m tests.support.fraud_scores [--seeds 11,12] [--hardness 0] [--sites 12] [--days 14] [--json]` prints, per kind
of anomaly, how many were planted, precision and recall; how many honest look-alikes were accused; and for the
probability PR-AUC, honest check-ins per 1,000 at HIGH or above, and the same of a trivial rule: outside the fence, or
faster than 150 km/h since the last fix.
"""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from data.records.finding import Anomaly
from data.records.fraud import FraudScore
from data.times import HOUR
from data.wire import Event, decode
from engine.geo import distance_m
from engine.pipeline import Pipeline
from engine.settings import Config
from engine.sources.simulate import Operation, events

RELEVANT = ("attendance", "shift", "location", "phone", "biometric", "task", "site", "person", "client", "verdict")
SERIOUS = ("HIGH", "CRITICAL")


class World(msgspec.Struct):
    """What was planted, what was decided, and what the trivial rule says, by check-in."""

    truth: list[dict[str, Any]]
    rows: dict[str, FraudScore]
    anomalies: list[Anomaly]
    trivial: dict[str, float]

    @property
    def guilty(self) -> dict[str, str]:
        """Fraudulent check-ins: id -> type."""
        found = {}
        for row in self.truth:
            kind, _, name = row["kind"].partition(":")
            if kind == "fraud":
                found[row["event_ids"][0]] = name
        return found

    @property
    def excused(self) -> dict[str, str]:
        """Odd but honest check-ins: id -> why."""
        found = {}
        for row in self.truth:
            kind, _, name = row["kind"].partition(":")
            if kind == "honest" and row["event_ids"][0] in self.rows:
                found[row["event_ids"][0]] = name
        return found


class Trivial:
    """The rule that everybody has: 1 outside the fence or faster than 150 km/h, else 0."""

    def __init__(self) -> None:
        self.sites: dict[str, tuple[float, float, float]] = {}
        self.last: dict[str, tuple[int, float, float]] = {}
        self.scores: dict[str, float] = {}

    def see(self, event: Event) -> None:
        data = event.data
        if event.type == "noc.site.upserted":
            self.sites[data.id] = (data.lat, data.lon, data.geofence_m or 200.0)
        elif event.type in ("noc.location.fix", "noc.attendance.check_in"):
            before, here = self.last.get(data.person), (event.time, data.lat, data.lon)
            self.last[data.person] = here
            fast = before is not None and event.time > before[0] and self._speed(before, here) > 150
            if event.type == "noc.attendance.check_in":
                lat, lon, fence = self.sites[data.site]
                self.scores[event.id] = float(fast or distance_m(lat, lon, data.lat, data.lon) > fence)

    @staticmethod
    def _speed(one: tuple[int, float, float], other: tuple[int, float, float]) -> float:
        return distance_m(one[1], one[2], other[1], other[2]) / 1000 / ((other[0] - one[0]) / HOUR)


def world(operation: Operation, pipeline: Pipeline | None = None) -> World:
    """Plays one operation; only what attendance looks at, which decides the same and is quicker."""
    pipeline, trivial = pipeline or Pipeline(Config()), Trivial()
    found = World([], {}, [], trivial.scores)
    anomalies: dict[int, Anomaly] = {}
    for batch in _batches(operation, found.truth):
        for event in batch:
            trivial.see(event)
        commit = pipeline.run(batch, 0).commit
        anomalies.update((each.number, each) for each in commit.anomalies)
        found.rows.update((row.event_id, row) for row in commit.fraud)
    found.anomalies = list(anomalies.values())
    return found


def _batches(operation: Operation, truth: list[dict[str, Any]]) -> Iterator[list[Event]]:
    batch: list[Event] = []
    for _, line in events(operation, plant=truth.append):
        kind = line[line.find(b'"type":"noc.') + 12 :].split(b".", 1)[0].decode()
        if kind in RELEVANT or b"noc.calendar" in line:
            batch.append(decode(line))
            if len(batch) == 2000:
                yield batch
                batch = []
    yield batch


def pr_auc(scored: Sequence[tuple[float, bool]]) -> float:
    """Average precision; ties count together."""
    positives = sum(truth for _, truth in scored)
    by_score: dict[float, list[int]] = defaultdict(lambda: [0, 0])
    for score, truth in scored:
        by_score[score][truth] += 1
    hits = taken = 0
    area = 0.0
    for score in sorted(by_score, reverse=True):
        wrong, right = by_score[score]
        hits, taken = hits + right, taken + right + wrong
        area += right / max(1, positives) * hits / taken
    return area


def measured(worlds: Sequence[World]) -> dict[str, Any]:
    """All figures, over all worlds together."""
    planted, right, told, accused, odd = Counter[str](), Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    scored: list[tuple[float, bool]] = []
    trivial: list[tuple[float, bool]] = []
    honest = high = 0
    false: list[str] = []
    for one in worlds:
        guilty, excused = one.guilty, one.excused
        planted.update(guilty.values())
        odd.update(excused.values())
        for row in one.truth:
            if row["kind"] in ("no_show", "late_arrival"):
                planted[row["kind"].upper()] += 1
        others = {(row["kind"].upper(), row["event_ids"][0]) for row in one.truth}
        for each in one.anomalies:
            if "withdrawn" in each.evidence:
                continue
            told[each.anomaly_type] += 1
            hit = guilty.get(each.event_id) == each.anomaly_type or (each.anomaly_type, each.event_id) in others
            right[each.anomaly_type] += hit
            if not hit:
                why = guilty.get(each.event_id) or excused.get(each.event_id) or "ordinary"
                false.append(f"{each.anomaly_type} of {why}: {each.evidence['text']}")
        for id, score in one.rows.items():
            scored.append((score.probability, id in guilty))
            trivial.append((one.trivial.get(id, 0.0), id in guilty))
            if id not in guilty:
                honest += 1
                high += score.level in SERIOUS
                accused[excused.get(id, "ordinary")] += score.level in SERIOUS
    kinds = {
        kind: {
            "planted": planted[kind],
            "told": told[kind],
            "precision": right[kind] / told[kind] if told[kind] else None,
            "recall": right[kind] / planted[kind] if planted[kind] else None,
        }
        for kind in sorted(planted | told)
    }
    caught = sum(score >= 0 and truth for score, truth in scored)
    return {
        "check_ins": len(scored),
        "fraud": caught,
        "kinds": kinds,
        "pr_auc": pr_auc(scored),
        "trivial_pr_auc": pr_auc(trivial),
        "honest_high_per_1000": 1000 * high / max(1, honest),
        "recall_at_high": sum(
            row.level in SERIOUS for one in worlds for id, row in one.rows.items() if id in one.guilty
        ) / max(1, caught),
        "look_alikes": {kind: f"{accused[kind]} of {count}" for kind, count in sorted(odd.items())},
        "calibration": calibration(scored),
        "false": false,
    }  # fmt: skip


def calibration(scored: Sequence[tuple[float, bool]]) -> list[dict[str, float]]:
    """Per tenth of probability: how many, the mean of what was said, and the share that was fraud."""
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for score, truth in scored:
        bins[min(9, int(score * 10))].append((score, truth))
    return [
        {
            "from": place / 10,
            "count": len(held),
            "said": sum(score for score, _ in held) / len(held),
            "was": sum(truth for _, truth in held) / len(held),
        }
        for place, held in sorted(bins.items())
    ]


def show(found: dict[str, Any]) -> None:
    for kind, row in found["kinds"].items():
        figures = ["-" if row[name] is None else f"{row[name]:.2f}" for name in ("precision", "recall")]
        print(f"{kind:20} planted {row['planted']:4} told {row['told']:4} precision {figures[0]} recall {figures[1]}")
    print(f"PR-AUC {found['pr_auc']:.3f} (trivial rule {found['trivial_pr_auc']:.3f}, base rate "
          f"{found['fraud'] / found['check_ins']:.3f}); honest per 1,000 at HIGH {found['honest_high_per_1000']:.1f}; "
          f"frauds at HIGH {found['recall_at_high']:.2f}")  # fmt: skip
    print("look-alikes at HIGH:", found["look_alikes"])
    for row in found["calibration"]:
        print(f"  said {row['said']:.3f} was {row['was']:.3f} of {row['count']}")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", default="1,2,3")
    asked.add_argument("--sites", type=int, default=12)
    asked.add_argument("--days", type=int, default=14)
    asked.add_argument("--hardness", type=float, default=0.0)
    asked.add_argument("--json", action="store_true")
    asked.add_argument("--false", action="store_true", help="print every false anomaly")
    options = asked.parse_args()
    seeds = [int(seed) for seed in options.seeds.split(",")]
    worlds = [world(Operation(options.sites, options.days, seed, hardness=options.hardness)) for seed in seeds]
    found = measured(worlds)
    false = found.pop("false")
    if options.json:
        print(json.dumps(found))
    else:
        show(found)
    if options.false:
        print("\n".join(false))


if __name__ == "__main__":
    main()
