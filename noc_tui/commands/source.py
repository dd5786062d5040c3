"""`noc source`: what messages of other systems become."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from noc_tui.commands.ending import AnswerIsNo, BadInput
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import say, show_json
from noc_tui.commands.settings import settings

if TYPE_CHECKING:
    from data.records.entity import Entity

FOREIGN = ["prometheus", "alertmanager", "pagerduty", "syslog", "cloudevents"]


@click.group("source")
def command() -> None:
    """Sources of events."""


@command.command("test")
@click.argument("kind", metavar="KIND")
@click.argument("file", metavar="FILE")
@as_json
@everywhere
def test(kind: str, file: str, as_json: bool, db: str | None, config: str | None) -> None:
    """Show which events a payload becomes, under the configuration. Nothing is sent or kept.

    \b
    KIND: prometheus (API v2), alertmanager (webhook), pagerduty (Events v2),
          syslog (a message a line), cloudevents, or the name of a source
          of the configuration of kind json or threats (these are matched
          with the sites of the database). FILE may be - for standard input.
    """
    from engine import clock
    from engine.sources.foreign.trial import Unreadable, mapped_trial, threats_trial, trial

    chosen = settings(config)
    sources = {source.name: source for source in chosen.sources if source.kind in ("json", "threats")}
    if kind not in FOREIGN and kind not in sources:
        raise BadInput(f"there is no kind or source `{kind}`; there are {', '.join([*FOREIGN, *sources])}")
    body = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    refused: list[tuple[int, str]] = []
    try:
        if kind in sources and sources[kind].kind == "threats":
            events = threats_trial(sources[kind], body, clock.wall(), _sites(db, config))
        elif kind in sources:
            events, refused, skipped = mapped_trial(sources[kind], body, clock.wall(), chosen)
            if skipped:
                say(f"{skipped} items have no rule and are skipped")
        else:
            events, refused = trial(kind, body, clock.wall(), chosen.foreign)
    except Unreadable as error:
        raise BadInput(str(error)) from None
    found = [msgspec.json.decode(line) for line in events]
    if as_json:
        show_json({"events": found, "rejected": [{"index": index, "reason": reason} for index, reason in refused]})
    else:
        for event in found:
            click.echo(msgspec.json.format(msgspec.json.encode(event), indent=2).decode())
    if refused:
        raise AnswerIsNo("; ".join(f"number {index}: {reason}" for index, reason in refused))


def _sites(db: str | None, config: str | None) -> "dict[str, Entity]":
    """Those that the database knows; none where there is no database yet."""
    from data.store import StoreBroken
    from noc_tui.commands.opened import reading

    try:
        with reading(db, config) as reader:
            return {entity.id: entity for entity in reader.entities("site")}
    except StoreBroken as error:
        say(f"no site is known: {error}")
        return {}
