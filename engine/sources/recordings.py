"""Recordings: files of CloudEvents in JSON Lines, plain or gzip, or standard input."""

import gzip
import heapq
import io
import os
import sys
import zlib
from collections.abc import Iterator, Sequence
from typing import IO, Any

import msgspec

from data.records.audit import DeadLetter
from data.wire import MAX_EVENT, BadEvent, Event, decode
from engine import clock
from engine.intake import dead_letter

_CHUNK = 1 << 20
_MARK = b"\xef\xbb\xbf"  # the byte order mark that some editors put before UTF-8


class Line(msgspec.Struct):
    """One line of one file: an event, or why it is none."""

    event: Event | None
    dead: DeadLetter | None = None


class _Unpacked(io.RawIOBase):
    """A gzip stream, read as far as it can be: `GzipFile` drops what it has unpacked when the file then breaks off."""

    def __init__(self, packed: IO[bytes]) -> None:
        self._stream = gzip.GzipFile(fileobj=packed)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        found = self._stream.read1(len(buffer))
        buffer[: len(found)] = found
        return len(found)


class Recording:
    """One file, read once. `done` and `total` count bytes as they lie on the disk (total 0: not known)."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._raw: IO[bytes] = sys.stdin.buffer if name == "-" else open(name, "rb")  # noqa: SIM115
        self.total = 0 if name == "-" else os.fstat(self._raw.fileno()).st_size
        self._consumed = 0

    @property
    def done(self) -> int:
        return self._consumed if self.name == "-" else self._raw.tell()

    def close(self) -> None:
        if self.name != "-":
            self._raw.close()

    def lines(self) -> Iterator[Line]:
        """Every line in order. A file that breaks off (a damaged gzip) ends with a dead letter that says so."""
        number = 0
        stream = self._open()
        while True:
            number += 1
            try:
                line = stream.readline(MAX_EVENT + 2)
                if not line:
                    return
                if line[-1:] != b"\n" and len(line) > MAX_EVENT:
                    self._skip_rest(stream)
            except (OSError, EOFError, zlib.error) as error:
                yield self._dead(b"", f"the file cannot be read on: {error}", number)
                return
            self._consumed += len(line)
            line = line.rstrip(b"\r\n")
            if number == 1:
                line = line.removeprefix(_MARK)
            if not line.strip():
                continue
            try:
                yield Line(decode(line))
            except BadEvent as bad:
                yield self._dead(line, str(bad), number)

    def _open(self) -> IO[bytes]:
        buffered = io.BufferedReader(self._raw, _CHUNK) if isinstance(self._raw, io.RawIOBase) else self._raw
        packed = buffered.peek(2)[:2] == b"\x1f\x8b" if isinstance(buffered, io.BufferedReader) else False
        return io.BufferedReader(_Unpacked(buffered), _CHUNK) if packed else buffered

    def _skip_rest(self, stream: IO[bytes]) -> None:
        """An overlong line is refused without ever holding it whole."""
        while True:
            part = stream.readline(_CHUNK)
            if not part or part[-1:] == b"\n":
                return

    def _dead(self, line: bytes, reason: str, number: int) -> Line:
        return Line(None, dead_letter(line, f"file {os.path.basename(self.name)}", reason, clock.wall(), number))


def merged(recordings: Sequence[Recording]) -> Iterator[Line]:
    """The lines of several recordings as one, by event time; at one instant the order of the files counts. A single
    file keeps its own order. A refused line keeps its place behind the event before it."""
    if len(recordings) == 1:
        yield from recordings[0].lines()
        return
    yield from (line for _, _, _, line in heapq.merge(*(_keyed(at, each) for at, each in enumerate(recordings))))


def _keyed(file: int, recording: Recording) -> Iterator[tuple[int, int, int, Line]]:
    last = -(1 << 62)
    for number, line in enumerate(recording.lines()):
        # A file that steps back in time must not hold the others up: its lines follow on what went before.
        last = max(last, line.event.time) if line.event is not None else last
        yield last, file, number, line
