"""`noc notify`: what others were told, whether a receiver can be told, and what was given up once more."""

import asyncio
from typing import TYPE_CHECKING, Any

import click

from noc_tui.commands import values
from noc_tui.commands.asking import author_of, of_tenant, order_of, show_rows, tell
from noc_tui.commands.ending import AnswerIsNo, BadInput
from noc_tui.commands.opened import reading
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import say, show_json
from noc_tui.commands.settings import settings

if TYPE_CHECKING:
    from engine.respond.senders import Result
    from engine.settings.notify import Notify, Receiver

SHOWN = 50  # rows, where nothing else is asked for


@click.group("notify")
def command() -> None:
    """Receivers of notifications: test one, see what was delivered, try again what was given up."""


@command.command("test")
@click.argument("receiver")
@as_json
@everywhere
def test(receiver: str, as_json: bool, db: str | None, config: str | None) -> None:  # noqa: ARG001
    """Send one message to RECEIVER now, and tell what it answered."""
    chosen = settings(config).notify
    found = next((one for one in chosen.receivers if one.name == receiver), None)
    if found is None:
        known = ", ".join(one.name for one in chosen.receivers) or "none"
        raise BadInput(f"there is no receiver '{receiver}' in the configuration; there are: {known}")
    result = asyncio.run(_try(found, chosen))
    if as_json:
        show_json({"receiver": receiver, "delivered": result.fate == "delivered", "text": result.text})
    if result.fate != "delivered":
        raise AnswerIsNo(f"{receiver}: {result.text}")
    if not as_json:
        click.echo(f"{receiver}: delivered ({result.text})")


async def _try(receiver: "Receiver", notify: "Notify") -> "Result":
    from data import ids
    from data.times import SECOND
    from engine import clock
    from engine.respond.senders import Fate, Parcel, Result, sender_of

    now = clock.wall()
    id = ids.derive("N", "test", receiver.name, str(now))
    text = "If you can read this, noc can reach you. Nothing has happened."
    parcel = Parcel(
        id, "default", receiver.name, f"test/{id}", "test", "A test of noc", 1, now, {}, (), text, None, notify.console
    )
    sender = sender_of(receiver, notify)
    try:
        async with asyncio.timeout(receiver.timeout / SECOND):
            return await sender.send(parcel)
    except TimeoutError:
        return Result(Fate.FAILED, f"no answer within {receiver.timeout // SECOND} s")
    except Exception as error:
        return Result(Fate.FAILED, str(error) or type(error).__name__)
    finally:
        await sender.close()


@command.command("log")
@click.option("--receiver", metavar="NAME", help="To this receiver only.")
@click.option("--status", metavar="STATUS", help="PENDING DELIVERED DEAD NOT_SENT WITHHELD NOT_OWED.")
@click.option("--since", metavar="TIME", type=values.moment, help="Decided from then on.")
@click.option("--all", "everything", is_flag=True, help=f"All rows, not only the newest {SHOWN}.")
@as_json
@everywhere
def log(
    receiver: str | None,
    status: str | None,
    since: int | None,
    everything: bool,
    as_json: bool,
    db: str | None,
    config: str | None,
) -> None:
    """What was told to whom, and what became of it; oldest first."""
    from engine.exports.notifications import row_of

    with reading(db, config) as reader:
        rows = [
            row_of(row)
            for row in reader.notifications(since, None)
            if receiver in (None, row.receiver) and status in (None, row.status)
        ]
    hidden = 0 if everything else max(0, len(rows) - SHOWN)
    fields: dict[str, Any] = {
        "id": lambda row: row.id,
        "made at": lambda row: row.made_at,
        "receiver": lambda row: row.receiver,
        "status": lambda row: row.status,
        "attempts": lambda row: str(row.attempts),
        "what": lambda row: f"{row.kind}: {row.title}",
        "last": lambda row: row.reason or row.last or "-",
    }
    show_rows(rows[hidden:], fields, as_json, "nobody has been told of anything")
    if hidden and not as_json:
        say(f"{hidden} older ones are not shown; --all shows them")


@command.command("replay")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--receiver", metavar="NAME", help="Everything that this receiver was given up on.")
@click.option("--author", metavar="NAME", help="Who asks; default: you.")
@of_tenant
@as_json
@everywhere
def replay(
    ids: tuple[str, ...],
    receiver: str | None,
    author: str | None,
    tenant: str,
    as_json: bool,
    db: str | None,
    config: str | None,
) -> None:
    """Try again what was given up (status DEAD). Without an engine the next one does it."""
    if bool(ids) == bool(receiver):
        raise click.UsageError("name messages by their IDs, or a receiver by --receiver")
    from data.records.outbox import DEAD

    wanted = {id.rpartition("/")[2] for id in ids}
    with reading(db, config) as reader:
        rows = [row for row in reader.notifications(None, None) if row.id in wanted or row.receiver == receiver]
    unknown = wanted - {row.id for row in rows}
    if unknown:
        raise BadInput(f"there is no message {', '.join(sorted(unknown))}; noc notify log --status DEAD lists them")
    dead = [row for row in rows if row.status == DEAD and row.tenant == tenant]
    if not dead:
        raise AnswerIsNo("none of them was given up, so there is nothing to try again")
    data = {
        "target": f"notification/{dead[0].id}", "action": "reopen", "actor": author_of(author),
        "params": {"numbers": [row.number for row in dead], "ids": [row.id for row in dead]},
    }  # fmt: skip
    tell(order_of("notify replay", data, tenant, db, config), as_json)
