"""Expressions in CEL that give a value for a field, out of what came."""

import datetime
from functools import cache
from typing import Any, Final

from data import times
from engine.respond.playbooks.terms import LONGEST, TermError, said

_MOST: Final = 4_096  # letters of a reason that are kept
Value = Any  # of JSON


class NoValue(ValueError):
    """An expression cannot be answered for an item; the text says why."""


class Expression:
    """One compiled expression over some variables. Raises TermError."""

    def __init__(self, text: str, variables: tuple[str, ...]) -> None:
        if len(text) > LONGEST:
            raise TermError(f"is over {LONGEST} letters")
        self.text = text
        try:
            self._compiled = _environment(variables).compile(text)
        except RuntimeError as error:
            raise TermError(said(str(error))) from None

    def value(self, facts: dict[str, Value]) -> Value:
        """As JSON has it; a moment as RFC 3339. Raises NoValue."""
        try:
            found = self._compiled.eval(data=facts)
        except (RuntimeError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise NoValue(said(str(error))) from None
        value = found.plain_value()
        if found.type().name() == "ERROR":
            raise NoValue(_plainly(str(value)))
        return _json(value)

    def holds(self, facts: dict[str, Value]) -> bool:
        """False also where it cannot be answered: a field that is not there."""
        try:
            return self.value(facts) is True
        except NoValue:
            return False


@cache
def _environment(variables: tuple[str, ...]) -> Any:
    from cel_expr_python import cel  # type: ignore[import-untyped]

    return cel.NewEnv(variables=dict.fromkeys(variables, cel.Type.DYN))


@cache
def expression(text: str, variables: tuple[str, ...]) -> Expression:
    """Compiled once."""
    return Expression(text, variables)


def _plainly(text: str) -> str:
    """`NOT_FOUND: Key not found in map : "code"` becomes `there is no "code"`."""
    _, mark, key = text.partition("Key not found in map : ")
    if mark:
        return f"there is no {key}"[:_MOST]
    _, mark, rest = text.partition(": ")
    return (rest if mark else text)[:_MOST]


def _json(value: Value) -> Value:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list):
        return [_json(each) for each in value]
    if isinstance(value, dict):
        return {str(key): _json(each) for key, each in value.items()}
    if isinstance(value, datetime.datetime):
        return times.text(times.from_datetime(value))
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    raise NoValue(f"gives a {type(value).__name__}, which JSON does not have")
