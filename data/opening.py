"""The doors to a database, by its URL. What a kind of database needs is imported only when it is opened."""

from pathlib import Path

from data.store import Follower, Store


async def open_store(url: str, command: str) -> Store:
    """The store at a SQLAlchemy URL (`sqlite:////abs/noc.db`), created when missing and upgraded when old.

    `command` is what others are told of who holds it. Raises StoreBusy (somebody else writes to it), StoreFull or
    StoreBroken (damaged, foreign, newer, or a URL that cannot be used); each message says what to do.
    """
    from data import sqlite, sqlite_file

    return await sqlite.open_sqlite(sqlite_file.path_of(url), command)


def open_reader(url: str) -> Follower:
    """A read-only view of a database that exists, also while an engine writes to it. Raises StoreBroken."""
    from data import sqlite_file, sqlite_reader

    return sqlite_reader.SqliteReader(sqlite_file.path_of(url))


def upgrade_database(url: str) -> str:
    """Brings the schema up to date; says in words what was done. Raises as `open_store` does."""
    from data import lock, sqlite_file
    from data.faults import told
    from data.store import StoreBroken

    path = sqlite_file.path_of(url)
    if not path.exists():
        raise StoreBroken(f"there is no database {path}; an engine, a replay or `noc demo` makes one")
    with told(path):
        held = lock.take(path, "noc db upgrade")
    try:
        kept = sqlite_file.make_current(path, held.since)
    finally:
        held.release()
    if kept is None:
        return f"{path} is up to date (schema {sqlite_file.HEAD})"
    return f"{path} is now of schema {sqlite_file.HEAD}; as it was, it is kept as {kept}"


def check_database(url: str) -> list[str]:
    """What is wrong with a database, in words; empty when it is sound."""
    from data import checking, sqlite_file

    return checking.check(sqlite_file.path_of(url))


def backup_database(url: str, file: Path) -> None:
    """Copies the database to a file, also while an engine writes to it; replaces a file that is there."""
    from data import backup, sqlite_file
    from data.store import StoreBroken

    path = sqlite_file.path_of(url)
    if not path.exists():
        raise StoreBroken(f"there is no database {path}")
    backup.copy(path, file.absolute())


def restore_database(file: Path, url: str, *, replace: bool = False) -> Path | None:
    """Puts a backup in the place of the database. With `replace`, one that is there is kept beside, and its path
    returned. Raises StoreBusy while an engine has it, StoreBroken when the backup is no good, or when there is a
    database and `replace` is not set."""
    from data import backup, sqlite_file

    return backup.restore(file.absolute(), sqlite_file.path_of(url), "noc db restore", replace=replace)
