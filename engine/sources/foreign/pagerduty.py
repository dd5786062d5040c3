"""Events of PagerDuty's senders (Events API v2): trigger, acknowledge, resolve, tied together by `dedup_key`."""

from typing import Any, Final

import msgspec

from data import ids, times
from engine.alerts.template import template
from engine.settings.sources import ForeignSettings, Severity
from engine.sources.foreign.mapped import (
    FIRING,
    RESOLVED,
    Mapped,
    alert_type,
    host,
    message,
    moment_of,
    reference,
    site_of,
)

WAY: Final = "pagerduty"
SEVERITIES: Final[dict[str, Severity]] = {"critical": "CRITICAL", "error": "HIGH", "warning": "MEDIUM", "info": "INFO"}
ACTIONS: Final = ("trigger", "acknowledge", "resolve")
_KEY: Final = 255  # characters of a dedup_key


class Payload(msgspec.Struct, rename={"kind": "class"}):
    summary: str = ""
    source: str = ""
    severity: str = ""
    timestamp: str | None = None
    component: str | None = None
    group: str | None = None
    kind: str | None = None
    custom_details: Any = None


class Enqueued(msgspec.Struct):
    """The body of `POST /v2/enqueue`."""

    routing_key: str = ""
    event_action: str = ""
    dedup_key: str | None = None
    payload: Payload | None = None
    client: str | None = None
    client_url: str | None = None
    links: list[Any] | None = None
    images: list[Any] | None = None


def problems(event: Enqueued) -> list[str]:
    """What PagerDuty itself would not take, in its order."""
    found = [] if event.routing_key.strip() else ["'routing_key' is missing or blank"]
    if event.event_action not in ACTIONS:
        found.append(f"'event_action' must be one of {', '.join(ACTIONS)}")
    if event.dedup_key is not None and len(event.dedup_key) > _KEY:
        found.append(f"'dedup_key' is longer than {_KEY} characters")
    if event.event_action == "trigger":
        payload = event.payload
        if payload is None:
            return [*found, "'payload' is missing or blank"]
        found += [
            f"'payload.{name}' is missing or blank" for name in ("summary", "source") if not getattr(payload, name)
        ]
        if payload.severity not in SEVERITIES:
            found.append(f"'payload.severity' must be one of {', '.join(SEVERITIES)}")
    elif not event.dedup_key:
        found.append("'dedup_key' is missing or blank")
    return found


def new_key(arrival: int, ordinal: int) -> str:
    """The key of a trigger without one: a new one each time."""
    return ids.derive("PD", WAY, str(arrival), str(ordinal))


def triggered(event: Enqueued, key: str, arrival: int, settings: ForeignSettings) -> Mapped:
    """Raises BadPayload for a time that is none."""
    payload = event.payload
    assert payload is not None
    named = {"component": payload.component, "group": payload.group, "class": payload.kind, "client": event.client}
    details = payload.custom_details
    annotations = _texts(details) if isinstance(details, dict) else {"details": _text(details)} if details else {}
    sites = {name: value for name, value in annotations.items() if name in settings.site_labels}
    starts = moment_of(payload.timestamp, "payload.timestamp")
    data = {
        "alert_type": alert_type(payload.kind or payload.component or template(payload.summary)),
        "severity": SEVERITIES[payload.severity],
        "entity": reference("host", payload.source) if "/" in payload.source else host(payload.source),
        "site": site_of(sites, settings),
        "message": message(payload.summary),
        "labels": {name: value for name, value in named.items() if value} or None,
        "annotations": annotations or None,
        "fingerprint": fingerprint(event.routing_key, key),
        "starts_at": times.text_or_none(starts),
        "ends_at": times.text(arrival + settings.lease),
        "generator_url": event.client_url or None,
    }
    return Mapped(FIRING, data, WAY)


def resolved(key: str, routing_key: str, known: tuple[str, str] | None) -> Mapped:
    """`known` is (type, severity) of the alert that is open, if one is: a resolve need not name them."""
    kind, level = known or ("pagerduty", "INFO")
    return Mapped(RESOLVED, {"alert_type": kind, "severity": level, "fingerprint": fingerprint(routing_key, key)}, WAY)


def acknowledged(alert: str, client: str | None) -> Mapped:
    """What a person did at the sender's side, as if done here."""
    data = {"target": f"alert/{alert}", "action": "acknowledge", "actor": client or "pagerduty"}
    return Mapped("noc.operator.acted", data, WAY)


def fingerprint(routing_key: str, key: str) -> str:
    """Keys of different senders are different. The routing key is a secret, so only its hash goes on."""
    return f"pd:{ids.fingerprint('pagerduty', routing_key, key):016x}"


def _texts(details: dict[Any, Any]) -> dict[str, str]:
    return {str(name)[:200]: _text(value) for name, value in list(details.items())[:100]}


def _text(value: Any) -> str:
    return message(value if isinstance(value, str) else msgspec.json.encode(value).decode())
