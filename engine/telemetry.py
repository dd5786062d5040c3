"""Answers about activity: signals of a person, sums of a site, correlations.

Fields are those of the original's endpoints (reference/original-system.md §6, rows 1-3). `collected_at` is event time:
the watermark, or the moment that was asked for. Nothing is cached: an answer costs microseconds, and a cached one could
be somebody else's.
"""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from data import times
from data.records.correlation import Correlation
from data.records.severity import LEVELS, NAMES
from data.times import HOUR, MINUTE
from engine.detect.signals import Activity, told
from engine.partition import Partition

MOST = 100  # correlations in one answer


class Unknown(LookupError):
    """There is no such person or site (404)."""


class BadQuestion(ValueError):
    """A parameter that cannot be answered (400)."""


class PersonSignals(msgspec.Struct):
    person_id: str
    person_name: str
    site_id: str
    site_name: str
    window_minutes: int
    collected_at: str
    signals: dict[str, int | float]


class SiteSignals(msgspec.Struct):
    site_id: str
    site_name: str
    active_people_count: int
    window_minutes: int
    collected_at: str
    aggregated_signals: dict[str, int | float]


class CorrelatedIncident(msgspec.Struct):
    incident_id: str
    person_id: str | None
    person_name: str | None
    site_id: str | None
    site_name: str | None
    combined_severity: str
    correlation_score: float
    signals: dict[str, int | float]
    related_alerts_count: int
    detected_at: str
    investigated: bool
    root_cause: str | None
    reasons: list[str]


class CorrelationList(msgspec.Struct):
    total_count: int
    filters: dict[str, Any]
    incidents: list[CorrelatedIncident]


def person_signals(
    partition: Partition, person: str, window_minutes: int | None = None, now: int | None = None
) -> PersonSignals:
    """The five signals over the window before `now`. Raises Unknown, and BadQuestion for a person without a site."""
    activity, registry = partition.detectors.activity, partition.registry
    known, track = registry.of("person", person), activity.people.get(person)
    if known is None and track is None:
        raise Unknown(f"no person {person} is known")
    now = partition.watermark if now is None else now
    site = track.stays.at(now) if track is not None else ""
    site = site or (known.site if known is not None and known.site else "")
    if not site:
        raise BadQuestion(f"person {person} belongs to no site")
    window = _window(partition, site, window_minutes)
    counts = activity.of_person(person, now - window, now)
    label = registry.label
    return PersonSignals(
        person,
        label(f"person/{person}"),
        site,
        label(f"site/{site}"),
        window // MINUTE,
        times.text(now),
        counts.signals(),
    )


def site_signals(
    partition: Partition, site: str, window_minutes: int | None = None, now: int | None = None
) -> SiteSignals:
    """Sums over everybody at the site; an empty map where nobody is. Raises Unknown, BadQuestion."""
    if partition.registry.of("site", site) is None:
        raise Unknown(f"no site {site} is known")
    now = partition.watermark if now is None else now
    window = _window(partition, site, window_minutes)
    counts, active = partition.detectors.activity.of_site(site, now - window, now)
    signals = counts.signals() if active or counts.any else {}
    name = partition.registry.label(f"site/{site}")
    return SiteSignals(site, name, active, window // MINUTE, times.text(now), signals)


def correlations(
    rows: Iterable[Correlation],
    label: Callable[[str | None], str],
    now: int,
    site: str | None = None,
    min_severity: str = "MEDIUM",
    hours: float = 24,
) -> CorrelationList:
    """The newest first, `MOST` at most; `total_count` counts all that match. Raises BadQuestion."""
    if min_severity not in LEVELS:
        raise BadQuestion(f"min_severity is one of {', '.join(LEVELS)}, not {min_severity}")
    if not 0 < hours <= 24 * 3650:
        raise BadQuestion(f"hours lies between 0 and {24 * 3650}, not {hours:g}")
    since = now - round(hours * HOUR)
    found = [
        row
        for row in rows
        if since < row.detected_at <= now and row.severity >= LEVELS[min_severity] and site in (None, row.site)
    ]
    found.sort(key=lambda row: (-row.detected_at, row.number))
    filters = {"site_id": site, "min_severity": min_severity, "hours": hours}
    return CorrelationList(len(found), filters, [_incident(row, label) for row in found[:MOST]])


def longest_window(activity: Activity) -> int:
    """The longest window that can be asked for, in minutes."""
    return activity.keep // MINUTE


def _window(partition: Partition, site: str, minutes: int | None) -> int:
    """The window in microseconds: as asked, or what is set for the place."""
    activity = partition.detectors.activity
    if minutes is None:
        config = activity.places.at(partition.name, partition.registry.client_of(site), site)
        return min(config.signals.window, activity.keep)
    if not 1 <= minutes <= longest_window(activity):
        raise BadQuestion(f"window_minutes lies between 1 and {longest_window(activity)}, not {minutes}")
    return minutes * MINUTE


def _incident(row: Correlation, label: Callable[[str | None], str]) -> CorrelatedIncident:
    return CorrelatedIncident(
        row.id,
        row.person,
        label(f"person/{row.person}") if row.person else None,
        row.site,
        label(f"site/{row.site}") if row.site else None,
        NAMES[row.severity],
        row.score,
        told(row.signals),
        len(row.alert_ids),
        times.text(row.detected_at),
        row.investigated,
        row.root_cause,
        row.reasons,
    )
