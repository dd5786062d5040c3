"""A console's line to a time machine of its own, on this machine."""

import threading
from collections.abc import Callable
from typing import Final

import msgspec

from data.records import DEFAULT_TENANT
from engine.attach import frames
from engine.attach.asking import Asking
from engine.attach.frames import Asked
from engine.beside import PATIENCE, Beside
from engine.settings import Config
from engine.views import Outcome

REFUSAL: Final = "nothing can be changed in the past"


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
        self._beside = Beside("engine.past.process")
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
        self._beside.end()
        self._thread.join(PATIENCE)
        self._beside.close()

    def _post(self, asked: Asked) -> None:
        self._write(frames.line(asked))

    def _write(self, line: bytes) -> None:
        """A process that has gone is told of by `_listen`."""
        with self._guard:
            self._beside.write(line)

    def _listen(self) -> None:
        for line in self._beside.lines():
            self._answered(frames.told(line.decode()))
            self._news()
        if self._beside.process.returncode:
            self._fail()

    def _fail(self) -> None:
        """Every page says why it will not come."""
        self.failure = f"time travel broke off: {self._beside.last_words()}"
        self._break(self.failure)
        self._news()
