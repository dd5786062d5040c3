"""Who does what, when; and what came of it."""

from typing import Any

import msgspec


class Deed(msgspec.Struct, frozen=True):
    """`cause` is the identity of the command's event, from which ids follow."""

    cause: int
    action: str
    time: int
    actor: str
    note: str
    params: dict[str, Any]


class Effect(msgspec.Struct, frozen=True):
    """`verdicts` are what a person has said about what belongs together, for the audit."""

    ok: bool
    text: str
    verdicts: list[dict[str, Any]] = []


def count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def names(given: Any) -> list[str]:
    """Names in a parameter, each once, in order: a list, or a text with commas."""
    if given is None:
        return []
    found = given.split(",") if isinstance(given, str) else given if isinstance(given, list) else [given]
    return list(dict.fromkeys(text for one in found if (text := str(one).strip())))
