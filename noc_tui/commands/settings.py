"""The configuration that a command runs with, and the database that follows from it."""

from pathlib import Path
from typing import TYPE_CHECKING

from noc_tui.commands import places
from noc_tui.commands.ending import BadInput

if TYPE_CHECKING:
    from engine.settings import Config


def named_file(config: str | None) -> Path | None:
    """The file of `--config`; None leaves it to the user's own, where there is one. Raises BadInput."""
    if config is None:
        return None
    path = Path(config)
    if not path.is_file():
        raise BadInput(f"there is no configuration file {config}; `noc config init --config {config}` writes one")
    return path


def settings(config: str | None) -> "Config":
    """The settings of that file. What is wrong with it ends the command, with file and line."""
    from engine.settings import ConfigError, load

    try:
        return load(named_file(config))
    except ConfigError as error:
        raise BadInput(str(error)) from None


def database(url: str | None, config: str | None) -> str:
    """The database meant: the one named, else the one configured, else the user's own."""
    return url or database_of(settings(config))


def database_of(chosen: "Config") -> str:
    """The database that is configured, else the user's own."""
    return chosen.database.url or places.default_database()
