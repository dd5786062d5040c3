"""`noc maintenance`: windows of planned work, once or again and again, on the clocks of a named zone."""

from typing import TYPE_CHECKING

import click

from data import times
from noc_tui.commands import values
from noc_tui.commands.asking import author_of, look, match_or_refuse, of_tenant, order, show_rows, tell
from noc_tui.commands.options import as_json, everywhere

if TYPE_CHECKING:
    from engine.alerts.muting.listing import WindowRow
    from engine.partition import Partition


@click.group("maintenance")
def command() -> None:
    """Windows of planned work: what they cover is not shown as open while they are."""


@command.command("add")
@click.option("--site", metavar="ID", multiple=True, help="This site; may be repeated.")
@click.option("--client", metavar="ID", multiple=True, help="This client; may be repeated.")
@click.option("--entity", metavar="REF", multiple=True, help="This thing, such as device/D77; may be repeated.")
@click.option("--match", "matchers", metavar="MATCHERS", multiple=True, help="Alerts that match.")
@click.option("--start", metavar="TIME", help="2026-03-28T20:00 (or with zone); repeated: 02:00. Default: now.")
@click.option("--end", metavar="TIME", help="The same; repeated: 04:00 or 'mon 06:00'.")
@click.option("--duration", metavar="DURATION", type=values.duration, help="How long, instead of an end.")
@click.option("--repeat", type=click.Choice(["once", "daily", "weekly", "monthly"]), default="once", show_default=True)
@click.option("--every", metavar="N", type=click.IntRange(1, 366), help="Every Nth day, week or month from --first.")
@click.option("--day", "days", metavar="DAY", multiple=True, help="mon..sun, weekdays, weekend; monthly also 2tue.")
@click.option("--month-day", "month_days", metavar="N", type=int, multiple=True, help="1 to 31; -1 is the last.")
@click.option("--first", metavar="DATE", help="First date.")
@click.option("--last", metavar="DATE", help="Last date.")
@click.option("--timezone", metavar="ZONE", help="On whose clocks, such as Europe/Berlin; default: as configured.")
@click.option("--name", metavar="NAME", help="What it is called.")
@click.option("--comment", metavar="TEXT", help="Why.")
@click.option("--author", metavar="NAME", help="Who asks; default: you.")
@of_tenant
@as_json
@everywhere
def add(
    site: tuple[str, ...],
    client: tuple[str, ...],
    entity: tuple[str, ...],
    matchers: tuple[str, ...],
    start: str | None,
    end: str | None,
    duration: int | None,
    repeat: str,
    every: int | None,
    days: tuple[str, ...],
    month_days: tuple[int, ...],
    first: str | None,
    last: str | None,
    timezone: str | None,
    name: str | None,
    comment: str | None,
    author: str | None,
    tenant: str,
    as_json: bool,
    db: str | None,
    config: str | None,
) -> None:
    """Plan a window. Prints its id when it is durable.

    \b
    noc maintenance add --site S014 --duration 2h --comment "new switch"
    noc maintenance add --site S014 --repeat weekly --day sat --start 02:00
        --end 04:00 --timezone Europe/Berlin --comment backup
    """
    from noc_tui.commands.settings import settings

    if (duration is None) == (end is None):
        raise click.UsageError("say how long: --duration 2h, or --end TIME")
    if not (site or client or entity or matchers):
        raise click.UsageError("say what it covers: --site, --client, --entity or --match")
    params = {
        "op": "add", "site": site, "client": client, "entity": entity,
        "matchers": match_or_refuse(matchers) if matchers else None, "start": start, "end": end,
        "duration": None if duration is None else duration / times.SECOND, "repeat": repeat, "every": every,
        "days": days, "month_days": month_days, "first": first, "last": last,
        "zone": timezone or settings(config).engine.timezone, "name": name, "comment": comment,
        "author": author_of(author),
    }  # fmt: skip
    tell(order("maintenance add", "maintenance/new", params, author_of(author), tenant, db, config), as_json)


@command.command("end")
@click.argument("ids", metavar="ID", nargs=-1, required=True)
@click.option("--author", metavar="NAME", help="Who asks; default: you.")
@of_tenant
@as_json
@everywhere
def end(
    ids: tuple[str, ...], author: str | None, tenant: str, as_json: bool, db: str | None, config: str | None
) -> None:
    """End windows, by id or name; what still fires comes back. One of the configuration closes for this time only."""
    for id in ids:
        params = {"op": "end", "id": id}
        tell(order("maintenance end", f"maintenance/{id}", params, author_of(author), tenant, db, config), as_json)


@command.command("list")
@click.option("--over", is_flag=True, help="Also those that will not open again.")
@click.option("--tenant", metavar="NAME", help="Only this tenant's; default: all.")
@as_json
@everywhere
def list_(over: bool, tenant: str | None, as_json: bool, db: str | None, config: str | None) -> None:
    """Windows that are open or will be, from the configuration and by command, with their next times in UTC."""
    from engine.alerts.muting.listing import window_rows

    def read(partition: "Partition", now: int) -> "list[WindowRow]":
        return window_rows(partition.muting, now, over=over)

    fields = {
        "id": lambda row: row.id,
        "state": lambda row: row.state,
        "opens": lambda row: row.opens_at or "-",
        "closes": lambda row: row.closes_at or "-",
        "repeat": lambda row: row.repeat,
        "hides": lambda row: str(row.muting),
        "covers": lambda row: row.covers,
        "name": lambda row: row.name,
        "by": lambda row: row.author,
    }
    rows = [row for rows in look(db, config, tenant, read) for row in rows]
    show_rows(rows, fields, as_json, "there are no windows")
