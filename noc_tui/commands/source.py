"""`noc source`: what messages of other systems become."""

import sys
from pathlib import Path

import click
import msgspec

from noc_tui.commands.ending import AnswerIsNo, BadInput
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import show_json
from noc_tui.commands.settings import settings

KINDS = ["prometheus", "alertmanager", "pagerduty", "syslog", "cloudevents"]


@click.group("source")
def command() -> None:
    """Sources of events."""


@command.command("test")
@click.argument("kind", metavar="KIND", type=click.Choice(KINDS))
@click.argument("file", metavar="FILE")
@as_json
@everywhere
def test(kind: str, file: str, as_json: bool, db: str | None, config: str | None) -> None:  # noqa: ARG001
    """Show which events a payload becomes, under the configuration. Nothing is sent or kept.

    \b
    KIND: prometheus (API v2), alertmanager (webhook), pagerduty (Events v2),
          syslog (a message a line), cloudevents. FILE may be - for standard input.
    """
    from engine import clock
    from engine.sources.foreign.trial import Unreadable, trial

    body = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    try:
        events, refused = trial(kind, body, clock.wall(), settings(config).foreign)
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
