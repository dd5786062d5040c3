"""`noc predictions`: whether what was foreseen came true, how early it was said, and what was prevented."""

from typing import TYPE_CHECKING

import click
import msgspec

from noc_tui.commands import values
from noc_tui.commands.asking import of_tenant
from noc_tui.commands.ending import AnswerIsNo
from noc_tui.commands.opened import reading
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import show_json
from noc_tui.commands.settings import settings

if TYPE_CHECKING:
    from engine.predict.accounts import Account

KINDS = ("sla_breach", "device_failure", "staffing_gap")


@click.command("predictions")
@click.option("--kind", type=click.Choice(KINDS), help="Only of this kind.")
@click.option("--since", metavar="TIME", type=values.moment, help="Predictions made from this event time on.")
@click.option("--until", metavar="TIME", type=values.moment, help="Predictions made before this event time.")
@of_tenant
@as_json
@everywhere
def command(
    kind: str | None, since: int | None, until: int | None, tenant: str, as_json: bool, db: str | None,
    config: str | None,
) -> None:  # fmt: skip
    """Accounts of predictions: right, wrong and missed, lead times, calibration, and what was prevented.

    Prevention is told only against a control group: warnings held back by lot (`predict.held_back`), else warnings
    that nobody took up.
    """
    from engine.predict.accounts import accounts

    with reading(db, config) as reader:
        rows = list(reader.predictions(since, until))
    end = max((max(row.made_at, row.settled_at or 0) for row in rows), default=0) + 1
    found = accounts(rows, tenant, end, settings(config).predict.quiet_kept)
    found = [one for one in found if kind in (None, one.kind)]
    if not found:
        raise AnswerIsNo("nothing was predicted in that time")
    if as_json:
        show_json(msgspec.to_builtins(found))
        return
    for one in found:
        _tell(one)


def _tell(one: "Account") -> None:
    def percent(share: float | None) -> str:
        return "unknown" if share is None else f"{share:.0%}"

    click.echo(f"{one.kind}: {one.open} open, base rate {percent(one.base_rate)}")
    click.echo(
        f"  {one.warned} warnings settled: {one.right} came true, {one.wrong} did not (precision "
        f"{percent(one.precision)}); {one.missed} came without a warning (recall {percent(one.recall)})"
    )
    if one.held_back:
        click.echo(f"  {one.held_back} warnings were held back by lot")
    if one.leads is not None:
        told = (one.leads.least, one.leads.tenth, one.leads.median, one.leads.most)
        least, tenth, median, most = (f"{minutes:,.0f} min" for minutes in told)
        click.echo(f"  said ahead: half by {median} or more, nine of ten by {tenth} ({least} to {most})")
    click.echo(f"  prevented: {one.prevented.text}")
    if one.calibration_error is not None:
        click.echo(f"  calibration error {one.calibration_error:.3f}")
        for band in one.calibration:
            said, happened = f"{band.said:6.1%}", f"{band.happened:6.1%}"
            click.echo(f"    said {said}  happened {happened}  {'#' * round(band.happened * 30):<30}  {band.count:,}")
