"""A person erased from a SQLite file: one transaction, then everything that could still hold the old bytes is wiped.

Freed bytes are zeroed as they are freed; what earlier changes left in pages goes with VACUUM, which writes the file
anew; then the log is emptied. A note in `meta`, written with the transaction, stands until all that is done: whoever is
killed in between leaves either the old state, or the new one whose wiping the next start ends.
"""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, delete, event, select

from data import sqlite_file, tables
from data.faults import told
from data.personal.erasing import PENDING, Erased, Erasing, Erasure, Step
from data.personal.who import Person, find

Find = Callable[[Connection], Person]


def nothing(what: str) -> None:
    """No step is of interest."""


def erase(path: Path, erasure: Erasure, step: Step = nothing) -> Erased:
    """The caller keeps all others from writing meanwhile. Raises StoreFull, StoreBusy or StoreBroken; then nothing has
    changed."""
    reading, writing = sqlite_file.read_engine(path), sqlite_file.write_engine(path)
    event.listen(writing, "connect", _wiping)
    try:
        with told(path), reading.connect() as source, writing.connect() as target:
            source.exec_driver_sql("BEGIN")
            target.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                done = Erasing(source, target, sqlite_file.bodies(source), erasure, step).run()
                step("written")
            except BaseException:
                target.exec_driver_sql("ROLLBACK")
                raise
            target.exec_driver_sql("COMMIT")
            source.exec_driver_sql("COMMIT")
            step("committed")
    finally:
        reading.dispose()
        writing.dispose()
    done.wiped = wipe(path, step)
    done.copies = copies(path)
    return done


def would_erase(path: Path, connection: Connection, erasure: Erasure) -> Erased:
    """What an erasure would change, read on a connection beside whoever writes."""
    done = Erasing(connection, None, sqlite_file.bodies(connection), erasure).run()
    done.copies = copies(path)
    return done


def person(connection: Connection, tenant: str, id: str, words: tuple[str, ...] = ()) -> Person:
    return find(connection, sqlite_file.bodies(connection), tenant, id, words)


def pending(connection: Connection) -> bool:
    """Whether an erasure was not ended."""
    return connection.execute(select(tables.meta.c.value).where(tables.meta.c.name == PENDING)).first() is not None


def wipe(path: Path, step: Step = nothing) -> bool:
    """Ends what an erasure has begun, if any was; False where somebody who looks on keeps the log from being emptied,
    or there is no room: then the next start tries again. The caller keeps all others from writing."""
    engine = sqlite_file.write_engine(path)
    event.listen(engine, "connect", _wiping)
    try:
        with told(path), engine.connect() as connection:
            if not pending(connection):
                return True
            step("wiping")
            if not _emptied(connection):
                return False
            step("log emptied")
            connection.exec_driver_sql("VACUUM")
            step("written anew")
            if not _emptied(connection):
                return False
            step("log emptied again")
            connection.execute(delete(tables.meta).where(tables.meta.c.name == PENDING))
            step("note taken away")
            return _emptied(connection)
    finally:
        engine.dispose()


def _emptied(connection: Connection) -> bool:
    """The log, all of it, into the file. Waits a few seconds for those who read."""
    busy, _, _ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
    return not busy


def _wiping(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def copies(path: Path) -> list[str]:
    """Backups that lie beside the database."""
    found = (*path.parent.glob(f"{path.name}.*.bak"), *path.parent.glob(f"{path.name}.part"))
    return sorted(str(one) for one in found)
