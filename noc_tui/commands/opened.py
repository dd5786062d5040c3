"""The database of a reading command, opened read-only and closed again whatever happens."""

from collections.abc import Iterator
from contextlib import contextmanager

from data.store import Reader
from noc_tui.commands.settings import database


@contextmanager
def reading(url: str | None, config: str | None) -> Iterator[Reader]:
    """Raises StoreBroken where there is no database or it cannot be read."""
    from data.opening import open_reader

    reader = open_reader(database(url, config))
    try:
        yield reader
    finally:
        reader.close()
