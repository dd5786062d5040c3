"""Copies of a database: made while an engine writes to it, and put back."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from data import lock as locks
from data import sqlite_file, times
from data.faults import told
from data.store import StoreBroken

_PAGES: Final = 2_000  # copied between two reports of progress

Progress = Callable[[int, int], None]  # pages done, pages in all


def _quiet(_done: int, _total: int) -> None:
    pass


def beside(path: Path, what: str, now: int) -> Path:
    """`<database>.<what>-<UTC time>.bak`, a name that is still free."""
    moment = times.to_datetime(now).strftime("%Y%m%dT%H%M%SZ")
    chosen = path.with_name(f"{path.name}.{what}-{moment}.bak")
    count = 1
    while chosen.exists():
        count += 1
        chosen = path.with_name(f"{path.name}.{what}-{moment}-{count}.bak")
    return chosen


def copy(path: Path, target: Path, progress: Progress = _quiet, *, still: bool = False) -> None:
    """The database as it is at one moment, in one file of mode 0600 that appears only when it is whole. Replaces
    `target`. `still` promises that nobody writes to it. Raises StoreFull or StoreBroken."""
    part = target.with_name(target.name + ".part")
    with told(target):
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    try:
        with told(path):
            _copy(path, part, progress, still)
        with told(target):
            _settle(part, target)
    finally:
        part.unlink(missing_ok=True)


def _copy(path: Path, part: Path, progress: Progress, still: bool) -> None:
    engine = sqlite_file.read_engine(path, still=still)
    try:
        with engine.connect() as connection:
            sqlite_file.revision(connection)
            # One view for the whole copy: otherwise every commit of an engine would make it begin anew.
            connection.exec_driver_sql("BEGIN")
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
            source = connection.connection.driver_connection
            assert isinstance(source, sqlite3.Connection)
            copied = sqlite3.connect(part)
            try:
                source.backup(copied, pages=_PAGES, progress=lambda _, left, total: progress(total - left, total))
            finally:
                copied.close()
            connection.exec_driver_sql("COMMIT")
    finally:
        engine.dispose()


def restore(source: Path, path: Path, command: str, *, replace: bool = False) -> Path | None:
    """Puts a copy in the place of a database; what was there is kept beside, and its path returned.

    Raises StoreBusy while an engine has the database, and StoreBroken when the copy is none of ours or damaged, or
    when there is a database and `replace` is not set.
    """
    if not source.is_file():
        raise StoreBroken(f"there is no backup {source}")
    _examine(source)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with told(path):
        lock = locks.take(path, command)
    try:
        kept: Path | None = None
        part = path.with_name(path.name + ".part")
        try:
            copy(source, part, still=True)
            if path.exists() and path.stat().st_size:
                if not replace:
                    raise StoreBroken(f"there is a database {path} already; --force replaces it and keeps it beside")
                kept = beside(path, "before-restore", lock.since)
                _set_aside(path, kept)
            with told(path):
                _settle(part, path)
        finally:
            part.unlink(missing_ok=True)
        return kept
    finally:
        lock.release()


def _examine(source: Path) -> None:
    engine = sqlite_file.read_engine(source, still=True)
    try:
        with told(source), engine.connect() as connection:
            if sqlite_file.revision(connection) is None:
                raise StoreBroken(f"{source} is empty")
            answer = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
            if answer != "ok":
                raise StoreBroken(f"{source} is damaged: {answer}")
    finally:
        engine.dispose()


def _set_aside(path: Path, kept: Path) -> None:
    """With what is in the log; a damaged one is moved as it is, log and all."""
    try:
        copy(path, kept)
        engine = sqlite_file.write_engine(path)
        with told(path), engine.connect() as connection:  # whole without its log, should we die below
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()
    except StoreBroken:
        for suffix in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                os.replace(path.with_name(path.name + suffix), kept.with_name(kept.name + suffix))
        os.replace(path, kept)
    # The log belongs to the old file; it must be gone before the new one takes the name.
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _settle(part: Path, target: Path) -> None:
    """On the disk, then under its name."""
    descriptor = os.open(part, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(part, target)
    folder = os.open(target.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
