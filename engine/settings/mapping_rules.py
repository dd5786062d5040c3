"""What must hold of mappings: expressions that compile, types that there are, the fields that these need."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.query.errors import did_you_mean
from engine.settings.mapping import Rule, TypeRule
from engine.settings.reading import Reading
from engine.settings.sources import Source

if TYPE_CHECKING:
    from data.payloads import Payload

_HINT = "see https://cel.dev; texts stand in quotes: 'CRITICAL'"


def check_mappings(reading: Reading) -> None:
    """Tells in `reading` what is wrong, each with its line. CEL is loaded only where there is an expression."""
    sources: list[tuple[str, Source]] = reading.elements.get("sources", [])
    for key, source in sources:
        if source.kind == "json":
            _compile(reading, f"{key}.each", source.each, ("payload",))
        elif source.map or source.each:
            name = "map" if source.map else "each"
            reading.at(
                f"{key}.{name}", f"a source of kind {source.kind} has no '{name}'", "remove it, or use `kind: json`"
            )
        rules: list[tuple[str, Rule]] = reading.elements.get(f"{key}.map", [])
        for place, rule in rules:
            for name in ("when", "id", "time", "source", "subject", "tenant"):
                _compile(reading, f"{place}.{name}", getattr(rule, name), ("item", "payload"))
            _check_fields(reading, place, rule, ("item", "payload"))
        _unreached(reading, [(place, rule.when) for place, rule in rules])
    typed: list[tuple[str, TypeRule]] = reading.elements.get("foreign.types", [])
    for place, one in typed:
        if one.match.startswith("noc."):
            reading.at(f"{place}.match", f"'{one.match}' lies inside noc.", "only foreign types can be mapped")
        for name in ("when", "subject"):
            _compile(reading, f"{place}.{name}", getattr(one, name), ("event", "data"))
        _check_fields(reading, place, one, ("event", "data"))


def _check_fields(reading: Reading, place: str, rule: Rule | TypeRule, variables: tuple[str, ...]) -> None:
    for field, text in rule.data.items():
        _compile(reading, f"{place}.data.{field}", text, variables)
    if not rule.type.startswith("noc."):
        return
    from data.payloads import TYPES  # only who maps pays for it

    kind = TYPES.get(rule.type)
    if kind is None:
        hint = did_you_mean(rule.type, list(TYPES)) or "write a type of the wire, such as noc.alert.firing"
        reading.at(f"{place}.type", f"there is no type '{rule.type}'", hint)
        return
    for name in _needed(kind):
        if name not in rule.data:
            reading.at(f"{place}.type", f"{rule.type} needs '{name}' in its data", f"add `{name}:` to `data:`")


def _needed(kind: "type[Payload]") -> Iterator[str]:
    from msgspec.structs import fields

    yield from (field.encode_name for field in fields(kind) if field.required)


def _compile(reading: Reading, key: str, text: str, variables: tuple[str, ...]) -> None:
    if not text:
        return
    from engine.respond.playbooks.terms import TermError
    from engine.sources.foreign.expressions import expression

    try:
        expression(text, variables)
    except TermError as error:
        names = " and ".join(f"`{name}`" for name in variables)
        reading.at(key, f"'{text[:80]}' {error}", f"{_HINT}; there {'are' if len(variables) > 1 else 'is'} {names}")


def _unreached(reading: Reading, rules: list[tuple[str, str]]) -> None:
    for place, when in rules[:-1]:
        if not when:
            reading.warn(f"{place}.type", "rules below it are never asked: it is for all items", "give it a `when`")
            return
