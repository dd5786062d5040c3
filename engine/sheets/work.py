"""What people have to do, and the devices they look after: tickets, tasks and work orders that are open; devices."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from data import times
from data.records.entity import Entity
from engine.detect.overdue import OVER
from engine.query.schema import Kind, Schema
from engine.query.schemas import CLIENT, field, flag, timed
from engine.sheets.kind import Kind as Sheets
from engine.sheets.kind import Scene
from engine.sheets.things import off
from engine.views import Fact, SheetColumn, SheetRow

KINDS = ("ticket", "task", "work_order")
LEVELS = {"LOW": 2, "MEDIUM": 3, "HIGH": 4, "CRITICAL": 5, "EMERGENCY": 5}


class Work(msgspec.Struct, frozen=True):
    """One open ticket, task or work order. `late`: it was promised by a time that has passed."""

    ref: str
    kind: str
    title: str
    severity: int
    status: str
    site: str | None
    client: str | None
    owner: str
    since: int
    due: int | None
    late: bool


def work(scene: Scene) -> Iterator[Work]:
    owed = scene.partition.detectors.fieldwork.overdue.owed
    for kind in KINDS:
        for entity in list(scene.partition.registry.kinds.get(kind, {}).values()):
            told = entity.attributes
            status = str(told.get("status") or "OPEN")
            if status in OVER:
                continue
            known = owed.get(entity.ref)
            due = known.due if known is not None else _moment(told.get("due"))
            late = (known is not None and known.late) or (due is not None and due < scene.now)
            since = _moment(told.get("opened_at")) or (known.since if known is not None else entity.first_seen)
            title = str(told.get("title") or told.get("description") or told.get("kind") or entity.id)
            owner = told.get("assignee") or told.get("person")
            yield Work(
                entity.ref, kind, title, LEVELS.get(str(told.get("priority")), 1), status, entity.site, entity.client,
                str(owner or ""), since, due, late,
            )  # fmt: skip


def _moment(value: object) -> int | None:
    try:
        return times.parse(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _work_row(one: Work, scene: Scene) -> SheetRow:
    owner = scene.name(f"person/{one.owner}") if one.owner else ""
    return SheetRow(
        one.ref,
        one.severity,
        (one.severity, one.kind.replace("_", " "), one.title, one.status.lower().replace("_", " "), owner,
         scene.site(one.site), one.since, one.due, "late" if one.late else ""),
        loud=one.late and one.severity >= 5,
    )  # fmt: skip


def _work_figures(_: Scene, seen: Sequence[Work]) -> tuple[Fact, ...]:
    late = sum(one.late for one in seen)
    return (
        *(Fact(f"{kind.replace('_', ' ')}s", f"{sum(one.kind == kind for one in seen):,}") for kind in KINDS),
        Fact("late", f"{late:,}", 3 if late else 0),
        Fact("nobody has", f"{sum(not one.owner for one in seen):,}"),
    )


WORK_SHEET = Sheets(
    "work",
    "Work",
    "Tickets, tasks and work orders that are open, the late ones first.",
    (
        SheetColumn("", 2, "severity", sort="severity"),
        SheetColumn("kind", 10, sort="kind"),
        SheetColumn("title", 16, "title", grows=3),
        SheetColumn("status", 11, "state", since=90),
        SheetColumn("owner", 10, grows=1, since=110),
        SheetColumn("site", 10, grows=1, since=76),
        SheetColumn("age", 4, "age", sort="age"),
        SheetColumn("due", 6, "left", sort="due"),
        SheetColumn("", 4, "state"),
    ),
    Schema(
        "work",
        [
            field("ref", Kind.NAME, "ref"),
            field("kind", Kind.CHOICE, "kind", "type", values=KINDS),
            field("severity", Kind.SEVERITY, "severity", "sev", "priority", doc="its priority"),
            field("status", Kind.NAME, "status", "state"),
            field("site", Kind.NAME, "site"),
            CLIENT,
            field("owner", Kind.NAME, "owner", "assignee"),
            flag("late", lambda one: one.late, "overdue", doc="promised by a time that has passed"),
            flag("assigned", lambda one: bool(one.owner), doc="somebody has it"),
            *timed(lambda one: one.since),
        ],
        lambda one: (one.title, one.ref, one.site, one.owner),
    ),
    _work_row,
    {
        "late": lambda one: (not one.late, -one.severity, one.due or 1 << 62, one.ref),
        "severity": lambda one: (-one.severity, not one.late, one.ref),
        "kind": lambda one: (one.kind, not one.late, -one.severity, one.ref),
        "age": lambda one: (one.since, one.ref),
        "due": lambda one: (one.due or 1 << 62, one.ref),
    },
    ("Nothing is left to do", "Open tickets, tasks and work orders are listed here."),
    live=work,
    site=lambda one: one.site,
    figures=_work_figures,
    filter_hint="kind:ticket late severity>=high !assigned",
    rest=1.0,
)


class Device(msgspec.Struct, frozen=True):
    ref: str
    kind: str
    model: str
    site: str | None
    client: str | None
    worst: int
    alerts: int
    down: bool
    fails: float | None  # the probability that it fails within the horizon


def devices(scene: Scene) -> Iterator[Device]:
    partition = scene.partition
    gone = off(partition)
    alerts: dict[str, list[int]] = {}
    for alert in list(partition.alerts.by_number.values()):
        if alert.firing and alert.entity and alert.entity.startswith("device/"):
            alerts.setdefault(alert.entity, []).append(alert.severity)
    fails = {
        standing.row.entity: standing.row.probability
        for standing in list(partition.foresight.book.open.values())
        if standing.row.entity and standing.row.entity.startswith("device/")
    }
    entity: Entity
    for entity in list(partition.registry.kinds.get("device", {}).values()):
        told: dict[str, Any] = entity.attributes
        found = alerts.get(entity.ref, ())
        yield Device(
            entity.ref, str(told.get("kind") or ""), str(told.get("model") or ""), entity.site, entity.client,
            max(found, default=0), len(found), entity.ref in gone, fails.get(entity.ref),
        )  # fmt: skip


def _device_row(one: Device, scene: Scene) -> SheetRow:
    return SheetRow(
        one.ref,
        one.worst,
        (one.worst or None, scene.name(one.ref), one.kind, one.model, scene.site(one.site),
         "off" if one.down else "on", one.alerts, one.fails),
        loud=one.down and one.worst >= 5,
    )  # fmt: skip


def _device_figures(_: Scene, seen: Sequence[Device]) -> tuple[Fact, ...]:
    down = sum(one.down for one in seen)
    return (
        Fact("devices", f"{len(seen):,}"),
        Fact("off", f"{down:,}", 3 if down else 0),
        Fact("with alerts", f"{sum(one.alerts > 0 for one in seen):,}"),
    )


DEVICE_SHEET = Sheets(
    "devices",
    "Devices",
    "Every device: whether it answers, what fires about it, how likely it fails. Enter shows it in full, with charts.",
    (
        SheetColumn("", 2, "severity", sort="worst"),
        SheetColumn("device", 16, "title", grows=2, sort="name"),
        SheetColumn("kind", 10, since=60, sort="kind"),
        SheetColumn("model", 12, grows=1, since=110),
        SheetColumn("site", 12, grows=1, since=76, sort="site"),
        SheetColumn("", 3, "state"),
        SheetColumn("firing", 6, "count"),
        SheetColumn("fails", 5, "share", sort="fails"),
    ),
    Schema(
        "devices",
        [
            field("ref", Kind.NAME, "ref"),
            field("kind", Kind.NAME, "kind", "type"),
            field("model", Kind.NAME, "model"),
            field("site", Kind.NAME, "site"),
            CLIENT,
            field("severity", Kind.SEVERITY, "worst", "sev", "worst", doc="the worst that fires about it"),
            field("alerts", Kind.NUMBER, "alerts"),
            field("fails", Kind.NUMBER, "fails", "p", doc="probability, 0-1"),
            flag("off", lambda one: one.down, "down", doc="it does not answer, or has failed"),
        ],
        lambda one: (one.ref, one.kind, one.model, one.site),
    ),
    _device_row,
    {
        "worst": lambda one: (not one.down, -one.worst, -(one.fails or 0), one.ref),
        "name": lambda one: one.ref,
        "kind": lambda one: (one.kind, one.ref),
        "site": lambda one: (one.site or "~", one.ref),
        "fails": lambda one: (-(one.fails or 0), one.ref),
    },
    ("No device is known", "Devices are known from their first mention in an event."),
    live=devices,
    site=lambda one: one.site,
    figures=_device_figures,
    filter_hint="off kind:camera site:S001 fails>0.5",
    rest=1.0,
)
