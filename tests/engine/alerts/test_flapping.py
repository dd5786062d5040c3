"""Flapping as Icinga defines it, on changes instead of checks."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.times import DAY, HOUR, MINUTE
from engine.alerts.flapping import CHANGES, Flapping, percent
from engine.settings.sections import FlappingSettings

OK, WARNING, CRITICAL = 0, 1, 2
# The 21 states of the example in Icinga's documentation ("Flapping"), oldest first: 39.1 %.
EXAMPLE = (
    [CRITICAL] * 3 + [WARNING, CRITICAL, WARNING] + [OK] * 4 + [WARNING] * 4 + [OK] * 3 + [WARNING] * 3 + [CRITICAL]
)
CHECK = FlappingSettings(period=MINUTE)


def test_the_published_example():
    changes = 0
    for before, after in pairwise(EXAMPLE):
        changes = changes << 1 | (before != after)
    assert len(EXAMPLE) == CHANGES + 1
    assert percent(changes) == 39.1


def test_the_published_example_through_the_whole_class():
    flapping = Flapping(CHECK)
    for minute, state in enumerate(EXAMPLE):
        flaps = flapping.changed(7, state, minute * MINUTE)
    assert flapping.value(7, 20 * MINUTE) == 39.1
    assert flaps
    for minute in range(21, 28):  # seven more of the same: Icinga's own test expects it to have recovered
        flaps = flapping.changed(7, CRITICAL, minute * MINUTE)
    assert not flaps
    assert flapping.value(7, 27 * MINUTE) < 25


def test_the_bounds_of_the_value():
    assert percent(0) == 0
    assert percent((1 << CHANGES) - 1) == 99.0  # Icinga's weights run from 0.8 to 1.18
    assert percent(1) == 5.9
    assert percent(1 << CHANGES - 1) == 4.0


def test_the_sixth_change_in_a_row_is_flapping():
    flapping = Flapping()
    seen = [flapping.changed(7, number % 2 == 0, number * MINUTE) for number in range(8)]
    assert seen == [False] * 5 + [True] * 3  # Icinga's test of a host that changes at every check


def test_repeats_say_nothing():
    quiet, loud = Flapping(), Flapping()
    for number in range(10):
        now = number * 4 * MINUTE
        quiet.changed(7, number % 2 == 0, now)
        for second in range(60):
            loud.changed(7, number % 2 == 0, now + second * 1_000_000)
    assert quiet.value(7, HOUR) == loud.value(7, HOUR) > 0


def test_what_changes_slowly_never_flaps():
    flapping = Flapping()
    assert not any(flapping.changed(7, number % 2 == 0, number * 20 * MINUTE) for number in range(60))


def test_between_the_thresholds_it_stays_as_it_was():
    flapping = Flapping()
    for number in range(6):
        flapping.changed(7, number % 2 == 0, number * MINUTE)
    assert flapping.flaps(7, 5 * MINUTE)
    assert 25 < flapping.value(7, 20 * MINUTE) < 35
    assert flapping.flaps(7, 20 * MINUTE)
    other = Flapping()
    for number in range(5):
        other.changed(7, number % 2 == 0, number * MINUTE)
    assert 25 < other.value(7, 5 * MINUTE) < 30
    assert not other.flaps(7, 5 * MINUTE)


def test_one_that_stays_firing_comes_back_by_timer():
    flapping = Flapping()
    for number in range(7):
        flapping.changed(7, number % 2 == 0, number * MINUTE)
    due = flapping.due()
    assert due is not None
    assert flapping.flaps(7, due - 1)
    assert flapping.tick(due - 1) == []
    assert flapping.tick(due) == [7]
    assert not flapping.flaps(7, due)
    assert flapping.due() is None


def test_a_day_of_quiet_forgives_everything():
    flapping = Flapping(FlappingSettings(period=DAY))  # time alone would not calm it
    for number in range(20):
        flapping.changed(7, number % 2 == 0, number * MINUTE)
    assert flapping.flaps(7, HOUR)
    assert not flapping.changed(7, True, 19 * MINUTE + DAY)
    assert not flapping.changed(7, False, 20 * MINUTE + DAY)


def test_memory_is_bounded_and_the_longest_quiet_are_forgotten():
    flapping = Flapping(most=10)
    for number in range(6):
        flapping.changed(1, number % 2 == 0, number)
    for other in range(2, 11):
        flapping.changed(other, True, 10)
    flapping.changed(1, True, 11)
    assert flapping.flaps(1, 12)
    for other in range(20, 29):
        flapping.changed(other, True, 13)
    assert flapping.flaps(1, 14)
    flapping.changed(30, True, 15)
    assert not flapping.flaps(1, 16)
    assert flapping.due() is None


steps = st.lists(
    st.tuples(st.integers(1, 3), st.booleans(), st.sampled_from([0, 1, MINUTE, 6 * MINUTE, 40 * MINUTE, DAY])),
    max_size=60,
)


@given(steps, st.integers(0, 60))
def test_a_restart_changes_nothing(course: list[tuple[int, bool, int]], stop: int):
    whole, parts = Flapping(), Flapping()
    now = 0
    for number, (fingerprint, firing, step) in enumerate(course):
        now += step
        if number == stop:
            body = parts.dump()
            parts = Flapping()
            parts.load(body)
        assert whole.due() == parts.due()
        assert whole.tick(now) == parts.tick(now)
        assert whole.changed(fingerprint, firing, now) == parts.changed(fingerprint, firing, now)


@given(steps)
def test_it_flaps_exactly_when_the_hysteresis_says_so(course: list[tuple[int, bool, int]]):
    """Against the definition, sampled: one state a period, and one for each change."""
    flapping = Flapping()
    bits: dict[int, list[int]] = {}
    states: dict[int, tuple[bool, int]] = {}
    expected: dict[int, bool] = {}
    now = 0
    for fingerprint, firing, step in course:
        now += step
        state, at = states.get(fingerprint, (False, now))
        if now - at >= DAY:
            bits.pop(fingerprint, None)
            state, expected[fingerprint] = False, False
        if firing != state:
            row = bits.setdefault(fingerprint, [0] * CHANGES)
            for _ in range(max(0, (now - at - 1) // (5 * MINUTE)) if any(row) else 0):
                row.append(0)
                if value(row) < 25:
                    expected[fingerprint] = False
            row.append(1)
            was = expected.get(fingerprint, False)
            expected[fingerprint] = value(row) > (25 if was else 30)
            states[fingerprint] = (firing, now)
        if firing != state:
            assert flapping.changed(fingerprint, firing, now) == expected[fingerprint]


def value(row: list[int]) -> float:
    return sum(bit * (0.8 + 0.02 * place) for place, bit in enumerate(row[-CHANGES:])) / CHANGES * 100


def test_two_alerts_do_not_mix():
    flapping = Flapping()
    for number in range(12):
        flapping.changed(1 + number % 2, number % 4 < 2, number * MINUTE)
    assert flapping.flaps(1, 12 * MINUTE)
    assert not flapping.flaps(3, 12 * MINUTE)


@pytest.mark.parametrize("late", [0, -MINUTE, -HOUR])
def test_what_comes_late_counts_as_now(late: int):
    flapping = Flapping()
    seen = [flapping.changed(7, number % 2 == 0, HOUR + (late if number == 3 else 0)) for number in range(6)]
    assert seen[-1]
