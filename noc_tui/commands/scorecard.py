"""`noc scorecard`: the newest card of each client, as the engine judged it."""

from typing import Any

import click

from noc_tui.commands.ending import AnswerIsNo
from noc_tui.commands.opened import reading
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import show_json

TYPE = "scorecard_updated"


@click.command("scorecard")
@click.option("--client", metavar="ID", help="Only of this client.")
@click.option("--date", metavar="DATE", help="Of this day, such as 2026-01-05; default: the newest.")
@as_json
@everywhere
def command(client: str | None, date: str | None, as_json: bool, db: str | None, config: str | None) -> None:
    """The daily scorecard of each client: seven pillars, what was violated, and what could not be judged.

    A pillar without data is unknown, never green. Cards are made at 06:00 local time.
    """
    cards: dict[tuple[str, str], dict[str, Any]] = {}
    with reading(db, config) as reader:
        for entry in reader.feed(None, None):
            if entry.type != TYPE or (date is not None and entry.data["date"] != date):
                continue
            if client is None or entry.data["client_id"] == client.removeprefix("client/"):
                cards[entry.partition, entry.data["client_id"]] = {"tenant": entry.partition, **entry.data}
    if not cards:
        raise AnswerIsNo(
            "there is no scorecard" + (f" of {client}" if client else "") + (f" for {date}" if date else "")
        )
    found = [card for _, card in sorted(cards.items())]
    if as_json:
        show_json(found)
        return
    for card in found:
        _show(card)


def _show(card: dict[str, Any]) -> None:
    score = "-" if card["overall_score"] is None else card["overall_score"]
    click.echo(f"{card['client_name']} ({card['client_id']}), {card['date']}: {score} {card['overall_status']}")
    for pillar in card["pillars"]:
        score = "-" if pillar["score"] is None else pillar["score"]
        click.echo(f"  {pillar['pillar']} {pillar['name']:<30} {score:>3} {pillar['status']:<7} {pillar['reason']}")
        for detail in pillar["details"][:3]:
            click.echo(f"      {detail['severity']:<8} {detail['about']}: {detail['text']}")
