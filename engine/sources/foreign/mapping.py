"""JSON of any other system becomes events, by rules of the configuration (`engine.settings.mapping`)."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec

from data import times
from data.clean import clean_line
from data.records import DEFAULT_TENANT
from data.records.severity import LEVELS
from data.times import SECOND
from data.wire import BadEvent, Event, decode
from engine.query.texts import glob_whole
from engine.settings.mapping import Rule, TypeRule
from engine.settings.sources import ForeignSettings, Source
from engine.sources.foreign.expressions import Expression, NoValue, expression
from engine.sources.foreign.mapped import BadPayload, word_of

ITEM: Final = ("item", "payload")
EVENT: Final = ("event", "data")
MOST: Final = 20_000  # items of a payload
_MILLISECONDS: Final = 1e11  # numbers above it are no seconds of our times
_ALERTS: Final = "noc.alert."


class Items(NamedTuple):
    """What a payload came to. `lines` are events as JSON, `places` their items; `refused` holds (item, its JSON, why);
    items without a rule are `skipped`."""

    lines: list[bytes]
    places: list[int]
    refused: list[tuple[int, bytes, str]]
    skipped: int


class Mapping:
    """The rules of one source. Raises TermError for an expression that cannot be used."""

    def __init__(self, source: Source, settings: ForeignSettings) -> None:
        self.source = source
        self._settings = settings
        self._each = expression(source.each, ITEM[1:]) if source.each else None
        self._rules = [_Compiled(rule, f"map[{number}]") for number, rule in enumerate(source.map)]

    def read(self, body: bytes, arrival: int, ordinal: int, tenant: str | None = None) -> Items:
        """Ids of items that have none come from the time of arrival (wall, microseconds) and the ordinal of the first.
        Raises BadPayload for what is no payload at all."""
        payload = parsed(body)
        found = Items([], [], [], 0)
        skipped = 0
        for place, item in enumerate(self._items(payload)):
            facts = {"item": item, "payload": payload}
            rule = next((one for one in self._rules if one.when is None or one.when.holds(facts)), None)
            if rule is None:
                skipped += 1
                continue
            try:
                event = self._event(rule, facts, arrival, ordinal + place, tenant)
                found.lines.append(decode(msgspec.json.encode(event)).line)
                found.places.append(place)
            except (BadPayload, BadEvent) as error:
                found.refused.append((place, msgspec.json.encode(item), str(error)))
        return found._replace(skipped=skipped)

    def _items(self, payload: Any) -> list[Any]:
        if self._each is not None:
            try:
                payload = self._each.value({"payload": payload})
            except NoValue as error:
                raise BadPayload(f"each: {error}") from None
        items = payload if isinstance(payload, list) else [payload]
        if len(items) > MOST:
            raise BadPayload(f"{len(items)} items are over {MOST}")
        return items

    def _event(
        self, rule: "_Compiled", facts: dict[str, Any], arrival: int, ordinal: int, tenant: str | None
    ) -> dict[str, Any]:
        name = self.source.name
        data = _fields(rule.rule.type, rule.data, facts, f"{rule.place}.data", self._settings)
        event = {
            "specversion": "1.0",
            "id": rule.text("id", facts) or f"{name}/{arrival}/{ordinal}",
            "source": rule.text("source", facts) or name,
            "type": rule.rule.type,
            "time": times.text(_moment(rule.value("time", facts), arrival, f"{rule.place}.time")),
            "tenant": tenant or rule.text("tenant", facts) or self.source.tenant or DEFAULT_TENANT,
            "subject": rule.text("subject", facts),
            "data": data,
        }
        return {field: value for field, value in event.items() if value is not None}


class _Compiled:
    """A rule, ready to be used. `place` is where it stands in its source."""

    def __init__(self, rule: Rule, place: str) -> None:
        self.rule, self.place = rule, place
        self.when = expression(rule.when, ITEM) if rule.when else None
        names = ("id", "time", "source", "subject", "tenant")
        self._of = {name: expression(text, ITEM) for name in names if (text := getattr(rule, name))}
        self.data = {field: expression(text, ITEM) for field, text in rule.data.items()}

    def value(self, name: str, facts: dict[str, Any]) -> Any:
        """None where the rule says nothing of it."""
        one = self._of.get(name)
        return None if one is None else _value(one, facts, f"{self.place}.{name}")

    def text(self, name: str, facts: dict[str, Any]) -> str | None:
        value = self.value(name, facts)
        if isinstance(value, bool | list | dict):
            shown = msgspec.json.encode(value)[:64].decode(errors="replace")
            raise BadPayload(f"{self.place}.{name}: Expected a text, got {shown}")
        return None if value is None else str(value)


class Types:
    """Rules for events whose type lies outside `noc.`; the first that matches counts. Raises TermError."""

    def __init__(self, rules: Sequence[TypeRule], settings: ForeignSettings) -> None:
        self._settings = settings
        self._rules = [
            (
                rule,
                glob_whole(rule.match),
                expression(rule.when, EVENT) if rule.when else None,
                expression(rule.subject, EVENT) if rule.subject else None,
                {field: expression(text, EVENT) for field, text in rule.data.items()},
            )
            for rule in rules
        ]

    def mapped(self, event: Event) -> Event:
        """What it becomes; itself if no rule is for it. Its own type and data are kept in `original`. Raises
        BadPayload or BadEvent, naming the field, where a rule cannot be followed."""
        if event.type.startswith("noc."):
            return event
        whole = msgspec.json.decode(event.line)
        facts = {"event": whole, "data": whole.get("data")}
        for rule, named, when, subject, fields in self._rules:
            if named(event.type) and (when is None or when.holds(facts)):
                data = _fields(rule.type, fields, facts, "data", self._settings)
                data["original"] = {"type": event.type, "data": whole.get("data")}
                made = {**whole, "type": rule.type, "data": data}
                if subject is not None:
                    made["subject"] = _value(subject, facts, "subject")
                return decode(msgspec.json.encode(made))
        return event


def parsed(body: bytes) -> Any:
    """JSON, or JSON Lines as a list. Raises BadPayload, with the line where one of several is no JSON."""
    try:
        return msgspec.json.decode(clean_line(body))
    except RecursionError:
        raise BadPayload("nested too deeply - at `$`") from None
    except ValueError as whole:
        lines = [(number, line) for number, line in enumerate(body.split(b"\n"), 1) if line.strip()]
        if len(lines) < 2 or len(lines) > MOST:
            raise BadPayload(f"this is no JSON: {whole}") from None
    items = []
    for number, line in lines:
        try:
            items.append(msgspec.json.decode(clean_line(line)))
        except (ValueError, RecursionError) as error:
            raise BadPayload(f"line {number} is no JSON: {error or 'nested too deeply'}") from None
    return items


def _value(one: Expression, facts: dict[str, Any], field: str) -> Any:
    try:
        return one.value(facts)
    except NoValue as error:
        raise BadPayload(f"{field}: {error}") from None


def _fields(
    type: str, fields: dict[str, Expression], facts: dict[str, Any], place: str, settings: ForeignSettings
) -> dict[str, Any]:
    """The data of an event, without what is null; a severity may be any word that is known for one."""
    data = {field: _value(one, facts, f"{place}.{field}") for field, one in fields.items()}
    if type.startswith(_ALERTS) and isinstance(word := data.get("severity"), str):
        data["severity"] = word if word in LEVELS else word_of(word, settings)
    return {field: value for field, value in data.items() if value is not None}


def _moment(value: Any, arrival: int, place: str) -> int:
    if value is None or value == "":
        return arrival
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value / 1000 if abs(value) > _MILLISECONDS else value
        if 0 <= seconds <= 253_402_300_799:  # the end of year 9999; NaN is neither
            return round(seconds * SECOND)
        raise BadPayload(f"{place}: {value} is no time since 1970")
    try:
        return times.parse(value)
    except (ValueError, TypeError, AttributeError):
        raise BadPayload(f"{place}: Expected an RFC 3339 time or a number, got `{str(value)[:64]}`") from None
