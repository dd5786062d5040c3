"""When a source that promised nothing has been quiet for too long."""

import msgspec

from data.times import DAY, HOUR, MINUTE, SECOND
from engine.detect.rhythm import Heard

T0 = 1_767_225_600 * SECOND


def heard(*times: int) -> Heard:
    found = Heard(T0 + times[0], first=T0 + times[0])
    for time in times[1:]:
        found.hear(T0 + time)
    return found


def test_one_that_speaks_every_minute_is_stale_after_ten() -> None:
    gate = heard(*range(0, HOUR + 1, MINUTE))
    assert not gate.stale(T0 + HOUR + 10 * MINUTE)
    assert gate.stale(T0 + HOUR + 11 * MINUTE)


def test_one_that_spoke_in_one_burst_has_no_rhythm() -> None:
    assert not heard(*range(0, 5 * SECOND, SECOND)).stale(T0 + 3 * DAY)


def test_one_that_speaks_once_a_day_is_stale_after_days() -> None:
    holidays = heard(0, DAY, 2 * DAY, 3 * DAY)
    assert not holidays.stale(T0 + 5 * DAY)
    assert holidays.stale(T0 + 7 * DAY)


def test_an_outage_is_forgotten() -> None:
    gate = heard(*range(0, HOUR, MINUTE), *range(6 * HOUR, 4 * DAY, MINUTE))
    assert not gate.stale(T0 + 4 * DAY + 30 * MINUTE)
    later = heard(*range(0, HOUR, MINUTE), *range(6 * HOUR, 9 * DAY, MINUTE))
    assert later.stale(T0 + 9 * DAY + 30 * MINUTE)


def test_what_is_told_late_changes_nothing() -> None:
    gate = heard(0, HOUR, 30 * MINUTE)
    assert (gate.last, gate.count) == (T0 + HOUR, 3)


def test_a_dump_of_before_is_taken_up() -> None:
    then = msgspec.msgpack.decode(msgspec.msgpack.encode([T0, 7]), type=Heard)
    assert (then.last, then.count, then.stale(T0 + DAY)) == (T0, 7, False)
