"""Recordings for tests: events written by hand or taken from the simulation, and what an engine makes of them."""

import gzip
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from data import times
from data.opening import open_reader, open_store
from data.records.alert import Alert
from data.records.feed import FeedEntry
from data.records.finding import Anomaly
from data.records.reasons import REASONS
from data.store import Store
from data.times import HOUR, MINUTE, SECOND
from data.wire import decode
from engine.exports import export
from engine.intake import read
from engine.pipeline import Pipeline
from engine.runtime import Engine
from engine.settings import Config
from engine.sources.simulate import MONDAY, Operation, events

T0 = times.parse("2026-01-05T00:00:00Z")
DECIDED = ("alerts", "clusters", "incidents", "assignments", "anomalies", "findings", "feed", "audit")
SHARED = Path(__file__).parents[3] / "shared" / "data"  # real recordings, where a developer has them


def at(minute: float = 0, second: float = 0) -> int:
    """Microseconds, counted from the beginning of the test's day."""
    return T0 + round(minute * MINUTE + second * SECOND)


class Script:
    """Writes events one after the other; ids count up, so that a recording is the same each time it is made."""

    def __init__(self, source: str = "desk", tenant: str | None = None, prefix: str = "e") -> None:
        self.source, self.tenant, self.prefix = source, tenant, prefix
        self.lines: list[bytes] = []
        self._made = 0

    def add(self, kind: str, time: int, data: dict[str, Any] | None = None, **more: Any) -> str:
        """One event; its id. `more` are further attributes, such as `id`, `source` or `subject`."""
        self._made += 1
        name = f"{self.prefix}{self._made}"
        event: dict[str, Any] = {"specversion": "1.0", "id": name, "source": self.source, "type": f"noc.{kind}"}
        event |= {"time": times.text(time), "data": data or {}} | more
        if self.tenant is not None:
            event.setdefault("tenant", self.tenant)
        self.lines.append(msgspec.json.encode(event))
        return str(event["id"])

    def fire(self, time: int, alert: str = "LinkDown", severity: str = "MEDIUM", **data: Any) -> str:
        data = {"entity": "host/web-1", "site": "S1", "message": "port 4 down"} | data
        more = {name: data.pop(name) for name in ("id", "source") if name in data}
        return self.add("alert.firing", time, {"alert_type": alert, "severity": severity, **data}, **more)

    def clear(self, time: int, alert: str = "LinkDown", severity: str = "MEDIUM", **data: Any) -> str:
        data = {"entity": "host/web-1", "site": "S1", "message": "port 4 up"} | data
        return self.add("alert.resolved", time, {"alert_type": alert, "severity": severity, **data})

    def tick(self, time: int) -> str:
        """Somebody else says something unimportant: time goes on."""
        return self.add("phone.activity", time, {"person": "P0"}, source="clock")


@cache
def simulated(sites: int = 6, hours: float = 12, seed: int = 3) -> tuple[bytes, ...]:
    """The beginning of a simulated operation, from Monday 00:00."""
    end = MONDAY + round(hours * HOUR)
    found = []
    for time, line in events(Operation(sites=sites, days=1, seed=seed)):
        if time >= end:
            break
        found.append(line)
    return tuple(found)


def write(path: Path, lines: Iterable[bytes]) -> Path:
    body = b"".join(line + b"\n" for line in lines)
    path.write_bytes(gzip.compress(body, 1) if path.suffix == ".gz" else body)
    return path


async def started(store: Store, config: Config | None = None) -> Engine:
    engine = Engine(store, config or Config())
    await engine.recover()
    assert engine.meters.note == "", "the journal led elsewhere than its commits"
    return engine


async def play(engine: Engine, lines: Sequence[bytes], batch: int = 500) -> None:
    """Takes the lines in, in batches of that size."""
    for first in range(0, len(lines), batch):
        await engine.process([read(lines[first : first + batch], "test", T0)], T0)


async def replayed(url: str, lines: Sequence[bytes], batch: int = 500) -> None:
    """Opens the database, plays, and closes it."""
    engine = await started(await open_store(url, "test"))
    try:
        await play(engine, lines, batch)
    finally:
        await engine.close()


def exported(url: str, kinds: Sequence[str] = DECIDED) -> dict[str, bytes]:
    """What `noc export` writes of each kind."""
    reader = open_reader(url)
    try:
        return {kind: b"".join(chunk.body for chunk in export(reader, kind)) for kind in kinds}
    finally:
        reader.close()


def rows(url: str, kind: str) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in exported(url, [kind])[kind].splitlines()]


class Decided:
    """What a pipeline makes of a script, without a store: newest records, feed and assignments, in plain order."""

    def __init__(self, script: Script | None = None, config: Config | None = None) -> None:
        self.pipeline = Pipeline(config or Config())
        self.alerts: dict[int, Alert] = {}
        self.anomalies: dict[int, Anomaly] = {}
        self.feed: list[FeedEntry] = []
        self.reasons: dict[str, str | None] = {}  # event id -> reason of its assignment
        self.owners: dict[str, int] = {}  # event id -> number of its alert, -1 for none
        if script is not None:
            self.take(script)

    def take(self, script: Script) -> None:
        """Takes the lines that a script has by now, and takes them out of it; one event a batch."""
        for line in script.lines:
            event = decode(line, own=True)
            commit = self.pipeline.run([event], 0).commit
            self.alerts.update((alert.number, alert) for alert in commit.alerts)
            self.anomalies.update((each.number, each) for each in commit.anomalies)
            self.feed += commit.feed
            for _, alert, code, _ in commit.segment.assignments if commit.segment else ():
                self.reasons[event.id], self.owners[event.id] = REASONS[code], alert
        script.lines = []

    @property
    def alert(self) -> Alert:
        """The only one."""
        [alert] = self.alerts.values()
        return alert

    def told(self, alert: Alert) -> list[tuple[str, int]]:
        """What the feed says of an alert: (what, time)."""
        mine = [entry for entry in self.feed if entry.ref == f"alert/{alert.id}"]
        return [(entry.data.get("what", "created"), entry.time) for entry in mine]

    def kinds(self) -> list[str]:
        """The types of the anomalies that stand, in order."""
        return [each.anomaly_type for each in self.anomalies.values() if each.status == "DETECTED"]
