"""Parameters with places for facts: `Camera {{ alert.entity }} at {{ site.name }}`. Nothing is computed, and a fact can
only ever become part of the text that its place stands in, never a further parameter or argument."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_PLACE = re.compile(r"\{\{\s*([a-z_]+(?:\.[A-Za-z0-9_\-]+)*)\s*\}\}")
_ANY = re.compile(r"\{\{.*?\}\}|\{\{|\}\}", re.DOTALL)
LONGEST = 500  # letters of one fact


class TemplateError(ValueError):
    """A place that names nothing; the text says which."""


def render(value: Any, facts: Mapping[str, Any]) -> Any:
    """The same shape with facts in their places. Raises TemplateError for one that is not known."""
    if isinstance(value, str):
        return _PLACE.sub(lambda found: _fact(found.group(1), facts), value)
    if isinstance(value, dict):
        return {name: render(each, facts) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [render(each, facts) for each in value]
    return value


def problems(value: Any, known: frozenset[str]) -> Iterator[str]:
    """What is wrong with the places in a value: not closed, or naming something that there never is."""
    if isinstance(value, str):
        for found in _ANY.findall(value):
            place = _PLACE.fullmatch(found)
            if place is None:
                yield f"`{found}` is no place for a fact; write it such as {{{{ alert.entity }}}}"
            elif place.group(1).partition(".")[0] not in known:
                yield f"there is no `{place.group(1)}`; there are: {', '.join(sorted(known))}"
    elif isinstance(value, dict):
        for each in value.values():
            yield from problems(each, known)
    elif isinstance(value, list):
        for each in value:
            yield from problems(each, known)


def _fact(path: str, facts: Mapping[str, Any]) -> str:
    found: Any = facts
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    if found is None:
        return "unknown" if path.partition(".")[0] in facts else _unknown(path)
    return str(found)[:LONGEST]


def _unknown(path: str) -> str:
    raise TemplateError(f"there is no `{path}` here")
