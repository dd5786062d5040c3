"""Bare `noc`: the console over an engine of its own, or over one elsewhere."""

import os
from pathlib import Path

from noc_tui.commands.asking import author_of
from noc_tui.commands.ending import BadInput
from noc_tui.commands.settings import database_of, settings
from noc_tui.commands.terminal import on_terminal, open_console, theme_wanted
from noc_tui.moments import moment


def run(*, db: str | None, config: str | None, theme: str | None, read_only: bool, at: str | None = None) -> int:
    """Raises BadInput where there is no terminal, StoreBusy where another engine has the database. `at` looks on from
    that moment."""
    read_only = read_only or at is not None
    _need_moment(at)
    _need_terminal()
    chosen = settings(config)
    from engine.run import embedded

    link = embedded(db or database_of(chosen), chosen, read_only=read_only)
    return open_console(link, chosen.console, theme=theme_wanted(theme, chosen), read_only=read_only, at=at)


def attach(
    url: str,
    token_file: str | None,
    tenant: str | None,
    *,
    config: str | None,
    theme: str | None,
    read_only: bool,
    at: str | None = None,
) -> int:
    """Raises BadInput where there is no terminal, CannotAttach where the server refuses."""
    read_only = read_only or at is not None
    _need_moment(at)
    _need_terminal()
    chosen = settings(config)
    from engine.attach.remote import Remote

    link = Remote(url, token=token_of(token_file), user=author_of(None), tenant=tenant or "", read_only=read_only)
    return open_console(link, chosen.console, theme=theme_wanted(theme, chosen), read_only=read_only, at=at)


def token_of(file: str | None) -> str:
    """The secret in a file, else in the environment; never on the command line, where others see it."""
    return Path(file).read_text().strip() if file else os.environ.get("NOC_TOKEN", "")


def _need_moment(at: str | None) -> None:
    if at is not None:
        from engine import clock

        try:
            moment(at, clock.wall())
        except ValueError as error:
            raise BadInput(f"--at: {error}") from None


def _need_terminal() -> None:
    if not on_terminal():
        raise BadInput("the console needs a terminal, and standard output is none; `noc --help` lists what does not")
