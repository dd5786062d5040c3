"""How long alerts of a type last and how often they come: running sums, so that a look costs the same after years.

Lengths are whole minutes. `impact` is the mean over the newest `NEWEST` ended alerts of the type of the last 30 days,
`resolution` that of all of 90 days, by days; `recurrence` counts beginnings within 24 whole hours. Memory: about 2 KB
a type at most, `TYPES` types; then the half that was silent longest is forgotten.
"""

import msgspec

from data.times import DAY, HOUR, MINUTE
from engine.score.priority import USUAL_IMPACT, USUAL_RESOLUTION

NEWEST = 100
LATELY, LONG = 30 * DAY, 90  # microseconds, days
HOURS = 24
TYPES = 4_000


class Habit(msgspec.Struct, array_like=True):
    """Of one type. `ended`: (when, minutes), oldest first; `days`: (day, alerts, minutes); `hours`: (hour, alerts)."""

    last: int = 0
    ended: list[tuple[int, int]] = msgspec.field(default_factory=list)
    lately: int = 0  # sum of the minutes in `ended`
    days: list[tuple[int, int, int]] = msgspec.field(default_factory=list)
    count: int = 0  # sums over `days`
    minutes: int = 0
    hours: list[tuple[int, int]] = msgspec.field(default_factory=list)
    begun: int = 0  # sum over `hours`


class Habits:
    """The habits of all types of one partition."""

    def __init__(self) -> None:
        self.types: dict[str, Habit] = {}

    def began(self, alert_type: str, now: int) -> None:
        one = self._of(alert_type, now)
        hour = now // HOUR
        if one.hours and one.hours[-1][0] >= hour:
            last, count = one.hours.pop()
            one.hours.append((last, count + 1))
        else:
            one.hours.append((hour, 1))
        one.begun += 1

    def ended(self, alert_type: str, took: int, now: int) -> None:
        """An alert of the type ended at `now`, `took` microseconds after it began."""
        one = self._of(alert_type, now)
        minutes = max(0, took) // MINUTE
        one.ended.append((now, minutes))
        one.lately += minutes
        if len(one.ended) > NEWEST:
            one.lately -= one.ended.pop(0)[1]
        day = now // DAY
        if one.days and one.days[-1][0] >= day:
            last, count, total = one.days.pop()
            one.days.append((last, count + 1, total + minutes))
        else:
            one.days.append((day, 1, minutes))
        one.count, one.minutes = one.count + 1, one.minutes + minutes

    def known(self, alert_type: str, now: int) -> tuple[int, int, int]:
        """(impact, resolution, recurrence) as they stand."""
        one = self.types.get(alert_type)
        if one is None:
            return USUAL_IMPACT, USUAL_RESOLUTION, 0
        _expire(one, now)
        impact = one.lately // len(one.ended) if one.ended else USUAL_IMPACT
        return impact, one.minutes // one.count if one.count else USUAL_RESOLUTION, one.begun

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(self.types)

    def load(self, body: bytes) -> None:
        self.types = msgspec.msgpack.decode(body, type=dict[str, Habit])

    def _of(self, alert_type: str, now: int) -> Habit:
        one = self.types.get(alert_type)
        if one is None:
            if len(self.types) >= TYPES:
                silent = sorted(self.types, key=lambda name: (self.types[name].last, name))
                for name in silent[: TYPES // 2]:
                    del self.types[name]
            one = self.types[alert_type] = Habit()
        one.last = max(one.last, now)
        return one


def _expire(one: Habit, now: int) -> None:
    while one.ended and now - one.ended[0][0] > LATELY:
        one.lately -= one.ended.pop(0)[1]
    while one.days and now // DAY - one.days[0][0] >= LONG:
        _, count, minutes = one.days.pop(0)
        one.count, one.minutes = one.count - count, one.minutes - minutes
    while one.hours and now // HOUR - one.hours[0][0] >= HOURS:
        one.begun -= one.hours.pop(0)[1]
