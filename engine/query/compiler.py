"""From tree to predicate: closures over the fields' readers, checked against the schema once, cheap per row."""

from collections.abc import Callable, Iterator
from datetime import UTC
from typing import Any, TypeAlias

from engine.query import comparisons, timed
from engine.query.context import Context, Match
from engine.query.errors import QueryError, meant, nearest
from engine.query.moments import parse_fixed
from engine.query.nodes import AllOf, AnyOf, Comparison, Node, Not, Value, Word
from engine.query.schema import Field, Kind, Schema
from engine.query.texts import part

Maker: TypeAlias = Callable[[Field, Comparison, Context], Match]


def compile_node(node: Node | None, context: Context) -> Match:
    """Raises QueryError for what the schema does not know."""
    if node is None:
        return lambda _row, _now: True
    if isinstance(node, Word):
        return word(node, context)
    if isinstance(node, Comparison):
        return test(node, context)
    if isinstance(node, Not):
        return negate(compile_node(node.part, context))
    if isinstance(node, AnyOf):
        return some([compile_node(one, context) for one in node.parts])
    made = list(conjuncts(node, context))  # in the order written, so that the first mistake is the one told
    order = sorted(range(len(made)), key=lambda index: cost(node.parts[index], context.schema))
    return every([made[index] for index in order])


def conjuncts(node: AllOf, context: Context) -> Iterator[Match]:
    """Each part; `until:06:00` beside `since:22:00` is the first six o'clock after that."""
    starts = [one for one in node.parts if isinstance(one, Comparison) and is_kind(one, Kind.SINCE, context)]
    for one in node.parts:
        if len(starts) == 1 and isinstance(one, Comparison) and is_kind(one, Kind.UNTIL, context):
            yield timed.until(context.schema.by_name[one.field], one, context, starts[0])
        else:
            yield compile_node(one, context)


def cost(node: Node, schema: Schema) -> int:
    """Roughly what a test of a row costs: of terms that must all hold the cheap ones are asked first."""
    if isinstance(node, Not):
        return cost(node.part, schema)
    if isinstance(node, (AllOf, AnyOf)):
        return sum(cost(one, schema) for one in node.parts)
    found = schema.find(node.field if isinstance(node, Comparison) else node.value.text.lower())
    if found is None or (isinstance(node, Word) and found[0].kind is not Kind.FLAG):
        return 12
    field = found[0]
    return {Kind.NAME: 3, Kind.CHOICE: 3, Kind.LABELS: 4, Kind.PROSE: 6}.get(field.kind, 1) * (2 if field.many else 1)


def is_kind(node: Comparison, kind: Kind, context: Context) -> bool:
    found = context.schema.find(node.field)
    return found is not None and found[0].kind is kind


def word(node: Word, context: Context) -> Match:
    """A flag of the schema, or a search in all texts."""
    value = node.value
    if not value.quoted:
        found = context.schema.find(value.text.lower())
        if found is not None and found[0].kind in (Kind.FLAG, Kind.MINE):
            return comparisons.flag_is(found[0], context, value.at)
    return search(value, context)


def search(value: Value, context: Context) -> Match:
    """Whether any text of the row holds `value`."""
    if value.glob:
        return comparisons.text_match(context.schema.text, part(value), False)
    read = context.schema.text.read
    wanted = value.text.casefold()

    def match(row: Any, _now: int) -> bool:
        # Folding once is cheaper than once a text; the separator keeps a word from matching across two of them.
        return wanted in "\n".join([text for text in read(row) if text]).casefold()

    return match


def test(node: Comparison, context: Context) -> Match:
    if node.field == "is":
        return comparisons.is_flags(node, context)
    found = context.schema.find(node.field)
    if found is None:
        raise unknown_field(node, context)
    field, key = found
    if field is context.schema.text and node.op in ("~", ":") and len(node.values) == 1:
        return search(node.values[0], context)
    if key:
        read = field.read
        field = Field(node.field, Kind.NAME, lambda row: labelled(read(row), key))
    return MAKERS[field.kind](field, node, context)


def labelled(labels: Any, key: str) -> Any:
    return labels.get(key) if isinstance(labels, dict) else None


def unknown_field(node: Comparison, context: Context) -> QueryError:
    schema = context.schema
    message = f"{schema.name} have no field '{node.field}'"
    if node.field in schema.by_name:
        return QueryError(f"'{node.field}' needs a key", node.at, f"for example {node.field}.env:prod")
    if node.field in ("http", "https"):
        return QueryError(message, node.at, "put an address in quotes")
    near = dict.fromkeys(schema.by_name[name.rstrip(".")].name for name in nearest(node.field, schema.names()))
    known = f"known are {', '.join(field.name for field in schema.fields)}"
    return QueryError(message, node.at, meant(near) or known)


def moves(node: Node | None, schema: Schema) -> bool:
    """Whether a row can begin or cease to match by the mere passing of time."""
    if isinstance(node, Not):
        return moves(node.part, schema)
    if isinstance(node, (AllOf, AnyOf)):
        return any(moves(one, schema) for one in node.parts)
    found = schema.find(node.field) if isinstance(node, Comparison) else None
    if found is None or not isinstance(node, Comparison):
        return False
    if found[0].kind in (Kind.TIME, Kind.SINCE, Kind.UNTIL):
        return any(parse_fixed(value.text, UTC) is None for value in node.values)
    return found[0].kind is Kind.AGE


def negate(inner: Match) -> Match:
    return lambda row, now: not inner(row, now)


def every(parts: list[Match]) -> Match:
    if len(parts) == 1:
        return parts[0]
    if len(parts) == 2:
        first, second = parts
        return lambda row, now: first(row, now) and second(row, now)

    def match(row: Any, now: int) -> bool:
        for one in parts:  # as above  # noqa: SIM110
            if not one(row, now):
                return False
        return True

    return match


def some(parts: list[Match]) -> Match:
    if len(parts) == 2:
        first, second = parts
        return lambda row, now: first(row, now) or second(row, now)

    def match(row: Any, now: int) -> bool:
        for one in parts:  # as above  # noqa: SIM110
            if one(row, now):
                return True
        return False

    return match


MAKERS: dict[Kind, Maker] = {
    Kind.NAME: comparisons.name,
    Kind.PROSE: comparisons.prose,
    Kind.CHOICE: comparisons.choice,
    Kind.SEVERITY: comparisons.severity,
    Kind.NUMBER: comparisons.number,
    Kind.FLAG: comparisons.flag,
    Kind.MINE: comparisons.flag,
    Kind.TIME: timed.time,
    Kind.AGE: timed.age,
    Kind.SINCE: timed.since,
    Kind.UNTIL: timed.until,
}
