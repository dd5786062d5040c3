"""Commands that change something: to the engine that runs on the database, else carried out at once. And looking on."""

import asyncio
import getpass
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from noc_tui.commands.ending import AnswerIsNo, BadInput, Unavailable
from noc_tui.commands.output import say, show_json
from noc_tui.commands.settings import database_of, settings

if TYPE_CHECKING:
    from engine.partition import Partition
    from engine.views import Outcome

Command = TypeVar("Command", bound=Callable[..., object])
Rows = TypeVar("Rows")


def author_of(name: str | None) -> str:
    """Who asks: the one named, else the user of this session."""
    if name:
        return name
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "operator"


def of_tenant(command: Command) -> Command:
    """`--tenant NAME`."""
    return click.option("--tenant", metavar="NAME", default="default", show_default=True, help="In this tenant.")(
        command
    )


def order(
    what: str, target: str, params: dict[str, Any], actor: str, tenant: str, db: str | None, config: str | None
) -> "Outcome":
    """Has a command on silences or windows carried out; back when it is durable. `what` is the command line in short.
    Raises Unavailable when nobody answers."""
    given = {name: value for name, value in params.items() if value is not None and value != ()}
    data = {"target": target, "action": "silence", "actor": actor, "params": given}
    return order_of(what, data, tenant, db, config)


def order_of(what: str, data: dict[str, Any], tenant: str, db: str | None, config: str | None) -> "Outcome":
    """Has any command carried out; `data` is that of a `noc.operator.acted` event. Raises Unavailable."""
    from engine.control import Request, Unanswered, ask

    chosen = settings(config)
    try:
        return asyncio.run(ask(db or database_of(chosen), Request(data, tenant), chosen, what))
    except Unanswered as error:
        raise Unavailable(str(error)) from None


def tell(outcome: "Outcome", as_json: bool) -> None:
    """The id on standard output, the words on standard error. Raises AnswerIsNo for a refusal."""
    id = outcome.target.partition("/")[2]
    if as_json:
        show_json({"ok": outcome.ok, "id": id if outcome.ok else None, "text": outcome.text})
    if not outcome.ok:
        raise AnswerIsNo(outcome.text)
    if not as_json:
        say(outcome.text)
        click.echo(id)


def look(
    db: str | None, config: str | None, tenant: str | None, read: "Callable[[Partition, int], Rows]"
) -> list[Rows]:
    """What `read` finds in each partition as it stands in the database, given its event time. Never waits for an
    engine that runs. Raises StoreBroken."""
    from engine import clock
    from engine.follow import Following
    from engine.partition import NEVER

    chosen = settings(config)

    async def looking() -> list[Rows]:
        following = Following(db or database_of(chosen), chosen)
        try:
            await following.recover()
            partitions = following.pipeline.partitions
            if tenant is not None and tenant not in partitions:
                following.pipeline.partition(tenant)
            wanted = partitions.values() if tenant is None else [partitions[tenant]]
            return [read(one, clock.wall() if one.watermark == NEVER else one.watermark) for one in wanted]
        finally:
            await following.close()

    return asyncio.run(looking())


def match_or_refuse(matchers: tuple[str, ...]) -> str:
    """Matchers of all arguments as one text. Raises BadInput."""
    from engine.alerts.muting.matcher_syntax import read_matchers
    from engine.alerts.muting.matchers import MatcherError, match_of

    found = []
    for text in matchers:
        try:
            found += read_matchers(text)
        except MatcherError as error:
            raise BadInput(f"in `{text}`: {error}") from None
    try:
        return match_of(found).text
    except MatcherError as error:
        raise BadInput(f"{error.text}; {error.remedy}") from None


def show_rows(rows: list[Any], fields: dict[str, Callable[[Any], str]], as_json: bool, nothing: str) -> None:
    """One JSON document, or a table with a line of headings."""
    if as_json:
        show_json(msgspec.to_builtins(rows))
        return
    if not rows:
        say(nothing)
        return
    cells = [list(fields), *([read(row) for read in fields.values()] for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(fields))]
    for line in cells:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
