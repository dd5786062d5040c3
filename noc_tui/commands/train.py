"""`noc train MODEL`: learn from what the database holds; what passes the gates is live at once."""

import asyncio
from typing import TYPE_CHECKING, Any

import click

from data import times
from noc_tui.commands import values
from noc_tui.commands.asking import of_tenant
from noc_tui.commands.ending import AnswerIsNo, Unavailable
from noc_tui.commands.opened import reading
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import say, show_json
from noc_tui.commands.progress import Progress
from noc_tui.commands.settings import database_of, settings

if TYPE_CHECKING:
    from engine.predict.training import Trained
    from engine.settings import Config

MODELS = ("fraud", "priority", "sla", "device", "staffing", "pairs")


@click.command("train")
@click.argument("model", metavar="MODEL", type=click.Choice(MODELS))
@click.option(
    "--until", metavar="TIME", type=values.moment, help="Learn from what was seen and known before this time."
)
@of_tenant
@as_json
@everywhere
def command(model: str, until: int | None, tenant: str, as_json: bool, db: str | None, config: str | None) -> None:
    """Train a model on the history in the database.

    \b
    MODEL: fraud priority sla device staffing pairs (which alerts belong together, from merges, splits, approvals)

    Prints rows, positives, metrics and the version. A version that passes the gates is live at once, also in an engine
    that runs on the database. Exit code 1, with the reason, when there is too little to learn from or a gate refuses
    it; what was live stays live. Ctrl-C leaves everything as it was.
    """
    chosen = settings(config)
    trained = _trained(model, until, tenant, db, config, chosen)
    _put_to_work(trained, tenant, db or database_of(chosen), chosen)
    if as_json:
        show_json(_document(trained))
    else:
        _tell(trained)


def _trained(
    model: str, until: int | None, tenant: str, db: str | None, config: str | None, chosen: "Config"
) -> "Trained":
    from engine.models.spec import Refused
    from engine.predict.training import train

    with reading(db, config) as reader, Progress(f"train {model}", unit="rounds") as bar:
        try:
            return train(reader, model, tenant, until, chosen.models, bar.at)
        except Refused as refused:
            raise AnswerIsNo(f"{model} was not trained: {refused}") from None


def _put_to_work(trained: "Trained", tenant: str, database: str, chosen: "Config") -> None:
    from engine.control import Request, Unanswered, ask
    from engine.models.adopting import ModelOrder, packed

    version = trained.version
    order = ModelOrder(version.kind, packed(version), "trained by command")
    try:
        outcome = asyncio.run(ask(database, Request({}, tenant, model=order), chosen, f"noc train {version.kind}"))
    except Unanswered as error:
        raise Unavailable(str(error)) from None
    if not outcome.ok:
        raise AnswerIsNo(outcome.text)


def _document(trained: "Trained") -> dict[str, Any]:
    version, about = trained.version, trained.version.about
    kept = ("rows", "entities", "positives", "base_rate", "judged", "judged_by", "trees", "model", "rules", "trivial",
            "trivial_rule", "live", "live_version", "threshold", "importances", "gates", "curve")  # fmt: skip
    return {
        "model": version.kind, "version": version.version, "status": "LIVE", "until": times.text(version.made_at),
        "checksum": version.checksum, **{name: about[name] for name in kept},
    }  # fmt: skip


def _tell(trained: "Trained") -> None:
    about, version = trained.about, trained.version
    click.echo(f"{version.kind} {version.version} is live")
    click.echo(f"  learned from   {about.rows:,} rows of {about.entities:,}, {about.positives:,} positive")
    click.echo(f"  seen           {times.text(about.since)} to {times.text(about.until)}")
    click.echo(f"  judged by      {about.judged_by}: {about.judged:,} rows, base rate {about.base_rate:.3f}")
    for name, one in (("model", about.model), ("rules", about.rules), ("trivial", about.trivial), ("live", about.live)):
        if one is not None:
            what = {"trivial": f"  ({about.trivial_rule})", "live": f"  ({about.live_version})"}.get(name, "")
            click.echo(
                f"  {name:<13}  AUC {one.auc:.3f}  PR-AUC {one.pr_auc:.3f}  Brier {one.brier:.3f}  "
                f"calibration error {one.calibration_error:.3f}{what}"
            )
    top = ", ".join(f"{name} {share:.0%}" for name, share in about.importances[:5])
    click.echo(f"  looks most at  {top}")
    for gate in about.gates:
        say(f"gate {gate.name}: {gate.text}")
