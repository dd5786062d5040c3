"""A SQLite database as a file: where it is, who may read it, what it is, and how connections to it are set up."""

import bisect
import os
import sqlite3
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import URL, Connection, Engine, create_engine, event, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from data import tables
from data.bodies import Bodies
from data.faults import APPLICATION, told
from data.store import StoreBroken

REVISIONS: Final = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
)  # in order; the last is what `data.tables` describes
HEAD: Final = REVISIONS[-1]
_WRITER_CACHE: Final = 4_000  # KiB of pages
READER_CACHE: Final = 1_000
_WAL_LIMIT: Final = 64 << 20  # bytes kept of an emptied log
_HEAD: Final = 32  # bytes at the beginning of a log


def path_of(url: str) -> Path:
    """The file of a `sqlite:///` URL. Raises StoreBroken, with the form that is wanted, for anything else."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreBroken(f"{url!r} is no database URL; write sqlite:////absolute/path/noc.db") from error
    if parsed.get_backend_name() != "sqlite":
        raise StoreBroken(f"databases of kind {parsed.get_backend_name()!r} are not supported; use sqlite:////path")
    if not parsed.database or parsed.database == ":memory:" or parsed.database.startswith("file:"):
        raise StoreBroken("the database must be a file: sqlite:////absolute/path/noc.db")
    return Path(parsed.database).absolute()


def prepare(path: Path) -> None:
    """Creates an empty file that only its owner may read, or narrows the mode of one that is there. SQLite gives
    the same mode to the log beside it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if os.fstat(descriptor).st_mode & 0o077:
            os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)
    for suffix in ("-wal", "-shm"):
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            beside.chmod(0o600)


def set_up_writer(connection: Any, _record: object) -> None:
    """For SQLAlchemy's `connect` event. Every commit is on the disk before it is answered; checkpoints are ours."""
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=OFF",
        "wal_autocheckpoint=0",
        f"journal_size_limit={_WAL_LIMIT}",
        f"cache_size=-{_WRITER_CACHE}",
        "busy_timeout=5000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


class LogSize(NamedTuple):
    """`bytes` of the write-ahead log since it began anew; `begun` changes when it does."""

    begun: bytes
    bytes: int


def log_size(path: Path) -> LogSize:
    """Of the log of a database. Its file does not tell: it keeps its size when the log begins anew. So frames are
    counted (sqlite.org/fileformat.html, 4.1): those of now bear the salts of the head.

    The index of the log beside it would tell more, but must never be opened: to close it takes every lock of this
    process off it (POSIX), those of SQLite too; another process then takes the database for unused and cuts it."""
    try:
        with open(path.with_name(path.name + "-wal"), "rb", buffering=0) as log:
            head = log.read(_HEAD)
            page, begun = int.from_bytes(head[8:12], "big"), head[16:24]
            frame = 24 + page
            frames = (os.fstat(log.fileno()).st_size - _HEAD) // frame

            def is_old(place: int) -> bool:
                return os.pread(log.fileno(), 8, _HEAD + place * frame + 8) != begun

            return LogSize(begun, bisect.bisect_left(range(frames), True, key=is_old) * page)
    except OSError:
        return LogSize(b"", 0)


def _set_up_reader(connection: Any, _record: object) -> None:
    connection.execute(f"PRAGMA cache_size=-{READER_CACHE}")
    connection.execute("PRAGMA busy_timeout=5000")


def write_engine(path: Path) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(path)), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    event.listen(engine, "connect", set_up_writer)
    return engine


def read_engine(path: Path, *, still: bool = False) -> Engine:
    """Never writes, never waits for a writer. Where no log is beside the file, and nobody can write to it (`still`, or
    a folder that is read-only), it is read without leaving traces."""
    fixed = still or not os.access(path.parent, os.W_OK)
    fixed = fixed and not path.with_name(path.name + "-wal").exists()
    uri = f"{path.as_uri()}?mode=ro" + ("&immutable=1" if fixed else "")
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(uri, uri=True, check_same_thread=False),
        isolation_level="AUTOCOMMIT",
        poolclass=NullPool,
    )
    event.listen(engine, "connect", _set_up_reader)
    return engine


def revision(connection: Connection) -> str | None:
    """The schema revision; None for an empty database. Raises StoreBroken for a foreign or newer one."""
    application = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
    names = set(connection.exec_driver_sql("SELECT name FROM sqlite_master").scalars())
    if not names and application in (0, APPLICATION):
        return None
    if application != APPLICATION or "alembic_version" not in names:
        raise StoreBroken("this is a database of another program; name another file with --db")
    found = connection.execute(select(tables.alembic_version.c.version_num)).scalar()
    if found not in REVISIONS:
        raise StoreBroken(
            f"the database was written by a newer version of noc (schema {found}, this one knows {HEAD}): "
            "upgrade the program, or restore a backup from before"
        )
    return str(found)


def create(connection: Connection) -> None:
    """A new database, in one transaction."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION}")
        tables.metadata.create_all(connection, checkfirst=False)
        tables.alembic_version.create(connection)
        connection.execute(tables.alembic_version.insert().values(version_num=HEAD))
        connection.execute(tables.meta.insert().values(name="product", value="noc"))
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")


def bodies(connection: Connection) -> Bodies:
    listed = tables.shapes.c
    rows = connection.execute(select(listed.number, listed.record, listed.fields)).all()
    return Bodies(rows)


def write_shapes(connection: Connection, known: Bodies) -> None:
    for number, record, fields in known.new:
        connection.execute(tables.shapes.insert().values(number=number, record=record, fields=fields))
    known.new.clear()


def make_current(path: Path, now: int) -> Path | None:
    """Creates the tables of a new file, or brings those of an older one up to date; then the path of the copy that
    was made before is returned. The caller holds the lock; `now` names the copy."""
    engine = write_engine(path)
    try:
        with told(path), engine.connect() as connection:
            found = revision(connection)
            if found is None:
                create(connection)
                return None
    finally:
        engine.dispose()
    if found == HEAD:
        return None
    from data import upgrade  # Alembic takes most of a second to import

    return upgrade.run(path, now)
