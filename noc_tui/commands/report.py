"""`noc report`: what happened, for people who were not there. And the figures that a replay or a demo ends with."""

from contextlib import closing
from typing import Any

import click
import msgspec

from noc_tui.commands.options import everywhere
from noc_tui.commands.output import output, show_table


def show_report(report: msgspec.Struct) -> None:
    """Names and figures in two columns; `reduction` as a percentage, seconds with two digits."""
    figures: dict[str, Any] = msgspec.structs.asdict(report)
    show_table({name: _written(name, value) for name, value in figures.items()})


def _written(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name == "reduction":
        return f"{value:.1%}"
    return f"{value:.2f}" if name.endswith("_seconds") else value


@click.group("report")
def command() -> None:
    """Reports for people, as Markdown."""


@command.command("incident")
@click.argument("ref", metavar="REF")
@click.option("--out", metavar="FILE", help="Write it there; default: standard output.")
@everywhere
def incident(ref: str, out: str | None, db: str | None, config: str | None) -> None:
    """The post-incident report: impact, timeline, cause, deeds, durations, open questions.

    REF: incident/ID, or its bare ID.
    """
    from data.opening import open_reader
    from engine.explain import UnknownRefError
    from engine.reports.incident import incident_report
    from noc_tui.commands.ending import AnswerIsNo, BadInput
    from noc_tui.commands.settings import database

    with closing(open_reader(database(db, config))) as reader:
        try:
            text = incident_report(reader, ref)
        except UnknownRefError as error:
            near = f"; nearest: {', '.join(error.nearest)}" if error.nearest else ""
            raise AnswerIsNo(f"{error}{near}") from None
        except ValueError as error:
            raise BadInput(str(error)) from None
    with output(out) as file:
        file.write(text.encode())
