"""`noc person`: what is held about a person, and taking them out of it."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from noc_tui import saved, session
from noc_tui.commands.asking import Command, author_of, of_tenant
from noc_tui.commands.ending import AnswerIsNo, BadInput, Unavailable
from noc_tui.commands.opened import reading
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import output, say, show_json
from noc_tui.commands.settings import database, settings

if TYPE_CHECKING:
    from data.personal.who import Person
    from engine.views import Outcome


def called(function: Command) -> Command:
    """`--also` and `--actor`."""
    actor = click.option("--actor", metavar="NAME", help="Who asks for it; default: the user of this session.")
    also = click.option("--also", "words", metavar="NAME", multiple=True,
                        help="They are called this too; may be repeated.")  # fmt: skip
    return also(actor(function))


@click.group("person")
def command() -> None:
    """Personal data: all that is held about a person, and their erasure. Whoever may read the database may do this, as
    an administrator who sees personal data; both are told in the audit."""


@command.command("export")
@click.argument("id", metavar="ID")
@click.option("--out", metavar="FILE", help="Write there, whole or not at all; default: standard output.")
@called
@of_tenant
@as_json
@everywhere
def export(
    id: str,
    out: str | None,
    words: tuple[str, ...],
    actor: str | None,
    tenant: str,
    as_json: bool,
    db: str | None,
    config: str | None,
) -> None:
    """One JSON document with everything that names the person ID (P102 or person/P102): master data, events, findings,
    anomalies, scores, tickets, predictions, notes, messages, what they did themselves, saved views of this user.

    With --out FILE a summary is printed; with --json too, as JSON. Engines may run meanwhile.
    """
    from engine.personal.export import document

    with reading(db, config) as reader:
        person = reader.person(tenant, _bare(id), words)
        found = document(reader, person, {name: held for name, _, held in _consoles()})
    counts = found["counts"]
    if not any(counts.values()):
        raise AnswerIsNo(f"nothing is held about a person {person.id}")
    _order("exported", person.id, tenant, actor, db, config, detail={"rows": {k: n for k, n in counts.items() if n}})
    with output(out) as file:
        file.write(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
    if as_json and out not in (None, "-"):
        show_json({"person": person.ref, "file": out, "counts": counts})
    elif out not in (None, "-"):
        say(f"wrote {sum(counts.values()):,} rows about {person.ref} to {out}")


@command.command("erase")
@click.argument("id", metavar="ID")
@click.option("--reason", metavar="TEXT", required=True, help="Why; the audit keeps it.")
@click.option("--yes", is_flag=True, help="Do it; without, it is only told what would change.")
@called
@of_tenant
@as_json
@everywhere
def erase(
    id: str,
    reason: str,
    yes: bool,
    words: tuple[str, ...],
    actor: str | None,
    tenant: str,
    as_json: bool,
    db: str | None,
    config: str | None,
) -> None:
    """Take the person ID (P102 or person/P102) out of everything stored. There is no way back.

    A pseudonym, drawn by lot, takes the place of the id and of the name, the same one everywhere, so that counts and
    what was detected stay; phone, e-mail, exact positions, face and photo are removed. Mentions in texts are replaced.
    The audit is linked anew from the first entry that changes, and tells so.

    A running engine does it itself, and takes nothing in meanwhile: senders wait. Events that name the id afterwards,
    also a second delivery of old ones, are those of a new person: stop their source first. Backups are not reached;
    those beside the database are named.
    """
    from engine.personal.orders import obstacle, pseudonym

    with reading(db, config) as reader:
        person = reader.person(tenant, _bare(id), words)
        problem = obstacle(person)
        if problem:
            raise AnswerIsNo(problem)
        if not yes:
            _foretell(reader, person, pseudonym(), reason, as_json)
            return
    outcome = _order("erase", person.id, tenant, actor, db, config, reason=reason, words=words)
    changed = _in_consoles(person, outcome.target.partition("/")[2])
    if as_json:
        show_json({"ok": True, **outcome.detail, "consoles": changed})
        return
    say(outcome.text)
    click.echo(outcome.target)


def _foretell(reader: Any, person: "Person", name: str, reason: str, as_json: bool) -> None:
    """What would change, without changing it."""
    from data.personal.erasing import Erasure
    from data.records.audit import AuditRow
    from engine.personal.forgetting import VECTOR

    entry = AuditRow(0, person.tenant, "", "person.erase", "", "", {"reason": reason}, 0)
    found = reader.would_erase(Erasure(person, name, entry, VECTOR))
    if as_json:
        show_json({"ok": False, "dry_run": True, "rows": found.rows, "events": found.events, "copies": found.copies})
        return
    for table, count in found.rows.items():
        click.echo(f"{table:<16} {count:>10,}")
    click.echo(f"{'events':<16} {found.events:>10,}")
    for copy in found.copies:
        say(f"not reached, to be deleted by hand: {copy}")
    say(f"nothing was changed; --yes erases {person.ref}")


def _order(
    op: Any, id: str, tenant: str, actor: str | None, db: str | None, config: str | None, **more: Any
) -> "Outcome":
    """To the engine that runs on the database, else carried out at once. Raises AnswerIsNo, Unavailable."""
    from engine.control import Request, Unanswered, ask
    from engine.personal.orders import PersonOrder

    order = PersonOrder(op, author_of(actor), id, tenant, **more)
    # What others are told of who holds the database lies in a file: it does not name the person.
    try:
        asked = ask(database(db, config), Request({}, tenant, person=order), settings(config), f"noc person {op}")
        outcome = asyncio.run(asked)
    except Unanswered as error:
        raise Unavailable(str(error)) from None
    if not outcome.ok:
        raise AnswerIsNo(outcome.text)
    return outcome


def _bare(id: str) -> str:
    from data.references import bare

    found = bare(id) or ""
    if not found or (id.partition("/")[1] and not id.startswith("person/") and found != id):
        raise BadInput(f"{id} is no person: write P102 or person/P102")
    return found


def _consoles() -> list[tuple[str, Path, Any]]:
    """What this user's consoles keep: name, file and contents."""
    found = []
    places: tuple[tuple[str, Callable[[], Path]], ...] = (("session", session.place), ("views", saved.place))
    for name, place in places:
        try:
            found.append((name, place(), msgspec.json.decode(place().read_bytes())))
        except (OSError, ValueError):
            continue
    return found


def _in_consoles(person: "Person", name: str) -> list[str]:
    """Filters and views that name the person name the pseudonym; the files that changed."""
    from data.personal.needles import Needles
    from data.personal.rewriting import Rewriter
    from noc_tui.commands.output import whole_file

    rewriter, changed = Rewriter(Needles(person, name)), []
    for _, path, held in _consoles():
        new = rewriter.value(held)
        if new != held:
            with whole_file(path) as file:
                file.write(msgspec.json.encode(new))
            changed.append(str(path))
    return changed
