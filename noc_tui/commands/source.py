"""`noc source`: what messages of other systems become."""

import sys
from pathlib import Path

import click
import msgspec

from noc_tui.commands.ending import AnswerIsNo, BadInput
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import say, show_json
from noc_tui.commands.settings import settings

FOREIGN = ["prometheus", "alertmanager", "pagerduty", "syslog", "cloudevents"]


@click.group("source")
def command() -> None:
    """Sources of events."""


@command.command("test")
@click.argument("kind", metavar="KIND")
@click.argument("file", metavar="FILE")
@as_json
@everywhere
def test(kind: str, file: str, as_json: bool, db: str | None, config: str | None) -> None:  # noqa: ARG001
    """Show which events a payload becomes, under the configuration. Nothing is sent or kept.

    \b
    KIND: prometheus (API v2), alertmanager (webhook), pagerduty (Events v2),
          syslog (a message a line), cloudevents, or the name of a json
          source of the configuration. FILE may be - for standard input.
    """
    from engine import clock
    from engine.sources.foreign.trial import Unreadable, mapped_trial, trial

    chosen = settings(config)
    sources = {source.name: source for source in chosen.sources if source.kind == "json"}
    if kind not in FOREIGN and kind not in sources:
        raise BadInput(f"there is no kind or json source `{kind}`; there are {', '.join([*FOREIGN, *sources])}")
    body = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    try:
        if kind in sources:
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
