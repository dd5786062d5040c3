"""Secrets of receivers, read from their files when they are used: a changed one holds with the next message."""

from pathlib import Path

MOST = 4096  # bytes


def secret(path: str) -> str:
    """The first line of the file. Raises OSError; ValueError when there is none."""
    with Path(path).expanduser().open("rb") as file:
        line = file.read(MOST).decode("utf-8").strip().partition("\n")[0].strip()
    if not line:
        raise ValueError(f"{path} is empty")
    return line
