"""`noc baseline`: what is usual at a site, how far from it is a finding, and what another threshold would find."""

from typing import TYPE_CHECKING, Any

import click
import msgspec

from data import times
from noc_tui.commands import values
from noc_tui.commands.asking import author_of, look, of_tenant, order_of, show_rows, tell
from noc_tui.commands.ending import AnswerIsNo, BadInput
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import show_json, show_table

if TYPE_CHECKING:
    from engine.partition import Partition

_METRICS = "phone_events, location_updates, movement_distance, tasks_completed or tour_checkpoints"


@click.group("baseline")
def command() -> None:
    """Baselines of the activity signals, by site and hour of the week, and their thresholds."""


@command.command("show")
@click.argument("site", metavar="[SITE]", required=False)
@click.option(
    "--at", "at", metavar="TIME", type=values.moment, help="The hour to tell of; default: the newest event's."
)
@of_tenant
@as_json
@everywhere
def show(site: str | None, at: int | None, tenant: str, as_json: bool, db: str | None, config: str | None) -> None:
    """What is usual at this hour, and the thresholds that hold."""
    from engine.detect.baselines.telling import rows

    found = _read(lambda partition, now: rows(partition.detectors.baselines, site, at or now), tenant, db, config)
    fields = {
        "site": lambda row: row.site,
        "metric": lambda row: row.metric,
        "usual": lambda row: "-" if row.usual is None else f"{row.low:,.0f} to {row.high:,.0f}",
        "rests on": lambda row: f"{row.rests_on}, {row.samples}",
        "threshold": lambda row: f"{row.threshold:g}",
        "judged": lambda row: str(row.judged),
        "false": lambda row: "-" if row.false_rate is None else f"{row.false_rate:.0%}",
    }
    show_rows(
        found, fields, as_json, "nothing is known of this site yet" if site else "nothing is known of any site yet"
    )


@command.command("history")
@of_tenant
@as_json
@everywhere
def history(tenant: str, as_json: bool, db: str | None, config: str | None) -> None:
    """Changes of thresholds: when, by whom, why."""
    found = _read(lambda partition, _: list(partition.detectors.baselines.thresholds.history), tenant, db, config)
    fields = {
        "time": lambda row: times.text(row.time),
        "site": lambda row: row.site,
        "metric": lambda row: row.metric,
        "old": lambda row: "-" if row.old is None else f"{row.old:g}",
        "new": lambda row: "-" if row.new is None else f"{row.new:g}",
        "by": lambda row: row.by,
        "why": lambda row: row.why,
    }
    show_rows(found, fields, as_json, "no threshold was ever changed")


@command.command("simulate")
@click.argument("site", metavar="SITE")
@click.argument("metric", metavar="METRIC")
@click.option("--threshold", metavar="N", type=float, help="The threshold to try.")
@click.option("--target", metavar="SHARE", type=float, help="Or: the lowest with at most this share of false findings.")
@click.option("--days", type=click.IntRange(1, 42), default=30, show_default=True, help="Stored days to replay.")
@of_tenant
@as_json
@everywhere
def simulate(
    site: str,
    metric: str,
    threshold: float | None,
    target: float | None,
    days: int,
    tenant: str,
    as_json: bool,
    db: str | None,
    config: str | None,
) -> None:
    """What another threshold would have found in the last days. Changes nothing."""
    from engine.detect.baselines.metrics import PLACES
    from engine.detect.baselines.replayed import searched
    from engine.detect.baselines.replayed import simulate as replayed

    if (threshold is None) == (target is None):
        raise click.UsageError("say what to try: --threshold 3.5, or --target 0.1")
    place = PLACES.get(metric)
    if place is None:
        raise BadInput(f"a metric is {_METRICS}, not {metric}")
    if threshold is not None and not 1.5 <= threshold <= 5:
        raise BadInput(f"a threshold lies between 1.5 and 5, not {threshold:g}")

    def read(partition: "Partition", now: int) -> Any:
        room = partition.detectors.baselines
        if site not in room.rings.rows:
            raise AnswerIsNo(f"nothing is known of site {site} yet")
        wanted = threshold if threshold is not None else searched(room, site, place, target or 0.0, now, days)
        return replayed(room, site, place, wanted, now, days)

    found = _read(read, tenant, db, config)
    if as_json:
        show_json(found)
        return
    flat: dict[str, Any] = msgspec.to_builtins(found)
    now, then = flat.pop("now"), flat.pop("then")
    show_table({**flat, **{f"now: {k}": v for k, v in now.items()}, **{f"then: {k}": v for k, v in then.items()}})


@command.command("set")
@click.argument("site", metavar="SITE")
@click.argument("metric", metavar="METRIC")
@click.argument("threshold", metavar="THRESHOLD", type=float)
@click.option("--why", metavar="TEXT", help="Kept with the change.")
@click.option("--author", metavar="NAME", help="Who changes it; default: you.")
@of_tenant
@as_json
@everywhere
def set_(
    site: str,
    metric: str,
    threshold: float,
    why: str | None,
    author: str | None,
    tenant: str,
    as_json: bool,
    db: str | None,
    config: str | None,
) -> None:
    """Set a threshold, 1.5 to 5. Says what the last 30 days would have brought with it."""
    data = {"params": {"op": "set", "threshold": threshold}, **({"note": why} if why else {})}
    _order("baseline set", f"{site}/{metric}", data, author, tenant, db, config, as_json)


@command.command("rollback")
@click.argument("site", metavar="SITE")
@click.argument("metric", metavar="METRIC")
@click.option("--author", metavar="NAME", help="Who takes it back; default: you.")
@of_tenant
@as_json
@everywhere
def rollback(
    site: str, metric: str, author: str | None, tenant: str, as_json: bool, db: str | None, config: str | None
) -> None:
    """Take the newest change of a threshold back."""
    data = {"params": {"op": "rollback"}}
    _order("baseline rollback", f"{site}/{metric}", data, author, tenant, db, config, as_json)


@command.command("retune")
@click.option("--author", metavar="NAME", help="Who asks; default: you.")
@of_tenant
@as_json
@everywhere
def retune(author: str | None, tenant: str, as_json: bool, db: str | None, config: str | None) -> None:
    """Let verdicts set all thresholds now, as they do each Sunday."""
    _order("baseline retune", "all", {"params": {"op": "retune"}}, author, tenant, db, config, as_json)


def _order(
    what: str,
    target: str,
    data: dict[str, Any],
    author: str | None,
    tenant: str,
    db: str | None,
    config: str | None,
    as_json: bool,
) -> None:
    whole = {"target": f"baseline/{target}", "action": "tune", "actor": author_of(author), **data}
    outcome = order_of(what, whole, tenant, db, config)
    tell(outcome, as_json)


def _read(read: Any, tenant: str, db: str | None, config: str | None) -> Any:
    (found,) = look(db, config, tenant, read)
    return found
