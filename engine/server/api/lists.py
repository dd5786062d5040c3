"""Lists: the rows of `noc export KIND`, filtered, a page at a time, in order of their time."""

from typing import Any, Final

import msgspec

from data import times
from data.store import Follower
from engine.exports import KINDS, Selection
from engine.query import Match, QueryError, parse
from engine.query.exports import export_schema
from engine.server.api.endpoint import Ask, Endpoint, Param
from engine.server.refusal import Refusal
from engine.server.sight import Sight

MOST: Final = 1_000  # rows of a page
LOOKED_AT: Final = 200_000  # rows that are looked at for one page; the next one goes on there

# Name in the path -> what it is.
LISTED: Final = {
    "alerts": "alerts, in order of `first_seen`",
    "clusters": "alerts that belong together, in order of `opened_at`",
    "incidents": "what people have to work on, in order of `opened_at`",
    "findings": "results of audits and of streaming detection, in order of `detected_at`",
    "anomalies": "irregularities of people, in order of `detected_at`",
    "predictions": "what was foreseen and what became of it, in order of `made_at`",
    "playbook-runs": "what playbooks did, in order of `made_at`",
    "correlations": "activity tied to alerts, in order of `detected_at`",
    "fraud": "check-ins with their scores, in order of `time`",
    "tickets": "tickets, in order of `opened_at`",
    "assignments": "what became of each alert event, in order of `time`",
}

PARAMS: Final = (
    Param("where", "text", "a filter such as `severity>=high site:S014 age<2h`", ""),
    Param("since", "time", "only rows of this time or later"),
    Param("until", "time", "only rows before this time"),
    Param("limit", "integer", "rows of a page, at most", 100, 1, MOST),
    Param("after", "text", "`next` of the page before"),
)


def endpoints() -> list[Endpoint]:
    found = []
    for name, doc in LISTED.items():
        kind = KINDS.get(name)
        if kind is not None:
            listed: Any = list[kind.row]  # type: ignore[name-defined]
            answer = msgspec.defstruct(
                f"{kind.row.__name__}Page", [("rows", listed), ("next", str | None)], namespace={"__doc__": doc}
            )
            found.append(Endpoint(f"/api/v1/{name}", doc, PARAMS, answer, _work(name)))
    return found


class Page(msgspec.Struct):
    """`next` asks for the page behind this one; null on the last."""

    rows: list[dict[str, Any]]
    next: str | None


class Place(msgspec.Struct):
    """Where a page ended: behind `skip` rows of the time `time`."""

    time: int
    skip: int


def _work(name: str) -> Any:
    async def work(ask: Ask) -> Page:
        try:
            match = parse(ask.values["where"]).compile(export_schema(name), me=ask.caller.name)
        except QueryError as error:
            raise Refusal(400, f"`where`: {error}") from None
        values, now = ask.values, ask.now
        begin = _place(values["after"])
        selection = Selection(values["since"] if begin is None else begin.time, values["until"], ask.tenant)
        limit = values["limit"]
        return await ask.service.shelf.read(
            lambda reader: page(reader, name, selection, match, ask.sight, now, limit, begin)
        )

    return work


def page(
    reader: Follower,
    name: str,
    selection: Selection,
    match: Match,
    sight: Sight,
    now: int,
    limit: int,
    begin: Place | None,
) -> Page:
    """One page: rows that match and may be seen, behind `begin`."""
    clock = export_schema_time(name)
    found: list[dict[str, Any]] = []
    at, same, skip = -1, 0, begin.skip if begin is not None else 0
    for looked, record in enumerate(KINDS[name].rows(reader, selection)):
        row = msgspec.to_builtins(record)
        moment = times.parse(row[clock])
        if moment != at:
            at, same = moment, 0
        if len(found) >= limit or looked >= LOOKED_AT:
            return Page(found, f"{at}-{same}")
        same += 1
        if begin is not None and at == begin.time and same <= skip:
            continue
        if sight.row(row):
            shown = sight.masked(row)
            if match(shown, now):
                found.append(shown)
    return Page(found, None)


def export_schema_time(name: str) -> str:
    """The field that the rows of a kind are ordered by."""
    return _TIMES[name]


_TIMES: Final = {
    "alerts": "first_seen", "clusters": "opened_at", "incidents": "opened_at", "findings": "detected_at",
    "anomalies": "detected_at", "predictions": "made_at", "playbook-runs": "made_at", "correlations": "detected_at",
    "fraud": "time", "tickets": "opened_at", "assignments": "time",
}  # fmt: skip


def _place(text: str | None) -> Place | None:
    if not text:
        return None
    time, _, skip = text.rpartition("-")
    if not (
        skip.isascii() and skip.isdigit() and time.removeprefix("-").isascii() and time.removeprefix("-").isdigit()
    ):
        raise Refusal(400, "`after` is `next` of the page before")
    if len(text) > 36:
        raise Refusal(400, "`after` is `next` of the page before")
    return Place(int(time), int(skip))
