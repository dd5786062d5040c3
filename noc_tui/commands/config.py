"""`noc config`: the settings, where they come from, and what is wrong with them."""

from pathlib import Path

import click

from noc_tui.commands import places
from noc_tui.commands.ending import NO, BadInput
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import say, show_json, whole_file
from noc_tui.commands.settings import file_meant


@click.group("config")
def command() -> None:
    """The configuration: write one, check it, show what holds."""


@command.command("init")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@everywhere
def init(force: bool, db: str | None, config: str | None) -> None:  # noqa: ARG001
    """Write a file with every setting at its default, commented out."""
    from engine.config import template

    path = Path(config) if config else places.config_file()
    if path.exists() and not force:
        raise BadInput(f"{path} is there already; --force replaces it")
    if config is None:
        places.private_folder(path.parent)
    with whole_file(path) as file:
        file.write(template().encode())
    say(f"wrote {path}")


@command.command("check")
@as_json
@everywhere
def check(as_json: bool, db: str | None, config: str | None) -> int:  # noqa: ARG001
    """Say what is wrong with it: file, line, and what to do. Exit code 1 when it cannot be used."""
    from engine import config as settings

    path = file_meant(config)
    try:
        problems = settings.check(path)
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 text: {error}") from None
    grave = any(problem.grave for problem in problems)
    if as_json:
        show_json({"ok": not grave, "file": None if path is None else str(path), "problems": problems})
    else:
        for problem in problems:
            click.echo(f"{'' if problem.grave else 'warning: '}{problem}")
        if not problems:
            say(
                f"{path} is in order" if path else f"{places.config_file()} is not there: every setting has its default"
            )
    return NO if grave else 0


@command.command("show")
@click.option("--origin", is_flag=True, help="Also where each value comes from.")
@as_json
@everywhere
def show(origin: bool, as_json: bool, db: str | None, config: str | None) -> None:  # noqa: ARG001
    """Print every setting as it stands."""
    from engine import config as settings

    try:
        rows = settings.show(file_meant(config))
    except UnicodeDecodeError as error:
        raise BadInput(f"{config}: not UTF-8 text: {error}") from None
    if as_json:
        show_json(rows if origin else {row.name: row.value for row in rows})
        return
    width = max(len(row.name) for row in rows)
    for row in rows:
        click.echo(f"{row.name:<{width}}  {row.value}" + (f"  ({row.origin})" if origin else ""))
