"""How many of the incidents that a simulation plants are resolved by playbooks, and stay resolved.

    python -m tests.support.resolution_rate [--seeds 31 32 33] [--sites 10] [--days 3]

The whole engine runs over the recording with the shipped playbooks acting by themselves and nobody contacted. Eligible
is what was planted as an incident (`incident:...`), was told in alerts, and was over an hour before the end of the
recording. It counts as resolved where a run that carried out `resolve` was about one of its alerts, or the incident or
finding they belong to, nothing of that fired again within the reopen window, and it was not resolved before it was over
in truth. What the simulation plants ends by itself: measured is that a playbook saw it
through, not that it repaired it."""

import argparse
import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import msgspec

from data import times
from data.records.alert import Alert
from data.records.cluster import Cluster
from data.records.incident import Incident
from data.records.run import Run
from data.times import HOUR, MINUTE
from engine.intake import read
from engine.runtime import Engine
from engine.settings import Config
from engine.settings.playbooks import PlaybookSettings
from engine.sources.simulate import Operation, events
from tests.support.memory import MemoryStore

SKIPPED = (b'"noc.metric.sampled"', b'"noc.device.telemetry"')  # no alert of a planted incident follows from these
EARLY = 2 * MINUTE  # a run may close this long before the planted end: its last clear came first
BATCH = 500
KINDS: dict[str, type[Any]] = {"alerts": Alert, "clusters": Cluster, "incidents": Incident}


class Case(msgspec.Struct):
    """One planted incident, and what became of it."""

    kind: str
    fate: str  # resolved, came back, too early, open, no run


class Outcome(msgspec.Struct):
    seed: int
    cases: list[Case]
    runs: Counter[str]
    seconds: float

    @property
    def rate(self) -> float:
        return sum(case.fate == "resolved" for case in self.cases) / max(1, len(self.cases))


def measured(seed: int, sites: int, days: int) -> Outcome:
    begun = time.process_time()
    truth: list[dict[str, Any]] = []
    operation = Operation(sites=sites, days=days, seed=seed)
    lines = [line for _, line in events(operation, plant=truth.append) if not any(word in line for word in SKIPPED)]
    store = MemoryStore()
    end = asyncio.run(_played(store, lines))
    cases = list(_cases(store, truth, end))
    runs = Counter(f"{run.playbook} {run.state}" for run in _records(store, "runs", Run))
    return Outcome(seed, cases, runs, time.process_time() - begun)


async def _played(store: MemoryStore, lines: list[bytes]) -> int:
    """The end of the recording."""
    engine = Engine(store, Config(playbooks=PlaybookSettings(auto=True)), contacts="simulation")
    await engine.recover()
    for first in range(0, len(lines), BATCH):
        await engine.process([read(lines[first : first + BATCH], "simulation", 0)], 0)
    return engine.pipeline.partitions["default"].watermark


def _cases(store: MemoryStore, truth: list[dict[str, Any]], end: int) -> Iterator[Case]:
    known = {name: {one.number: one for one in _records(store, name, kind)} for name, kind in KINDS.items()}
    of_event = _assigned(store)
    by_target: dict[str, list[Run]] = defaultdict(list)
    for run in _records(store, "runs", Run):
        by_target[run.target].append(run)
    for row in truth:
        if row["kind"].startswith("incident:") and times.parse(row["end"]) <= end - HOUR:
            numbers = {of_event.get(id) for id in row["event_ids"]} & known["alerts"].keys()
            targets = {ref for number in numbers for ref in _targets(known, known["alerts"][number])}
            if numbers:
                runs = [run for ref in targets for run in by_target[ref]]
                yield Case(row["kind"], _fate(runs, times.parse(row["end"])))


def _targets(known: dict[str, dict[int, Any]], alert: Alert) -> Iterator[str]:
    """What a run that is about this alert may be about: itself, its finding, its incident."""
    yield f"alert/{alert.id}"
    if "finding" in alert.labels:
        yield f"finding/{alert.labels['finding']}"
    cluster = _last(known["clusters"], alert.cluster)
    incident = _last(known["incidents"], cluster.incident) if cluster is not None else None
    if incident is not None:
        yield f"incident/{incident.id}"


def _last(records: dict[int, Any], number: int | None) -> Any:
    """The record, or what it was merged into."""
    found = records.get(number or -1)
    while found is not None and found.merged_into is not None:
        found = records.get(found.merged_into)
    return found


def _fate(runs: list[Run], over: int) -> str:
    if not runs:
        return "no run"
    done = [run for run in runs if run.resolved]
    if not done:
        return "open: " + ",".join(sorted({f"{run.playbook} {run.state}" for run in runs}))
    lasting = [run for run in done if run.reopened_at is None]
    if not lasting:
        return "came back"
    return "resolved" if any((run.ended_at or 0) >= over - EARLY for run in lasting) else "too early"


def _assigned(store: MemoryStore) -> dict[str, int]:
    """Event id -> number of the alert that it belongs to."""
    found: dict[str, int] = {}
    for segment in store.journal:
        for offset, alert, *_ in segment.assignments:
            if alert > 0:
                found[msgspec.json.decode(segment.lines[offset])["id"]] = alert
    return found


def _records(store: MemoryStore, name: str, kind: type[Any]) -> list[Any]:
    return [msgspec.msgpack.decode(body, type=kind) for body in store.now.records[name].values()]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, nargs="+", default=[31, 32, 33])
    parser.add_argument("--sites", type=int, default=10)
    parser.add_argument("--days", type=int, default=3)
    given = parser.parse_args()
    whole: list[Case] = []
    for seed in given.seeds:
        found = measured(seed, given.sites, given.days)
        whole += found.cases
        share = f"{found.rate:.0%} of {len(found.cases)} eligible incidents resolved"
        print(f"seed {seed}: {share} ({found.seconds:.0f} s CPU)")
        for (kind, fate), count in sorted(Counter((case.kind, case.fate) for case in found.cases).items()):
            print(f"  {count:3} {kind:32} {fate}")
    print(f"all: {sum(case.fate == 'resolved' for case in whole) / max(1, len(whole)):.0%} of {len(whole)}")


if __name__ == "__main__":
    main()
