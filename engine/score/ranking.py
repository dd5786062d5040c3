"""Gathers what is known of an alert or item into features, and ranks it by them."""

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from data import times
from data.records.alert import Alert
from data.records.cluster import Cluster
from data.records.incident import Incident
from data.times import MINUTE
from engine.registry import Registry
from engine.score.habits import Habits
from engine.score.priority import (
    TIERS,
    UNKNOWN_CRITICALITY,
    UNKNOWN_TIER,
    Features,
    Formula,
    Ranker,
    priority,
    read,
)

OPENS, CLOSES = 8, 18  # office hours
QUARTER = 15 * MINUTE  # zones change their offset at whole quarters of an hour
REMEMBERED = 2_000  # answers kept of which hours are office hours


class Ranking:
    """Ranks for one partition. `busy` counts the firing alerts of each site; `reachable` tells whether somebody can act
    at a site at a time. `ranker` is the formula unless a learned model is put in its place."""

    def __init__(self, registry: Registry, zone: str) -> None:
        self.registry = registry
        self.zone = zone
        self.habits = Habits()
        self.ranker: Ranker = Formula()
        self.busy: Mapping[str, int] = {}
        self.reachable: Callable[[str | None, int], bool] = lambda site, now: False
        self._hours: dict[tuple[str, int], bool] = {}

    def equip(self, ranker: Ranker | None) -> None:
        """A learned model takes the formula's place; None puts the formula back."""
        self.ranker = ranker or Formula()

    def began(self, alert: Alert, now: int) -> None:
        self.habits.began(alert.alert_type, now)

    def ended(self, alert: Alert, now: int) -> None:
        self.habits.ended(alert.alert_type, now - alert.first_seen, now)

    def rank(self, alert: Alert, cluster: Cluster, now: int) -> None:
        """Ranks an alert and the cluster it is in. The features that both share are worked out once."""
        alone = self._features(alert, now)
        _keep(alert, alone, self.ranker)
        together = _with(alone, cluster.severity, cluster.members, max(1, len(cluster.sites)))
        _keep(cluster, together, self.ranker)

    def rank_incident(self, incident: Incident, kept: tuple[int, ...], members: int) -> None:
        """By the features `kept` of its newest alert. It keeps the highest priority that it has had, and why."""
        alone = read(kept)
        if alone is None:
            return
        seen = _with(alone, incident.severity, members, max(1, len(incident.sites)))
        if priority(seen, self.ranker) >= incident.priority:
            _keep(incident, seen, self.ranker)

    def _features(self, alert: Alert, now: int) -> Features:
        place = self.registry.of("site", alert.site)
        client = self.registry.of("client", place.client) if place is not None else None
        tier = TIERS.get(str(client.attributes.get("tier")), UNKNOWN_TIER) if client is not None else UNKNOWN_TIER
        critical = place.attributes.get("criticality") if place is not None else None
        zone = place.attributes.get("timezone") if place is not None else None
        impact, resolution, recurrence = self.habits.known(alert.alert_type, now)
        return Features(
            severity=alert.severity,
            tier=tier,
            impact=impact,
            resolution=resolution,
            recurrence=recurrence,
            workload=max(0, self.busy.get(alert.site or "", 0) - 1),
            business=int(self._office(str(zone or self.zone), now)),
            on_call=int(self.reachable(alert.site, now)),
            criticality=max(1, min(5, critical)) if isinstance(critical, int) else UNKNOWN_CRITICALITY,
        )

    def _office(self, zone: str, now: int) -> bool:
        key = zone, now // QUARTER
        known = self._hours.get(key)
        if known is None:
            if len(self._hours) >= REMEMBERED:
                self._hours.clear()
            known = self._hours[key] = OPENS <= _hour(zone, now) < CLOSES
        return known


def _hour(zone: str, now: int) -> int:
    moment = times.to_datetime(now)
    try:
        return moment.astimezone(ZoneInfo(zone)).hour
    except (OverflowError, KeyError, ValueError):  # at the ends of the calendar, or a zone this machine lacks
        return moment.hour


def _with(alone: Features, severity: int, members: int, sites: int) -> Features:
    """The same, of a group."""
    return Features(
        severity, alone.tier, sites, alone.impact, alone.resolution, alone.recurrence, alone.workload, alone.business,
        alone.on_call, alone.criticality, members,
    )  # fmt: skip


def _keep(record: Alert | Cluster | Incident, seen: Features, ranker: Ranker) -> None:
    record.priority = priority(seen, ranker)
    record.features = (
        seen.severity, seen.tier, seen.sites, seen.impact, seen.resolution, seen.recurrence, seen.workload,
        seen.business, seen.on_call, seen.criticality, seen.members,
    )  # fmt: skip
