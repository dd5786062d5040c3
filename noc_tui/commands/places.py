"""Where things lie on this machine: data and log."""

import os
from pathlib import Path

import platformdirs


def private_folder(path: Path) -> Path:
    """The folder, made with mode 0700 where it is missing."""
    if not path.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
    return path


def data_folder() -> Path:
    return Path(platformdirs.user_data_dir("noc", appauthor=False))


def default_database() -> str:
    """The URL of the database used when none is named. Whoever opens it for writing makes it, folder and all."""
    return f"sqlite:///{data_folder() / 'noc.db'}"


def log_file() -> Path:
    return Path(platformdirs.user_log_dir("noc", appauthor=False)) / "noc.log"


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite URL, None for another kind of database or one in memory."""
    scheme, mark, rest = url.partition("://")
    if not mark or scheme.partition("+")[0] != "sqlite":
        return None
    name = rest.partition("?")[0].removeprefix("/")
    return Path(os.path.abspath(name)) if name and name != ":memory:" else None
