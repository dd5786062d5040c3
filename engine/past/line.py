"""A console's line to a time machine of its own, on this machine."""

import contextlib
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from typing import IO, Final

import msgspec

from data.records import DEFAULT_TENANT
from engine.attach import frames
from engine.attach.asking import Asking
from engine.attach.frames import Asked
from engine.settings import Config
from engine.views import Outcome

REFUSAL: Final = "nothing can be changed in the past"
PATIENCE: Final = 5.0  # seconds for the process to end by itself


class PastLine(Asking):
    """Implements `engine.link.Traveller`. The process starts with the object and ends with `close`."""

    read_only = True

    def __init__(
        self, database: str, config: Config, tenant: str = DEFAULT_TENANT, *, news: Callable[[], None] = lambda: None
    ) -> None:
        """`news` is called, from another thread, after each message that came."""
        super().__init__()
        self.failure: str | None = None
        self._news = news
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the process)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "engine.past.process"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, start_new_session=True,
        )  # fmt: skip
        begin = {"database": database, "tenant": tenant, "config": config}
        self._write(msgspec.json.encode(begin) + b"\n")
        self._thread = threading.Thread(target=self._listen, name="past", daemon=True)
        self._thread.start()

    def act(
        self,
        action: str,  # noqa: ARG002
        target: str,
        done: Callable[[Outcome], None],
        *,
        note: str = "",  # noqa: ARG002
        params: dict[str, str] | None = None,  # noqa: ARG002
    ) -> None:
        done(Outcome(False, REFUSAL, target))

    def set_speed(self, factor: float) -> None:
        """The speed of a simulation is the live engine's."""

    def past(self) -> "PastLine":
        return self

    def close(self) -> None:
        process = self._process
        with contextlib.suppress(OSError):
            assert process.stdin is not None
            process.stdin.close()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._thread.join(PATIENCE)
        if process.stdout is not None:
            process.stdout.close()
        self._errors.close()

    def _post(self, asked: Asked) -> None:
        self._write(frames.line(asked))

    def _write(self, line: bytes) -> None:
        """A process that has gone is told of by `_listen`."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, ValueError), self._guard:
            self._process.stdin.write(line)
            self._process.stdin.flush()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._answered(frames.told(line.decode()))
            self._news()
        if self._process.wait() != 0:
            self._fail()

    def _fail(self) -> None:
        """Every page says why it will not come."""
        self._errors.seek(0)
        told = self._errors.read().decode(errors="replace").strip().splitlines()
        self.failure = f"time travel broke off: {told[-1] if told else 'without a word'}"
        for _, watch in list(self._watches.values()):
            watch.error = self.failure
        self._news()
