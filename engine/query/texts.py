"""Tests of text, in time linear in it. Case never counts; `*` is any run of characters."""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from engine.query.errors import QueryError
from engine.query.nodes import Value
from engine.query.regex import Regex, RegexError
from engine.query.regex_syntax import parse

TextTest: TypeAlias = Callable[[str], bool]  # takes folded text


def fold(value: Any) -> str:
    return value.casefold() if type(value) is str else str(value).casefold()


def glob_parts(pattern: str) -> list[str]:
    return pattern.casefold().split("*")


def glob_whole(pattern: str) -> TextTest:
    """Holds if the pattern covers the whole text."""
    head, *middle, tail = glob_parts(pattern)
    wanted = [part for part in middle if part]
    least = len(head) + len(tail)
    if not wanted and not tail:
        return lambda text: text.startswith(head)

    def test(text: str) -> bool:
        end = len(text) - len(tail)
        if len(text) < least or not text.startswith(head) or not text.endswith(tail):
            return False
        place = len(head)
        for part in wanted:
            place = text.find(part, place, end)
            if place < 0:
                return False
            place += len(part)
        return True

    return test


def whole(value: Value) -> TextTest:
    if value.glob:
        return glob_whole(value.text)
    wanted = value.text.casefold()
    return lambda text: text == wanted


def exact(value: Value) -> TextTest:
    wanted = value.text.casefold()
    return lambda text: text == wanted


def part(value: Value) -> TextTest:
    if value.glob:
        return glob_whole(f"*{value.text}*")
    wanted = value.text.casefold()
    return lambda text: wanted in text


def regex(value: Value) -> TextTest:
    """Whether the expression holds anywhere in the text, whatever the case. Raises QueryError for one that is none."""
    try:
        parse(value.text, ignore_case=True)  # by itself first: it must not close the group that it is put into
        return Regex(f"(?s:.*)(?:{value.text})(?s:.*)", ignore_case=True)
    except RegexError as error:
        raise QueryError(f"in `{value.text[:80]}`: {error}", value.at, error.remedy) from None


def any_text(values: Iterable[Value], make: Callable[[Value], TextTest]) -> TextTest:
    """One test for all values. Plain ones that must be equal are looked up in a set."""
    listed = list(values)
    if make not in (part, regex) and not any(value.glob and make is whole for value in listed):
        wanted = frozenset(value.text.casefold() for value in listed)
        if len(wanted) > 1:
            return lambda text: text in wanted
    tests = [make(value) for value in listed]
    if len(tests) == 1:
        return tests[0]
    return lambda text: any(test(text) for test in tests)
