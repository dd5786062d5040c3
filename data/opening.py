"""Opening a database by its URL. What a kind of database needs is imported only when it is opened."""

from data.store import Reader, Store


async def open_store(url: str, command: str) -> Store:
    """The store at a SQLAlchemy URL (`sqlite:////abs/noc.db`), created when missing and upgraded when old.

    `command` is what others are told of who holds it. Raises StoreBusy (somebody else writes to it), StoreFull or
    StoreBroken (damaged, foreign, newer, or a URL that cannot be used); each message says what to do.
    """
    from data import sqlite, sqlite_file

    return await sqlite.open_sqlite(sqlite_file.path_of(url), command)


def open_reader(url: str) -> Reader:
    """A read-only view of a database that exists, also while an engine writes to it. Raises StoreBroken."""
    from data import sqlite_file, sqlite_reader

    return sqlite_reader.SqliteReader(sqlite_file.path_of(url))
