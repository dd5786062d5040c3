"""Settings of what keeps alerts from being shown as open work: windows of planned work, inhibition, dependency."""

from typing import Annotated, Literal

import msgspec

from data import ids
from data.records.silence import Schedule, Scope, Window
from data.times import DAY, MINUTE
from engine.settings.meta import about, length


class MaintenanceWindow(msgspec.Struct, frozen=True):
    name: Annotated[str, about("what it is called")]
    start: Annotated[str, about("when it opens: 02:00, or for a window that is open once 2026-03-29T02:00")]
    end: Annotated[str, about("when it closes: 04:00, `mon 06:00`, or a moment")] = ""
    lasts: Annotated[int, length("how long it is open, instead of an end", most=366 * DAY)] = 0
    repeat: Annotated[Literal["once", "daily", "weekly", "monthly"], about("how often it opens")] = "once"
    every: Annotated[int, about("every how many days, weeks or months, counted from `first`", least=1, most=366)] = 1
    days: Annotated[tuple[str, ...], about("mon to sun, weekdays, weekend; monthly also 2tue or -1fri")] = ()
    month_days: Annotated[tuple[int, ...], about("days of the month, -1 is the last")] = ()
    first: Annotated[str, about("first date")] = ""
    last: Annotated[str, about("last date")] = ""
    timezone: Annotated[str, about("on whose clocks; empty: engine.timezone")] = ""
    site: Annotated[tuple[str, ...], about("sites that it covers")] = ()
    client: Annotated[tuple[str, ...], about("clients that it covers")] = ()
    entity: Annotated[tuple[str, ...], about("things that it covers, such as device/D77")] = ()
    tenant: Annotated[tuple[str, ...], about("tenants that it covers; none: all")] = ()
    match: Annotated[str, about("alerts that it covers, as matchers")] = ""
    reason: Annotated[str, about("why; shown with what it mutes")] = ""

    @property
    def scope(self) -> Scope:
        return Scope(bare(self.site), bare(self.client), self.entity, self.tenant, self.match)

    def schedule(self, zone: str) -> Schedule:
        """On the clocks of its own zone, else those of `zone`."""
        return Schedule(
            zone=self.timezone or zone,
            repeat=self.repeat,
            start=self.start,
            end=self.end,
            lasts=self.lasts,
            every=self.every,
            days=self.days,
            month_days=self.month_days,
            first=self.first,
            last=self.last,
        )

    def window(self, tenant: str, zone: str) -> Window:
        """The record of it in a partition."""
        id = ids.derive("M", tenant, "config", self.name)
        return Window(id, tenant, self.name, self.scope, self.schedule(zone), "configuration", self.reason)


class InhibitRule(msgspec.Struct, frozen=True):
    """Alertmanager's rule: while an alert of `source` fires, those of `target` with equal labels are not shown."""

    source: Annotated[tuple[str, ...], about("matchers of the alerts that explain")]
    target: Annotated[tuple[str, ...], about("matchers of the alerts that are explained")]
    equal: Annotated[tuple[str, ...], about("labels in which both must be alike; missing in both is alike")] = ()
    name: Annotated[str, about("what it is called")] = ""


class DependencySettings(msgspec.Struct, frozen=True):
    """Alert types are written with `*` for any part, whatever their case."""

    enabled: Annotated[bool, about("what hangs on a thing that is down is explained by it")] = True
    down: Annotated[tuple[str, ...], about("alert types that say that a thing is down")] = (
        "DEVICE_OFFLINE", "DEVICE_FAILED", "DEVICE_DOWN", "HOST_DOWN", "NODE_DOWN", "SERVICE_DOWN", "SWITCH_DOWN",
        "ROUTER_DOWN", "*_UNREACHABLE", "POWER_LOSS", "HostDown", "NodeDown", "InstanceDown", "TargetDown",
        "UPLINK_DOWN", "SITE_DOWN", "SITE_OFFLINE",
    )  # fmt: skip
    uplink: Annotated[tuple[str, ...], about("alert types that say that a whole site cannot be reached")] = (
        "UPLINK_DOWN", "SITE_DOWN", "SITE_OFFLINE", "SITE_UNREACHABLE",
    )  # fmt: skip
    lost: Annotated[tuple[str, ...], about("alert types that a lost way explains")] = (
        "*_OFFLINE", "*_UNREACHABLE", "*_LOST", "*_SILENT", "*_STALE", "NO_DATA", "SWITCH_DOWN", "HOST_DOWN",
        "SERVICE_DOWN", "ROUTER_DOWN", "NODE_DOWN", "HIGH_PACKET_LOSS", "HIGH_LATENCY", "*Down", "*Unreachable",
    )  # fmt: skip
    worse: Annotated[tuple[str, ...], about("alert types that a bearer named by a link explains too")] = (
        "SERVICE_*", "*_LATENCY*", "*_ERRORS*", "*_DEGRADED", "*_BACKLOG", "*_EXHAUSTED",
    )  # fmt: skip
    within: Annotated[int, length("an alert that began longer before its cause is not explained by it", most=DAY)] = (
        5 * MINUTE
    )


def bare(names: tuple[str, ...]) -> tuple[str, ...]:
    """Ids, also where references are written."""
    return tuple(one.partition("/")[2] or one for one in names)
