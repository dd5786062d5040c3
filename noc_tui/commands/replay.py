"""`noc replay FILE...`: recordings through the whole engine, on event time."""

from pathlib import Path

import click

from noc_tui.commands import values
from noc_tui.commands.ending import BadInput
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import say, show_json
from noc_tui.commands.progress import Progress
from noc_tui.commands.report import show_report
from noc_tui.commands.settings import database_of, settings


@click.command("replay")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--speed", metavar="N", type=values.speed, default="max", show_default=True, help="Times faster than life, or max."
)
@click.option("--from", "since", metavar="TIME", type=values.moment, help="Only events of this time or later.")
@click.option("--to", "until", metavar="TIME", type=values.moment, help="Only events before this time.")
@click.option("--auto-train", is_flag=True, help="Train models as the recording goes on, once a day of event time.")
@click.option("--retain", is_flag=True, help="Make old metrics coarser and remove what is old, as a live engine does.")
@as_json
@everywhere
def command(
    files: tuple[str, ...],
    speed: float,
    since: int | None,
    until: int | None,
    auto_train: bool,
    retain: bool,
    as_json: bool,
    db: str | None,
    config: str | None,
) -> None:
    """Feed recordings through the whole engine, then report.

    FILE is JSON Lines of CloudEvents, plain or .gz; `-` is standard input. Several are merged by time.
    It contacts nobody. What the database has already is told as duplicates.
    """
    _present(files)
    if since is not None and until is not None and since > until:
        raise BadInput("--from lies after --to")
    chosen = settings(config)
    from engine.run import replay

    with Progress("replay") as bar:
        url = db or database_of(chosen)
        report = replay(
            files, url, speed=speed, since=since, until=until, progress=bar.at, trouble=say, config=chosen,
            auto_train=auto_train, retain=retain,
        )  # fmt: skip
    if as_json:
        show_json(report)
    else:
        show_report(report)
    _judge(report.events, report.rejected, report.duplicates)


def _present(files: tuple[str, ...]) -> None:
    if files.count("-") > 1:
        raise BadInput("standard input can be read once only")
    for name in files:
        if name == "-":
            continue
        if not Path(name).exists():
            raise BadInput(f"there is no file {name}")
        if Path(name).is_dir():
            raise BadInput(f"{name} is a folder; name its files")


def _judge(events: int, rejected: int, duplicates: int) -> None:
    """Where nothing could be used the input was bad; some bad lines among good ones are dead letters."""
    if rejected:
        what = "line" if rejected == 1 else "lines"
        say(f"{rejected:,} {what} could not be taken; `noc export dead-letters` tells why")
    if rejected and not events and not duplicates:
        raise BadInput("nothing in it could be used")
