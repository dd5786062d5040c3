"""`noc models`: the versions there are, how good they are, and whether the world has moved on."""

import asyncio
from typing import Any

import click

from data import times
from data.records.model import ModelVersion
from noc_tui.commands.asking import of_tenant
from noc_tui.commands.ending import AnswerIsNo, Unavailable
from noc_tui.commands.opened import reading
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import say, show_json
from noc_tui.commands.settings import database_of, settings
from noc_tui.commands.train import MODELS


@click.group("models", invoke_without_command=True)
@click.pass_context
@as_json
@everywhere
def command(ctx: click.Context, as_json: bool, db: str | None, config: str | None) -> None:
    """Versions of models, newest first: data, metrics, whether they are live. Kinds without one go by rules."""
    if ctx.invoked_subcommand is not None:
        return
    with reading(db, config) as reader:
        versions = sorted(reader.models(), key=lambda one: (one.tenant, one.kind, -one.number))
    if as_json:
        show_json([_document(one) for one in versions])
        return
    for one in versions:
        _tell(one)
        fault = _fault(one)
        if fault:
            say(f"{one.kind} {one.version} cannot be used: {fault}; rules decide until another is live")
    live = {one.kind for one in versions if one.status == "LIVE"}
    for kind in MODELS:
        if kind not in live:
            say(f"{kind}: by rules, no version is live")


@command.command("drift")
@click.argument("model", metavar="MODEL", type=click.Choice(MODELS))
@of_tenant
@as_json
@everywhere
def drift(model: str, tenant: str, as_json: bool, db: str | None, config: str | None) -> None:
    """What the live version sees, says and is right about, against when it was made. Exit code 1 from HIGH on."""
    from engine.predict.watch import drifts

    with reading(db, config) as reader:
        found = drifts(reader, model, tenant)
    if as_json:
        show_json(found)
    else:
        for one in found:
            click.echo(f"{one.text}" if one.level else f"{one.text} (no drift)")
        if not found:
            say(f"no version of {model} that can be used is live; rules decide")
    if any(one.level >= 4 for one in found):
        raise AnswerIsNo(f"{model} has drifted")


@command.command("rollback")
@click.argument("model", metavar="MODEL", type=click.Choice(MODELS))
@click.option("--why", metavar="TEXT", default="rolled back by command", help="The reason, for the record.")
@of_tenant
@as_json
@everywhere
def rollback(model: str, why: str, tenant: str, as_json: bool, db: str | None, config: str | None) -> None:
    """Put the version before the live one back to work."""
    from engine.control import Request, Unanswered, ask
    from engine.models.adopting import ModelOrder

    chosen = settings(config)
    request = Request({}, tenant, model=ModelOrder(model, b"", why))
    try:
        outcome = asyncio.run(ask(db or database_of(chosen), request, chosen, f"noc models rollback {model}"))
    except Unanswered as error:
        raise Unavailable(str(error)) from None
    if as_json:
        show_json({"ok": outcome.ok, "text": outcome.text})
    if not outcome.ok:
        raise AnswerIsNo(outcome.text)
    if not as_json:
        click.echo(outcome.text)


def _fault(one: ModelVersion) -> str:
    """Of a version that is live; the others are looked at when they are asked for."""
    from engine.models.scorer import fault_of

    return fault_of(one) if one.status == "LIVE" else ""


def _document(one: ModelVersion) -> dict[str, Any]:
    return {
        "model": one.kind, "version": one.version, "number": one.number, "status": one.status, "tenant": one.tenant,
        "made_at": times.text(one.made_at), "checksum": one.checksum, "trees_kept": bool(one.body),
        "fault": _fault(one), **one.about,
    }  # fmt: skip


def _tell(one: ModelVersion) -> None:
    about = one.about
    metrics = about.get("model") or {}
    told = "  ".join(
        f"{label} {metrics[name]:.3f}"
        for label, name in (("AUC", "auc"), ("PR-AUC", "pr_auc"), ("calibration error", "calibration_error"))
        if metrics.get(name) is not None
    )
    click.echo(
        f"{one.kind:<9} {one.version}  {one.status:<8} {times.text(one.made_at)}  {about.get('rows', 0):,} rows  {told}"
    )
