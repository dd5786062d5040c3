"""`noc doctor`: what is wrong with this installation, and what to do about it."""

from pathlib import Path

import click

from engine.doctor import FAIL, Check, examine
from noc_tui.commands import places
from noc_tui.commands.ending import NO, BadInput
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import show_json
from noc_tui.commands.settings import database

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command("doctor")
@as_json
@everywhere
def command(as_json: bool, db: str | None, config: str | None) -> int:
    """Look at Python, packages, terminal, database, disk, configuration and clock.

    Exit code 1 when something has to be done before noc can work.
    """
    checks = examine(_database(db, config), None if config is None else Path(config))
    if as_json:
        show_json({"ok": all(check.state != FAIL for check in checks), "checks": checks})
    else:
        for check in checks:
            click.echo(_line(check))
    return NO if any(check.state == FAIL for check in checks) else 0


def _database(db: str | None, config: str | None) -> str:
    """A configuration that cannot be used is told among the checks, and does not end them."""
    try:
        return database(db, config)
    except BadInput:
        return places.default_database()


def _line(check: Check) -> str:
    mark = click.style(f"{check.state:<4}", fg=_COLOURS[check.state])
    text = f"{mark}  {check.name:<12}  {check.text}"
    return text + (f"\n{'':20}-> {check.remedy}" if check.remedy else "")
