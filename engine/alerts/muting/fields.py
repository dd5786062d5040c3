"""What a matcher sees of an alert: its fields under the names people write, or its labels. Missing is empty."""

from collections.abc import Callable

from data.records.alert import Alert
from data.records.severity import NAMES

SEVERITY = "severity"
SAME = {"alertname": "alert_type"}  # other names of a field


def entity_of(alert: Alert) -> str:
    return alert.entity or alert.labels.get("entity", "")


def site_of(alert: Alert) -> str:
    return alert.site or alert.labels.get("site", "")


def client_of(alert: Alert) -> str:
    return alert.client or alert.labels.get("client", "")


_FIELDS: dict[str, Callable[[Alert], str]] = {
    "alert_type": lambda alert: alert.alert_type,
    "severity": lambda alert: NAMES[alert.severity],
    "entity": entity_of,
    "site": site_of,
    "client": client_of,
    "source": lambda alert: alert.source,
    "tenant": lambda alert: alert.tenant,
}
FIELDS = (*_FIELDS, *SAME)


def field(name: str) -> str:
    """The one name of a field: `alertname` is `alert_type`."""
    return SAME.get(name, name)


def reader(name: str) -> Callable[[Alert], str]:
    """Reads the field or label of that name. `device`, `host` and other kinds name the entity, where no label does."""
    known = _FIELDS.get(field(name))
    if known is not None:
        return known

    def read(alert: Alert) -> str:
        value = alert.labels.get(name)
        if value is not None:
            return value
        entity = alert.entity
        if entity is not None and entity.startswith(name) and entity[len(name) : len(name) + 1] == "/":
            return entity[len(name) + 1 :]
        return ""

    return read
