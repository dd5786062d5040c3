"""`noc token`: who may use the server."""

import asyncio
from typing import TYPE_CHECKING

import click

from data import times
from noc_tui.commands import values
from noc_tui.commands.asking import author_of, show_rows
from noc_tui.commands.ending import AnswerIsNo, Unavailable
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import say, show_json
from noc_tui.commands.settings import database, settings

if TYPE_CHECKING:
    from data.records.token import Token
    from engine.access.orders import Order

ROLES = ["source", "viewer", "operator", "admin"]


@click.group("token")
def command() -> None:
    """Tokens for the server. A role says what its holder may: `source` sends events, `viewer` looks, `operator` also
    acknowledges and the like, `admin` may everything. The secret is shown once and kept nowhere."""


@command.command("create")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What its holder may.")
@click.option("--name", metavar="NAME", default="", help="Whose it is.")
@click.option("--tenant", "tenants", metavar="NAME", multiple=True, help="Only for this tenant; may be repeated.")
@click.option("--client", "clients", metavar="ID", multiple=True, help="Only for this client; may be repeated.")
@click.option("--pii", is_flag=True, help="Sees names, phones, e-mail and coordinates.")
@click.option("--expires", metavar="DURATION", type=values.duration, help="Ends after this long, such as 90d.")
@as_json
@everywhere
def create(
    role: str,
    name: str,
    tenants: tuple[str, ...],
    clients: tuple[str, ...],
    pii: bool,
    expires: int | None,
    as_json: bool,
    db: str | None,
    config: str | None,
) -> None:
    """Print a new token. It is valid at once, also for a server that runs."""
    from engine.access.orders import Order

    secret, token = _made(role, name, list(tenants), list(clients), pii, expires)
    _order(Order("create", author_of(None), token), db, config)
    _show(secret, token, as_json)


@command.command("rotate")
@click.argument("id", metavar="ID")
@click.option(
    "--overlap",
    metavar="DURATION",
    type=values.duration,
    default="1h",
    show_default=True,
    help="Both are valid so long.",
)
@as_json
@everywhere
def rotate(id: str, overlap: int, as_json: bool, db: str | None, config: str | None) -> None:
    """Print a token that follows another, with the same rights; the old one ends when the overlap is over."""
    from engine import clock
    from engine.access.orders import Order

    old = next((token for token in _known(db, config) if token.id == id), None)
    if old is None:
        raise AnswerIsNo(f"there is no token {id}")
    lasts = None if old.expires_at is None else old.expires_at - old.created_at
    secret, token = _made(old.role, old.name, old.tenants, old.clients, old.pii, lasts)
    _order(Order("rotate", author_of(None), token, id, clock.wall() + overlap), db, config)
    _show(secret, token, as_json)


@command.command("revoke")
@click.argument("ids", metavar="ID", nargs=-1, required=True)
@everywhere
def revoke(ids: tuple[str, ...], db: str | None, config: str | None) -> None:
    """End tokens at once, also of connections that are open."""
    from engine.access.orders import Order

    for id in ids:
        _order(Order("revoke", author_of(None), id=id), db, config)
        say(f"{id} is revoked")


@command.command("list")
@as_json
@everywhere
def list_(as_json: bool, db: str | None, config: str | None) -> None:
    """Tokens that were given out, and whether they are valid; never their secrets."""
    from engine import clock
    from engine.access.keyring import valid

    now = clock.wall()
    rows = [
        {
            "id": token.id, "name": token.name, "role": token.role, "tenants": token.tenants, "clients": token.clients,
            "pii": token.pii, "created_at": times.text(token.created_at),
            "expires_at": times.text_or_none(token.expires_at),
            "state": "valid" if valid(token, now) else "revoked" if token.revoked else "expired",
        }
        for token in sorted(_known(db, config), key=lambda one: (one.created_at, one.id))
    ]  # fmt: skip
    fields = {
        "id": lambda row: row["id"],
        "state": lambda row: row["state"],
        "role": lambda row: row["role"] + (" +pii" if row["pii"] else ""),
        "tenants": lambda row: ",".join(row["tenants"]) or "all",
        "clients": lambda row: ",".join(row["clients"]) or "all",
        "expires": lambda row: row["expires_at"] or "never",
        "name": lambda row: row["name"],
    }
    show_rows(rows, fields, as_json, "there are no tokens: only this machine is served")


def _made(
    role: str, name: str, tenants: list[str], clients: list[str], pii: bool, lasts: int | None
) -> "tuple[str, Token]":
    from data import ids
    from data.records.token import Token
    from engine import clock
    from engine.access import secret

    text, now = secret.new(), clock.wall()
    mark = secret.fingerprint(text)
    ends = None if lasts is None else now + lasts
    return text, Token(ids.derive("T", mark), mark, name, role, tenants, clients, pii, now, ends)


def _show(secret: str, token: "Token", as_json: bool) -> None:
    if as_json:
        rights = {"role": token.role, "tenants": token.tenants, "clients": token.clients, "pii": token.pii}
        show_json({"token": secret, "id": token.id, **rights, "expires_at": times.text_or_none(token.expires_at)})
    else:
        say(f"{token.id}: keep it now, it is not shown again")
        click.echo(secret)


def _order(order: "Order", db: str | None, config: str | None) -> None:
    """To the engine that runs on the database, else carried out at once. Raises AnswerIsNo, Unavailable."""
    from engine.control import Request, Unanswered, ask

    chosen = settings(config)
    try:
        outcome = asyncio.run(ask(database(db, config), Request({}, order=order), chosen, f"token {order.op}"))
    except Unanswered as error:
        raise Unavailable(str(error)) from None
    if not outcome.ok:
        raise AnswerIsNo(outcome.text)


def _known(db: str | None, config: str | None) -> "list[Token]":
    from engine.control import tokens_of

    return tokens_of(database(db, config))
