"""A line on standard error that says how far a long work has come. Where that is no terminal there is none."""

import shutil
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

REDRAW = 0.1  # seconds between two drawings


class Progress:
    """`with Progress("replay", total=size) as bar: bar.at(done)`.

    `done` and `total` are in `unit` ("B" for bytes, else a word such as "rows"); without `total` there is neither
    bar nor time to go. The line is wiped at the end, however that comes.
    """

    def __init__(
        self,
        label: str,
        total: int | None = None,
        unit: str = "B",
        *,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._label, self._total, self._unit = label, total, unit
        self._stream = stream if stream is not None else sys.stderr
        self._clock = clock
        self._start = self._drawn_at = clock()
        self._width = 0
        self.shown = self._stream.isatty()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.wipe()

    def at(self, done: int, total: int | None = None) -> None:
        """So much is done (of `total`, if that became known). Cheap: draws at most ten times a second."""
        if not self.shown:
            return
        now = self._clock()
        if now - self._drawn_at < REDRAW:
            return
        self._drawn_at = now
        if total is not None:
            self._total = total
        self._draw(self.line(done, now - self._start, shutil.get_terminal_size().columns - 1))

    def wipe(self) -> None:
        if self._width:
            self._stream.write("\r" + " " * self._width + "\r")
            self._stream.flush()
            self._width = 0

    def line(self, done: int, elapsed: float, columns: int) -> str:
        """The line at one moment, at most `columns` wide."""
        rate = done / elapsed if elapsed > 0 else 0.0
        speed = f"{amount(rate, self._unit)}/s"
        if not self._total:
            return f"{self._label}  {amount(done, self._unit)}  {speed}"[:columns]
        share = min(done / self._total, 1.0)
        left = f"{span((self._total - done) / rate)} left" if rate and done < self._total else ""
        figures = f"{share:4.0%}  {amount(done, self._unit)} of {amount(self._total, self._unit)}  {speed}  {left}"
        room = columns - len(self._label) - len(figures) - 4
        bar = "" if room < 8 else _bar(share, min(room, 40)) + "  "
        return f"{self._label}  {bar}{figures}"[:columns].rstrip()

    def _draw(self, text: str) -> None:
        self._stream.write("\r" + text.ljust(self._width))
        self._stream.flush()
        self._width = len(text)


def _bar(share: float, width: int) -> str:
    full = round(share * width)
    return "#" * full + "-" * (width - full)


def amount(value: float, unit: str) -> str:
    """`12.3 MB`, `45,210 rows`."""
    if unit != "B":
        return f"{value:,.0f} {unit}"
    for mark in ("B", "kB", "MB", "GB"):
        if value < 1000 or mark == "GB":
            return f"{value:.0f} {mark}" if mark == "B" else f"{value:.1f} {mark}"
        value /= 1000
    raise AssertionError


def span(seconds: float) -> str:
    """`7s`, `3m20s`, `2h05m`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}m{rest:02d}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02d}m"
