"""What a payload becomes, without sending it anywhere: for `noc source test`."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from data.clean import clean_line
from data.records.entity import Entity
from data.wire import BadEvent, decode
from engine.settings import Config
from engine.settings.sources import ForeignSettings, Source
from engine.sources.foreign import pagerduty, prometheus, syslog
from engine.sources.foreign.mapped import BadPayload, Mapped, written


class Unreadable(ValueError):
    """The payload as a whole is none of its kind."""


Refused = list[tuple[int, str]]


def mapped_trial(source: Source, body: bytes, arrival: int, config: Config) -> tuple[list[bytes], Refused, int]:
    """As `trial`, by the mapping of a json source: each reason tells where the rule stands that could not be followed;
    and how many items have no rule. Raises Unreadable."""
    from engine.sources.foreign.mapping import Mapping as Rules  # CEL is for those who map only

    try:
        found = Rules(source, config.foreign).read(body, arrival, 0)
    except BadPayload as error:
        raise Unreadable(str(error)) from None
    key = f"sources[{config.sources.index(source)}]."
    placed = [(place, _placed(reason, key, config)) for place, _, reason in found.refused]
    return found.lines, placed, found.skipped


def threats_trial(source: Source, body: bytes, arrival: int, sites: Mapping[str, Entity]) -> list[bytes]:
    """The alerts that a feed of warnings would raise at these sites. Raises Unreadable."""
    from engine.sources.threats import feed, items

    try:
        found = items.items_of(body)
    except items.Unreadable as error:
        raise Unreadable(str(error)) from None
    return written(feed.alerts(found, source, sites, arrival), f"threats {source.name}", arrival, 0, source.tenant)


def _placed(reason: str, key: str, config: Config) -> str:
    """With file and line of the rule, where the reason names one."""
    line = config.origins.get(key + reason.partition(":")[0])
    return f"{reason} ({line})" if line else reason


def trial(kind: str, body: bytes, arrival: int, settings: ForeignSettings) -> tuple[list[bytes], Refused]:
    """Events as JSON, and (index, reason) of what would be refused, also by the engine. Raises Unreadable."""
    if kind == "cloudevents":
        return _typed(_several(body), settings)
    mapped, refused = _READERS[kind](body, arrival, settings)
    lines, wrong = _checked(written(mapped, kind, arrival, 0))
    return lines, sorted(refused + wrong)


def _pushed(body: bytes, arrival: int, settings: ForeignSettings) -> tuple[list[Mapped], Refused]:
    return _each(_list(body), lambda one: prometheus.pushed(_as(prometheus.Alert, one), arrival, settings))


def _hooked(body: bytes, arrival: int, settings: ForeignSettings) -> tuple[list[Mapped], Refused]:
    alerts = _as(prometheus.Webhook, body, whole=True).alerts
    return _each(alerts, lambda one: prometheus.hooked(_as(prometheus.Hooked, one), arrival, settings))


def _enqueued(body: bytes, arrival: int, settings: ForeignSettings) -> tuple[list[Mapped], Refused]:
    return _each([body], lambda one: _triggered(one, arrival, settings))


def _logged(body: bytes, _: int, settings: ForeignSettings) -> tuple[list[Mapped], Refused]:
    lines = [line for line in body.split(b"\n") if line.strip()]
    return _each(lines, lambda one: syslog.mapped(syslog.parse(one), "", settings))


_READERS = {"prometheus": _pushed, "alertmanager": _hooked, "pagerduty": _enqueued, "syslog": _logged}


def _each(raw: Iterable[Any], read: Callable[[Any], Mapped]) -> tuple[list[Mapped], Refused]:
    found: list[Mapped] = []
    refused: Refused = []
    for index, one in enumerate(raw):
        try:
            found.append(read(one))
        except (ValueError, RecursionError) as error:
            refused.append((index, str(error)))
    return found, refused


def _triggered(body: bytes, arrival: int, settings: ForeignSettings) -> Mapped:
    event = _as(pagerduty.Enqueued, body, whole=True)
    wrong = pagerduty.problems(event)
    if wrong:
        raise BadPayload("; ".join(wrong))
    key = event.dedup_key or pagerduty.new_key(arrival, 0)
    if event.event_action == "trigger":
        return pagerduty.triggered(event, key, arrival, settings)
    if event.event_action == "resolve":
        return pagerduty.resolved(key, event.routing_key, None)
    return pagerduty.acknowledged("(the open one)", event.client)


def _checked(lines: list[bytes]) -> tuple[list[bytes], Refused]:
    """Those that the engine would take."""
    good: list[bytes] = []
    refused: Refused = []
    for index, line in enumerate(lines):
        try:
            good.append(decode(line).line)
        except BadEvent as error:
            refused.append((index, str(error)))
    return good, refused


def _typed(lines: list[bytes], settings: ForeignSettings) -> tuple[list[bytes], Refused]:
    """CloudEvents, those of foreign types as their rules make them."""
    if not settings.types:
        return _checked(lines)
    from engine.sources.foreign.mapping import Types

    types = Types(settings.types, settings)
    good: list[bytes] = []
    refused: Refused = []
    for index, line in enumerate(lines):
        try:
            good.append(types.mapped(decode(line)).line)
        except (BadEvent, BadPayload) as error:
            refused.append((index, str(error)))
    return good, refused


def _several(body: bytes) -> list[bytes]:
    if body.lstrip()[:1] == b"[":
        return [bytes(one) for one in _list(body)]
    try:
        msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return [line for line in body.split(b"\n") if line.strip()]
    return [body]


def _list(body: bytes) -> list[msgspec.Raw]:
    found: list[msgspec.Raw] = _as(list[msgspec.Raw], body, whole=True)
    return found


def _as(kind: Any, body: Any, *, whole: bool = False) -> Any:
    try:
        return msgspec.json.decode(clean_line(bytes(body)), type=kind)
    except (ValueError, RecursionError) as error:
        if whole:
            raise Unreadable(f"this is no such payload: {error}") from None
        raise
