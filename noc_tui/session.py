"""What the console remembers from one run to the next. Nothing here ever keeps it from starting."""

import os
from pathlib import Path

import msgspec
import platformdirs


class Session(msgspec.Struct):
    """Texts the operator chose; unknown or broken values fall back to these defaults when they are used."""

    theme: str = ""
    focus: str = "board"
    zoom: int = 0
    board_filter: str = ""
    feed_filter: str = ""
    order: str = "priority"
    filters: dict[str, str] = {}  # by list
    orders: dict[str, str] = {}
    screen: str = "live"


def place() -> Path:
    """Where the session is kept, in the user's state folder."""
    return Path(platformdirs.user_state_dir("noc", appauthor=False)) / "session.json"


def load(path: Path | None = None) -> Session:
    """The session of last time, or a new one if there is none that can be read."""
    try:
        return msgspec.json.decode((path or place()).read_bytes(), type=Session)
    except (OSError, ValueError):
        return Session()


def save(session: Session, path: Path | None = None) -> bool:
    """Keep it for next time, readable by its owner only; False if the disk would not have it."""
    target = path or place()
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = target.with_suffix(".part")
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(session))
        part.replace(target)
    except OSError:
        return False
    return True
