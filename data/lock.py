"""One engine per database: a lock on `<database>.lock` that the kernel drops when its holder dies, however it dies.

The file says who holds it; what it says counts only while the lock is held. It is never deleted: two processes that
meet a deleted and a new file could both believe themselves alone.
"""

import fcntl
import os
import socket
from pathlib import Path

import msgspec

from data import times
from data.store import StoreBusy


class Holder(msgspec.Struct, frozen=True):
    """Who holds a database; `since` is RFC 3339."""

    pid: int
    host: str
    command: str
    since: str


class Lock:
    """Held until `release`. `since` is when it was taken, in microseconds, by the clock of the file system."""

    def __init__(self, descriptor: int, since: int) -> None:
        self._descriptor: int | None = descriptor
        self.since = since

    def release(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.ftruncate(descriptor, 0)
            os.close(descriptor)


def path_of(database: Path) -> Path:
    return database.with_name(database.name + ".lock")


def take(database: Path, command: str) -> Lock:
    """Raises StoreBusy, naming the holder, when another process (or this one) has it."""
    descriptor = os.open(path_of(database), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise StoreBusy(_held(database)) from None
    os.ftruncate(descriptor, 0)
    os.utime(descriptor)
    since = os.fstat(descriptor).st_mtime_ns // 1000
    holder = Holder(os.getpid(), socket.gethostname(), command, times.text(since))
    os.write(descriptor, msgspec.json.encode(holder))
    return Lock(descriptor, since)


def holder(database: Path) -> Holder | None:
    """What the lock file says; None when it says nothing. It does not tell whether the lock is still held."""
    try:
        return msgspec.json.decode(path_of(database).read_bytes(), type=Holder)
    except (OSError, msgspec.DecodeError):
        return None


def _held(database: Path) -> str:
    who = holder(database)
    by = f"pid {who.pid} ({who.command}) on {who.host} since {who.since}" if who else "another process"
    return (
        f"{database} is in use by {by}. Only one engine can write to a database: "
        f"look on with `noc --read-only --db sqlite:///{database}`, or stop that process."
    )
