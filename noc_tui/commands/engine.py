"""`noc engine`: the engine without a screen, serving senders and consoles."""

import asyncio
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from noc_tui.commands.ending import BadInput, Unavailable
from noc_tui.commands.options import everywhere
from noc_tui.commands.settings import database_of, settings

if TYPE_CHECKING:
    from engine.settings import Config


@click.command("engine")
@click.option("--listen", metavar="HOST:PORT", help="Where to serve; default: server.listen, 127.0.0.1:8642.")
@everywhere
def command(listen: str | None, db: str | None, config: str | None) -> None:
    """The engine without a screen: it takes events in, tells the feed, and serves consoles.

    Prints one line `ready http://HOST:PORT` once it serves. SIGTERM answers what was taken and ends; SIGHUP reads the
    configuration again. Without a token (`noc token create`) only this machine is served.
    """
    chosen = settings(config)
    from engine.server.host import AddressTaken, CannotServe, host

    logging.basicConfig(stream=sys.stderr, format="noc: %(message)s", level=logging.WARNING)
    try:
        asyncio.run(host(db or database_of(chosen), chosen, listen or chosen.server.listen, _ready, _reread(config)))
    except AddressTaken as error:
        raise Unavailable(str(error)) from None
    except CannotServe as error:
        raise BadInput(str(error)) from None
    except BaseExceptionGroup as several:
        raise _first(several) from several


def _ready(url: str) -> None:
    click.echo(f"ready {url}")
    sys.stdout.flush()


def _reread(config: str | None) -> "Callable[[], Config]":
    from engine.settings import load

    return lambda: load(Path(config) if config else None)


def _first(error: BaseException) -> BaseException:
    """What went wrong first: tasks that fail together come as a group."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
