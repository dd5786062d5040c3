"""What a foreign message becomes, and how it is written as an event (WIRE.md §4 and §5, "Foreign senders")."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from data import times
from data.records import DEFAULT_TENANT
from engine.settings.sources import ForeignSettings, Severity

FIRING: Final = "noc.alert.firing"
RESOLVED: Final = "noc.alert.resolved"
_LONGEST: Final = 128  # characters of an id
_TYPE: Final = 256  # characters of an alert type
_TEXT: Final = 4_000  # characters of a message

_WORDS: Final[dict[str, Severity]] = {
    "critical": "CRITICAL", "fatal": "CRITICAL", "emergency": "CRITICAL", "page": "CRITICAL", "disaster": "CRITICAL",
    "high": "HIGH", "error": "HIGH", "major": "HIGH", "err": "HIGH",
    "medium": "MEDIUM", "warning": "MEDIUM", "warn": "MEDIUM", "average": "MEDIUM",
    "low": "LOW", "minor": "LOW", "notice": "LOW",
    "info": "INFO", "information": "INFO", "informational": "INFO", "none": "INFO", "debug": "INFO",
}  # fmt: skip
UNKNOWN: Final[Severity] = "MEDIUM"

# Labels whose name is no kind of thing: what they name is a host.
_HOSTS: Final = frozenset(("instance", "host", "hostname", "node", "nodename"))


class BadPayload(ValueError):
    """A payload that cannot be read; the text names the field."""


class Mapped(msgspec.Struct):
    """One event to be: its type and data. `source` is who reported it."""

    type: str
    data: dict[str, Any]
    source: str


class Ordinals:
    """Numbers messages within a process, so that two of one arrival differ."""

    def __init__(self) -> None:
        self._next = 0

    def take(self, count: int) -> int:
        first = self._next
        self._next += count
        return first


def written(mapped: Iterable[Mapped], way: str, arrival: int, first: int, tenant: str | None = None) -> list[bytes]:
    """Events as JSON, with ids from the way, the time of arrival (wall, microseconds) and their ordinal."""
    moment = times.text(arrival)
    return [
        msgspec.json.encode(
            {
                "specversion": "1.0",
                "id": f"{way}/{arrival}/{ordinal}",
                "source": one.source,
                "type": one.type,
                "time": moment,
                "tenant": tenant or DEFAULT_TENANT,
                "data": {name: value for name, value in one.data.items() if value is not None},
            }
        )
        for ordinal, one in enumerate(mapped, first)
    ]


def severity_of(labels: dict[str, str], settings: ForeignSettings) -> Severity:
    """By the first of the configured labels that is there; a word that nobody knows is MEDIUM."""
    for name in settings.severity_labels:
        word = labels.get(name, "").strip().casefold()
        if word:
            return word_of(word, settings)
    return UNKNOWN


def word_of(word: str, settings: ForeignSettings) -> Severity:
    folded = word.strip().casefold()
    known = {name.casefold(): level for name, level in settings.severities.items()}
    return known.get(folded) or _WORDS.get(folded) or UNKNOWN


def entity_of(labels: dict[str, str], names: Sequence[str]) -> str | None:
    """A reference by the first of these labels that is there."""
    for name in names:
        value = labels.get(name, "").strip()
        if value:
            return host(value) if name in _HOSTS else reference(name, value)
    return None


def host(value: str) -> str:
    """`web-1:9100` and `web-1` are one host: ports are those of exporters."""
    name, colon, port = value.rpartition(":")
    bare = name if colon and port.isdigit() and "/" not in value else value
    return reference("host", bare.strip("[]") or value)


def reference(kind: str, value: str) -> str:
    """`kind/value`, or `value` where it is a reference already."""
    head, slash, rest = value.partition("/")
    if slash and rest and head.isidentifier() and len(rest) <= _LONGEST:
        return value
    return f"{kind}/{value[:_LONGEST]}"


def site_of(labels: dict[str, str], settings: ForeignSettings) -> str | None:
    found = next((labels[name] for name in settings.site_labels if labels.get(name)), None)
    return found[:_LONGEST] if found else None


def alert_type(text: str) -> str:
    return text[:_TYPE] or "unnamed"


def message(text: str) -> str:
    return text[:_TEXT]


def moment_of(text: Any, field: str) -> int | None:
    """A time of a foreign message in microseconds; None for none, and for years before 1970, which mean none.
    Raises BadPayload."""
    if text is None or text == "":
        return None
    try:
        found = times.parse(text)
    except (ValueError, TypeError, AttributeError, msgspec.ValidationError):
        raise BadPayload(f"Expected an RFC 3339 time, got `{str(text)[:64]}` - at `$.{field}`") from None
    return found if found >= 0 else None
