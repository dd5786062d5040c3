"""`noc audit`: who did what, and whether the record of it is whole."""

from collections.abc import Callable
from typing import Any

import click

from data import times
from noc_tui.commands import values
from noc_tui.commands.asking import show_rows
from noc_tui.commands.ending import AnswerIsNo
from noc_tui.commands.opened import reading
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import say, show_json


@click.group("audit")
def command() -> None:
    """Every command is recorded with who gave it and what came of it. Each entry carries the hash of the one before."""


@command.command("verify")
@click.option("--head", metavar="HASH", help="Also look for an entry with this hash, noted earlier.")
@as_json
@everywhere
def verify(head: str | None, as_json: bool, db: str | None, config: str | None) -> None:
    """Check every entry of every chain. Exit code 1, with the first broken entry, when something was changed.

    Entries from before there were chains are sealed together when the database is upgraded: from then on. Where a
    person was erased (`noc person erase`) the chain is linked anew from the first entry that named them; an entry
    tells so.
    """
    with reading(db, config) as reader:
        verdicts = reader.audit_verdicts()
        known, anew = head is None, ""
        for row in reader.audit(None, None):
            known = known or row.hash == head
            if row.action == "person.erase" and row.detail.get("linked_anew_from"):
                anew = f"; on {times.text(row.time)} it was linked anew, when a person was erased"
    if as_json:
        show_json(verdicts)
    else:
        for one in verdicts:
            _say(one)
    broken = [one for one in verdicts if one.broken]
    if broken:
        raise AnswerIsNo("\n".join(f"{one.tenant}: {one.broken}" for one in broken))
    if not known:
        raise AnswerIsNo(f"no entry has the hash {head}: the chain is not the one it was noted from{anew}")
    if not verdicts:
        say("there is no entry yet")


def _say(verdict: Any) -> None:
    words = f"{verdict.tenant}: {verdict.entries} entries, {'BROKEN' if verdict.broken else 'whole'}"
    if verdict.sealed:
        words += f"; {verdict.sealed} from before the chain, sealed together"
    if verdict.trimmed:
        words += f"; entries up to {verdict.trimmed} were removed by retention"
    click.echo(f"{words}; head {verdict.head}")


@command.command("list")
@click.option("--since", metavar="TIME", type=values.moment, help="From this time on.")
@click.option("--until", metavar="TIME", type=values.moment, help="Before this time.")
@click.option("--actor", metavar="NAME", help="Only what this one did.")
@click.option("--target", metavar="REF", help="Only what was done to this, such as alert/A1.")
@click.option("--tenant", metavar="NAME", help="Only of this tenant.")
@as_json
@everywhere
def list_entries(
    since: int | None,
    until: int | None,
    actor: str | None,
    target: str | None,
    tenant: str | None,
    as_json: bool,
    db: str | None,
    config: str | None,
) -> None:
    """Print entries in order of time."""
    from engine.exports.selection import Selection
    from engine.exports.signs import audit

    with reading(db, config) as reader:
        found = [
            row
            for row in audit(reader, Selection(since, until, tenant))
            if actor in (None, row.actor) and target in (None, row.target)
        ]
    show_rows(found, _FIELDS, as_json, "nobody did anything")


_FIELDS: dict[str, Callable[[Any], str]] = {
    "time": lambda row: row.time,
    "tenant": lambda row: row.tenant,
    "actor": lambda row: row.actor,
    "action": lambda row: row.action,
    "target": lambda row: row.target,
    "outcome": lambda row: row.outcome,
    "hash": lambda row: row.hash[:12] or "-",
}
