"""A program in a pseudo terminal: everything it writes with the time of it, its screen, keys, resizes, stalls."""

import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

import pyte

# Sequences that pyte would print: private parameters other than `?`, and intermediates. Incomplete ones wait.
_NOT_FOR_PYTE: Final = re.compile(rb"\x1b\[[<>=][0-?]*[ -/]*[@-~]|\x1b\[\??[0-9;]*\$p|\x1b\[[0-9;]*t")
_INCOMPLETE: Final = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*)?\Z")
_DROPPED_ENVIRONMENT: Final = ("NO_COLOR", "COLORTERM", "TERM", "TMUX", "STY", "TERM_PROGRAM", "COLUMNS", "LINES")


class PtySession:
    """Runs `command` with a terminal of `columns` x `rows`. A context manager; leaving it kills what still runs."""

    def __init__(
        self,
        command: Sequence[str],
        columns: int = 120,
        rows: int = 40,
        environ: Mapping[str, str] | None = None,
        answers: bool = True,
        controlling: bool = True,
        errors_to: IO[bytes] | None = None,
        cwd: Path | None = None,
    ) -> None:
        """`controlling` False: no signal tells of a hang-up. `errors_to`: where standard error goes instead."""
        self._master, self._slave = os.openpty()
        self.columns, self.rows = columns, rows
        self._set_size()
        self.attributes_before = termios.tcgetattr(self._slave)
        self.chunks: list[tuple[float, bytes]] = []
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._rest = b""
        self._lock = threading.Lock()
        self._news = threading.Condition(self._lock)
        self._reading = threading.Event()
        self._reading.set()
        self._closed = False
        self._answers = answers
        env = {key: value for key, value in os.environ.items() if key not in _DROPPED_ENVIRONMENT}
        env.update({"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8", **(environ or {})})
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            list(command), stdin=self._slave, stdout=self._slave, stderr=errors_to or self._slave, env=env,
            cwd=cwd,
            close_fds=True, start_new_session=True,
            preexec_fn=(lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)) if controlling else None,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True, name="pty-reader")
        self._reader.start()
        self.ended_at = 0.0

    def __enter__(self) -> "PtySession":
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        self._reading.set()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(5)
        self._reader.join(2)
        for fd in (self._master, self._slave):
            with contextlib.suppress(OSError):
                os.close(fd)

    # What the terminal does.

    def _read(self) -> None:
        while not self._closed:
            self._reading.wait()
            try:
                ready = select.select([self._master], [], [], 0.05)[0]
                data = os.read(self._master, 65_536) if ready and self._reading.is_set() else b""
            except (OSError, ValueError):
                return
            if data:
                with self._news:
                    self.chunks.append((time.monotonic(), data))
                    self._feed(data)
                    self._news.notify_all()
                self._answer(data)

    def _feed(self, data: bytes) -> None:
        data = self._rest + data
        cut = _INCOMPLETE.search(data)
        data, self._rest = (data[: cut.start()], data[cut.start() :]) if cut else (data, b"")
        self._stream.feed(_NOT_FOR_PYTE.sub(b"", data))

    def _answer(self, data: bytes) -> None:
        if self._answers and b"\x1b[?2026$p" in data:
            self.send("\x1b[?2026;2$y")

    # What the person in front of it does.

    def send(self, keys: str) -> float:
        """Type; returns when."""
        at = time.monotonic()
        os.write(self._master, keys.encode())
        return at

    def resize(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        with self._lock:
            self._screen.resize(rows, columns)
        self._set_size()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGWINCH)

    def _set_size(self) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))

    def hang_up(self) -> None:
        """The line is cut: the kernel tells the program, and every further read and write of it fails."""
        self._closed = True
        self._reading.set()
        self._reader.join(2)
        os.close(self._slave)
        os.close(self._master)

    def stall(self) -> None:
        """Stop reading, as a client does whose network is gone."""
        self._reading.clear()

    def resume(self) -> None:
        self._reading.set()

    # What can be seen.

    @property
    def output(self) -> bytes:
        with self._lock:
            return b"".join(data for _, data in self.chunks)

    @property
    def byte_count(self) -> int:
        with self._lock:
            return sum(len(data) for _, data in self.chunks)

    def screen(self) -> list[str]:
        with self._lock:
            return [line.rstrip() for line in self._screen.display]

    def shows(self, text: str) -> bool:
        return any(text in line for line in self.screen())

    def wait_until(self, holds: Callable[[], bool], timeout: float = 10.0) -> float:
        """Waits for output that makes `holds` true; returns when. Raises AssertionError with the screen."""
        deadline = time.monotonic() + timeout
        while not holds():
            left = deadline - time.monotonic()
            if left <= 0 or (self.process.poll() is not None and not self._more()):
                raise AssertionError("did not come to pass; the screen:\n" + "\n".join(self.screen()))
            with self._news:
                self._news.wait(min(left, 0.2))
        return time.monotonic()

    def _more(self) -> bool:
        with contextlib.suppress(OSError, ValueError):
            return bool(select.select([self._master], [], [], 0.1)[0])
        return False

    def wait_stopped(self, timeout: float = 10.0) -> None:
        """Waits until the program has stopped, as a shell does that is told of it by the kernel."""
        stat = Path(f"/proc/{self.process.pid}/stat")
        self.wait_until(lambda: stat.read_text().rpartition(")")[2].split()[0] == "T", timeout)

    def wait_for(self, text: str, timeout: float = 10.0) -> float:
        return self.wait_until(lambda: self.shows(text), timeout)

    def first_output_after(self, at: float, timeout: float = 5.0) -> float:
        """When the first bytes arrived after `at`."""

        def found() -> float | None:
            with self._lock:
                return next((when for when, _ in self.chunks if when > at), None)

        self.wait_until(lambda: found() is not None, timeout)
        when = found()
        assert when is not None
        return when

    def wait_quiet(self, seconds: float = 0.3, timeout: float = 10.0) -> None:
        """Waits until nothing was written for `seconds`."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            before = self.byte_count
            with self._news:
                self._news.wait(seconds)
            if self.byte_count == before:
                return
        raise AssertionError("never quiet")

    def exit_code(self, timeout: float = 5.0) -> int:
        """Waits for the end of the program."""
        code = self.process.wait(timeout)
        self.ended_at = time.monotonic()
        if not self._closed:
            time.sleep(0.1)  # what it wrote last is still in the pty
        return code

    def attributes_now(self) -> list[Any]:
        return termios.tcgetattr(self._slave)

    def cpu_seconds(self) -> float:
        """CPU time that the program has used."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_bytes(self) -> int:
        with open(f"/proc/{self.process.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
