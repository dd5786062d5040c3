"""Sites and devices: what stands where, and how it is there now."""

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any

import msgspec

from data import times
from data.records.entity import Entity
from data.times import DAY, HOUR
from engine.query.schema import Kind, Schema
from engine.query.schemas import CLIENT, field, flag
from engine.sheets.kind import Kind as Sheets
from engine.sheets.kind import Scene
from engine.views import Fact, SheetColumn, SheetRow


class SiteNow(msgspec.Struct, frozen=True):
    """A site as it is: `hours` are its anomalies in each of the last 24, `worst` of what is open there (0: nothing)."""

    site: str
    name: str
    client: str | None
    worst: int
    alerts: int
    items: int
    active: int
    on_shift: int
    devices: int
    down: int
    tickets: int
    place: str
    criticality: int
    hours: tuple[int, ...]


def site_now(scene: Scene) -> Iterator[SiteNow]:
    partition = scene.partition
    worst: dict[str, int] = {}
    firing: dict[str, int] = {}
    for alert in partition.alerts.by_number.values():
        if alert.firing and alert.muted is None and alert.site:
            firing[alert.site] = firing.get(alert.site, 0) + 1
            worst[alert.site] = max(worst.get(alert.site, 0), alert.severity)
    items: dict[str, int] = {}
    for row in scene.items.rows():
        for site in row.sites:
            items[site] = items.get(site, 0) + 1
    shifts = _on_shift(partition.registry.kinds.get("shift", {}).values(), scene.now)
    index, gone = partition.answering.index, off(partition)
    index.refresh()
    for id, entity in list(partition.registry.kinds["site"].items()):
        devices = list(index.at("device", (id,)))
        down = sum(one.ref in gone for one in devices)
        _, active = partition.detectors.activity.of_site(id, scene.now - HOUR, scene.now)
        told = entity.attributes
        yield SiteNow(
            id, scene.site(id), entity.client, worst.get(id, 0), firing.get(id, 0), items.get(id, 0), active,
            shifts.get(id, 0), len(devices), down, len(index.open_tickets((id,))), str(told.get("city") or ""),
            int(told.get("criticality") or 0), _hours(partition.detectors.heat.get(id, {}), scene.now),
        )  # fmt: skip


def off(partition: Any) -> set[str]:
    """Devices that are off or have failed, by reference."""
    return {
        alert.entity
        for alert in partition.alerts.by_number.values()
        if alert.firing and alert.alert_type in ("DEVICE_OFFLINE", "DEVICE_FAILED")
    }


def _hours(heat: Any, now: int) -> tuple[int, ...]:
    last = now // HOUR
    return tuple(heat[hour].count if hour in heat else 0 for hour in range(last - 23, last + 1))


def _on_shift(shifts: Iterable[Entity], now: int) -> dict[str, int]:
    """People who are scheduled to be at each site now. Shifts of other days are told by their date alone."""
    days = {times.text(now + shift * DAY)[:10] for shift in (-2, -1, 0, 1)}
    found: dict[str, int] = {}
    for shift in list(shifts):
        told = shift.attributes
        begin, end = told.get("start"), told.get("end")
        if not (shift.site and isinstance(begin, str) and isinstance(end, str)) or begin[:10] not in days:
            continue
        if told.get("status") != "CANCELLED" and times.parse(begin) <= now < times.parse(end):
            found[shift.site] = found.get(shift.site, 0) + 1
    return found


def _site_row(one: SiteNow, scene: Scene) -> SheetRow:
    return SheetRow(
        f"site/{one.site}",
        one.worst,
        (one.worst or None, one.name, one.site, one.place, scene.name(f"client/{one.client}") if one.client else "",
         one.items, one.alerts, one.on_shift, one.active,
         f"{one.devices - one.down}/{one.devices}" if one.devices else "",
         one.tickets, " ".join(map(str, one.hours))),
        loud=one.worst >= 5,
        quiet=not one.items,
    )  # fmt: skip


def _site_figures(_: Scene, sites: Sequence[SiteNow]) -> tuple[Fact, ...]:
    burning = sum(one.worst >= 4 for one in sites)
    down = sum(one.down for one in sites)
    return (
        Fact("sites", f"{len(sites):,}"),
        Fact("with HIGH or worse", str(burning), 4 if burning else 0),
        Fact("people on shift", str(sum(one.on_shift for one in sites))),
        Fact("active in the last hour", str(sum(one.active for one in sites))),
        Fact("devices off", f"{down} of {sum(one.devices for one in sites)}", 3 if down else 0),
    )


SITE_SHEET = Sheets(
    "sites",
    "Sites",
    "Every site: what is open there, who is there, whether its devices answer, and the anomalies of its last 24 hours. "
    "Enter shows the site in full.",
    (
        SheetColumn("", 2, "severity", sort="worst"),
        SheetColumn("site", 14, "title", grows=2, sort="name"),
        SheetColumn("id", 6, since=60),
        SheetColumn("place", 12, grows=1, since=120),
        SheetColumn("client", 10, grows=1, since=140, sort="client"),
        SheetColumn("open", 4, "count", sort="open"),
        SheetColumn("firing", 6, "count", since=70),
        SheetColumn("shift", 5, "count", since=64),
        SheetColumn("active", 6, "count", since=56),
        SheetColumn("devices", 7, since=76),
        SheetColumn("tickets", 7, "count", since=100),
        SheetColumn("24 hours", 24, "spark", since=90),
    ),
    Schema(
        "sites",
        [
            field("site", Kind.NAME, "site", "id"),
            field("name", Kind.NAME, "name"),
            CLIENT,
            field("severity", Kind.SEVERITY, "worst", "sev", "worst", doc="the worst that is open there"),
            field("open", Kind.NUMBER, "items", "items"),
            field("active", Kind.NUMBER, "active"),
            field("shift", Kind.NUMBER, "on_shift"),
            field("down", Kind.NUMBER, "down", doc="devices that are off"),
            field("criticality", Kind.NUMBER, "criticality"),
            flag("burning", lambda one: one.worst >= 4),
            flag(
                "empty", lambda one: one.on_shift > 0 and not one.active, doc="people are scheduled, nobody is active"
            ),
        ],
        lambda one: (one.site, one.name, one.place, one.client),
    ),
    _site_row,
    {
        "worst": lambda one: (-one.worst, -one.items, one.site),
        "name": lambda one: one.name,
        "open": lambda one: (-one.items, one.site),
        "client": lambda one: (one.client or "", one.site),
    },
    ("No site is known", "Sites are known from their first mention in an event."),
    live=site_now,
    site=attrgetter("site"),
    figures=_site_figures,
    filter_hint="burning client:C1 shift>0 empty",
    rest=1.0,
)
