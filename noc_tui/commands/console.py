"""Bare `noc`: the console over an engine of its own."""

from noc_tui.commands.ending import BadInput
from noc_tui.commands.options import database
from noc_tui.commands.settings import settings
from noc_tui.commands.terminal import on_terminal


def run(*, db: str | None, config: str | None, theme: str | None, read_only: bool) -> int:
    if not on_terminal():
        raise BadInput("the console needs a terminal, and standard output is none; `noc --help` lists what does not")
    chosen = settings(config)
    from engine.run import embedded

    from noc_tui.app import open_console

    link = embedded(database(db), chosen, read_only=read_only)
    try:
        return open_console(link, theme=theme)
    finally:
        link.close()
