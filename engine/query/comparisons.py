"""Tests of names, prose, choices, severities, numbers and flags."""

import operator
import re
from collections.abc import Callable, Sequence
from typing import Any

from data.records.severity import LEVELS
from engine.query.context import Context, Match, only_value, refuse_operator
from engine.query.errors import QueryError, choices, did_you_mean
from engine.query.nodes import Comparison, Value
from engine.query.schema import Field, Kind
from engine.query.texts import TextTest, any_text, exact, fold, part, regex, whole

ORDER: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?")
_YES, _NO = frozenset(("yes", "true", "1", "on")), frozenset(("no", "false", "0", "off"))


def text_match(field: Field, wanted: TextTest, negated: bool) -> Match:
    read = field.read

    def one(row: Any, _now: int) -> bool:
        value = read(row)
        return (value is not None and wanted(fold(value))) is not negated

    def many(row: Any, _now: int) -> bool:
        for value in read(row) or ():
            if value is not None and wanted(fold(value)):
                return not negated
        return negated

    return many if field.many else one


def name(field: Field, node: Comparison, _context: Context) -> Match:
    if node.op in ORDER:
        raise refuse_operator(node, "is a name without an order", "':', '=', '!=', '~' or '=~'")
    make = {":": whole, "!=": whole, "=": exact, "=~": regex}.get(node.op, part)
    return text_match(field, any_text(node.values, make), node.op.startswith("!"))


def prose(field: Field, node: Comparison, _context: Context) -> Match:
    if node.op in ORDER:
        raise refuse_operator(node, "is text without an order", "'~' (contains), '=~', '=' or '!='")
    make = {"=": exact, "!=": exact, "=~": regex}.get(node.op, part)
    return text_match(field, any_text(node.values, make), node.op.startswith("!"))


def choice(field: Field, node: Comparison, context: Context) -> Match:
    if node.op in ("~", "!~", "=~"):
        return name(field, node, context)
    if node.op in ORDER:
        raise refuse_operator(node, "is a choice without an order", "':', '=' or '!='")
    spelled = tuple(one if one.glob else Value(pick(one, field.values, node), True, one.at) for one in node.values)
    return text_match(field, any_text(spelled, whole), node.op == "!=")


def pick(value: Value, known: Sequence[str], node: Comparison) -> str:
    """The one of `known` that `value` names or begins. Raises QueryError when there is none, or more than one."""
    wanted = value.text.casefold()
    begins = [one for one in known if wanted and one.casefold().startswith(wanted)]
    for one in known:
        if one.casefold() == wanted:
            return one
    if len(begins) == 1:
        return begins[0]
    if begins:
        raise QueryError(f"'{value.text}' may be {' or '.join(begins)}", value.at, "write more of it")
    hint = did_you_mean(value.text, known) or choices(known)
    raise QueryError(f"'{value.text}' is no {node.field}", value.at, hint)


def severity(field: Field, node: Comparison, _context: Context) -> Match:
    if node.op in ("~", "!~", "=~"):
        raise refuse_operator(node, "is a level, not a text", "':', '>=', '<' or the like")
    names = tuple(LEVELS)
    levels = [
        int(one.text) if one.text in ("1", "2", "3", "4", "5") else LEVELS[pick(one, names, node)]
        for one in node.values
    ]
    return ordered(field, node, levels)


def number(field: Field, node: Comparison, _context: Context) -> Match:
    if node.op in ("~", "!~", "=~"):
        raise refuse_operator(node, "is a number, not a text", "':', '>=', '<' or the like")
    return ordered(field, node, [parse_number(one, node) for one in node.values])


def parse_number(value: Value, node: Comparison) -> float:
    if not _NUMBER.fullmatch(value.text):
        raise QueryError(f"'{value.text}' is no number", value.at, f"for example {node.field}>=70")
    return float(value.text) if "." in value.text else int(value.text)


def ordered(field: Field, node: Comparison, limits: Sequence[float]) -> Match:
    """A comparison with a number, or membership for `:`, `=` and `!=`."""
    read = field.read
    if node.op in ORDER:
        only_value(node)
        compare, limit = ORDER[node.op], limits[0]

        def in_order(row: Any, _now: int) -> bool:
            value = read(row)
            return value is not None and compare(value, limit)

        return in_order
    wanted, negated = frozenset(limits), node.op == "!="

    def among(row: Any, _now: int) -> bool:
        return (read(row) in wanted) is not negated

    return among


def flag(field: Field, node: Comparison, context: Context) -> Match:
    if node.op not in (":", "=", "!="):
        raise refuse_operator(node, "is yes or no", f"{node.field} or !{node.field}")
    only_value(node)
    value = node.values[0]
    answer = value.text.casefold()
    if answer not in _YES and answer not in _NO:
        raise QueryError(f"'{value.text}' is neither yes nor no", value.at, f"write {node.field} or !{node.field}")
    holds = flag_is(field, context, node.at)
    if (answer in _YES) is (node.op != "!="):
        return holds
    return lambda row, now: not holds(row, now)


def flag_is(field: Field, context: Context, at: int) -> Match:
    read = field.read
    if field.kind is Kind.FLAG:
        return lambda row, _now: bool(read(row))
    if context.me is None:
        raise QueryError(f"'{field.name}' needs to know who asks", at, "name the person instead, for example owner:ann")
    me = context.me.casefold()

    def match(row: Any, _now: int) -> bool:
        owner = read(row)
        return owner is not None and fold(owner) == me

    return match


def is_flags(node: Comparison, context: Context) -> Match:
    """`is:open`, `is:open,acked`: any of the flags; `is!=open` none."""
    if node.op not in (":", "=", "!="):
        raise refuse_operator(node, "takes flags", "is:open or the like")
    known = context.schema.flags()
    fields = []
    for value in node.values:
        found = context.schema.find(value.text.lower())
        if found is None or found[0].kind not in (Kind.FLAG, Kind.MINE):
            hint = did_you_mean(value.text, known) or choices(known)
            raise QueryError(f"'{value.text}' is no flag of {context.schema.name}", value.at, hint)
        fields.append(flag_is(found[0], context, value.at))
    negated = node.op == "!="
    return lambda row, now: any(one(row, now) for one in fields) is not negated
