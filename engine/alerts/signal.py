"""What raises or ends an alert, from wherever it comes: a monitoring source, or a detector of our own."""

from collections.abc import Callable

import msgspec

from data import ids, times
from data.payloads import AlertSignal, Labels
from data.records import severity
from data.references import bare
from data.wire import Event

UNTIL_CLEARED = 1 << 62  # a lease that never runs out by itself


class Signal(msgspec.Struct):
    """One report on one condition. `fingerprint` is the identity of the alert; times are microseconds; `cause`
    stands for what made the report (an event's identity), so that ids follow from it.

    `ends_at` is the end of the lease that the report grants (None: the configured one); at or before `time` it
    says that the condition had no duration."""

    firing: bool
    alert_type: str
    severity: int
    time: int
    source: str
    fingerprint: int
    cause: int
    entity: str | None = None
    site: str | None = None
    message: str = ""
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    started_at: int | None = None
    ends_at: int | None = None
    generator_url: str | None = None


def identity(alert_type: str, entity: str | None, site: str | None) -> int:
    """The identity of an alert whose source gives no fingerprint."""
    return ids.of_alert(alert_type, entity, site)


def from_event(event: Event, site: str | None, identity_of: Callable[[str, AlertSignal], int] | None = None) -> Signal:
    """The signal in a `noc.alert.*` event; `site` is that of its entity, for an alert that names none. `identity_of`
    follows the rules of the configuration; without it the source's fingerprint counts, else type, entity and site.

    The identity is taken from what the event itself says, so that it does not change when the entity's site
    becomes known later."""
    data: AlertSignal = event.data
    named = bare(data.site)
    return Signal(
        firing=event.type == "noc.alert.firing",
        alert_type=data.alert_type,
        severity=severity.LEVELS[data.severity],
        time=event.time,
        source=event.source,
        fingerprint=identity_of(event.source, data) if identity_of is not None else _stated(data, named),
        cause=event.identity,
        entity=data.entity,
        site=named or site,
        message=data.message or "",
        labels=_texts(data.labels),
        annotations=_texts(data.annotations),
        started_at=times.from_datetime(data.starts_at) if data.starts_at else None,
        ends_at=times.from_datetime(data.ends_at) if data.ends_at else None,
        generator_url=data.generator_url,
    )


def _stated(data: AlertSignal, site: str | None) -> int:
    if data.fingerprint:
        return ids.fingerprint("given", data.fingerprint)
    return identity(data.alert_type, data.entity, site)


def _texts(labels: Labels | None) -> dict[str, str]:
    if not labels:
        return {}
    return {name: value if isinstance(value, str) else _text(value) for name, value in labels.items()}


def _text(value: float | bool | None) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
