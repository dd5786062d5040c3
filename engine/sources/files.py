"""Files as sources of a running engine: what is there is taken, then what is appended, as `tail -F` would.

A file that is replaced or cut is read from its beginning again: second deliveries are known by their identity.
"""

import asyncio
import gzip
import os
from io import BufferedIOBase
from pathlib import Path

from data.wire import MAX_EVENT
from engine.running import Running
from engine.settings.sources import Source

LOOK = 0.5  # seconds between two looks at a file that has no news


async def follow(engine: Running, source: Source) -> None:
    """Feeds one file; one that is not there yet is waited for."""
    size = engine.pipeline.config.engine.batch_events
    tail = Tail(source.path)
    try:
        while True:
            lines = await asyncio.to_thread(tail.read, size)
            if lines:
                await engine.submit(lines, f"file {source.name}")
            else:
                await asyncio.sleep(LOOK)
    finally:
        tail.close()


class Tail:
    """Whole lines of a file, in order, as they come."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).expanduser()
        self._file: BufferedIOBase | None = None
        self._packed = self.path.suffix == ".gz"
        self._inode = 0
        self._rest = b""  # a line whose end has not been written yet

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def read(self, most: int) -> list[bytes]:
        """At most `most` further lines; none when there is no news, or no file."""
        file = self._open()
        if file is None:
            return []
        found: list[bytes] = []
        while len(found) < most and (piece := file.readline(MAX_EVENT + 2)):
            self._rest += piece
            if self._rest[-1:] == b"\n" or len(self._rest) > MAX_EVENT:
                line, self._rest = self._rest.strip(), b""
                if line:
                    found.append(line)
        return found

    def _open(self) -> BufferedIOBase | None:
        try:
            there = self.path.stat()
        except OSError:
            return self._file
        if self._file is not None and there.st_ino == self._inode and there.st_size >= self._position():
            return self._file
        self.close()
        self._rest, self._inode = b"", there.st_ino
        opened = open(self.path, "rb")  # noqa: SIM115 (kept open: it is followed)
        self._file = gzip.GzipFile(fileobj=opened) if self._packed else opened
        return self._file

    def _position(self) -> int:
        """How far the file has been read, as it lies on the disk."""
        assert self._file is not None
        return 0 if self._packed else os.lseek(self._file.fileno(), 0, os.SEEK_CUR)
