"""Channels: each way from a route to one of its receivers, with what goes there and how it is grouped."""

from collections.abc import Callable
from typing import Any

import msgspec

from data.records.alert import Alert
from data.records.severity import NAMES
from data.times import HOUR, SECOND
from engine.query import Kind, Match, parse
from engine.query.schemas import ALERTS
from engine.settings.notify import Notify, Receiver, Route

USUAL = Route(to=())  # without routes: everything, one group for each incident


class Channel(msgspec.Struct, frozen=True):
    """`name` stays the same while receiver and route say the same, so that what was told is known after a restart.
    `labels` reads what an alert is grouped by; None: its incident, or the alert itself."""

    name: str
    receiver: str
    resolved: bool
    match: Match
    labels: Callable[[Alert], dict[str, str]] | None
    wait: int = 5 * SECOND
    interval: int = 30 * SECOND
    repeat: int = 4 * HOUR


def channels_of(notify: Notify, zone: str = "UTC") -> list[Channel]:
    """In the order of routes and their receivers. Raises QueryError for a match that cannot be read."""
    by_name = {receiver.name: receiver for receiver in notify.receivers}
    routes = notify.routes or (msgspec.structs.replace(USUAL, to=tuple(by_name)),)
    return [_channel(route, by_name[name], zone) for route in routes for name in route.to if name in by_name]


def _channel(route: Route, receiver: Receiver, zone: str) -> Channel:
    name = f"{receiver.name}: {route.match or 'all'} by {','.join(route.group_by) or 'incident'}"
    return Channel(
        name, receiver.name, receiver.resolved, parse(route.match).compile(ALERTS, zone=zone), _labels(route.group_by),
        route.group_wait, route.group_interval, route.repeat,
    )  # fmt: skip


def _labels(names: tuple[str, ...]) -> Callable[[Alert], dict[str, str]] | None:
    if not names:
        return None
    readers = [(name, _reader(name)) for name in names]
    return lambda alert: {name: read(alert) for name, read in readers}


def _reader(name: str) -> Callable[[Alert], str]:
    found = ALERTS.find(name)
    if found is None:
        return lambda alert: alert.labels.get(name, "")
    field, key = found
    if field.kind is Kind.SEVERITY:
        return lambda alert: NAMES[alert.severity]
    if key:
        return lambda alert: str(field.read(alert).get(key, ""))
    return lambda alert: _text(field.read(alert))


def _text(value: Any) -> str:
    return "" if value is None else str(value)
