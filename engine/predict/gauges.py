"""What a device has told of itself: its last figures, how they move, its errors and absences."""

from math import exp, log
from typing import Final

import msgspec

from data.payloads import DeviceNote, Telemetry
from data.times import DAY, HOUR, MINUTE

METRICS: Final = 48  # names of metrics that are followed, over all devices of a partition
CODES: Final = 16  # error codes that count on their own
SCORES: Final = 10  # health scores that are remembered
FADE: Final = 10 * MINUTE  # counts fade in steps: at most once in this
SELDOM_MOVES: Final = 0.15  # a figure that moves in fewer of its reports moves seldom
SLOW: Final = 0.2  # weight of the newest report in what is usual for a device
_LN2: Final = log(2.0)


class Gauge(msgspec.Struct, array_like=True):
    """One figure: newest value, the one before, the first; what it was about an hour and a day ago; its usual value."""

    last: float
    before: float
    first: float
    usual: float
    hour_value: float
    hour_time: int
    next_value: float
    next_time: int
    changed_at: int
    ups: float = 0.0  # how often it rose, faded by report

    def note(self, value: float, time: int) -> bool:
        """Takes a value. Whether it is another than before."""
        self.before, self.last = self.last, value
        self.ups *= 1 - SLOW
        moved = value != self.before
        if moved:
            self.changed_at = time
            self.ups += SLOW if value > self.before else 0.0
        self.usual += SLOW * (value - self.usual)
        if time - self.next_time >= HOUR:
            self.hour_value, self.hour_time = self.next_value, self.next_time
            self.next_value, self.next_time = value, time
        return moved


class Habits(msgspec.Struct):
    """How often each figure moves, over all devices: a counter of errors moves seldom, a battery always."""

    seen: dict[str, int] = {}
    moved: dict[str, int] = {}

    def note(self, name: str, moved: bool) -> bool:
        """Counts a report of a figure. Whether it tells something that it moved."""
        seen = self.seen[name] = self.seen.get(name, 0) + 1
        if not moved:
            return False
        count = self.moved[name] = self.moved.get(name, 0) + 1
        return count < SELDOM_MOVES * seen


class Device(msgspec.Struct):
    """One device. Times in microseconds, 0: never. `absent` are its times offline, (from, until), of the last week."""

    id: str
    ref: str = ""
    key: str = ""
    site: str | None = None
    client: str | None = None
    kind: str | None = None
    model: str | None = None
    installed_at: int = 0
    first_at: int = 0
    last_at: int = 0
    judged_at: int = 0
    maintained_at: int = 0
    active: bool = True
    online: bool = True
    offline_since: int = 0
    absent: list[tuple[int, int]] = []
    gauges: dict[str, Gauge] = {}
    scores: list[float] = []
    errors: float = 0.0  # faded, at `faded_at`
    events: float = 0.0
    codes: dict[str, float] = {}
    faded_at: int = 0
    exposed_to: int = 0  # until when its hours were counted
    stirred: bool = False  # there was something to worry about at the last look
    noted_at: int = 0  # when its figures were taken last
    woke: bool = False  # a figure moved since the last look that seldom does

    def fade(self, time: int) -> None:
        """Counts lose half of their weight in 17 hours, so that they stand for about one day."""
        if time - self.faded_at > FADE:
            keep = exp(-(time - self.faded_at) / DAY) if self.faded_at else 1.0
            self.errors *= keep
            self.events *= keep
            if self.codes:
                self.codes = {code: count * keep for code, count in self.codes.items() if count * keep > 0.01}
            self.faded_at = time

    def hear(self, data: Telemetry, time: int, habits: Habits, spare: int = 0) -> bool:
        """Takes a telemetry report; its figures only when the last ones are `spare` microseconds old, or the battery
        runs low. Whether they were taken."""
        self.events += 1
        if time > self.last_at:
            self.last_at = time
        if data.online is not None and data.online is not self.online:
            self.reach(data.online, time)
        battery = data.battery_pct
        if time - self.noted_at < spare and (battery is None or battery >= 20):
            return False
        self.noted_at = time
        self.first_at = self.first_at or time
        self.fade(time)
        self._figures(data, time, habits)
        return True

    def _figures(self, data: Telemetry, time: int, habits: Habits) -> None:
        battery, signal = data.battery_pct, data.signal_pct
        if battery is not None:
            self._note("battery", battery, time, habits)
        if signal is not None:
            self._note("signal", signal, time, habits)
        if data.temperature_c is not None:
            self._note("temperature", data.temperature_c, time, habits)
        if data.gps_accuracy_m is not None:
            self._note("gps_accuracy", data.gps_accuracy_m, time, habits)
        if data.metrics:
            for name, value in data.metrics.items():
                if value is not None:
                    self._note(name, value, time, habits)
        if battery is not None or signal is not None:
            if len(self.scores) >= SCORES:
                del self.scores[0]
            self.scores.append(_health(battery, signal))

    def _note(self, name: str, value: float, time: int, habits: Habits) -> None:
        gauge = self.gauges.get(name)
        if gauge is not None:
            if habits.note(name, gauge.note(value, time)):
                self.woke = True
        elif len(self.gauges) < METRICS:
            self.gauges[name] = Gauge(value, value, value, value, value, time, value, time, time)

    def stirs(self) -> bool:
        """Is there anything that the rules could worry about? Cheap: it is asked at every report."""
        battery = self.gauges.get("battery")
        low = battery is not None and battery.last < 20
        return low or not self.online or self.errors > 0.05 or self.trend() < 0

    def fail(self, data: DeviceNote, time: int) -> None:
        """Takes an error report."""
        self.fade(time)
        self.errors += 1
        self.events += 1
        self.last_at = max(self.last_at, time)
        if data.code is not None and (str(data.code) in self.codes or len(self.codes) < CODES):
            self.codes[str(data.code)] = self.codes.get(str(data.code), 0.0) + 1

    def reach(self, online: bool, time: int) -> None:
        """It is there, or it is not."""
        if online and not self.online:
            self.absent = [span for span in self.absent if span[1] > time - 7 * DAY][-50:]
            self.absent.append((self.offline_since, time))
        elif not online and self.online:
            self.offline_since = time
        self.online = online

    def absent_minutes(self, time: int) -> float:
        """Minutes offline in the last seven days."""
        since = time - 7 * DAY
        total = sum(max(0, end - max(since, start)) for start, end in self.absent)
        if not self.online:
            total += time - max(since, self.offline_since)
        return total / MINUTE

    def trend(self) -> float:
        """Health lately against before: -1 worse, 0, +1 better."""
        half = len(self.scores) // 2
        if half < 2:
            return 0.0
        change = sum(self.scores[-half:]) / half - sum(self.scores[:half]) / half
        return 1.0 if change > 5 else -1.0 if change < -5 else 0.0


def _health(battery: float | None, signal: float | None) -> float:
    if battery is None or signal is None:
        return (battery if signal is None else signal) or 0.0
    return (battery + signal) / 2


class Hazards:
    """Failures in hours observed, by names (kind of device, its model), drawn towards those of all."""

    PULL: Final = 3.0  # failures that a name needs to count half on its own

    def __init__(self) -> None:
        self.tallies: dict[str, list[float]] = {}

    def expose(self, names: tuple[str, ...], hours: float, failures: int = 0) -> None:
        for name in ("", *names):
            tally = self.tallies.setdefault(name, [0.0, 0.0])
            tally[0] += failures
            tally[1] += hours

    def hourly(self, name: str) -> float:
        """Expected failures an hour; NaN while nothing was observed."""
        whole = self.tallies.get("")
        if whole is None or whole[1] <= 0:
            return float("nan")
        rate = (whole[0] + 0.5) / (whole[1] + 1.0)
        own = self.tallies.get(name, [0.0, 0.0])
        return (own[0] + self.PULL) / (own[1] + self.PULL / rate)
