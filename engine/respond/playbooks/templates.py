"""Parameters with places for facts: `Camera {{ alert.entity }} at {{ site.name }}`. Nothing is computed, and a fact can
only ever become part of the text that its place stands in, never a further parameter or argument: in a URL it is
percent-encoded, in a form too, in a body of JSON it is the inside of a string, or a value."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

_PLACE = re.compile(r"\{\{\s*([a-z_]+(?:\.[A-Za-z0-9_\-]+)*)\s*\}\}")
_ANY = re.compile(r"\{\{.*?\}\}|\{\{|\}\}", re.DOTALL)
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?|true|false", re.ASCII)
LONGEST = 500  # letters of one fact

Write = Callable[[str, str], str]
"""How a fact is written behind the text before its place."""


class TemplateError(ValueError):
    """A place that names nothing; the text says which."""


def render(value: Any, facts: Mapping[str, Any], write: Write = lambda fact, before: fact) -> Any:
    """The same shape with facts in their places. Raises TemplateError for one that is not known."""
    if isinstance(value, str):
        return _PLACE.sub(lambda found: write(_fact(found[1], facts), found.string[: found.start()]), value)
    if isinstance(value, dict):
        return {name: render(each, facts, write) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [render(each, facts, write) for each in value]
    return value


def of_action(action: str, params: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a step; those of a web request each as their place in it asks for."""
    made: dict[str, Any] = render(dict(params), facts)
    if action != "http_request":
        return made
    if isinstance(params.get("url"), str):
        made["url"] = render(params["url"], facts, _in_url)
    body = params.get("body")
    if isinstance(body, str):
        headers = params.get("headers")
        form = "form-urlencoded" in str(headers).lower()
        made["body"] = render(body, facts, _in_url if form else _in_json if body.lstrip()[:1] in ("{", "[") else _plain)
    return made


def _plain(fact: str, before: str) -> str:  # noqa: ARG001
    return fact


def _in_url(fact: str, before: str) -> str:  # noqa: ARG001
    """Dots alone would be a step up, however they are encoded."""
    return "unknown" if set(fact) <= {"."} else quote(fact, safe="")


def _in_json(fact: str, before: str) -> str:
    whole = msgspec.json.encode(fact).decode()
    if len(re.findall(r'(?<!\\)(?:\\\\)*"', before)) % 2:
        return whole[1:-1]
    return fact if _NUMBER.fullmatch(fact) else whole


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
    return str(found)[:LONGEST].encode("utf-8", "replace").decode()  # half a pair of a surrogate is no text


def _unknown(path: str) -> str:
    raise TemplateError(f"there is no `{path}` here")
