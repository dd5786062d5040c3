"""`noc views`: filters with a name, as the console saves them with `:view save NAME`."""

from typing import TYPE_CHECKING

import click

from noc_tui import saved
from noc_tui.commands.ending import AnswerIsNo, BadInput
from noc_tui.commands.options import as_json, everywhere
from noc_tui.commands.output import say, show_json

if TYPE_CHECKING:
    from engine.query import Schema


@click.group("views")
def command() -> None:
    """Saved views: list, save, remove. In the console `:view NAME` opens one, `:view save NAME` keeps one."""


@command.command("list")
@as_json
@everywhere
def listed(as_json: bool, db: str | None, config: str | None) -> None:  # noqa: ARG001
    """All saved views, with their filters."""
    views = saved.load()
    if as_json:
        rows = [(name, one.pane, one.where, one.order) for name, one in views.items()]
        show_json([dict(zip(("name", "pane", "filter", "order"), row, strict=True)) for row in rows])
    elif views:
        for name, one in views.items():
            click.echo(f"{name:<20}  {one.pane:<5}  {one.where}{f'  by {one.order}' if one.order else ''}")
    else:
        say("There are no saved views. In the console: :view save NAME")


@command.command("save")
@click.argument("name")
@click.argument("filter", metavar="FILTER")
@click.option(
    "--pane", type=click.Choice(["board", "feed"]), default="board", show_default=True, help="For which list."
)
@click.option("--order", default="", help="Order of the board.")
@everywhere
def save(name: str, filter: str, pane: str, order: str, db: str | None, config: str | None) -> None:  # noqa: ARG001
    """Keep FILTER, such as 'severity>=high site:S014 !acked', under NAME."""
    from engine.query import QueryError, parse
    from engine.query.schemas import FEED, ITEMS

    schema: Schema = ITEMS if pane == "board" else FEED
    try:
        parse(filter).compile(schema)
        saved.save(name, saved.View("board" if pane == "board" else "feed", filter, order))
    except QueryError as error:
        raise BadInput(f"this filter cannot be used:\n{error.point(filter)}") from None
    except saved.BadNameError as error:
        raise BadInput(str(error)) from None
    say(f"view {name} saved")


@command.command("remove")
@click.argument("name")
@everywhere
def remove(name: str, db: str | None, config: str | None) -> None:  # noqa: ARG001
    """Forget a view."""
    if not saved.remove(name):
        raise AnswerIsNo(f"there is no view {name}; there are: {', '.join(saved.load()) or 'none'}")
    say(f"view {name} removed")
