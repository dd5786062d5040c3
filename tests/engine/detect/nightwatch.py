"""A site at night, driven by hand: people check in, walk, telephone and scan; the whole pipeline decides."""

from typing import Any

import msgspec

from data import times
from data.records.finding import Finding
from data.times import HOUR, MINUTE
from data.wire import decode
from engine.pipeline import Pipeline
from engine.settings import Config

T0 = times.parse("2026-01-05T22:00:00Z")  # a Monday


class Watch:
    """Minutes count from `T0`, 22:00 at site S1, which is on UTC. `findings` are the newest of each, by number."""

    def __init__(self, config: Config | None = None) -> None:
        self.pipeline = Pipeline(config or Config())
        self.findings: dict[int, Finding] = {}
        self.feed: list[Any] = []
        self.made = 0

    def event(self, kind: str, minute: float, /, **data: Any) -> None:
        self.made += 1
        line = msgspec.json.encode(
            {"specversion": "1.0", "id": f"e{self.made}", "source": "test", "type": f"noc.{kind}",
             "time": times.text(T0 + round(minute * MINUTE)), "data": data}
        )  # fmt: skip
        commit = self.pipeline.run([decode(line, own=True)], 0).commit
        self.findings.update(
            (each.number, msgspec.convert(msgspec.to_builtins(each), Finding)) for each in commit.findings
        )
        self.feed += commit.feed

    def site(self, site: str = "S1", minute: float = -120, **more: Any) -> None:
        self.event(
            "site.upserted", minute, id=site, client="C1", **({"lat": 52.0, "lon": 4.0, "timezone": "UTC"} | more)
        )

    def shift(self, person: str, begin: float = 0, end: float = 480, site: str = "S1", minute: float = -60) -> None:
        at = {"start": times.text(T0 + round(begin * MINUTE)), "end": times.text(T0 + round(end * MINUTE))}
        self.event("shift.scheduled", minute, id=f"H-{person}-{begin}", site=site, person=person, **at)

    def comes(self, person: str, minute: float = 0, site: str = "S1", **more: Any) -> None:
        self.event("attendance.check_in", minute, person=person, site=site, **more)

    def fix(self, person: str, minute: float, step: float = 0.0, **more: Any) -> None:
        """A sure position, `step` times 30 m to the north of the gate."""
        place = {"lat": 52.0 + 0.00027 * step, "lon": 4.0, "accuracy_m": 5.0}
        self.event("location.fix", minute, person=person, **(place | more))

    def phone(self, person: str, minute: float) -> None:
        self.event("phone.activity", minute, person=person, site="S1")

    def verified(self, person: str, minute: float, site: str = "S1") -> None:
        self.event("biometric.verified", minute, person=person, site=site, confidence=0.9, liveness=0.9, verified=True)

    def walks(self, person: str, begin: float, end: float, every: float = 10) -> None:
        """Someone who does what is expected: moves and telephones."""
        minute = begin
        while minute < end:
            self.fix(person, minute, step=minute / every % 5)
            self.phone(person, minute + 1)
            minute += every

    def lies(self, person: str, begin: float, end: float, every: float = 10) -> None:
        """A handset that lives and lies still."""
        minute = begin
        while minute < end:
            self.fix(person, minute)
            minute += every

    def tour(
        self, tour: str, person: str, due: float, points: int = 5, begin: float | None = None, **more: Any
    ) -> None:
        begin = due - 60 if begin is None else begin
        common = {
            "site": "S1",
            "person": person,
            "due": times.text(T0 + round(due * MINUTE)),
            "status": "ASSIGNED",
        } | more
        self.event("task.created", begin, id=tour, kind="tour", **common)
        for number in range(points):
            self.event("task.created", begin, id=f"{tour}.{number}", kind="checkpoint", parent=tour, **common)

    def scans(self, tour: str, person: str, minute: float, points: int, first: int = 0) -> None:
        for number in range(first, first + points):
            self.event(
                "task.completed",
                minute,
                id=f"{tour}.{number}",
                site="S1",
                person=person,
                parent=tour,
                status="COMPLETED",
            )

    def time(self, minute: float) -> None:
        """Something that says nothing happens elsewhere: time goes on."""
        self.event("heartbeat", minute, period_s=86_400)

    def of(self, kind: str) -> list[Finding]:
        """Findings whose type begins so, in order."""
        return [each for each in self.findings.values() if each.finding_type.startswith(kind)]

    def one(self, kind: str) -> Finding:
        [found] = self.of(kind)
        return found

    def minutes(self, finding: Finding) -> float:
        return (finding.detected_at - T0) / MINUTE


def again(pipeline: Pipeline, config: Config | None = None) -> Pipeline:
    """Another pipeline with the same statistics, as after a restart; only the rooms of detection are taken over."""
    new = Pipeline(config or Config())
    for name, partition in pipeline.partitions.items():
        twin = new.partition(name)
        entities = [one for kind in partition.registry.kinds.values() for one in kind.values()]
        twin.registry.restore(msgspec.msgpack.decode(msgspec.msgpack.encode(one), type=type(one)) for one in entities)
        assert twin.load(partition.dump()) == []
    return new


__all__ = ["HOUR", "MINUTE", "T0", "Watch", "again"]
