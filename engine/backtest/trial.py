"""A trial that runs beside a console, in a process of its own."""

import threading

import msgspec

from engine.backtest.difference import Difference
from engine.backtest.process import Begin, Line
from engine.backtest.wish import Sweep
from engine.beside import PATIENCE, Beside
from engine.settings import Config


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
        self._beside = Beside("engine.backtest.process")
        self._beside.write(msgspec.json.encode(Begin(database, tenant, config, text)) + b"\n")
        self._beside.close_input()
        self._thread = threading.Thread(target=self._listen, name="backtest", daemon=True)
        self._thread.start()

    @property
    def over(self) -> bool:
        return self.found is not None or self.sweep is not None or bool(self.error)

    def stop(self) -> None:
        """Gives it up; nothing is left behind."""
        self._stopped = True
        self._beside.end(at_once=True)
        self._thread.join(PATIENCE)

    def _listen(self) -> None:
        for raw in self._beside.lines():
            line = msgspec.json.decode(raw, type=Line)
            if line.total:
                self.done, self.total = line.done, line.total
            self.found, self.sweep, self.error = line.found, line.sweep, line.error
        if not self.over:
            self.error = "given up" if self._stopped else f"the trial broke off: {self._beside.last_words()}"
        self._beside.close()
