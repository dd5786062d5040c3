"""Tests of times and ages. `now` comes with each call, so a standing filter moves on by itself."""

from collections.abc import Callable
from typing import Any, TypeAlias

from engine.query.comparisons import ORDER
from engine.query.context import Context, Match, only_value, refuse_operator
from engine.query.durations import FORMS as LENGTHS
from engine.query.durations import parse_duration
from engine.query.errors import QueryError
from engine.query.moments import FORMS, Moment, Span, next_clock, parse_clock, parse_moment, remembered
from engine.query.nodes import Comparison, Value
from engine.query.schema import Field

Inside: TypeAlias = Callable[[int, Span], bool]

INSIDE: dict[str, Inside] = {
    ">": lambda at, span: at >= span[1],
    ">=": lambda at, span: at >= span[0],
    "<": lambda at, span: at < span[0],
    "<=": lambda at, span: at < span[1],
    ":": lambda at, span: span[0] <= at < span[1],
    "=": lambda at, span: span[0] <= at < span[1],
    "!=": lambda at, span: not span[0] <= at < span[1],
}


def moment(value: Value, context: Context, *, ago: bool) -> Span | Moment:
    found = parse_moment(value.text, context.zone, ago=ago)
    if found is not None:
        return found
    hint = f"write {FORMS}"
    if not ago and parse_duration(value.text) is not None:
        hint = "a length of time goes with age, for example age<2h, or since:2h"
    raise QueryError(f"'{value.text}' is no time", value.at, hint)


def at_moment(field: Field, when: Span | Moment, inside: Inside, missing: bool) -> Match:
    read = field.read
    if isinstance(when, tuple):
        span = when

        def fixed(row: Any, _now: int) -> bool:
            at = read(row)
            return missing if at is None else inside(at, span)

        return fixed
    work = when

    def moving(row: Any, now: int) -> bool:
        at = read(row)
        return missing if at is None else inside(at, work(now))

    return moving


def time(field: Field, node: Comparison, context: Context) -> Match:
    if node.op not in INSIDE:
        raise refuse_operator(node, "is a time, not a text", "'>=', '<' or ':' with a day")
    negated = node.op == "!="
    inside = INSIDE[":" if negated else node.op]
    if node.op not in (":", "=", "!="):
        only_value(node)
    parts = [at_moment(field, moment(one, context, ago=False), inside, False) for one in node.values]
    if len(parts) == 1 and not negated:
        return parts[0]
    return lambda row, now: any(one(row, now) for one in parts) is not negated


def since(field: Field, node: Comparison, context: Context) -> Match:
    return at_moment(field, bound(node, context), INSIDE[">="], False)


def until(field: Field, node: Comparison, context: Context, start: Comparison | None = None) -> Match:
    """`start` is the `since` beside it: a time of day then is the first one after that."""
    when = bound(node, context)
    clock = parse_clock(node.values[0].text)
    if start is not None and clock is not None:
        begins = bound(start, context)
        begin: Moment = begins if not isinstance(begins, tuple) else lambda _now: begins
        when = remembered(lambda now: next_clock(clock, begin(now)[0], context.zone))
    return at_moment(field, when, INSIDE["<"], False)


def bound(node: Comparison, context: Context) -> Span | Moment:
    if node.op not in (":", "="):
        raise refuse_operator(node, "is a bound", f"{node.field}:22:00 or the like")
    only_value(node)
    return moment(node.values[0], context, ago=True)


def age(field: Field, node: Comparison, _context: Context) -> Match:
    """How long ago. `age:2h` is at most two hours; equality of ages to the microsecond is refused."""
    if node.op not in ("<", "<=", ">", ">=", ":"):
        raise refuse_operator(node, "is a length of time", f"{node.field}<2h or {node.field}>2h")
    only_value(node)
    value = node.values[0]
    length = parse_duration(value.text)
    if length is None:
        raise QueryError(f"'{value.text}' is no length of time", value.at, LENGTHS)
    read, limit, compare = field.read, length, ORDER["<=" if node.op == ":" else node.op]

    def match(row: Any, now: int) -> bool:
        at = read(row)
        return at is not None and compare(now - at, limit)

    return match
