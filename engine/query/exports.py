"""Schemas of the rows of `noc export`: plain dicts as WIRE.md lists them, times as RFC 3339 text."""

from collections.abc import Callable
from typing import Any

from data.records.severity import LEVELS
from data.times import parse
from engine.query.schema import Field, Kind, Schema
from engine.query.schemas import timed

# kind: (field that `age`, `since` and `until` go by, "field:kind ..."; a field without kind is a name)
_ROWS: dict[str, tuple[str, str]] = {
    "events": ("time", "source id type time:time tenant subject received_at:time"),
    "tickets": (
        "opened_at",
        "id number title:prose site client priority status category assignee group source "
        "opened_at:time deadline:time resolved_at:time",
    ),
    "alerts": (
        "first_seen",
        "id alert_type severity:severity status entity site client first_seen:time last_seen:time count:number "
        "priority:number cluster_id incident_id assignee message:prose",
    ),
    "assignments": ("time", "event_source event_id alert_id cluster_id incident_id suppressed:flag reason time:time"),
    "findings": (
        "detected_at",
        "id finding_type category severity:severity status site person entity detected_at:time window_start:time "
        "window_end:time title:prose",
    ),
    "anomalies": (
        "detected_at",
        "id anomaly_type severity:severity status person site event_source event_id detected_at:time confidence:number",
    ),
    "clusters": (
        "opened_at",
        "id opened_at:time last_at:time alert_count:number suppressed_count:number severity:severity sites:names "
        "alert_types:names priority:number reason:prose",
    ),
    "incidents": (
        "opened_at",
        "id state severity:severity title:prose opened_at:time closed_at:time sites:names alert_count:number "
        "cluster_ids:names priority:number assignee",
    ),
    "correlations": (
        "detected_at",
        "id person site severity:severity score:number alert_ids:names detected_at:time investigated:flag root_cause",
    ),
    "relations": ("learned_at", "cause effect lag_s:number support:number confidence:number learned_at:time"),
    "predictions": (
        "made_at",
        "id kind entity made_at:time deadline:time probability:number alerted:flag model_version outcome:flag "
        "settled_at:time action_taken:flag site",
    ),
    "fraud": (
        "time",
        "event_source event_id person site time:time probability:number score:number level anomalies:names "
        "model_version decided_at:time status",
    ),
    "metrics": (
        "start",
        "name entity site client unit start:time end:time step_s:number count:number sum:number min:number max:number "
        "mean:number last:number p50:number p95:number p99:number labels:labels",
    ),
    "feed": ("time", "source id type time:time subject sequence:number partition"),
    "audit": ("time", "time:time tenant actor action target outcome"),
    "dead-letters": ("received_at", "received_at:time way source reason:prose head:prose"),
    "playbook-runs": ("started_at", "id playbook finding_id status site started_at:time completed_at:time"),
}
_ALIASES = {
    "severity": ("sev",),
    "alert_type": ("type",),
    "finding_type": ("type",),
    "anomaly_type": ("type",),
    "alert_types": ("type", "alert_type"),
    "sites": ("site",),
    "message": ("msg",),
    "assignee": ("owner",),
    "status": ("state",),
    "state": ("status",),
    "labels": ("label",),
}
KINDS = tuple(sorted(_ROWS))
_made: dict[str, Schema] = {}


def export_schema(kind: str) -> Schema:
    """The schema of the rows of `noc export KIND`. Raises KeyError for a kind without one."""
    if kind not in _made:
        clock, spec = _ROWS[kind]
        fields = [column(part) for part in spec.split()]
        fields.extend(timed(time_of(clock)))
        prose = [one.name for one in fields if one.kind in (Kind.NAME, Kind.PROSE) and not one.many]
        _made[kind] = Schema(kind, fields, lambda row: [text for name in prose if type(text := row.get(name)) is str])
    return _made[kind]


def column(spec: str) -> Field:
    name, _, kind = spec.partition(":")
    aliases = _ALIASES.get(name, ())
    if kind == "names":
        return Field(name, Kind.NAME, names_of(name), aliases, many=True)
    return Field(name, Kind(kind or "name"), READERS.get(kind, value_of)(name), aliases)


def value_of(name: str) -> Callable[[Any], Any]:
    return lambda row: row.get(name)


def names_of(name: str) -> Callable[[Any], Any]:
    return lambda row: found if isinstance(found := row.get(name), (list, tuple)) else ()


def number_of(name: str) -> Callable[[Any], Any]:
    return lambda row: found if type(found := row.get(name)) in (int, float) else None


def level_of(name: str) -> Callable[[Any], Any]:
    def read(row: Any) -> int | None:
        found = row.get(name)
        return found if type(found) is int else LEVELS.get(found) if type(found) is str else None

    return read


def time_of(name: str) -> Callable[[Any], Any]:
    """A time in microseconds; text in RFC 3339 is read, anything else counts as missing."""

    def read(row: Any) -> int | None:
        found = row.get(name)
        if type(found) is int:
            return found
        try:
            return parse(found) if type(found) is str else None
        except ValueError:
            return None

    return read


READERS: dict[str, Callable[[str], Callable[[Any], Any]]] = {
    "number": number_of,
    "severity": level_of,
    "time": time_of,
}
