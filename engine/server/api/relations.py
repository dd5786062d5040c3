"""What was learned of which alert brings which, from the engine that learns it: the export would have to recover it."""

from typing import Any

import msgspec

from data import times
from engine.exports.relations import RelationRow
from engine.query import QueryError, parse
from engine.query.exports import export_schema
from engine.server.api.endpoint import Ask, Endpoint, Param
from engine.server.refusal import Refusal


class RelationPage(msgspec.Struct):
    """Surest first. There is one page: `next` is always null."""

    rows: list[RelationRow]
    next: str | None


async def relations(ask: Ask) -> Any:
    try:
        match = parse(ask.values["where"]).compile(export_schema("relations"))
    except QueryError as error:
        raise Refusal(400, f"`where`: {error}") from None
    partition = ask.service.engine.pipeline.partitions.get(ask.tenant)
    learned = partition.grouping.history.relations.learned() if partition is not None else ()
    rows = [
        RelationRow(
            one.cause, one.effect, one.lag_s, one.support, one.confidence, times.text(one.learned_at), ask.tenant
        )
        for one in learned
    ]
    found = [row for row in rows if match(msgspec.to_builtins(row), ask.now)]
    return RelationPage(found[: ask.values["limit"]], None)


def endpoints() -> list[Endpoint]:
    params = (
        Param("where", "text", "a filter such as `cause:LINK_DOWN confidence>0.8`", ""),
        Param("limit", "integer", "so many at most", 100, 1, 1000),
    )
    return [Endpoint("/api/v1/relations", "which alert brings which, surest first", params, RelationPage, relations)]
