"""The database of a reading command, opened read-only and closed again whatever happens."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from data.store import Follower, Reader
from noc_tui.commands.settings import database

if TYPE_CHECKING:
    from engine.access.masking import Mask


def mask_of(reader: Reader, *, wanted: bool) -> "Mask | None":
    """What takes out of texts and rows all that is personal; None where that is not wanted."""
    if not wanted:
        return None
    from engine.access.masking import Mask

    mask = Mask()
    mask.learn(reader.entities("person"))
    return mask


@contextmanager
def reading(url: str | None, config: str | None) -> Iterator[Follower]:
    """Raises StoreBroken where there is no database or it cannot be read."""
    from data.opening import open_reader

    reader = open_reader(database(url, config))
    try:
        yield reader
    finally:
        reader.close()
