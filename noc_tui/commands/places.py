"""Where things lie on this machine: data and log."""

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
