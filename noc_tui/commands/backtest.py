"""`noc backtest MODEL`: how good a model trained before a moment would have been after it."""

from typing import Any

import click

from noc_tui.commands import values
from noc_tui.commands.asking import of_tenant
from noc_tui.commands.ending import AnswerIsNo
from noc_tui.commands.opened import reading
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import show_json
from noc_tui.commands.settings import settings
from noc_tui.commands.train import MODELS


@click.command("backtest")
@click.argument("model", metavar="MODEL", type=click.Choice(MODELS))
@click.option("--split", metavar="TIME", type=values.moment, help="Train before, judge after; default: latest fifth.")
@of_tenant
@as_json
@everywhere
def command(model: str, split: int | None, tenant: str, as_json: bool, db: str | None, config: str | None) -> None:
    """Train on what was known before a moment and judge by what came after it, as JSON. Nothing is kept.

    Beside the model stand the rules, a trivial rule and the base rate, on the same rows.
    """
    del as_json  # it is always JSON
    show_json(_judged(model, split, tenant, db, config))


def _judged(model: str, split: int | None, tenant: str, db: str | None, config: str | None) -> dict[str, Any]:
    from engine.models.spec import Refused
    from engine.predict.training import backtest

    chosen = settings(config)
    with reading(db, config) as reader:
        try:
            return backtest(reader, model, tenant, split, chosen.models)
        except Refused as refused:
            raise AnswerIsNo(f"{model} cannot be judged: {refused}") from None
