"""`noc silence`: what is not to be told, until when, and why."""

from typing import TYPE_CHECKING

import click

from data import times
from noc_tui.commands import values
from noc_tui.commands.asking import author_of, look, match_or_refuse, of_tenant, order, show_rows, tell
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import say, show_json

if TYPE_CHECKING:
    from engine.alerts.muting.listing import SilenceRow
    from engine.alerts.muting.preview import Preview
    from engine.partition import Partition

SHOWN = 20  # alerts of a preview


@click.group("silence")
def command() -> None:
    """Silences, with matchers as Alertmanager writes them: 'site="S014"', 'severity=~"LOW|MEDIUM"'.

    Fields are alert_type (or alertname), severity, entity, site, client, source and every label. Several matchers
    must all hold.
    """


@command.command("add")
@click.argument("matchers", metavar="MATCHERS", nargs=-1, required=True)
@click.option("--duration", metavar="DURATION", type=values.duration, help="How long, such as 2h.")
@click.option("--start", metavar="TIME", type=values.moment, help="From then on; default: now.")
@click.option("--end", metavar="TIME", type=values.moment, help="Until then, instead of a duration.")
@click.option("--comment", metavar="TEXT", default="", help="Why.")
@click.option("--author", metavar="NAME", help="Who asks; default: you.")
@click.option("--broad", is_flag=True, help="Also if it matches every alert.")
@of_tenant
@as_json
@everywhere
def add(
    matchers: tuple[str, ...],
    duration: int | None,
    start: int | None,
    end: int | None,
    comment: str,
    author: str | None,
    broad: bool,
    tenant: str,
    as_json: bool,
    db: str | None,
    config: str | None,
) -> None:
    """Hide what matches. Prints the id of the silence when it is durable."""
    if (duration is None) == (end is None):
        raise click.UsageError("say how long: --duration 2h, or --end TIME")
    params = {
        "op": "add", "matchers": match_or_refuse(matchers), "duration": _seconds(duration),
        "starts_at": times.text_or_none(start), "ends_at": times.text_or_none(end), "comment": comment or None,
        "author": author_of(author), "broad": broad or None,
    }  # fmt: skip
    tell(order("silence add", "silence/new", params, author_of(author), tenant, db, config), as_json)


@command.command("edit")
@click.argument("id", metavar="ID")
@click.option("--matchers", metavar="MATCHERS", help="Other matchers; the silence is replaced then.")
@click.option("--duration", metavar="DURATION", type=values.duration, help="From now on, or from its start.")
@click.option("--end", metavar="TIME", type=values.moment, help="Until then.")
@click.option("--comment", metavar="TEXT", help="Why.")
@click.option("--author", metavar="NAME", help="Who asks; default: you.")
@of_tenant
@as_json
@everywhere
def edit(
    id: str,
    matchers: str | None,
    duration: int | None,
    end: int | None,
    comment: str | None,
    author: str | None,
    tenant: str,
    as_json: bool,
    db: str | None,
    config: str | None,
) -> None:
    """Change when it ends, why, or what it matches. Prints the id, which is a new one for other matchers."""
    if not matchers and duration is None and end is None and comment is None:
        raise click.UsageError("say what to change: --duration, --end, --comment or --matchers")
    params = {
        "op": "edit", "id": id, "matchers": match_or_refuse((matchers,)) if matchers else None, "comment": comment,
        "duration": _seconds(duration), "ends_at": times.text_or_none(end),
    }  # fmt: skip
    tell(order("silence edit", f"silence/{id}", params, author_of(author), tenant, db, config), as_json)


@command.command("expire")
@click.argument("ids", metavar="ID", nargs=-1, required=True)
@click.option("--author", metavar="NAME", help="Who asks; default: you.")
@of_tenant
@as_json
@everywhere
def expire(
    ids: tuple[str, ...], author: str | None, tenant: str, as_json: bool, db: str | None, config: str | None
) -> None:
    """End silences now; what still fires comes back."""
    for id in ids:
        params = {"op": "expire", "id": id}
        tell(order("silence expire", f"silence/{id}", params, author_of(author), tenant, db, config), as_json)


@command.command("list")
@click.option("--expired", is_flag=True, help="Also those that ended in the last days.")
@click.option("--tenant", metavar="NAME", help="Only this tenant's; default: all.")
@as_json
@everywhere
def list_(expired: bool, tenant: str | None, as_json: bool, db: str | None, config: str | None) -> None:
    """Silences that hold or will, with what they hide now and what is doubtful about them."""
    from engine.alerts.muting.listing import silence_rows

    def read(partition: "Partition", now: int) -> "list[SilenceRow]":
        return silence_rows(partition.muting, now, expired=expired)

    rows = [row for rows in look(db, config, tenant, read) for row in rows]
    fields = {
        "id": lambda row: row.id,
        "state": lambda row: row.state,
        "until": lambda row: row.ends_at,
        "hides": lambda row: str(row.muting),
        "by": lambda row: row.author,
        "matchers": lambda row: row.matchers,
        "comment": lambda row: row.comment,
    }
    show_rows(rows, fields, as_json, "there are no silences")
    if not as_json:
        for row in rows:
            for warning in row.warnings:
                say(f"{row.id}: {warning}")


@command.command("preview")
@click.argument("matchers", metavar="MATCHERS", nargs=-1, required=True)
@of_tenant
@as_json
@everywhere
def preview(matchers: tuple[str, ...], tenant: str, as_json: bool, db: str | None, config: str | None) -> None:
    """Show exactly which open alerts a silence would hide. Changes nothing."""
    from engine.alerts.muting.preview import preview as seen

    text = match_or_refuse(matchers)

    def read(partition: "Partition", now: int) -> "Preview":  # noqa: ARG001
        return seen(text, partition.alerts.live.values())

    (found,) = look(db, config, tenant, read)
    if as_json:
        show_json(found)
    else:
        _tell(found)


def _tell(found: "Preview") -> None:
    click.echo(f"{found.matchers} covers {len(found.hides)} of {found.of} open alerts, {found.shown} of them shown now")
    for name, counts in (("severity", found.severities), ("site", found.sites), ("type", found.alert_types)):
        if counts:
            click.echo(f"  by {name}: " + ", ".join(f"{word} {count}" for word, count in list(counts.items())[:10]))
    for one in found.hides[:SHOWN]:
        muted = f"  (muted already: {one.muted})" if one.muted else ""
        click.echo(f"  {one.id}  {one.severity:<8}  {one.alert_type}  {one.entity or '-'}  {one.site or '-'}{muted}")
    if len(found.hides) > SHOWN:
        click.echo(f"  and {len(found.hides) - SHOWN} more; --json tells all")
    for warning in found.warnings:
        say(f"careful: {warning}")


def _seconds(micros: int | None) -> float | None:
    return None if micros is None else micros / times.SECOND
