"""`noc config`: the settings, where they come from, and what is wrong with them."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from noc_tui.commands.ending import NO, BadInput
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import say, show_json, whole_file
from noc_tui.commands.places import private_folder
from noc_tui.commands.settings import named_file

if TYPE_CHECKING:
    from engine.settings import Problem


@click.group("config")
def command() -> None:
    """The configuration: write one, check it, show what holds."""


@command.command("init")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@everywhere
def init(force: bool, db: str | None, config: str | None) -> None:  # noqa: ARG001
    """Write a file with every setting at its default, commented out and explained."""
    from engine.settings import default_path, template

    path = Path(config) if config else default_path()
    if path.exists() and not force:
        raise BadInput(f"{path} is there already; --force replaces it")
    if config is None:
        private_folder(path.parent)
    with whole_file(path) as file:
        file.write(template().encode())
    say(f"wrote {path}")


@command.command("check")
@as_json
@everywhere
def check(as_json: bool, db: str | None, config: str | None) -> int:
    """Say what is wrong with it: file, line, and what to do. Exit code 1 when it cannot be used.

    With --db also which sites, things and alert types that database has never heard of.
    """
    from engine import settings

    path = named_file(config)
    problems = settings.check(path)
    if db is not None and not any(problem.grave for problem in problems):
        problems += _unknown(path, db)
    grave = any(problem.grave for problem in problems)
    if as_json:
        shown = str(path or settings.default_path())
        show_json({"ok": not grave, "file": shown, "problems": problems})
        return NO if grave else 0
    for problem in problems:
        click.echo(f"{'' if problem.grave else 'warning: '}{problem}")
    if not problems:
        usual = settings.default_path()
        there = path is not None or usual.is_file()
        say(f"{path or usual} is in order" if there else f"{usual} is not there: every setting has its default")
    return NO if grave else 0


def _unknown(path: Path | None, db: str) -> "list[Problem]":
    from data.opening import open_reader
    from engine import settings
    from engine.settings.known import unknown

    with closing(open_reader(db)) as reader:
        types = {alert.alert_type for alert in reader.alerts(None, None)}
        return unknown(settings.load(path), reader.entities(), types)


@command.command("show")
@click.option("--origin", is_flag=True, help="Also where each value comes from.")
@as_json
@everywhere
def show(origin: bool, as_json: bool, db: str | None, config: str | None) -> None:  # noqa: ARG001
    """Print every setting as it stands; passwords and secret addresses are covered."""
    from engine import settings

    rows = settings.show(named_file(config))
    if as_json:
        show_json(rows if origin else {row.key: row.value for row in rows})
        return
    width = max(len(row.key) for row in rows)
    for row in rows:
        click.echo(f"{row.key:<{width}}  {_written(row.value)}" + (f"  ({row.origin})" if origin else ""))


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return '""' if value == "" else str(value)
