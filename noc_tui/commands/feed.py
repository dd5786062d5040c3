"""`noc feed search`: the feed of 90 days, newest first."""

from typing import TYPE_CHECKING

import click

from noc_tui.commands.asking import of_tenant
from noc_tui.commands.ending import AnswerIsNo, BadInput
from noc_tui.commands.opened import mask_of, reading
from noc_tui.commands.options import as_json, everywhere, masked
from noc_tui.commands.output import say, show_json

if TYPE_CHECKING:
    from engine.query import Query
    from engine.searching import Answer


@click.group("feed")
def command() -> None:
    """What the engine decided, as it told it."""


@command.command("search")
@click.argument("where", metavar="[FILTER]", default="")
@click.option("--limit", metavar="N", type=click.IntRange(1, 100_000), default=100, show_default=True, help="Rows.")
@click.option("--before", metavar="SEQUENCE", type=click.IntRange(1), help="Go on where another search ended.")
@masked
@of_tenant
@as_json
@everywhere
def search(
    where: str, limit: int, before: int | None, mask: bool, tenant: str, as_json: bool, db: str | None,
    config: str | None,
) -> None:  # fmt: skip
    """Entries of the last 90 days that match FILTER, newest first. Words alone are looked for in the text.

    \b
    noc feed search 'severity>=high site:S014 uplink'
    noc feed search 'type:incident_updated age<7d'
    """
    found = _found(_query(where), limit, before, mask, tenant, db, config)
    if as_json:
        show_json(found)
        return
    for row in found.rows:
        click.echo(f"{row.time[:19]}Z  {row.severity:<8}  {row.type:<20}  {row.site or '-':<8}  {row.text}")
    more = f"; more with --before {found.next}" if found.next is not None else ""
    if not found.rows:
        raise AnswerIsNo(f"nothing of it in {found.looked:,} entries{more}")
    say(f"{len(found.rows):,} found in {found.looked:,} entries{more}")


def _query(where: str) -> "Query":
    from engine.query import QueryError, parse
    from engine.query.schemas import FEED

    try:
        query = parse(where)
        query.compile(FEED)
    except QueryError as error:
        raise BadInput(str(error)) from None
    return query


def _found(
    query: "Query", limit: int, before: int | None, mask: bool, tenant: str, db: str | None, config: str | None
) -> "Answer":
    from engine.searching import Search, answer
    from engine.views import FeedRow

    with reading(db, config) as reader:
        known = mask_of(reader, wanted=mask)

        def shown(row: FeedRow) -> FeedRow:
            import msgspec

            assert known is not None
            return msgspec.structs.replace(row, text=known.text(row.text))

        now = reader.outline(tenant).ends
        return answer(
            Search(reader, tenant, now, query, before=before, shown=shown if known is not None else None),
            limit,
        )
