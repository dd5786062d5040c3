"""`noc backtest MODEL`: how good a model trained before a moment would have been after it. `noc backtest change`: what
other settings or silences would have made of the recorded history."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

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
    from engine.settings import Config

CHANGE: Final = "change"


@click.command("backtest")
@click.argument("what", metavar="MODEL|change", type=click.Choice([*MODELS, CHANGE]))
@click.option("--split", metavar="TIME", type=values.moment, help="Train before, judge after; default: latest fifth.")
@click.option("--set", "sets", metavar="KEY=VALUE", multiple=True, help="change: this setting otherwise; repeatable.")
@click.option("--with", "other", metavar="FILE", help="change: another configuration file as a whole.")
@click.option("--silence", "silences", metavar="MATCHERS", multiple=True, help="change: a silence all the time.")
@click.option("--since", metavar="TIME", type=values.moment, help="change: compare only what began then or later.")
@click.option("--until", metavar="TIME", type=values.moment, help="change: compare only what began before.")
@of_tenant
@as_json
@everywhere
def command(
    what: str, split: int | None, sets: tuple[str, ...], other: str | None, silences: tuple[str, ...],
    since: int | None, until: int | None, tenant: str, as_json: bool, db: str | None, config: str | None,
) -> None:  # fmt: skip
    """MODEL: train on what was known before a moment and judge by what came after it, as JSON. Nothing is kept. Beside
    the model stand the rules, a trivial rule and the base rate, on the same rows.

    change: run the recorded history twice, as it was and with --set, --with or --silence, and tell what would have been
    different: alerts, incidents, messages, playbook runs, what was missed. The database is only read.

    \b
    noc backtest change --set alerts.expire_after=30m
    noc backtest change --silence 'site="S005"' --since 2026-01-05
    """
    if what != CHANGE:
        if sets or other or silences:
            raise click.UsageError("--set, --with and --silence are for `noc backtest change`")
        show_json(_judged(what, split, tenant, db, config))
        return
    if not (sets or other or silences):
        raise click.UsageError("say what to change: --set KEY=VALUE, --with FILE or --silence MATCHERS")
    found = _tried(sets, other, silences, (since, until), tenant, db, config)
    if as_json:
        show_json(found)
    else:
        click.echo("\n".join(_lines(found)))


def _judged(model: str, split: int | None, tenant: str, db: str | None, config: str | None) -> dict[str, Any]:
    from engine.models.spec import Refused
    from engine.predict.training import backtest

    chosen = settings(config)
    with reading(db, config) as reader:
        try:
            return backtest(reader, model, tenant, split, chosen.models)
        except Refused as refused:
            raise AnswerIsNo(f"{model} cannot be judged: {refused}") from None


def _tried(
    sets: tuple[str, ...], other: str | None, silences: tuple[str, ...], of: tuple[int | None, int | None], tenant: str,
    db: str | None, config: str | None,
) -> "Difference":  # fmt: skip
    from engine.backtest.difference import difference
    from engine.backtest.tried import Refused, Silenced, tried

    changed = _changed(sets, other, config)
    mutes = [Silenced(_matchers(text)) for text in silences]
    told = [*sets, *([f"configuration {other}"] if other else []), *(f"silence {text}" for text in silences)]
    with reading(db, config) as reader, Progress("backtest") as bar:
        try:
            first, second, verdicts = tried(reader, settings(config), changed, tenant, mutes, bar.at)  # type: ignore[arg-type]
        except Refused as error:
            raise AnswerIsNo(str(error)) from None
        known = {one.id for one in reader.alerts(None, None) if one.tenant == tenant}
    since, until = of
    found = difference(first, second, verdicts, told, -(1 << 62) if since is None else since, until or 1 << 62)
    if known != set(first.records["alerts"]):
        found.notes.append(
            "the history was decided by another version of the program, or under other settings: run as it is now, it "
            "gives other alerts than the database holds; both runs here are of this version"
        )
    return found


def _matchers(text: str) -> str:
    from noc_tui.commands.asking import match_or_refuse

    return match_or_refuse((text,))


def _changed(sets: tuple[str, ...], other: str | None, config: str | None) -> "Config":
    """The settings that are tried: what is wrong with them is told as for any configuration."""
    from engine.settings import ConfigError, load

    environment: Mapping[str, str] = {**os.environ, **dict(map(_variable, sets))}
    try:
        return load(named_file(other or config), environment)
    except ConfigError as error:
        raise BadInput(str(error)) from None


def _variable(text: str) -> tuple[str, str]:
    key, mark, value = text.partition("=")
    if not mark or not key.strip():
        raise BadInput(f"`{text}` is not KEY=VALUE, such as alerts.expire_after=30m")
    return "NOC__" + key.strip().upper().replace(".", "__"), value.strip()


def _lines(found: "Difference") -> list[str]:
    """For people: figures first, then samples of what differs."""
    lines = [f"{found.events:,} events, as it was and with {'; '.join(found.changes)}"]
    if found.same:
        lines.append("nothing would have been different")
    lines.append(f"{'':<14} {'as it was':>10} {'changed':>10} {'gone':>7} {'new':>7}")
    lines.append(f"{'seen events':<14} {found.seen_before:>10,} {found.seen_after:>10,}")
    for one in found.compared:
        lines.append(f"{one.kind:<14} {one.before:>10,} {one.after:>10,} {one.gone:>7,} {one.new:>7,}")
    for name, (before, after) in found.messages.items():
        lines.append(f"to {name:<11} {before:>10,} {after:>10,}")
    for truth in found.truths:
        if truth.known:
            lines.append(f"{truth.what}: {truth.before} of {truth.known} told as it was, {truth.after} changed")
            lines += [f"    no longer: {one.ref} {one.text}" for one in truth.lost[:5]]
    if found.commands_lost:
        lines.append(f"{found.commands_lost} commands of people would have had nothing to act upon")
    for one in found.compared:
        lines += [f"  - {sample.ref} {sample.time[:16]} {sample.text[:100]}" for sample in one.gone_samples[:5]]
        lines += [f"  + {sample.ref} {sample.time[:16]} {sample.text[:100]}" for sample in one.new_samples[:5]]
    return [*lines, *(f"note: {note}" for note in found.notes)]
