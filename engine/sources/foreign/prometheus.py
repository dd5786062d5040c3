"""Alerts of Prometheus (Alertmanager's API v2) and of Alertmanager's webhook, version 4.

Formats after Alertmanager's `api/v2/openapi.yaml` and the webhook section of its configuration manual.
"""

from functools import lru_cache
from typing import Any, Final

import msgspec

from data import times
from engine.settings.sources import ForeignSettings
from engine.sources.foreign.mapped import (
    FIRING,
    RESOLVED,
    BadPayload,
    Mapped,
    alert_type,
    entity_of,
    message,
    moment_of,
    severity_of,
    site_of,
)

PUSHED: Final = "prometheus"
HOOKED: Final = "alertmanager"
_OFFSET, _PRIME = 0xCBF29CE484222325, 0x100000001B3
_WORDS: Final = ("summary", "description", "message")


class Alert(msgspec.Struct, rename="camel"):
    """One alert of the API v2."""

    labels: dict[str, str]
    annotations: dict[str, str] = {}
    starts_at: str | None = None
    ends_at: str | None = None
    generator_url: str | None = msgspec.field(default=None, name="generatorURL")


class Hooked(Alert, rename="camel"):
    """One alert of the webhook."""

    status: str = "firing"
    fingerprint: str = ""


class Webhook(msgspec.Struct, rename="camel"):
    """The body of the webhook."""

    version: str
    alerts: list[msgspec.Raw]
    receiver: str = ""
    external_url: str = msgspec.field(default="", name="externalURL")


def pushed(alert: Alert, arrival: int, settings: ForeignSettings) -> Mapped:
    """An alert as Prometheus pushes it, again and again while it fires: `endsAt` in the future is the lease until the
    next time, in the past the end. Raises BadPayload."""
    starts, ends = moment_of(alert.starts_at, "startsAt"), moment_of(alert.ends_at, "endsAt")
    if starts is not None and ends is not None and starts > ends:
        raise BadPayload("Expected a start before the end - at `$.startsAt`")
    over = ends is not None and ends <= arrival
    data = _data(alert, starts, settings)
    data["ends_at"] = times.text_or_none(ends)
    return Mapped(RESOLVED if over else FIRING, data, PUSHED)


def hooked(alert: Hooked, arrival: int, settings: ForeignSettings) -> Mapped:
    """An alert as Alertmanager's webhook tells of it: `status` counts, and it is repeated after hours only. Raises
    BadPayload."""
    if alert.status not in ("firing", "resolved"):
        raise BadPayload(f"Expected `firing` or `resolved`, got `{alert.status[:64]}` - at `$.status`")
    data = _data(alert, moment_of(alert.starts_at, "startsAt"), settings)
    ends = moment_of(alert.ends_at, "endsAt")
    firing = alert.status == "firing"
    lease = arrival + settings.lease
    data["ends_at"] = times.text(max(ends or 0, lease)) if firing else times.text_or_none(ends)
    return Mapped(FIRING if firing else RESOLVED, data, HOOKED)


def _data(alert: Alert, starts: int | None, settings: ForeignSettings) -> dict[str, Any]:
    labels = {name: value for name, value in alert.labels.items() if value}  # as Alertmanager: empty is not there
    if not labels:
        raise BadPayload("Expected at least one label - at `$.labels`")
    if any(not name or (not name.isascii() and not name.isprintable()) for name in labels):
        raise BadPayload("Expected names of labels - at `$.labels`")
    said = next((alert.annotations[name] for name in _WORDS if alert.annotations.get(name)), "")
    return {
        "alert_type": alert_type(labels.get("alertname", "")),
        "severity": severity_of(labels, settings),
        "entity": entity_of(labels, settings.entity_labels),
        "site": site_of(labels, settings),
        "message": message(said),
        "labels": labels,
        "annotations": alert.annotations or None,
        "fingerprint": fingerprint(labels),
        "starts_at": times.text_or_none(starts),
        "generator_url": alert.generator_url or None,
    }


def fingerprint(labels: dict[str, str]) -> str:
    """Prometheus' own of a label set (FNV-1a, 64 bits, as in `model.LabelSet.Fingerprint`), so that an alert is the
    same alert whether it comes straight from Prometheus or by Alertmanager."""
    return _fnv(tuple(labels.items()))


@lru_cache(maxsize=16_384)  # Prometheus tells the same alerts again every minute, and this goes byte by byte
def _fnv(pairs: tuple[tuple[str, str], ...]) -> str:
    value = _OFFSET
    for pair in sorted((name.encode("utf-8", "surrogatepass"), text) for name, text in pairs):
        for part in (pair[0], pair[1].encode("utf-8", "surrogatepass")):
            for byte in part:
                value = (value ^ byte) * _PRIME & 0xFFFFFFFFFFFFFFFF
            value = (value ^ 0xFF) * _PRIME & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"
