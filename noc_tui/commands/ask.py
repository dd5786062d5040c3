"""`noc ask`: a question in plain words."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from noc_tui.commands import values
from noc_tui.commands.asking import author_of, look, of_tenant
from noc_tui.commands.ending import AnswerIsNo, BadInput
from noc_tui.commands.opened import reading
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import say, show_json
from noc_tui.commands.settings import settings
from noc_tui.session import place

if TYPE_CHECKING:
    from engine.ask import Asked, Desk

SHOWN = 10  # rows on a screen; --json has all


@click.command("ask")
@click.argument("question", metavar="QUESTION", required=False)
@click.option("--file", "file", metavar="FILE", help="Questions, one JSON object a line: id, question, follows.")
@click.option("--follow", is_flag=True, help="Refine the question asked last.")
@click.option("--now", metavar="TIME", type=values.moment, help="As of this time; default: the newest event.")
@of_tenant
@as_json
@everywhere
def command(
    question: str | None, file: str | None, follow: bool, now: int | None, tenant: str, as_json: bool, db: str | None,
    config: str | None,
) -> int:  # fmt: skip
    """Ask about alerts, incidents, metrics, fraud, trends, predictions or tickets; asking changes nothing.

    \b
    noc ask "critical alerts at S014 last night"
    noc ask "which sites had the most incidents this week"
    """
    if (question is None) == (file is None):
        raise click.UsageError("one of QUESTION and --file is needed")
    from engine.ask import Desk, Scope, proposer_of
    from engine.ask.names import gathered

    (found,) = look(db, config, tenant, lambda partition, time: (partition, time))
    partition, time = found
    with reading(db, config) as reader:
        desk = Desk(
            reader, partition.registry, Scope(tenant), time if now is None else now, partition.zone, author_of(None),
            partition.history.waiting, gathered(reader, tenant, time, partition.history.names()),
            proposer_of(settings(config).ask),
        )  # fmt: skip
        if file is not None:
            return _all(desk, file)
        assert question is not None
        document = desk.ask(question, _last() if follow else None)
        if desk.last is not None:
            _keep(desk.last)
    return _tell(document, as_json)


def _all(desk: "Desk", file: str) -> int:
    """Answers one document a line; a question may follow the one with a given id."""
    before: dict[str, Asked] = {}
    code = 0
    for id, question, follows in _questions(file):
        desk.forget()
        document = desk.ask(question, before.get(follows))
        if desk.last is not None:
            before[id] = desk.last
        wrong = int(not document["understood"])
        code = max(code, wrong)
        click.echo(json.dumps({"id": id, "exit": wrong, **document}, ensure_ascii=False))
    return code


def _questions(file: str) -> Iterator[tuple[str, str, str]]:
    """Raises BadInput, naming the line."""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: {error}") from None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            told = json.loads(line)
            yield str(told["id"]), str(told["question"]), str(told.get("follows") or "")
        except (ValueError, KeyError, TypeError):
            raise BadInput(f"{file}, line {number}: wanted an object with id and question") from None


def _tell(document: dict[str, Any], as_json: bool) -> int:
    if as_json:
        show_json(document)
        return 0 if document["understood"] else 1
    if not document["understood"]:
        near = f" Try: {'; '.join(document['suggestions'])}" if document["suggestions"] else ""
        raise AnswerIsNo(f"{document['message']}.{near}")
    by = f" (proposed by {document['proposed_by']}; check it)" if "proposed_by" in document else ""
    say(f"understood as: {document['interpretation']}{by}")
    click.echo(document["summary"])
    for line in document["insights"]:
        click.echo(f"- {line}")
    for row in document["rows"][:SHOWN]:
        click.echo(
            "  "
            + "  ".join(f"{name}={_short(value)}" for name, value in row.items() if value not in (None, [], {}, ""))[
                :200
            ]
        )
    if document["total"] > SHOWN and len(document["rows"]) > SHOWN:
        say(f"{len(document['rows']) - SHOWN} more rows with --json")
    return 0


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _last() -> "Asked | None":
    import msgspec

    from engine.ask import Asked

    try:
        return msgspec.json.decode((place().parent / "asked.json").read_bytes(), type=Asked)
    except (OSError, ValueError):
        raise BadInput("there is no question to follow: ask one first") from None


def _keep(asked: "Asked") -> None:
    import contextlib
    import os

    import msgspec

    target = place().parent / "asked.json"
    with contextlib.suppress(OSError):
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(msgspec.json.encode(asked))
