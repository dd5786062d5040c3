"""A trial that runs beside a console, in a process of its own."""

import contextlib
import subprocess
import sys
import tempfile
import threading
from typing import IO, Final

import msgspec

from engine.backtest.difference import Difference
from engine.backtest.process import Begin, Line
from engine.backtest.wish import Sweep
from engine.settings import Config

PATIENCE: Final = 5.0  # seconds for the process to end


class Trial:
    """Starts with the object. `done` of `total` events were run; `found`, `sweep` or `error` is there at the end.
    Attributes are replaced from another thread and read without a lock."""

    def __init__(self, text: str, database: str, config: Config, tenant: str) -> None:
        self.text = text
        self.done = self.total = 0
        self.found: Difference | None = None
        self.sweep: Sweep | None = None
        self.error = ""
        self._stopped = False
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the process)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "engine.backtest.process"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, start_new_session=True,
        )  # fmt: skip
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(msgspec.json.encode(Begin(database, tenant, config, text)) + b"\n")
            self._process.stdin.close()
        self._thread = threading.Thread(target=self._listen, name="backtest", daemon=True)
        self._thread.start()

    @property
    def over(self) -> bool:
        return self.found is not None or self.sweep is not None or bool(self.error)

    def stop(self) -> None:
        """Gives it up; nothing is left behind."""
        self._stopped = True
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._thread.join(PATIENCE)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for raw in self._process.stdout:
            line = msgspec.json.decode(raw, type=Line)
            if line.total:
                self.done, self.total = line.done, line.total
            self.found, self.sweep, self.error = line.found, line.sweep, line.error
        self._process.wait()
        self._process.stdout.close()
        if not self.over:
            self._errors.seek(0)
            told = self._errors.read().decode(errors="replace").strip().splitlines()
            why = told[-1] if told else "without a word"
            self.error = "given up" if self._stopped else f"the trial broke off: {why}"
        self._errors.close()
