"""`noc jobs`: what the engine does by the clock."""

import click
import msgspec

from data import times
from noc_tui.commands.asking import author_of, look, of_tenant, order_of, show_rows, tell
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import show_json
from noc_tui.commands.settings import settings


@click.group("jobs", invoke_without_command=True)
@click.pass_context
@of_tenant
@as_json
@everywhere
def command(context: click.Context, tenant: str, as_json: bool, db: str | None, config: str | None) -> None:
    """Every scheduled job with its last run, its next one and how far it is behind, by event time.

    Read from the database as it stands; the console (9, then n) shows those of a running engine with their counts.
    """
    if context.invoked_subcommand is not None:
        return
    from engine.jobs import jobs

    digests = settings(config).notify.digests
    (found,) = look(db, config, tenant, lambda partition, now: jobs(None, partition, now, digests))
    if as_json:
        rows = [msgspec.structs.asdict(one) for one in found]
        show_json(
            [{**row, "last": times.text_or_none(row["last"]), "next": times.text_or_none(row["next"])} for row in rows]
        )
        return
    fields = {
        "job": lambda one: one.name,
        "next": lambda one: times.text_or_none(one.next) or "-",
        "last": lambda one: times.text_or_none(one.last) or "-",
        "what": lambda one: one.result or one.about,
    }
    show_rows(found, fields, False, "there are no jobs")


@command.command("run")
@click.argument("name", metavar="NAME")
@of_tenant
@as_json
@everywhere
def run(name: str, tenant: str, as_json: bool, db: str | None, config: str | None) -> None:
    """Do now what would be done by the clock: retention, or "report: NAME" of notify.digests.

    The other jobs are timers of the engine and run at their event time. It is recorded in the audit.
    """
    data = {"target": f"job/{name}", "action": "run_job", "actor": author_of(None)}
    tell(order_of("jobs run", data, tenant, db, config), as_json)
