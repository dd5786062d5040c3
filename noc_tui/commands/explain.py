"""`noc explain REF`: why."""

import click
import msgspec

from engine.explain import UnknownRefError, explain
from noc_tui.commands.ending import AnswerIsNo, BadInput
from noc_tui.commands.opened import mask_of, reading
from noc_tui.commands.options import as_json, everywhere, masked
from noc_tui.commands.output import show_json
from noc_tui.commands.settings import settings


@click.command("explain")
@click.argument("ref", metavar="REF", nargs=-1, required=True)
@masked
@as_json
@everywhere
def command(
    ref: tuple[str, ...],
    mask: bool,
    as_json: bool,
    db: str | None,
    config: str | None,
) -> None:
    """Tell why something is as it is: identity, joins, suppression, priority, end.

    \b
    REF: alert/ID cluster/ID incident/ID finding/ID anomaly/ID
         prediction/ID, silence/ID, maintenance/ID, a bare ID,
         or: event SOURCE ID
    """
    if ref[0] == "event" and len(ref) != 3:
        raise click.UsageError("an event is named by its source and id: noc explain event SOURCE ID")
    if ref[0] != "event" and len(ref) != 1:
        raise click.UsageError("one REF at a time")
    with reading(db, config) as reader:
        try:
            told = explain(reader, " ".join(ref), settings(config))
        except UnknownRefError as error:
            near = f"; nearest: {', '.join(error.nearest)}" if error.nearest else ""
            raise AnswerIsNo(f"{error}{near}") from None
        except ValueError as error:
            raise BadInput(str(error)) from None
        hiding = mask_of(reader, wanted=mask)
    if as_json:
        document = msgspec.to_builtins(told)
        show_json(document if hiding is None else hiding.document(document))
    else:
        click.echo(told.text() if hiding is None else hiding.text(told.text()))
