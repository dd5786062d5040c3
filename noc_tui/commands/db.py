"""`noc db`: the database itself."""

from pathlib import Path
from typing import Final

import click

from noc_tui.commands.ending import NO, BadInput
from noc_tui.commands.opened import reading
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import say, show_json
from noc_tui.commands.settings import database

MEGA: Final = 1 << 20


@click.group("db")
def command() -> None:
    """The database: upgrade its schema, check it, back it up, restore it."""


@command.command("upgrade")
@everywhere
def upgrade(db: str | None, config: str | None) -> None:
    """Bring the schema up to this version; a backup is made first."""
    from data.opening import upgrade_database

    say(upgrade_database(database(db, config)))


@command.command("check")
@as_json
@everywhere
def check(as_json: bool, db: str | None, config: str | None) -> int:
    """Look for damage. Exit code 1 when there is some."""
    from data.opening import check_database

    url = database(db, config)
    faults = check_database(url)
    if as_json:
        show_json({"ok": not faults, "database": url, "faults": faults})
    else:
        for fault in faults:
            click.echo(fault)
        if not faults:
            say(f"{url} is sound")
    return NO if faults else 0


@command.command("backup")
@click.argument("file", metavar="FILE")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@everywhere
def backup(file: str, force: bool, db: str | None, config: str | None) -> None:
    """Copy the database to FILE while it is in use."""
    from data.opening import backup_database

    if Path(file).exists() and not force:
        raise BadInput(f"{file} is there already; --force replaces it")
    backup_database(database(db, config), Path(file))
    say(f"wrote {file}")


@command.command("restore")
@click.argument("file", metavar="FILE")
@click.option("--force", is_flag=True, help="Replace a database that is there; it is kept beside.")
@everywhere
def restore(file: str, force: bool, db: str | None, config: str | None) -> None:
    """Put the backup FILE in place of the database. No engine may run on it."""
    from data.opening import restore_database

    if not Path(file).is_file():
        raise BadInput(f"there is no file {file}")
    url = database(db, config)
    kept = restore_database(Path(file), url, replace=force)
    say(f"{url} is now what {file} holds" + (f"; what was there is kept as {kept}" if kept else ""))


@command.command("storage")
@as_json
@everywhere
def storage(as_json: bool, db: str | None, config: str | None) -> None:
    """What takes how much room: tables with what is oldest in them, and metrics tier by tier."""
    from data.times import text_or_none

    with reading(db, config) as reader:
        found = reader.storage()
    if as_json:
        show_json(found)
        return
    click.echo(f"{found.bytes / MEGA:,.1f} MB in use of a file of {found.file_bytes / MEGA:,.1f} MB")
    click.echo(f"{'table':<16} {'rows':>10} {'items':>12} {'MB':>9}  oldest")
    for one in found.tables:
        oldest = (text_or_none(one.oldest) or "")[:19]
        click.echo(f"{one.table:<16} {one.rows:>10,} {one.items:>12,} {one.bytes / MEGA:>9.2f}  {oldest}")
    for tier in found.tiers:
        each = f"{tier.bytes / tier.buckets:.1f} bytes each, {tier.samples:,} samples"
        click.echo(f"metrics by {tier.step_s} s: {tier.series:,} series, {tier.buckets:,} values, {each}")
    for field in found.fields:
        before = (text_or_none(field.before) or "")[:19]
        click.echo(f"{field.field} of people: blanked {field.times:,} times, in what is from before {before}")
    if found.saved is not None:
        click.echo(f"values that tiers do without, of all in five minutes: {found.saved:.1%}")
