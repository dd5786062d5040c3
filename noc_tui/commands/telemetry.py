"""`noc telemetry`: what people and sites do, and what of it is tied to alerts."""

from typing import TYPE_CHECKING, Any

import click
import msgspec

from noc_tui.commands.asking import author_of, look, of_tenant, order_of, show_rows, tell
from noc_tui.commands.ending import AnswerIsNo, BadInput
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import show_json, show_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.partition import Partition

_WINDOW = click.option("--window", metavar="MINUTES", type=int, help="Over this long; default: what is set.")


@click.group("telemetry")
def command() -> None:
    """Activity signals of people and sites, as of the newest event, and their correlations with alerts."""


@command.command("person")
@click.argument("id", metavar="ID")
@_WINDOW
@of_tenant
@as_json
@everywhere
def person(id: str, window: int | None, tenant: str, as_json: bool, db: str | None, config: str | None) -> None:
    """The five signals of one person."""
    from engine.telemetry import person_signals

    _show(_answer(lambda partition, _: person_signals(partition, id, window), tenant, db, config), "signals", as_json)


@command.command("site")
@click.argument("id", metavar="ID")
@_WINDOW
@of_tenant
@as_json
@everywhere
def site(id: str, window: int | None, tenant: str, as_json: bool, db: str | None, config: str | None) -> None:
    """Sums over everybody at a site."""
    from engine.telemetry import site_signals

    found = _answer(lambda partition, _: site_signals(partition, id, window), tenant, db, config)
    _show(found, "aggregated_signals", as_json)


@command.command("correlations")
@click.option("--site", "site", metavar="ID", help="Only of this site.")
@click.option("--min-severity", metavar="SEVERITY", default="MEDIUM", show_default=True, help="At least as grave.")
@click.option("--hours", type=float, default=24.0, show_default=True, help="So far back.")
@of_tenant
@as_json
@everywhere
def correlations(
    site: str | None,
    min_severity: str,
    hours: float,
    tenant: str,
    as_json: bool,
    db: str | None,
    config: str | None,
) -> None:
    """Who did little while alerts fired, newest first."""
    from engine.telemetry import correlations as listed

    def read(partition: "Partition", now: int) -> Any:
        rows, label = partition.correlations.kept.values(), partition.registry.label
        return listed(rows, label, now, site, min_severity.upper(), hours)

    found = _answer(read, tenant, db, config)
    if as_json:
        show_json(found)
        return
    fields = {
        "id": lambda row: row.incident_id,
        "detected": lambda row: row.detected_at,
        "severity": lambda row: row.combined_severity,
        "score": lambda row: f"{row.correlation_score:.2f}",
        "who": lambda row: row.person_name or row.site_name or "-",
        "site": lambda row: row.site_id or "-",
        "alerts": lambda row: str(row.related_alerts_count),
        "cause": lambda row: row.root_cause or ("investigated" if row.investigated else "-"),
        "reasons": lambda row: "; ".join(row.reasons[:2]),
    }
    show_rows(found.incidents, fields, as_json, "no correlations")


@command.command("investigate")
@click.argument("id", metavar="ID")
@click.option("--cause", metavar="TEXT", default="", help="The root cause.")
@click.option("--reopen", is_flag=True, help="It has to be looked at again.")
@click.option("--author", metavar="NAME", help="Who says so; default: you.")
@of_tenant
@as_json
@everywhere
def investigate(
    id: str,
    cause: str,
    reopen: bool,
    author: str | None,
    tenant: str,
    as_json: bool,
    db: str | None,
    config: str | None,
) -> None:
    """Close a correlation with its root cause, or open it again."""
    data = {"target": f"correlation/{id}", "action": "reopen" if reopen else "resolve", "actor": author_of(author)}
    if cause:
        data["note"] = cause
    tell(order_of("telemetry investigate", data, tenant, db, config), as_json)


def _answer(read: "Callable[[Partition, int], Any]", tenant: str, db: str | None, config: str | None) -> Any:
    """Raises AnswerIsNo for what is not known, BadInput for what cannot be asked."""
    from engine.telemetry import BadQuestion, Unknown

    try:
        (found,) = look(db, config, tenant, read)
    except Unknown as error:
        raise AnswerIsNo(str(error)) from None
    except BadQuestion as error:
        raise BadInput(str(error)) from None
    return found


def _show(found: Any, signals: str, as_json: bool) -> None:
    if as_json:
        show_json(found)
        return
    rows: dict[str, Any] = msgspec.to_builtins(found)
    show_table({**{name: value for name, value in rows.items() if name != signals}, **rows[signals]})
