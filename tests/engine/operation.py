"""One partition driven by hand: alerts come and go, people act, time passes, the engine restarts."""

from functools import partial
from typing import Any

import msgspec

from data import times, wire
from data.records.alert import Alert
from data.records.cluster import Cluster
from data.records.entity import Entity
from data.records.incident import Incident
from data.records.metric import MetricSeries
from data.store import Loaded
from data.times import MINUTE
from engine.context.kept import keep
from engine.decisions import Numbers
from engine.exports.journal import AssignmentRow, assignments
from engine.exports.selection import Selection
from engine.partition import Partition
from engine.settings import Config
from engine.settings.places import Places
from engine.views import Outcome

T0 = times.parse("2026-01-05T08:00:00Z")


class Operation:
    """Minutes count from `T0`. Records of everything that was ever decided are in `alerts`, `clusters`, `incidents`."""

    def __init__(self, config: Config | None = None) -> None:
        self.config = config or Config()
        self.numbers = Numbers()
        self.partition = self._partition()
        self.seq = 0
        self.alerts: dict[int, Alert] = {}
        self.series: dict[int, MetricSeries] = {}
        self.clusters: dict[int, Cluster] = {}
        self.incidents: dict[int, Incident] = {}
        self.audit: list[Any] = []
        self.feed: list[Any] = []
        self.assigned: list[tuple[int, int, int, int]] = []
        self.lines: dict[int, bytes] = {}

    def _partition(self) -> Partition:
        made = Partition("default", Places(self.config), self.numbers)
        made.grouping.on_incident.append(partial(keep, made))
        return made

    def event(self, kind: str, minute: float, data: dict[str, Any], id: str | None = None) -> Outcome | None:
        self.seq += 1
        line = msgspec.json.encode(
            {"specversion": "1.0", "id": id or f"e{self.seq}", "source": "desk", "type": f"noc.{kind}",
             "time": times.text(T0 + round(minute * MINUTE)), "data": data}
        )  # fmt: skip
        self.lines[self.seq] = line
        event = wire.decode(line)
        event.seq = self.seq
        partition = self.partition
        # What the partition does with the timers of commands.
        while (due := partition.commands.due()) is not None and due <= event.time:
            other = partition.due()
            if other is not None and other <= due:
                partition.advance(other)
            else:
                partition.commands.tick(due)
        partition.take(event)
        return self._collect().get(self.seq)

    def _collect(self) -> dict[int, Outcome]:
        out = self.partition.collect()
        self.alerts.update(out.alerts)
        self.series.update(out.metric_series)
        self.clusters.update(out.clusters)
        self.incidents.update(out.incidents)
        self.audit += out.audit
        self.feed += out.feed
        self.assigned += out.assignments
        return out.outcomes

    def fire(self, minute: float, alert_type: str = "LinkDown", severity: str = "MEDIUM", **data: Any) -> Alert:
        data = {"entity": "host/a", "site": "S1", "message": alert_type} | data
        self.event("alert.firing", minute, {"alert_type": alert_type, "severity": severity, **data})
        number = self.assigned[-1][1]
        return self.alerts[number]

    def clear(self, minute: float, alert_type: str = "LinkDown", **data: Any) -> None:
        data = {"entity": "host/a", "site": "S1", "severity": "MEDIUM"} | data
        self.event("alert.resolved", minute, {"alert_type": alert_type, **data})

    def act(
        self, minute: float, action: str, target: str, actor: str = "ann", note: str | None = None, **params: Any
    ) -> Outcome:
        params = {name.rstrip("_"): value for name, value in params.items()}
        data = {"target": target, "action": action, "actor": actor, "note": note, "params": params or None}
        outcome = self.event("operator.acted", minute, data)
        assert outcome is not None
        return outcome

    def pass_time(self, minute: float) -> None:
        self.event("phone.activity", minute, {"person": "P0"})

    def incident(self, alert: Alert) -> Incident:
        return self.incidents[self.clusters[alert.cluster or 0].incident or 0]

    def restart(self) -> None:
        """All state through bytes and back, as after a crash with a snapshot."""
        old = self.partition
        known = old.alerts.by_number.values()
        loaded = Loaded(
            seq=self.seq,
            snapshot=None,
            positions=[],
            entities=_again([one for kind in old.registry.kinds.values() for one in kind.values()], Entity),
            links=[],
            alerts=_again(known, Alert),
            clusters=_again(old.grouping.clusters.open.values(), Cluster),
            incidents=_again(old.grouping.incidents.open.values(), Incident),
            next_alert=0, next_cluster=0, next_incident=0, next_finding=0, next_anomaly=0, next_fraud=0,
            next_prediction=0, next_correlation=0, next_model=0, models=[],
        )  # fmt: skip
        body = old.dump()
        new = self._partition()
        new.restore(loaded)
        assert new.load(body) == []
        self.partition = new
        self.alerts.update(new.alerts.by_number)
        self.clusters.update(new.grouping.clusters.open)
        self.incidents.update(new.grouping.incidents.open)


class Rows:
    """What `noc export` would read of an operation."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation

    def alerts(self, since: None, until: None) -> Any:
        return iter(self.operation.alerts.values())

    def clusters(self, since: None, until: None) -> Any:
        return iter(self.operation.clusters.values())

    def incidents(self, since: None, until: None) -> Any:
        return iter(self.operation.incidents.values())

    def assignments(self, since: None, until: None) -> Any:
        for seq, *rest in self.operation.assigned:
            yield (self.operation.lines[seq], *rest)

    def firing(self) -> list[AssignmentRow]:
        """Rows of firing events."""
        kinds = [msgspec.json.decode(self.operation.lines[row[0]])["type"] for row in self.operation.assigned]
        rows = list(assignments(self, Selection()))  # type: ignore[arg-type]
        return [row for row, kind in zip(rows, kinds, strict=True) if kind == "noc.alert.firing"]


def _again(records: Any, kind: Any) -> list[Any]:
    return [msgspec.msgpack.decode(msgspec.msgpack.encode(one), type=kind) for one in records]


def ref(alert: Alert) -> str:
    return f"alert/{alert.id}"


__all__ = ["MINUTE", "T0", "Operation", "Rows", "ref"]
