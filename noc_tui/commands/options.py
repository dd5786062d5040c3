"""Options that every command takes, and what they come to."""

from collections.abc import Callable
from typing import TypeVar

import click

from noc_tui.commands import values

Command = TypeVar("Command", bound=Callable[..., object])


def everywhere(command: Command) -> Command:
    """`--db URL` and `--config FILE`."""
    command = click.option("--config", metavar="FILE", help="Configuration file.")(command)
    return click.option("--db", metavar="URL", type=values.url, help="Database; default: in the user's data folder.")(
        command
    )


def masked(command: Command) -> Command:
    """`--mask`: what a caller without the capability `pii` would see."""
    return click.option("--mask", is_flag=True, help="Without names, phones, e-mail and coordinates.")(command)


def as_json(command: Command) -> Command:
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(command)
