"""The feed of 90 days, searched: newest first, a page at a time."""

from typing import Any, Final

from data.store import Follower
from engine.query import QueryError, parse
from engine.query.schemas import FEED
from engine.searching import Answer, Limits, Search, answer
from engine.server.api.endpoint import Ask, Endpoint, Param
from engine.server.refusal import Refusal

MOST: Final = 1_000  # rows of a page
LIMITS: Final = Limits(2_000_000, 50_000)  # of one page; the next one goes on there

PARAMS: Final = (
    Param("q", "text", "a filter such as `severity>=high site:S014 uplink`; words are looked for in the text", ""),
    Param("limit", "integer", "rows of a page, at most", 100, 1, MOST),
    Param("before", "integer", "`next` of the page before", None, 1, 10**15),
)


async def found(ask: Ask) -> Any:
    try:
        query = parse(ask.values["q"])
        query.compile(FEED)
    except QueryError as error:
        raise Refusal(400, f"`q`: {error}") from None
    sight, now, limit, before = ask.sight, ask.now, ask.values["limit"], ask.values["before"]
    shown = None if ask.caller.pii else sight.masked_row  # what is found must not tell what is masked
    only = None if ask.caller.clients is None else sight.entry

    def read(reader: Follower) -> Answer:
        search = Search(
            reader, ask.tenant, now, query, only=only, shown=shown, before=before, limits=LIMITS
        )  # fmt: skip
        return answer(search, limit)

    return await ask.service.shelf.read(read)


def endpoints() -> list[Endpoint]:
    return [
        Endpoint("/api/v1/feed", "what the engine decided in 90 days, searched, newest first", PARAMS, Answer, found)
    ]
