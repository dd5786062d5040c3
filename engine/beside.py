"""A process of our own beside a console, spoken to by lines: what takes long and must not hold up the engine."""

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import IO, Final

PATIENCE: Final = 5.0  # seconds for the process to end


class Beside:
    """Starts with the object. Ctrl-C of the terminal does not reach it; it ends when its input does, or with `end`."""

    def __init__(self, module: str) -> None:
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the process)
        self.process = subprocess.Popen(  # noqa: S603 (a module of our own)
            [sys.executable, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors,
            start_new_session=True,
        )  # fmt: skip

    def write(self, line: bytes) -> None:
        """A process that has gone is told of by the end of `lines`."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            self.process.stdin.write(line)
            self.process.stdin.flush()

    def lines(self) -> Iterator[bytes]:
        """What it says, until it ends."""
        assert self.process.stdout is not None
        yield from self.process.stdout
        self.process.wait()

    def close_input(self) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()

    def end(self, *, at_once: bool = False) -> None:
        """Returns when it is gone. `at_once`: it is told to stop, instead of that there is nothing more to do."""
        self.close_input()
        if at_once and self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def last_words(self) -> str:
        """Why it broke off, as far as it said."""
        self._errors.seek(0)
        told = self._errors.read().decode(errors="replace").strip().splitlines()
        return told[-1] if told else "without a word"

    def close(self) -> None:
        """Lets its files go; it has ended by then."""
        if self.process.stdout is not None:
            self.process.stdout.close()
        self._errors.close()
