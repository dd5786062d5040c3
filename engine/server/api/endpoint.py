"""One endpoint: its parameters, what it answers, and who works that out."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Literal

import msgspec
from starlette.datastructures import QueryParams

from data import times
from data.records.severity import LEVELS
from engine.access.caller import Caller
from engine.server.refusal import Refusal
from engine.server.service import Service
from engine.server.sight import Sight

Kind = Literal["text", "integer", "number", "time", "severity"]
TENANT_DOC: Final = "the tenant; needed where the token is for several"


class Param(msgspec.Struct, frozen=True):
    """One parameter of the query. `default` None: may be left out, and means no limit. `many` may be repeated and give
    a tuple; a name that ends in a dot stands for all that begin so, and gives pairs of the rest and the value."""

    name: str
    kind: Kind
    doc: str
    default: Any = None
    least: float | None = None
    most: float | None = None
    needed: bool = False
    many: bool = False


TENANT: Final = Param("tenant", "text", TENANT_DOC)


class Ask(msgspec.Struct):
    """One request: who asks, of which tenant, and for what. `path` are the parts of the path in braces."""

    service: Service
    caller: Caller
    tenant: str
    sight: Sight
    path: Mapping[str, str]
    values: dict[str, Any]

    @property
    def now(self) -> int:
        """Event time of the tenant."""
        return self.service.engine.now(self.tenant)


class Endpoint(msgspec.Struct, frozen=True):
    """`answer` is the type of what `work` gives."""

    path: str
    summary: str
    params: tuple[Param, ...]
    answer: Any
    work: Callable[[Ask], Awaitable[Any]]


def values_of(params: tuple[Param, ...], query: QueryParams) -> dict[str, Any]:
    """The parameters, checked. Raises Refusal 400 naming the one that is wrong, also one that nobody knows."""
    known = {param.name: param for param in (*params, TENANT)}
    values: dict[str, Any] = {name: param.default for name, param in known.items()}
    for name in query:
        begins = name[: name.find(".") + 1]
        if begins and begins in known and len(name) > len(begins):
            values[begins] += tuple((name[len(begins) :], _value(known[begins], text)) for text in query.getlist(name))
            continue
        param = known.get(name)
        if param is None:
            raise Refusal(400, f"there is no parameter `{name[:40]}`; there are {', '.join(known)}")
        given = query.getlist(name)
        if param.many:
            values[name] = tuple(_value(param, text) for text in given)
            continue
        if len(given) > 1:
            raise Refusal(400, f"`{name}` was given twice")
        values[name] = _value(param, given[0])
    missing = next((param.name for param in params if param.needed and values[param.name] is None), None)
    if missing is not None:
        raise Refusal(400, f"`{missing}` is needed")
    return values


def _value(param: Param, text: str) -> Any:
    try:
        value = _READERS[param.kind](text)
    except (ValueError, KeyError):
        raise Refusal(400, f"`{param.name}` is {_WANTED[param.kind]}, not `{text[:40]}`") from None
    least, most = param.least, param.most
    if (least is not None and value < least) or (most is not None and value > most):
        raise Refusal(400, f"`{param.name}` lies between {least:g} and {most:g}")
    return value


def _whole(text: str) -> int:
    if not text.removeprefix("-").isascii() or not text.removeprefix("-").isdigit() or len(text) > 18:
        raise ValueError
    return int(text)


def _number(text: str) -> float:
    value = float(text)
    if value != value or abs(value) == float("inf"):
        raise ValueError
    return value


def _severity(text: str) -> str:
    if text.upper() not in LEVELS:
        raise KeyError
    return text.upper()


def _moment(text: str) -> int:
    # A plus sign in a query is a space unless it was quoted; nothing else in a time is one before the zone.
    return times.parse(text.replace(" ", "+") if "T" in text else text)


def _text(text: str) -> str:
    if "\x00" in text or len(text) > 10_000:
        raise ValueError
    return text


_READERS: Final[dict[str, Callable[[str], Any]]] = {
    "text": _text, "integer": _whole, "number": _number, "time": _moment, "severity": _severity,
}  # fmt: skip
_WANTED: Final = {
    "text": "a text", "integer": "a whole number", "number": "a number", "time": "a time such as 2026-03-01T10:00:00Z",
    "severity": f"one of {', '.join(LEVELS)}",
}  # fmt: skip
