"""`noc playbook`: what there is, whether it is sound, what it would do and did, and leave for what it wants to do."""

from typing import TYPE_CHECKING, Any

import click

from noc_tui.commands.asking import author_of, look, of_tenant, order_of, show_rows, tell
from noc_tui.commands.ending import AnswerIsNo, BadInput
from noc_tui.commands.opened import reading
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import say, show_json
from noc_tui.commands.settings import settings

if TYPE_CHECKING:
    from engine.partition import Partition
    from engine.respond.playbooks.library import Library

SHOWN = 50  # runs, where nothing else is asked for


@click.group("playbook")
def command() -> None:
    """Playbooks: YAML files that say what is done about a finding, alert, incident or prediction.

    Without configuration they only propose; `playbooks.auto: true` lets those act that are written to.
    """


@command.command("list")
@as_json
@everywhere
def list_(as_json: bool, db: str | None, config: str | None) -> None:
    """The playbooks in use, and what they came to in this database."""
    from data.store import StoreBroken

    chosen = settings(config)
    library = _library(config)

    def read(partition: "Partition", _: int) -> Any:
        return partition.playbooks.counts, partition.playbooks.stopped

    try:
        found = look(db, config, None, read)
    except StoreBroken:
        found = []  # nothing has run yet, and the playbooks are there all the same
    rows = [_listed(book, [counts for counts, _ in found], auto=chosen.playbooks.auto) for book in _books(library)]
    fields = {
        "playbook": lambda row: row["playbook"],
        "does": lambda row: row["does"],
        "on": lambda row: f"{row['on']} {', '.join(row['types'][:3])}{' ...' if len(row['types']) > 3 else ''}",
        "runs": lambda row: str(row["begun"]),
        "resolved": lambda row: str(row["resolved"]),
        "came back": lambda row: str(row["reopened"]),
        "proposed": lambda row: str(row["proposed"]),
        "held back": lambda row: ", ".join(f"{count} {why}" for why, count in row["held"].items()) or "-",
    }
    show_rows(rows, fields, as_json, "there are no playbooks")
    stopped = [by for _, by in found if by]
    if stopped and not as_json:
        say(f"all playbooks are stopped, by {', '.join(stopped)}; noc playbook go")


def _books(library: "Library") -> list[Any]:
    return list(library.playbooks.values())


def _listed(book: Any, counts: list[Any], *, auto: bool) -> dict[str, Any]:
    mine = [each.playbooks[book.playbook] for each in counts if book.playbook in each.playbooks]
    held: dict[str, int] = {}
    ended: dict[str, int] = {}
    for one in mine:
        for sums, parts in ((held, one.held), (ended, one.ended)):
            for name, count in parts.items():
                sums[name] = sums.get(name, 0) + count
    return {
        "playbook": book.playbook, "version": book.version, "title": book.title,
        "does": "acts" if auto and book.mode == "auto" else "proposes", "mode": book.mode, "on": book.trigger.on,
        "types": list(book.trigger.types) or ["all"], "severity": book.trigger.severity, "steps": len(book.steps),
        **{name: sum(getattr(one, name) for one in mine)
           for name in ("matched", "proposed", "begun", "resolved", "reopened")},
        "ended": ended, "held": held,
    }  # fmt: skip


@command.command("check")
@click.argument("files", metavar="[FILE]...", nargs=-1, type=click.Path(dir_okay=False))
@as_json
@everywhere
def check(files: tuple[str, ...], as_json: bool, db: str | None, config: str | None) -> None:  # noqa: ARG001
    """Check FILES, or all playbooks in use: shape, expressions, actions, parameters. Names file and line."""
    from pathlib import Path

    from engine.respond.playbooks.document import read
    from engine.respond.playbooks.library import check as looked

    if not files:
        library = _library(config)
        problems, count = library.problems, len(library.playbooks)
    else:
        chosen = settings(config)
        names = frozenset(receiver.name for receiver in chosen.notify.receivers)
        problems, count = [], len(files)
        for file in files:
            source, wrong = read(Path(file))
            problems += wrong + (looked(source, chosen.playbooks, names) if source is not None else [])
    if as_json:
        show_json({"ok": not problems, "playbooks": count, "problems": problems})
    for problem in () if as_json else problems:
        click.echo(str(problem))
    if problems:
        raise AnswerIsNo(f"{len(problems)} problem{'s' if len(problems) > 1 else ''}")
    if not as_json:
        click.echo(f"{count} playbook{'s are' if count != 1 else ' is'} sound")


@command.command("test")
@click.argument("playbook")
@click.option("--on", "ref", metavar="REF", required=True, help="finding/ID, alert/ID or incident/ID in the database.")
@of_tenant
@as_json
@everywhere
def test(playbook: str, ref: str, tenant: str, as_json: bool, db: str | None, config: str | None) -> None:
    """Dry run: render every step on a recorded thing, and do none of them."""
    from engine.respond.playbooks.rehearsal import rehearse

    book = _library(config).playbooks.get(playbook)
    if book is None:
        raise BadInput(f"there is no playbook '{playbook}' that is sound; noc playbook list, noc playbook check")
    with reading(db, config) as reader:
        told = rehearse(reader, book, ref, tenant)
    if told is None:
        raise BadInput(f"there is no {ref} in the database")
    if as_json:
        show_json(told)
    else:
        click.echo(told.text())
    if not told.triggers:
        raise AnswerIsNo(f"{playbook} would not be triggered by {ref}: {told.why}")


@command.command("run")
@click.argument("playbook")
@click.option("--on", "ref", metavar="REF", required=True, help="finding/ID, alert/ID or incident/ID that is open.")
@click.option("--author", metavar="NAME", help="Who asks; default: you.")
@of_tenant
@as_json
@everywhere
def run(
    playbook: str, ref: str, author: str | None, tenant: str, as_json: bool, db: str | None, config: str | None
) -> None:
    """Begin a run on an open thing. Where four eyes are asked for, somebody else has to allow it."""
    _order("run", f"playbook/{playbook}", "approve", {"op": "run", "on": ref}, author, tenant, as_json, db, config)


@command.command("approve")
@click.argument("run")
@click.option("--plan", metavar="HASH", help="The plan that you looked at; any other is refused. Default: that of now.")
@click.option("--author", metavar="NAME", help="Who allows it; default: you.")
@of_tenant
@as_json
@everywhere
def approve(
    run: str, plan: str | None, author: str | None, tenant: str, as_json: bool, db: str | None, config: str | None
) -> None:
    """Allow a proposed run; or say of a step whose fate is unknown that it has happened."""
    id = run.rpartition("/")[2]
    if plan is None:
        with reading(db, config) as reader:
            found = next((one for one in reader.runs(None, None) if one.id == id), None)
        if found is None:
            raise BadInput(f"there is no run {id}; noc playbook runs")
        plan = found.plan
    _order("approve", f"run/{id}", "approve", {"plan": plan}, author, tenant, as_json, db, config)


@command.command("reject")
@click.argument("run")
@click.option("--note", metavar="TEXT", default="", help="Why.")
@click.option("--author", metavar="NAME", help="Who refuses; default: you.")
@of_tenant
@as_json
@everywhere
def reject(
    run: str, note: str, author: str | None, tenant: str, as_json: bool, db: str | None, config: str | None
) -> None:
    """Refuse a proposed run, stop one that goes on, or say of an unknown step that it has not happened."""
    id = run.rpartition("/")[2]
    _order("reject", f"run/{id}", "reject", {}, author, tenant, as_json, db, config, note)


@command.command("stop")
@click.option("--author", metavar="NAME", help="Who stops them; default: you.")
@of_tenant
@as_json
@everywhere
def stop(author: str | None, tenant: str, as_json: bool, db: str | None, config: str | None) -> None:
    """The kill switch: stop all runs, and begin none until `noc playbook go`."""
    _order("stop", "playbook/*", "reject", {"op": "stop"}, author, tenant, as_json, db, config)


@command.command("go")
@click.option("--author", metavar="NAME", help="Who says so; default: you.")
@of_tenant
@as_json
@everywhere
def go(author: str | None, tenant: str, as_json: bool, db: str | None, config: str | None) -> None:
    """Let playbooks act again after `noc playbook stop`."""
    _order("go", "playbook/*", "approve", {"op": "go"}, author, tenant, as_json, db, config)


@command.command("runs")
@click.option("--state", metavar="STATE", help="PROPOSED RUNNING WAITING UNKNOWN SUCCESS PARTIAL FAILED ...")
@click.option("--playbook", metavar="NAME", help="Of this playbook only.")
@click.option("--all", "everything", is_flag=True, help=f"All runs, not only the newest {SHOWN}.")
@as_json
@everywhere
def runs(
    state: str | None, playbook: str | None, everything: bool, as_json: bool, db: str | None, config: str | None
) -> None:
    """What was proposed and done; oldest first. `noc explain run/ID` tells all of one."""
    from engine.exports.runs import row_of

    with reading(db, config) as reader:
        rows = [
            row_of(one)
            for one in reader.runs(None, None)
            if state in (None, one.state) and playbook in (None, one.playbook)
        ]
    hidden = 0 if everything else max(0, len(rows) - SHOWN)
    fields: dict[str, Any] = {
        "run": lambda row: row.id,
        "made at": lambda row: row.made_at,
        "playbook": lambda row: row.playbook,
        "state": lambda row: row.state,
        "target": lambda row: row.target,
        "plan": lambda row: row.plan[:12],
        "what": lambda row: row.text or row.title,
    }
    show_rows(rows[hidden:], fields, as_json, "no playbook has run or wanted to")
    if hidden and not as_json:
        say(f"{hidden} older ones are not shown; --all shows them")


def _order(
    what: str, target: str, action: str, params: dict[str, Any], author: str | None, tenant: str, as_json: bool,
    db: str | None, config: str | None, note: str = "",
) -> None:  # fmt: skip
    data = {"target": target, "action": action, "actor": author_of(author), "note": note or None, "params": params}
    tell(order_of(f"playbook {what}", data, tenant, db, config), as_json)


def _library(config: str | None) -> "Library":
    from engine.respond.playbooks.library import library_of

    return library_of(settings(config))
