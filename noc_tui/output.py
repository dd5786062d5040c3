"""The way of bytes to the terminal: a driver that never waits for a terminal that does not read.

Textual's own driver puts frames into a queue of 30 and blocks the event loop when it is full, so one stalled SSH
client stops the clock, the keys and the way out. Here a thread of our own does the waiting: control sequences always
queue, frames ask `behind()` first and are left out while it says yes (noc_tui/frames.py owes them), bytes are counted,
and a terminal that is gone turns the writer into a sink instead of killing its thread.
"""

import asyncio
import os
import select
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from textual._ansi_sequences import SYNC_END, SYNC_START
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message
from textual.messages import InBandWindowResize

MAX_FRAMES_AHEAD: Final = 2  # frames on their way to the terminal before further ones are left out
CLOSE_TIMEOUT_S: Final = 0.15  # how long leaving waits for a terminal that does not read


class Writer(threading.Thread):
    """Writes what is queued to a file descriptor. All methods may be called from any thread.

    `drained` is called in the writer's thread whenever the queue has become empty after a frame was refused.
    """

    def __init__(self, fd: int, drained: Callable[[], None]) -> None:
        super().__init__(daemon=True, name="noc-output")
        self._fd = fd
        self._drained = drained
        self._queue: deque[tuple[bytes, bool]] = deque()
        self._wake = threading.Condition()
        self._stopping = False
        self._owed = False
        self.pending = 0  # pieces queued or being written
        self._frames = 0  # those of them that are frames
        self.pending_bytes = 0
        self.written = 0  # bytes that the terminal has taken
        self.gone = False

    def put(self, data: bytes, *, frame: bool = False) -> None:
        """Queue `data`; never blocks."""
        with self._wake:
            if self.gone or self._stopping:
                return
            self._queue.append((data, frame))
            self.pending += 1
            self._frames += frame
            self.pending_bytes += len(data)
            self._wake.notify()

    def busy(self, limit: int) -> bool:
        """Are `limit` or more frames under way? If so `drained` will be called once there is nothing."""
        with self._wake:
            late = self._frames >= limit
            self._owed = self._owed or late
        return late

    def run(self) -> None:
        while True:
            with self._wake:
                while not self._queue and not self._stopping:
                    self._wake.wait()
                if not self._queue:
                    return
                data, frame = self._queue.popleft()
            self._write(data)
            with self._wake:
                if not self.gone:
                    self.pending -= 1
                    self._frames -= frame
                    self.pending_bytes -= len(data)
                tell = self._owed and self.pending == 0
                if tell:
                    self._owed = False
            if tell:
                self._drained()

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view and not self.gone:
            try:
                taken = os.write(self._fd, view)
            except BlockingIOError:  # somebody made the terminal non-blocking, as ssh and some shells do
                select.select([], [self._fd], [], 0.1)
                continue
            except OSError:
                self._lose()
                return
            self.written += taken
            view = view[taken:]

    def _lose(self) -> None:
        with self._wake:
            self.gone = True
            self._queue.clear()
            self.pending = self._frames = self.pending_bytes = 0

    def stop(self, timeout: float = CLOSE_TIMEOUT_S) -> bool:
        """Write what is queued and end; False if the terminal did not take it within `timeout` seconds."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        self.join(timeout)
        return not self.is_alive()


class NocDriver(LinuxDriver):
    """Textual's driver with a writer that does not block, whole frames in one write, and news of the line's end."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self.writer: Writer | None = None
        self.on_drained: Callable[[], None] = _nothing
        self.on_resized: Callable[[], None] = _nothing
        self.on_started: Callable[[], None] = _nothing
        self.on_lost: Callable[[], None] = _nothing
        self.resumed = False  # this is not the first time that we take the screen
        self.farewell = ""  # sent before the screen is given back
        self.clean = True  # the terminal is as it was before we came
        self._counted = 0  # bytes written by earlier writers, before a suspend
        self._held: str | None = None  # a frame that began and did not end yet
        self._frame_comes = False  # the next piece is a frame
        self._cursor = ""  # where the last frame left the cursor

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        return self._loop

    @property
    def bytes_written(self) -> int:
        return self._counted + (0 if self.writer is None else self.writer.written)

    @property
    def backlog(self) -> int:
        """Pieces of output that the terminal has not taken yet."""
        return 0 if self.writer is None else self.writer.pending

    def behind(self) -> bool:
        """True if a frame must not be queued now; `on_drained` will then be called in the loop when it may."""
        writer = self.writer
        if writer is None or writer.gone:
            return True
        late = writer.busy(MAX_FRAMES_AHEAD)
        self._frame_comes = not late
        return late

    def start_application_mode(self) -> None:
        if self.writer is not None:
            # SIGCONT without a stop before it, as the kernel sends along with SIGHUP: all is running already.
            return
        self.writer = Writer(screen_fd(), self._tell_drained)
        self.writer.start()
        self.clean = False
        self._held, self._cursor = None, ""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._watch_resize()
        self.on_started()
        self.resumed = True

    def _watch_resize(self) -> None:
        inner = signal.getsignal(signal.SIGWINCH)

        def resized(number: int, frame: FrameType | None) -> None:
            self.on_resized()
            if callable(inner):
                inner(number, frame)

        signal.signal(signal.SIGWINCH, resized)

    def process_message(self, message: Message) -> None:
        if isinstance(message, InBandWindowResize):
            self.on_resized()
        super().process_message(message)

    def write(self, data: str) -> None:
        """Queue output. Begin mark, frame and end mark become one piece, and nothing at all if the frame is empty."""
        if data == SYNC_START:
            self._held = data
            return
        if self._held is None:
            if not self._same_place(data):
                self._put(data)
            return
        if data != SYNC_END:
            self._held += "" if self._same_place(data) else data
            return
        frame, self._held = self._held, None
        if frame != SYNC_START:
            self._put(frame + SYNC_END)

    def _same_place(self, data: str) -> bool:
        """Is this only the move of an unmoved cursor that Textual ends every frame with?"""
        at = data.rfind("\x1b[")
        move = data[at:] if at >= 0 and data.endswith("H") else ""
        same = bool(move) and at == 0 and move == self._cursor
        if data:
            self._cursor = move
        return same or not data

    def _put(self, data: str) -> None:
        if self.writer is not None:
            self.writer.put(data.encode("utf-8", "replace"), frame=self._frame_comes)
        self._frame_comes = False

    def _tell_drained(self) -> None:
        self._in_loop(self.on_drained)

    def _in_loop(self, callback: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(callback)
        except RuntimeError:  # the loop has ended
            return

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except OSError:
            self._in_loop(self.on_lost)  # the line went dead: an end, not a crash
        except BaseException:
            import rich.traceback

            self._app.call_later(self._app.panic, rich.traceback.Traceback())

    def stop_application_mode(self) -> None:
        if self._held is not None:  # a frame that was cut short, by an exception in it
            held, self._held = self._held, None
            self._put(held + SYNC_END)
        self.write("\x1b[?1016l" + self.farewell)  # Textual switches mouse pixels on and leaves them on
        super().stop_application_mode()

    def close(self) -> None:
        super().close()
        if self.writer is not None:
            self.clean = self.writer.stop()
            self._counted += self.writer.written
            self.writer = None


def screen_fd() -> int:
    """Standard error, as Textual has it, but standard output where only that is a terminal (`noc 2>log`)."""
    assert sys.__stderr__ is not None
    assert sys.__stdout__ is not None
    error, output = sys.__stderr__.fileno(), sys.__stdout__.fileno()
    return output if os.isatty(output) and not os.isatty(error) else error


def _nothing() -> None:
    return
