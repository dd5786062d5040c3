"""The configuration that a command runs with."""

from pathlib import Path
from typing import TYPE_CHECKING

from noc_tui.commands import places
from noc_tui.commands.ending import BadInput

if TYPE_CHECKING:
    from engine.partition import Settings


def file_meant(config: str | None) -> Path | None:
    """The file named, else the user's own where there is one, else None: every setting has its default."""
    if config is not None:
        return Path(config)
    usual = places.config_file()
    return usual if usual.is_file() else None


def settings(config: str | None) -> "Settings":
    """The settings of that file. What is wrong with it ends the command, with file and line."""
    from engine.config import ConfigError, load

    try:
        return load(file_meant(config))
    except ConfigError as error:
        raise BadInput(str(error)) from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{config}: not UTF-8 text: {error}") from None
