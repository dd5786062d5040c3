"""A partition's muting with a clock, and alerts to put into it."""

from typing import Any

import msgspec

from data.payloads import OperatorAction
from data.records.alert import Alert, AlertStatus
from data.records.entity import Entity, Link
from data.times import HOUR, parse
from engine.alerts.muting.asked import Done
from engine.alerts.muting.muting import Muting
from engine.registry import Registry
from engine.settings import Config
from engine.topology import Topology

T0 = parse("2026-03-27T12:00:00Z")


class Acted(msgspec.Struct):
    """What `command` reads of an event."""

    time: int
    data: OperatorAction


def alert(number: int, **more: Any) -> Alert:
    given: dict[str, Any] = {
        "number": number, "id": f"A-{number:04d}", "tenant": "default", "fingerprint": number,
        "alert_type": "DISK_FULL", "severity": 3, "status": AlertStatus.NEW, "entity": f"host/h{number}", "site": "S1",
        "client": "C1", "message": "", "template": "", "labels": {}, "annotations": {}, "source": "desk",
        "started_at": T0, "first_seen": T0, "last_seen": T0, "expires_at": T0 + HOUR,
    }  # fmt: skip
    return Alert(**(given | more))


class World:
    """Drives one `Muting` as the life cycle does: timers before events, and everything told is judged anew."""

    def __init__(self, config: Config | None = None, links: list[tuple[str, str]] | None = None) -> None:
        self.config = config or Config()
        self.registry = Registry("default")
        self.topology = Topology(Link("default", low, high, "depends_on") for low, high in links or ())
        self.muting = self.fresh()
        self.now = T0
        self.shown: dict[int, Any] = {}  # number -> verdict as the life cycle knows it
        self.alerts: dict[int, Alert] = {}

    def fresh(self) -> Muting:
        return Muting("default", self.config, self.topology, self.registry)

    def device(self, ref: str, site: str, kind: str) -> None:
        kind_of, _, id = ref.partition("/")
        self.registry.kinds.setdefault(kind_of, {})[id] = Entity(
            ref, "default", T0, 1, site=site, attributes={"kind": kind}
        )

    def at(self, time: int) -> None:
        """Time passes; every timer runs at its own time."""
        while (due := self.muting.due()) is not None and due <= time:
            self.now = max(self.now, due)
            self.told(self.muting.tick(due))
        self.now = max(self.now, time)

    def told(self, numbers: list[int]) -> None:
        for number in numbers:
            self.shown[number] = self.muting.judge(self.alerts[number], self.now)

    def fire(self, one: Alert) -> Any:
        one.ended_at = None
        self.alerts[one.number] = one
        first = self.muting.judge(one, self.now)
        self.told(self.muting.raised(one))
        self.shown[one.number] = self.muting.judge(one, self.now)
        assert first == self.shown[one.number], "its own raising changes the verdict"
        return self.shown[one.number]

    def end(self, number: int) -> None:
        one = self.alerts.pop(number)
        one.ended_at = self.now
        del self.shown[number]
        self.told(self.muting.ended(one))

    def change(self, number: int, **fields: Any) -> None:
        for name, value in fields.items():
            setattr(self.alerts[number], name, value)
        self.told(self.muting.changed(self.alerts[number]))

    def order(self, target: str = "silence/new", **params: Any) -> Done:
        action = OperatorAction(target=target, action="silence", actor="mo", params=params)
        done, numbers = self.muting.command(Acted(self.now, action))  # type: ignore[arg-type]
        self.told(numbers)
        return done

    def silence(self, matchers: str, **more: Any) -> Done:
        return self.order(**({"op": "add", "matchers": matchers, "duration": "2h", "comment": "known"} | more))

    def plan(self, **params: Any) -> Done:
        return self.order("maintenance/new", **({"op": "add", "comment": "planned"} | params))

    def kind(self, number: int) -> str | None:
        mute = self.shown[number]
        return None if mute is None else mute.kind

    def restart(self) -> None:
        """Goes on in another process."""
        body = self.muting.dump()
        self.muting = self.fresh()
        self.muting.restore(self.alerts.values())
        self.muting.load(body)
        assert self.muting.dump() == body
