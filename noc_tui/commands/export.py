"""`noc export KIND`: rows for other programs."""

import difflib
import sys
from collections.abc import Iterator

import click

from engine.exports import FORMATS, KINDS, Chunk, Selection, UnknownKindError, export, kind_named
from noc_tui.commands import values
from noc_tui.commands.ending import BadInput
from noc_tui.commands.opened import mask_of, reading
from noc_tui.commands.options import as_json, everywhere, masked
from noc_tui.commands.output import output
from noc_tui.commands.progress import Progress

METRICS = "metrics"  # they wait in the engine's statistics too, so reading them takes more than the tables


@click.command("export")
@click.argument("kind", metavar="KIND")
@click.option("--since", metavar="TIME", type=values.moment, help="Only rows of this time or later.")
@click.option("--until", metavar="TIME", type=values.moment, help="Only rows before this time.")
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), help="JSON Lines (default) or CSV.")
@click.option("--out", metavar="FILE", help="Write there, whole or not at all; default: standard output.")
@click.option("--tenant", metavar="NAME", help="Only this tenant's rows; default: all.")
@click.option("--kind", "of_kind", metavar="KIND", help="Predictions: sla_breach, device_failure or staffing_gap.")
@click.option("--all-scores", is_flag=True, help="Predictions: every evaluation there was.")
@click.option("--name", "names", metavar="NAME", multiple=True, help="Metrics: only these; may be repeated.")
@click.option("--site", "sites", metavar="ID", multiple=True, help="Metrics: only at these sites.")
@click.option("--client", "clients", metavar="ID", multiple=True, help="Metrics: only of these clients.")
@click.option("--entity", "entities", metavar="REF", multiple=True, help="Metrics: only of these entities.")
@click.option("--label", "labels", metavar="NAME=VALUE", multiple=True, help="Metrics: only with these labels.")
@click.option(
    "--step", type=click.Choice(["auto", "5m", "1h", "1d"]), default="auto", help="Metrics: buckets no finer."
)
@masked
@as_json
@everywhere
def command(
    kind: str,
    since: int | None,
    until: int | None,
    form: str | None,
    out: str | None,
    tenant: str | None,
    of_kind: str | None,
    all_scores: bool,
    names: tuple[str, ...],
    sites: tuple[str, ...],
    clients: tuple[str, ...],
    entities: tuple[str, ...],
    labels: tuple[str, ...],
    step: str,
    mask: bool,
    as_json: bool,
    db: str | None,
    config: str | None,
) -> None:
    """Print rows, in the order of their time.

    \b
    KIND: events tickets alerts assignments findings anomalies clusters
          incidents correlations relations predictions fraud
          playbook-runs notifications metrics feed audit dead-letters
    """
    _known(kind)
    if as_json and form == "csv":
        raise click.UsageError("--json and --format csv exclude each other")
    if since is not None and until is not None and since > until:
        raise BadInput("--since lies after --until")
    chosen = "json" if as_json else form or "jsonl"
    assert chosen in FORMATS
    if kind == METRICS:
        from noc_tui.commands import metrics

        asked = metrics.Asked(since, until, tenant, names, sites, clients, entities, labels, step)
        _write(metrics.exported(asked, chosen, db, config), out, f"export {kind}")
        return
    selection = Selection(since, until, tenant, of_kind, all_scores)
    with reading(db, config) as reader:
        _write(export(reader, kind, selection, chosen, mask_of(reader, wanted=mask)), out, f"export {kind}")


def _known(kind: str) -> None:
    if kind == METRICS:
        return
    try:
        kind_named(kind)
    except UnknownKindError as error:
        near = difflib.get_close_matches(kind, (*KINDS, METRICS), n=1)
        raise BadInput(f"{error}" + (f". Did you mean `{near[0]}`?" if near else "")) from None


def _write(chunks: Iterator[Chunk], out: str | None, label: str) -> None:
    done = 0
    with output(out) as file, Progress(label, unit="rows") as bar:
        bar.shown &= file is not sys.stdout.buffer or not sys.stdout.isatty()  # rows on the screen show themselves
        for chunk in chunks:
            file.write(chunk.body)
            done += chunk.rows
            bar.at(done)
