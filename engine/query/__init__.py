r"""The filter language of the console, the command line, saved views, the API and notification routes.

    severity>=high site:S014 age<2h text~"uplink" !acked
    type:DEVICE_* (site:S014 or site:S015) -muted priority>=70 since:22:00

Terms side by side must all hold; `or`, `not` / `!` / `-` and parentheses combine them. A term is a bare word (a flag
such as `acked`, else a search in all texts), or `field op value`: `:` is, with `*` for any characters; `=` is exactly;
`!=` is not; `> >= < <=` order; `~` contains, `!~` does not. A list `a,b` means any of them. Case never counts. A
missing value matches nothing, so `!site:*` finds rows without a site.

`parse` knows the grammar only; `Query.compile` checks fields and values against a schema and gives a predicate
`match(row, now)`. Both raise nothing but QueryError.
"""

from engine.query.compiler import compile_node, moves
from engine.query.complete import Candidate, complete
from engine.query.context import Context, Match
from engine.query.durations import parse_duration, write_duration
from engine.query.errors import QueryError, did_you_mean
from engine.query.guide import GUIDE
from engine.query.moments import zone_named
from engine.query.nodes import Node
from engine.query.parser import Parser
from engine.query.schema import Field, Kind, Schema
from engine.query.sieve import Made, Sieve, beginning, sieve
from engine.query.writer import quote, write

__all__ = [
    "GUIDE",
    "Candidate",
    "Field",
    "Kind",
    "Made",
    "Match",
    "Query",
    "QueryError",
    "Schema",
    "Sieve",
    "complete",
    "did_you_mean",
    "format",
    "parse",
    "parse_duration",
    "quote",
    "write_duration",
]


class Query:
    """A parsed filter. `node` is None when it matches everything. Equal when the trees are."""

    __slots__ = ("node", "text")

    def __init__(self, text: str, node: Node | None) -> None:
        self.text = text
        self.node = node

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Query) and self.node == other.node

    def __hash__(self) -> int:
        return hash(self.node)

    def __str__(self) -> str:
        return write(self.node)

    def __repr__(self) -> str:
        return f"Query({write(self.node)!r})"

    def compile(self, schema: Schema, *, me: str | None = None, zone: str = "UTC") -> Match:
        """A predicate over rows of `schema`: `match(row, now)`, `now` in microseconds, deterministic and without state
        that shows. `me` is who asks (`mine`), `zone` the operation's, for days and times of day; ValueError if unknown.
        """
        return compile_node(self.node, Context(schema, me, zone_named(zone)))

    def sieve(self, schema: Schema, made: Made, *, zone: str = "UTC") -> Sieve | None:
        """What the stored bytes of a row must hold for the filter to match it; None: they tell nothing of it."""
        return sieve(self.node, Context(schema, None, zone_named(zone)), made)

    def begins(self, schema: Schema, *, zone: str = "UTC") -> Match | None:
        """The parts of the filter that hold from some time on, if there are any: a row for which this does not hold is
        too old, and so is every older one."""
        return beginning(self.node, Context(schema, None, zone_named(zone)), compile_node)

    def moves(self, schema: Schema) -> bool:
        """Whether a row can begin or cease to match by the mere passing of time (`age<2h`): a page that looks at each
        row once then has to look again. Event times fixed in the filter do not move."""
        return moves(self.node, schema)


def parse(text: str) -> Query:
    """The filter in `text`; an empty one matches everything. Raises QueryError."""
    return Query(text, Parser(text).parse())


def format(query: Query) -> str:  # the pair of `parse`
    """The canonical spelling: `parse(format(q)) == q`."""
    return write(query.node)
