"""What a bank of series says of numbers, and that it says the same however they come in."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from data.times import DAY, HOUR, MINUTE
from engine.detect.series.bank import Bank, Scores
from engine.detect.series.layout import THRESHOLD

Floats = NDArray[np.float64]


def daily(days: float, seed: int, every: int = 5 * MINUTE) -> tuple[NDArray[np.int64], Floats]:
    """Times and values of a quiet daily rhythm with noise."""
    times = np.arange(0, round(days * DAY), every)
    noise = np.random.default_rng(seed).normal(0, 1, len(times))
    return times, 50 + 20 * np.sin(2 * np.pi * times / DAY) + noise


def scored(times: NDArray[np.int64], values: Floats) -> Scores:
    return Bank(1).score(np.zeros(len(values), np.int64), times, values)


def mixed(seed: int = 5, series: int = 7, count: int = 6_000) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Samples of several series in any order, with gaps, repeats, backward steps, bursts, huge and missing values."""
    random = np.random.default_rng(seed)
    rows = random.integers(0, series, count)
    rows[2_000:2_300] = 3
    times = np.cumsum(random.integers(0, 10 * MINUTE, count))
    times[1_000:1_020] -= 3 * HOUR
    values = random.normal(rows * 10.0, 1 + rows)
    values[random.integers(0, count, 60)] *= 30
    values[random.integers(0, count, 60)] = np.nan
    values[[700, 701, 2_500]] = [np.inf, -1e300, 1e300]
    return rows, times, values


def test_a_batch_means_what_its_samples_mean_one_by_one_bit_for_bit() -> None:
    rows, times, values = mixed()
    whole = Bank(7)
    expected = whole.score(rows, times, values)
    singly = Bank(7)
    found = [singly.score(rows[i : i + 1], times[i : i + 1], values[i : i + 1]) for i in range(len(rows))]
    for name in Scores._fields:
        one_by_one = np.concatenate([getattr(each, name) for each in found])
        assert one_by_one.tobytes() == getattr(expected, name).tobytes(), name
    assert singly.dump() == whole.dump()
    assert expected.anomalous.any()


def test_other_series_in_the_batch_change_nothing() -> None:
    rows, times, values = mixed()
    together = Bank(7).score(rows, times, values)
    for row in range(7):
        own = rows == row
        alone = Bank(1).score(np.zeros(own.sum(), np.int64), times[own], values[own])
        assert alone.score.tobytes() == together.score[own].tobytes()


def test_a_dump_goes_on_as_if_nothing_had_been() -> None:
    rows, times, values = mixed()
    whole = Bank(7)
    expected = whole.score(rows, times, values)
    first = Bank(7)
    first.score(rows[:2_100], times[:2_100], values[:2_100])
    second = Bank()
    second.load(first.dump())
    rest = second.score(rows[2_100:], times[2_100:], values[2_100:])
    assert rest.score.tobytes() == expected.score[2_100:].tobytes()
    assert second.dump() == whole.dump()


def test_growing_and_forgetting_touch_no_other_series() -> None:
    rows, times, values = mixed()
    expected = Bank(7).score(rows, times, values)
    bank = Bank(4)
    early = rows < 4
    bank.score(rows[early][:500], times[early][:500], values[early][:500])
    bank.grow(7)
    bank.forget(2)
    own = rows == 6
    late = bank.score(rows[own], times[own], values[own])
    assert late.score.tobytes() == expected.score[own].tobytes()
    new = rows == 2
    assert bank.score(rows[new], times[new], values[new]).score.tobytes() == expected.score[new].tobytes()


def test_nothing_is_looked_up_in_the_future() -> None:
    times, values = daily(10, seed=1)
    changed = values.copy()
    changed[2_000:] = 1e6
    assert scored(times, values).score[:2_000].tobytes() == scored(times, changed).score[:2_000].tobytes()


def spike(values: Floats) -> None:
    values[2_700] += 60


def shift(values: Floats) -> None:
    values[2_700:] += 40


def silence(values: Floats) -> None:
    values[2_700:2_800] = values[2_700] - 35


@pytest.mark.parametrize("change", [spike, shift, silence])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_departs_from_a_daily_rhythm_is_found_at_once(change: Callable[[Floats], None], seed: int) -> None:
    times, values = daily(10, seed)
    change(values)
    found = np.flatnonzero(scored(times, values).anomalous)
    assert found[found >= 2_700][0] < 2_712, "within an hour"
    assert len(found[found < 2_700]) <= 2, "and little before"


def test_a_time_of_day_may_be_unlike_others_every_day() -> None:
    """A job that runs at 06:00 every day is no anomaly once it is known; missing it at noon would be."""
    times, values = daily(21, seed=4)
    of_day = times % DAY
    values[(of_day >= 6 * HOUR) & (of_day < 6 * HOUR + 20 * MINUTE)] += 70
    quiet = scored(times, values)
    known = times >= 7 * DAY
    assert quiet.anomalous[known].sum() <= 3
    values[(times >= 20 * DAY + 12 * HOUR) & (times < 20 * DAY + 12 * HOUR + 10 * MINUTE)] = 160
    assert scored(times, values).anomalous[times >= 20 * DAY + 12 * HOUR].any()


def test_a_lasting_deviation_is_news_once() -> None:
    times, values = daily(10, seed=6)
    values[2_000:2_150] += 80
    found = scored(times, values)
    during = slice(2_000, 2_150)
    assert found.anomalous[during].sum() <= 12
    assert (found.strength[during] > 0).sum() > 100, "although it is seen all the time"


def test_missing_values_score_nothing_and_teach_nothing() -> None:
    times, values = daily(6, seed=8)
    holes = values.copy()
    holes[1_000:1_010] = [np.nan, np.inf, -np.inf, *[np.nan] * 7]
    found = scored(times, holes)
    assert (found.score[1_000:1_010] == 0).all()
    kept = np.isfinite(holes)
    assert scored(times[kept], values[kept]).score.tobytes() == found.score[kept].tobytes()


@pytest.mark.parametrize("value", [0.0, 45.0, -1e-9, 1e99])
def test_a_constant_is_quiet(value: float) -> None:
    times, values = daily(6, seed=9)
    found = scored(times, np.full(len(values), value))
    assert (found.score == 0).all()


def test_a_change_of_a_constant_is_seen() -> None:
    times, values = daily(6, seed=9)
    flat = np.full(len(values), 45.0)
    flat[1_000:] = 47.0
    assert scored(times, flat).anomalous[1_000:1_005].any()


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_scores_do_not_depend_on_the_unit(scale: float) -> None:
    times, values = daily(10, seed=3)
    values[2_500] += 50
    plain, other = scored(times, values), scored(times, values * scale)
    assert np.allclose(plain.score, other.score, atol=0.02)
    assert other.score[2_500] >= THRESHOLD


def test_repeats_and_backward_steps_are_survived() -> None:
    times, values = daily(10, seed=2)
    shaken = times.copy()
    shaken[500:520] = shaken[500]
    shaken[900:] -= HOUR
    shaken[1_500:1_502] = [0, -5 * DAY]
    found = scored(shaken, values)
    assert np.isfinite(found.score).all()
    assert found.anomalous.sum() <= 4


def test_scores_lie_between_0_and_1() -> None:
    rows, times, values = mixed(seed=11)
    found = Bank(7).score(rows, times, values)
    assert ((found.score >= 0) & (found.score <= 1)).all()


def test_an_empty_batch_is_nothing() -> None:
    empty = np.zeros(0, np.int64)
    assert len(Bank(3).score(empty, empty, np.zeros(0)).score) == 0
