"""`noc report`: what happened, for people who were not there. And the figures that a replay or a demo ends with."""

from contextlib import closing
from typing import Any, Final

import click
import msgspec

from noc_tui.commands import values
from noc_tui.commands.asking import look, of_tenant
from noc_tui.commands.ending import BadInput
from noc_tui.commands.opened import mask_of, reading
from noc_tui.commands.options import as_json, everywhere, masked
from noc_tui.commands.output import output, show_json, show_table

KINDS: Final = {
    "handover": "what the next shift has to know: open, to watch, promised, happened",
    "digest": "what the day, or any other time, was like, beside the time before",
    "service": "time to acknowledge and to resolve, by severity and client; missed targets",
    "noise": "which alerts make the most work for the least worth",
    "attendance": "irregularities of attendance, and suspicions of fraud",
    "scorecard": "the seven pillars that are not negotiable, client by client, and the course over days",
    "predictions": "what was foreseen, and what became of it",
}
"""Told again in `engine.reports.kinds`, which is not loaded for `--help`."""


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
    """Reports for people: the shift's handover, digests, service, noise, attendance, incidents."""


def _kind(name: str, about: str) -> None:
    """A command for one kind of report."""

    @command.command(name, help=f"{about[:1].upper()}{about[1:]}.")
    @click.option("--since", metavar="TIME", type=values.moment, help="From then on; default: as is usual for it.")
    @click.option("--until", metavar="TIME", type=values.moment, help="Until then; default: event time of now.")
    @click.option(
        "--format", "form", type=click.Choice(["text", "md", "html", "csv"]), default="text", show_default=True
    )
    @click.option("--out", metavar="FILE", help="Write it there; default: standard output.")
    @of_tenant
    @masked
    @as_json
    @everywhere
    def report(
        since: int | None, until: int | None, form: str, out: str | None, tenant: str, mask: bool, as_json: bool,
        db: str | None, config: str | None,
    ) -> None:  # fmt: skip
        _report(name, since, until, form, out, tenant, mask, as_json, db, config)


def _report(
    name: str, since: int | None, until: int | None, form: str, out: str | None, tenant: str, mask: bool,
    as_json: bool, db: str | None, config: str | None,
) -> None:  # fmt: skip
    from engine.reports.document import WRITERS, Report
    from engine.reports.document import masked as hidden
    from engine.reports.gathering import Span
    from engine.reports.kinds import REPORTS

    kind = REPORTS[name]

    def make(partition: Any, now: int) -> Report:
        end = now if until is None else until
        begin = end - kind.usual if since is None else since
        if begin >= end:
            raise BadInput("--since lies after --until")
        with reading(db, config) as reader:
            found = kind.make(reader, partition, Span(partition.name, begin, end))
            hide = mask_of(reader, wanted=mask)
        return hidden(found, hide.text if hide is not None else None)

    (found,) = look(db, config, tenant, make)
    if as_json:
        show_json(found)
        return
    with output(out) as file:
        file.write(WRITERS[form](found).encode())


for _name, _about in KINDS.items():
    _kind(_name, _about)


@command.command("incident")
@click.argument("ref", metavar="REF")
@click.option("--out", metavar="FILE", help="Write it there; default: standard output.")
@as_json
@everywhere
def incident(ref: str, out: str | None, as_json: bool, db: str | None, config: str | None) -> None:
    """The post-incident report: impact, timeline, cause, deeds, durations, open questions.

    REF: incident/ID, or its bare ID.
    """
    from data.opening import open_reader
    from engine.explain import UnknownRefError
    from engine.reports.incident import incident_report
    from noc_tui.commands.ending import AnswerIsNo
    from noc_tui.commands.settings import database

    with closing(open_reader(database(db, config))) as reader:
        try:
            text = incident_report(reader, ref)
        except UnknownRefError as error:
            near = f"; nearest: {', '.join(error.nearest)}" if error.nearest else ""
            raise AnswerIsNo(f"{error}{near}") from None
        except ValueError as error:
            raise BadInput(str(error)) from None
    if as_json:
        show_json({"ref": ref, "format": "md", "text": text})
        return
    with output(out) as file:
        file.write(text.encode())
