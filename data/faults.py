"""What a driver's error means to whoever uses a store."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError

from data.store import StoreBroken, StoreBusy, StoreFull

APPLICATION: Final = 0x4E4F4331  # `NOC1` in the header of every database of ours

# Extended codes end in the primary one; a failed write, sync or growth is what a full disk looks like too.
_FULL: Final = {sqlite3.SQLITE_FULL}
_WRITING: Final = {
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_DIR_FSYNC,
    sqlite3.SQLITE_IOERR_TRUNCATE,
    sqlite3.SQLITE_IOERR_SHMSIZE,
    sqlite3.SQLITE_IOERR_SHMMAP,
    sqlite3.SQLITE_IOERR_SHMOPEN,
}
_BROKEN: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Errors of the driver leave as StoreFull, StoreBusy or StoreBroken, with what to do about them."""
    try:
        yield
    except DBAPIError as error:
        raise _meaning(error.orig, path) from error
    except (sqlite3.Error, OSError) as error:
        raise _meaning(error, path) from error


def _meaning(error: BaseException | None, path: Path) -> Exception:
    code = getattr(error, "sqlite_errorcode", 0) or 0
    if code & 0xFF in _FULL or code in _WRITING or (isinstance(error, OSError) and error.errno in _NO_ROOM):
        return StoreFull(f"no room to write {path} ({error}); free some space, then the same is tried again")
    if code & 0xFF in _BROKEN:
        return StoreBroken(f"{path} is damaged or no database ({error}); `noc db restore` takes a backup back")
    if code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusy(f"{path} is locked by another program ({error}); close it and try again")
    return StoreBroken(f"{path} cannot be used: {error}")


_NO_ROOM: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
