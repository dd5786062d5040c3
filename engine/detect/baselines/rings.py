"""What was observed: for each site, metric and hour of the week the values of the last weeks, each once.

A value lies in the slot of its week, so that it can be found again when a person judges it: taken out when it was part
of a confirmed incident, taken in when a deviation was none. What deviates is set aside until then (kept as a negative
number), so that a baseline never learns from what it tells of.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from engine.detect.baselines.metrics import METRICS

WEEKS = 6
HOURS = 168
_LEAN = 2.0  # spreads, at most
_DRIFT_HOURS = 48  # in which two thirds of a drift are followed
_LARGEST = 60_000.0  # beyond, a half-precision number is infinite; smaller ones are kept to within 0.1 %

Values = NDArray[np.float16]
Numbers = NDArray[np.float32]


class _State(msgspec.Struct):
    names: list[str]
    values: bytes
    last: bytes
    streak: bytes
    level: bytes
    heard: bytes
    before: bytes
    lean: bytes


class Rings:
    """Arrays over sites (rows), metrics, hours of the week and weeks."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self.values: Values = np.empty((0, len(METRICS), HOURS, WEEKS), np.float16)
        self.last: NDArray[np.int32] = np.empty((0, HOURS), np.int32)  # the newest week of each hour
        self.streak: NDArray[np.int8] = np.empty((0, len(METRICS), 24), np.int8)  # days of deviation, signed
        self.level: Numbers = np.empty((0, len(METRICS)), np.float32)  # mean of transformed values
        self.heard: NDArray[np.int32] = np.empty((0, len(METRICS)), np.int32)  # values learned
        self.lean: Numbers = np.empty((0, len(METRICS)), np.float32)  # how far the last days lay from what was usual
        self.before: Numbers = np.empty((0, len(METRICS)), np.float32)  # distance of the hour before, NaN if unknown

    def row(self, site: str) -> int:
        """The row of a site, a new one if need be."""
        found = self.rows.get(site)
        if found is None:
            found = self.rows[site] = len(self.rows)
            if found >= len(self.values):
                self._grow(max(8, 2 * found))
        return found

    def open(self, row: int, hour: int, week: int) -> int:
        """Makes the hour's slots those of `week`; what is too old by then goes. Returns the slot."""
        last = int(self.last[row, hour])
        for missed in range(max(last + 1, week - WEEKS + 1), week + 1):
            self.values[row, :, hour, missed % WEEKS] = np.nan
        if week > last:
            self.last[row, hour] = week
        return week % WEEKS

    def holds(self, row: int, hour: int, week: int) -> bool:
        """Whether the slot of that week is still that week's."""
        last = int(self.last[row, hour])
        return last - WEEKS < week <= last

    def put(self, row: int, hour: int, week: int, values: Numbers, aside: NDArray[np.bool_]) -> None:
        """One hour of one site; `aside` says which values are not to be learned from for now."""
        slot = self.open(row, hour, week)
        plain = np.minimum(values, _LARGEST)
        self.values[row, :, hour, slot] = np.where(aside, -1 - plain, plain)
        steps = 1 / np.minimum(self.heard[row] + 1, HOURS)
        self.level[row] += np.where(aside, 0, steps * (raised(plain) - self.level[row]))
        self.heard[row] += ~aside

    def follow(self, rows: NDArray[np.intp], apart: Numbers, aside: NDArray[np.bool_]) -> None:
        """A drift shows as a lasting small distance: it is followed within days, while single hours hardly move it."""
        new = np.clip(apart, -_LEAN, _LEAN) - self.lean[rows]
        self.lean[rows] += np.where(aside | ~np.isfinite(apart), 0, new / _DRIFT_HOURS)

    def judge(self, row: int, metric: int, hour: int, week: int, *, learn: bool) -> None:
        """A person judged the hour: learn from what was set aside, or never from it."""
        if not self.holds(row, hour, week):
            return
        value = self.values[row, metric, hour, week % WEEKS]
        self.values[row, metric, hour, week % WEEKS] = (-1 - value if value < 0 else value) if learn else np.nan

    def rebase(self, row: int, metric: int, hour: int, recent: Sequence[tuple[int, int]]) -> None:
        """An hour of day has a new level: only the values of `recent` (hour of week, week) count from now on."""
        kept = {
            (at, week): self.values[row, metric, at, week % WEEKS] for at, week in recent if self.holds(row, at, week)
        }
        self.values[row, metric, hour % 24 :: 24, :] = np.nan
        for (at, week), value in kept.items():
            self.values[row, metric, at, week % WEEKS] = -1 - value if value < 0 else value

    def dump(self) -> bytes:
        size = len(self.rows)
        parts = (self.values, self.last, self.streak, self.level, self.heard, self.before, self.lean)
        return msgspec.msgpack.encode(_State(list(self.rows), *(part[:size].tobytes() for part in parts)))

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        self.rows = {name: row for row, name in enumerate(state.names)}
        for name in ("values", "last", "streak", "level", "heard", "before", "lean"):
            mine = getattr(self, name)
            flat = np.frombuffer(getattr(state, name), mine.dtype)
            setattr(self, name, flat.reshape(len(state.names), *mine.shape[1:]).copy())

    def _grow(self, size: int) -> None:
        nothing = {"values": np.nan, "last": -1 << 30, "streak": 0, "level": 0, "heard": 0, "before": np.nan, "lean": 0}
        for name, empty in nothing.items():
            old: NDArray[Any] = getattr(self, name)
            new = np.full((size, *old.shape[1:]), empty, old.dtype)
            new[: len(old)] = old
            setattr(self, name, new)


def raised(values: Any) -> Any:
    """The scale on which values are compared: a count's own chance spread is one on it, whatever the count (Anscombe
    1948: 2 sqrt(x + 3/8))."""
    return 2 * np.sqrt(np.asarray(values, np.float32) + np.float32(0.375))


def lowered(values: Any) -> Any:
    """Back from that scale; nothing lies below zero."""
    return np.maximum(np.square(np.maximum(values, 0) / 2) - 0.375, 0)
