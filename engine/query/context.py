"""What compiling a filter knows beside the filter: the schema, who asks, and the zone of the operation."""

from collections.abc import Callable
from datetime import tzinfo
from typing import Any, NamedTuple, TypeAlias

from engine.query.errors import QueryError
from engine.query.nodes import Comparison
from engine.query.schema import Schema

Match: TypeAlias = Callable[[Any, int], bool]  # (row, now in microseconds)


class Context(NamedTuple):
    schema: Schema
    me: str | None
    zone: tzinfo


def refuse_operator(node: Comparison, what: str, allowed: str) -> QueryError:
    return QueryError(f"'{node.field}' {what}, so '{node.op}' cannot be asked of it", node.at, f"use {allowed}")


def only_value(node: Comparison) -> None:
    """Raises QueryError where a list stands after an operator that takes one value."""
    if len(node.values) > 1:
        raise QueryError(
            f"'{node.op}' takes one value, not a list", node.values[1].at, f"use {node.field}:a,b for any of them"
        )
