"""Saved views: filters with a name, kept in the user's configuration folder, the same for console and command line."""

import os
import re
from pathlib import Path
from typing import Final

import msgspec
import platformdirs

NAME: Final = re.compile(r"[\w][\w.-]{0,39}")
MOST: Final = 200


class View(msgspec.Struct, frozen=True):
    """What a list showed: its filter and its order. `pane` is board, feed, or one of `engine.sheets.KINDS`."""

    pane: str
    where: str
    order: str = ""


class BadNameError(ValueError):
    """The text says what a name may be."""


def place() -> Path:
    return Path(platformdirs.user_config_dir("noc", appauthor=False)) / "views.json"


def load(path: Path | None = None) -> dict[str, View]:
    """By name, in alphabetical order. A file that cannot be read holds none."""
    try:
        found = msgspec.json.decode((path or place()).read_bytes(), type=dict[str, View])
    except (OSError, ValueError):
        return {}
    return dict(sorted(found.items()))


def save(name: str, view: View, path: Path | None = None) -> None:
    """Raises BadNameError; OSError where the disk would not have it."""
    if not NAME.fullmatch(name):
        raise BadNameError(f"'{name[:60]}' is no name for a view: letters, digits, `-`, `_` and `.`, at most 40")
    views = load(path)
    if name not in views and len(views) >= MOST:
        raise BadNameError(f"there are {MOST} views already; remove some with `noc views remove NAME`")
    _write({**views, name: view}, path or place())


def remove(name: str, path: Path | None = None) -> bool:
    """False if there is none of that name. Raises OSError."""
    views = load(path)
    if name not in views:
        return False
    del views[name]
    _write(views, path or place())
    return True


def _write(views: dict[str, View], target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_suffix(".part")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(dict(sorted(views.items()))), indent=2))
    part.replace(target)
