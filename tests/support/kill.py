"""Children that are killed: forked from the test, so that a start costs a few milliseconds and not a second."""

import gc
import os
import select
import signal
import time
import traceback
from collections.abc import Callable

PATIENCE = 60.0  # seconds that a child may be silent


class Child:
    """`work(inbox, outbox)` in a process of its own; it reads what is sent here and writes what `lines` gives."""

    def __init__(self, work: Callable[[int, int], None]) -> None:
        inbox, self._to = os.pipe()
        self._from, outbox = os.pipe()
        gc.collect()  # nothing of ours is finalised over there
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                os.close(self._to)
                os.close(self._from)
                os.setsid()  # signals for the test are not for us
                work(inbox, outbox)
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code)
        os.close(inbox)
        os.close(outbox)
        self._rest = b""
        self._status: int | None = None

    def send(self, body: bytes) -> None:
        """Gives up silently when nobody reads any more."""
        try:
            while body:
                body = body[os.write(self._to, body) :]
        except BrokenPipeError:
            pass

    def end_of_input(self) -> None:
        if self._to >= 0:
            os.close(self._to)
            self._to = -1

    def lines(self, patience: float = PATIENCE) -> list[bytes]:
        """What has been written since, at least one line; empty when the child is gone. AssertionError if it hangs."""
        while b"\n" not in self._rest:
            ready, _, _ = select.select([self._from], [], [], patience)
            assert ready, f"nothing heard of the child for {patience} s"
            piece = os.read(self._from, 1 << 16)
            if not piece:
                return []
            self._rest += piece
        *whole, self._rest = self._rest.split(b"\n")
        return whole

    def kill(self, delay: float = 0.0) -> list[bytes]:
        """`kill -9` after `delay` seconds, to the microsecond; what the child had still written."""
        until = time.perf_counter() + delay
        while time.perf_counter() < until:
            pass
        os.kill(self.pid, signal.SIGKILL)
        left: list[bytes] = []
        while found := self.lines():
            left += found
        self.wait()
        return left

    def wait(self) -> int:
        """Its exit status; negative for the signal that ended it."""
        if self._status is None:
            self.end_of_input()
            self._status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            os.close(self._from)
        return self._status
