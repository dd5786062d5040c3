"""`noc backtest MODEL`: how good a model trained before a moment would have been after it. `noc backtest change`: what
other settings or silences would have made of the recorded history."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from noc_tui.commands import values
from noc_tui.commands.asking import of_tenant
from noc_tui.commands.ending import AnswerIsNo, BadInput
from noc_tui.commands.opened import reading
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import show_json
from noc_tui.commands.progress import Progress
from noc_tui.commands.settings import named_file, settings
from noc_tui.commands.train import MODELS

if TYPE_CHECKING:
    from engine.backtest.difference import Difference
    from engine.backtest.wish import Sweep
    from engine.settings import Config

CHANGE: Final = "change"


@click.command("backtest")
@click.argument("what", metavar="MODEL|change", type=click.Choice([*MODELS, CHANGE]))
@click.option("--split", metavar="TIME", type=values.moment, help="Train before, judge after; default: latest fifth.")
@click.option("--set", "sets", metavar="KEY=VALUE", multiple=True, help="change: this setting otherwise; repeatable.")
@click.option("--with", "other", metavar="FILE", help="change: another configuration file as a whole.")
@click.option("--silence", "silences", metavar="MATCHERS", multiple=True, help="change: a silence all the time.")
@click.option("--playbooks", metavar="DIR", help="change: playbooks of this folder, which replace others by name.")
@click.option(
    "--model",
    "models",
    metavar="NAME=VERSION",
    multiple=True,
    help="change: this version scores; `rules`: none; `until:TIME`: one that is trained now.",
)
@click.option("--sweep", metavar="KEY=V,V", help="change: several values of one setting, beside each other.")
@click.option("--since", metavar="TIME", type=values.moment, help="change: compare only what began then or later.")
@click.option("--until", metavar="TIME", type=values.moment, help="change: compare only what began before.")
@of_tenant
@as_json
@everywhere
def command(
    what: str, split: int | None, sets: tuple[str, ...], other: str | None, silences: tuple[str, ...],
    playbooks: str | None, models: tuple[str, ...], sweep: str | None, since: int | None, until: int | None,
    tenant: str, as_json: bool, db: str | None, config: str | None,
) -> None:  # fmt: skip
    """MODEL: train on what was known before a moment and judge by what came after it, as JSON. Nothing is kept. Beside
    the model stand the rules, a trivial rule and the base rate, on the same rows.

    change: run the recorded history twice, as it was and changed, and tell what would have been different: alerts,
    incidents, messages, playbook runs and their actions, scores, what was missed. The database is only read.

    \b
    noc backtest change --set alerts.expire_after=30m
    noc backtest change --silence 'site="S005"' --since 2026-01-05
    noc backtest change --playbooks ./mine --set playbooks.auto=true
    noc backtest change --sweep series.threshold=0.6,0.7,0.8,0.9
    noc backtest change --model fraud=rules --model sla=until:2026-01-09T00:00:00Z
    """
    changes = (*sets, *silences, *models, *filter(None, (other, playbooks, sweep)))
    if what != CHANGE:
        if changes:
            raise click.UsageError(
                "--set, --with, --silence, --playbooks, --model and --sweep are for `noc backtest change`"
            )
        show_json(_judged(what, split, tenant, db, config))
        return
    if not changes:
        raise click.UsageError(
            "say what to change: --set KEY=VALUE, --with FILE, --silence, --playbooks, --model or --sweep"
        )
    if playbooks is not None:
        sets = (*sets, f"playbooks.folder={Path(playbooks).resolve()}")
    wish = Wish(sets, other, tuple(map(_matchers, silences)), models, sweep, since, until)
    found = _tried(wish, tenant, db, config)
    if as_json:
        show_json(found)
    else:
        from engine.backtest.wish import Sweep
        from engine.backtest.words import lines, sweep_lines

        click.echo("\n".join(sweep_lines(found) if isinstance(found, Sweep) else lines(found)))


def _judged(model: str, split: int | None, tenant: str, db: str | None, config: str | None) -> dict[str, Any]:
    from engine.models.spec import Refused
    from engine.predict.training import backtest

    chosen = settings(config)
    with reading(db, config) as reader:
        try:
            return backtest(reader, model, tenant, split, chosen.models)
        except Refused as refused:
            raise AnswerIsNo(f"{model} cannot be judged: {refused}") from None


class Wish(NamedTuple):
    sets: tuple[str, ...]
    other: str | None
    silences: tuple[str, ...]
    models: tuple[str, ...]
    sweep: str | None
    since: int | None
    until: int | None


def _tried(wish: Wish, tenant: str, db: str | None, config: str | None) -> "Difference | Sweep":
    from engine.backtest import wish as asked
    from engine.backtest.tried import Refused

    key, values = _sweep(wish.sweep)
    variants = tuple((value, _changed((*wish.sets, f"{key}={value}"), wish.other, config)) for value in values)
    changed = _changed(wish.sets, wish.other, config)
    told = (*wish.sets, *([f"configuration {wish.other}"] if wish.other else []),
            *(f"silence {text}" for text in wish.silences), *wish.models)  # fmt: skip
    what = asked.Wish(settings(config), changed, told, wish.silences, wish.models, wish.since, wish.until, key,
                       variants)  # fmt: skip
    with reading(db, config) as reader, Progress("backtest", unit="events") as bar:
        try:
            work = asked.swept if key else asked.compare
            return work(reader, what, tenant, bar.at)
        except Refused as error:
            raise AnswerIsNo(str(error)) from None


def _sweep(text: str | None) -> tuple[str, list[str]]:
    from engine.backtest.tried import Refused
    from engine.backtest.wish import sweep_of

    try:
        return sweep_of(text) if text is not None else ("", [])
    except Refused as error:
        raise BadInput(str(error)) from None


def _matchers(text: str) -> str:
    from noc_tui.commands.asking import match_or_refuse

    return match_or_refuse((text,))


def _changed(sets: tuple[str, ...], other: str | None, config: str | None) -> "Config":
    """The settings that are tried: what is wrong with them is told as for any configuration."""
    from engine.respond.playbooks.library import library_of
    from engine.settings import ConfigError, load

    environment: Mapping[str, str] = {**os.environ, **dict(map(_variable, sets))}
    try:
        found = load(named_file(other or config), environment)
    except ConfigError as error:
        raise BadInput(str(error)) from None
    if problems := library_of(found).problems:
        raise BadInput("; ".join(map(str, problems)))
    return found


def _variable(text: str) -> tuple[str, str]:
    key, mark, value = text.partition("=")
    if not mark or not key.strip():
        raise BadInput(f"`{text}` is not KEY=VALUE, such as alerts.expire_after=30m")
    return "NOC__" + key.strip().upper().replace(".", "__"), value.strip()
