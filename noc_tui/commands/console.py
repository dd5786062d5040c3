"""Bare `noc`: the console over an engine of its own."""

from noc_tui.commands.ending import BadInput
from noc_tui.commands.settings import database_of, settings
from noc_tui.commands.terminal import on_terminal, open_console, theme_wanted


def run(*, db: str | None, config: str | None, theme: str | None, read_only: bool) -> int:
    """Raises BadInput where there is no terminal, StoreBusy where another engine has the database."""
    if not on_terminal():
        raise BadInput("the console needs a terminal, and standard output is none; `noc --help` lists what does not")
    chosen = settings(config)
    from engine.run import embedded

    link = embedded(db or database_of(chosen), chosen, read_only=read_only)
    return open_console(link, chosen.console, theme=theme_wanted(theme, chosen), read_only=read_only)
