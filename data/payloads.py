"""One typed payload per event type of WIRE.md §1. A field not listed here is kept with the event and never refused.

Bare-id fields may carry a reference (`site/S014`) in the JSON; `references.bare` gives the id. In a patch (`.upserted`,
`.updated`) a missing field keeps its value and null clears it, which is why patches are also read as plain
objects (`data.wire.patch_of`).
"""

from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from data import times

_LONGEST_ID = 128
Id = Annotated[str, Meta(min_length=1, max_length=_LONGEST_ID)]
Ref = Annotated[str, Meta(min_length=3, max_length=256)]  # kind/id; the slash is looked at in `_reference`
Moment = Annotated[datetime, Meta(tz=True)]
Percent = Annotated[float, Meta(ge=0, le=100)]
Share = Annotated[float, Meta(ge=0, le=1)]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
Size = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=0, le=2**53)]  # beyond, JSON readers do not agree on what was meant
Severity = Literal["INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL"]
_LAST_SECOND = 253_402_300_799  # of the year 9999
Labels = dict[str, str | int | float | bool | None]


class Payload(msgspec.Struct, gc=False):
    """The base of all payloads."""


def _reference(value: str | None, field: str) -> None:
    """A pattern in the type would do, at five times the price of the whole decoding."""
    if value is not None:
        slash = value.find("/")
        if not 0 < slash < len(value) - 1:
            raise ValueError(f"Expected a reference `kind/id`, got `{value[:64]}` - at `$.{field}`")
        if len(value) - slash > _LONGEST_ID + 1:
            raise ValueError(f"Expected an id of at most {_LONGEST_ID} characters - at `$.{field}`")


@cache
def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # what ZoneInfo makes of hostile names
        return False
    return True


class Client(Payload):
    id: Id
    name: str | None = None
    tier: Literal["VIP", "PREMIUM", "STANDARD", "BASIC"] | None = None


class Site(Payload):
    id: Id
    client: Id
    name: str | None = None
    lat: Latitude | None = None
    lon: Longitude | None = None
    geofence_m: Size | None = None
    city: str | None = None
    state: str | None = None
    timezone: str | None = None
    criticality: Annotated[int, Meta(ge=1, le=5)] | None = None
    in_charge: Id | None = None

    def __post_init__(self) -> None:
        if self.timezone is not None and not _is_zone(self.timezone):
            raise ValueError(f"Expected an IANA time zone, got `{self.timezone[:64]}` - at `$.timezone`")


class Person(Payload):
    id: Id
    site: Id | None = None
    name: str | None = None
    role: str | None = None
    phone: str | None = None
    email: str | None = None
    active: bool | None = None


class Device(Payload):
    id: Id
    site: Id | None = None
    kind: str | None = None
    owner: Id | None = None
    model: str | None = None
    installed_at: Moment | None = None
    active: bool | None = None


class Thing(Payload):
    """An entity of a kind without a type of its own; `id` is a reference."""

    id: Ref
    name: str | None = None
    site: Id | None = None
    labels: Labels | None = None
    active: bool | None = None

    def __post_init__(self) -> None:
        _reference(self.id, "id")


class Shift(Payload):
    id: Id
    site: Id
    person: Id
    start: Moment
    end: Moment
    post: str | None = None
    substitute_for: Id | None = None


class ShiftCancelled(Payload):
    id: Id


class Face(Payload):
    confidence: Share | None = None
    liveness: Share | None = None
    verified: bool | None = None


class Photo(Payload):
    authenticity: Share | None = None
    manipulation: Share | None = None
    lat: Latitude | None = None
    lon: Longitude | None = None


class Attendance(Payload, gc=True):
    person: Id
    site: Id
    shift: Id | None = None
    device: Id | None = None
    lat: Latitude | None = None
    lon: Longitude | None = None
    accuracy_m: Size | None = None
    face: Face | None = None
    photo: Photo | None = None


class Fix(Payload):
    person: Id
    lat: Latitude
    lon: Longitude
    accuracy_m: Size | None = None
    device: Id | None = None
    site: Id | None = None


class Phone(Payload):
    person: Id
    site: Id | None = None
    count: Count | None = 1


class Biometric(Payload):
    person: Id
    site: Id
    device: Id | None = None
    confidence: Share | None = None
    liveness: Share | None = None
    verified: bool | None = None


class Task(Payload):
    id: Id
    site: Id
    person: Id | None = None
    kind: str | None = None
    parent: Id | None = None
    priority: str | None = None
    due: Moment | None = None
    sla_minutes: Size | None = None
    mandatory: bool | None = None
    status: str | None = None


class TaskPatch(Task, kw_only=True):
    """An update or a completion. The wire asks for the site here too; journals of before may lack it."""

    site: Id | None = None  # type: ignore[assignment]


class Telemetry(Payload, gc=True):
    device: Id
    battery_pct: Percent | None = None
    signal_pct: Percent | None = None
    temperature_c: float | None = None
    gps_accuracy_m: Size | None = None
    online: bool | None = None
    metrics: dict[str, float | None] | None = None


class DeviceNote(Payload):
    """Error, maintenance, failure, online, offline."""

    device: Id
    code: str | int | None = None
    component: str | None = None
    message: str | None = None


class Ticket(Payload, gc=True):
    id: Id
    site: Id | None = None
    client: Id | None = None
    number: str | None = None
    title: str | None = None
    category: str | None = None
    priority: str | None = None
    status: str | None = None
    assignee: Id | None = None
    group: str | None = None
    deadline: Moment | None = None
    opened_at: Moment | None = None
    reassignments: Count | None = None
    reopened: Count | None = None
    resolved_at: Moment | None = None
    labels: Labels | None = None
    sla_met: bool | None = None


class WorkOrder(Payload):
    id: Id
    site: Id | None = None
    title: str | None = None
    due: Moment | None = None
    status: str | None = None


class AlertSignal(Payload, gc=True):
    alert_type: Annotated[str, Meta(min_length=1, max_length=256)]
    severity: Severity
    entity: Ref | None = None
    site: Id | None = None
    message: str | None = None
    labels: Labels | None = None
    annotations: Labels | None = None
    fingerprint: Annotated[str, Meta(min_length=1, max_length=256)] | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    generator_url: str | None = None

    def __post_init__(self) -> None:
        _reference(self.entity, "entity")


class Metric(Payload, gc=True):
    name: Annotated[str, Meta(min_length=1, max_length=256)]
    value: float | None = None
    entity: Ref | None = None
    site: Id | None = None
    unit: str | None = None
    labels: Labels | None = None
    samples: list[tuple[str | float, float]] | None = None

    def __post_init__(self) -> None:
        if self.value is None and not self.samples:
            raise ValueError("Object missing required field `value` (or `samples`)")
        _reference(self.entity, "entity")
        for at, _ in self.samples or ():
            self._moment(at)

    def _moment(self, at: str | float) -> None:
        try:
            if isinstance(at, str):
                times.parse(at)
            elif not 0 <= at <= _LAST_SECOND:
                raise ValueError
        except ValueError:
            raise ValueError(f"Expected times in RFC 3339 or seconds since 1970, got `{at}` - at `$.samples`") from None


class Change(Payload):
    kind: str
    summary: str
    site: Id | None = None
    entity: Ref | None = None
    actor: str | None = None

    def __post_init__(self) -> None:
        _reference(self.entity, "entity")


class Verdict(Payload):
    target: Ref
    verdict: Literal["confirmed", "false_positive"]
    actor: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        _reference(self.target, "target")


class TopologyLink(Payload, rename={"source": "from", "target": "to"}):
    source: Ref
    target: Ref
    kind: Literal["depends_on", "runs_on", "part_of", "connects"]

    def __post_init__(self) -> None:
        _reference(self.source, "from")
        _reference(self.target, "to")


class CalendarDay(Payload, gc=True):
    date: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    kind: Literal["holiday", "weather", "event"]
    name: str | None = None
    site: Id | None = None
    state: str | None = None
    metrics: dict[str, float | None] | None = None

    def __post_init__(self) -> None:
        try:
            date.fromisoformat(self.date)
        except ValueError:
            raise ValueError(f"Expected a date, got `{self.date}` - at `$.date`") from None


class OperatorAction(Payload, gc=True):
    target: Annotated[str, Meta(min_length=1, max_length=256)]
    action: Literal[
        "acknowledge", "assign", "escalate", "resolve", "reopen", "snooze", "comment", "merge", "split", "silence",
        "approve", "reject", "undo", "take", "release", "move", "tune", "run_job",
    ]  # fmt: skip
    actor: str | None = None
    note: str | None = None
    params: dict[str, Any] | None = None


class Heartbeat(Payload):
    period_s: Annotated[float, Meta(gt=0)]


TYPES: dict[str, type[Payload]] = {
    "noc.client.upserted": Client,
    "noc.site.upserted": Site,
    "noc.person.upserted": Person,
    "noc.device.upserted": Device,
    "noc.entity.upserted": Thing,
    "noc.shift.scheduled": Shift,
    "noc.shift.cancelled": ShiftCancelled,
    "noc.attendance.check_in": Attendance,
    "noc.attendance.check_out": Attendance,
    "noc.location.fix": Fix,
    "noc.phone.activity": Phone,
    "noc.biometric.verified": Biometric,
    "noc.task.created": Task,
    "noc.task.updated": TaskPatch,
    "noc.task.completed": TaskPatch,
    "noc.device.telemetry": Telemetry,
    **{f"noc.device.{word}": DeviceNote for word in ("error", "maintained", "failed", "online", "offline")},
    **{f"noc.ticket.{word}": Ticket for word in ("created", "updated", "closed")},
    **{f"noc.work_order.{word}": WorkOrder for word in ("created", "updated", "closed")},
    "noc.alert.firing": AlertSignal,
    "noc.alert.resolved": AlertSignal,
    "noc.metric.sampled": Metric,
    "noc.change.recorded": Change,
    "noc.verdict.recorded": Verdict,
    "noc.link.upserted": TopologyLink,
    "noc.link.removed": TopologyLink,
    "noc.calendar.day": CalendarDay,
    "noc.operator.acted": OperatorAction,
    "noc.heartbeat": Heartbeat,
}
