"""Metric history: folding, merging in any order and packing are what a naive count gives."""

import base64
import random
from collections import defaultdict
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.history import Buckets, bucketed, merged, pack, packing, unpack
from data.history.columns import ALL
from data.history.sketch import ACCURACY, keys_of, quantiles, values_of
from data.times import HOUR, MINUTE

FIVE = 5 * MINUTE
values = st.one_of(
    st.integers(-1000, 1000).map(float),
    st.integers(-(10**6), 10**6).map(lambda n: n / 1000),
    st.floats(-1e9, 1e9, allow_nan=False),
    st.sampled_from([0.0, -0.0, 1e-13, float("nan"), float("inf")]),
)
samples = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3 * HOUR), values), max_size=60)
Sample = tuple[int, int, float]


def columns(told: list[Sample]) -> tuple[Any, Any, Any]:
    return (
        np.array([one[0] for one in told], np.int64),
        np.array([one[1] for one in told], np.int64),
        np.array([one[2] for one in told], np.float64),
    )


def naive(told: list[Sample], step: int) -> dict[tuple[int, int], tuple[int, float, float, float, float]]:
    """(series, start) -> count, sum, min, max, last."""
    found: dict[tuple[int, int], list[tuple[int, int, float]]] = defaultdict(list)
    for order, (series, time, value) in enumerate(told):
        if np.isfinite(value):
            found[series, time - time % step].append((time, order, value))
    return {
        key: (len(of), sum(v for *_, v in of), min(v for *_, v in of), max(v for *_, v in of), max(of)[2])
        for key, of in found.items()
    }


def same(buckets: Buckets, expected: dict[tuple[int, int], tuple[int, float, float, float, float]]) -> None:
    assert list(zip(buckets.series.tolist(), buckets.start.tolist(), strict=True)) == sorted(expected)
    for row, key in enumerate(sorted(expected)):
        count, total, low, high, last = expected[key]
        assert buckets.count[row] == count
        assert (buckets.min[row], buckets.max[row], buckets.last[row]) == (low, high, last)
        assert buckets.sum[row] == pytest.approx(total, rel=1e-9, abs=1e-6)
        _, weights = buckets.sketch(row)
        assert weights.sum() == (count if low < high else 0)


OLD = (  # written by the packing of version 1
    "KLUv/SCBdQMAZAWdA8QQAQAHkgDEAgIBkgLEDKPhEQBdHu6SAMQDAgECkhnEBjIAif4NAgoAGZISxAgBypo7khTEAgUPkhfEEAX7"
    "4wtUAgLECMOGAQDqAwEBkgDEAwAAAggAY8y5ImhPZC2CbWjakNl6xTEMwAE="
)


@settings(max_examples=200)
@given(samples, st.lists(st.integers(0, 60), max_size=4))
def test_parts_add_up_to_the_whole_however_they_were_cut(told: list[Sample], cuts: list[int]) -> None:
    borders = sorted({0, len(told), *(min(cut, len(told)) for cut in cuts)})
    parts = [bucketed(*columns(told[a:b]), FIVE) for a, b in pairwise(borders)]
    same(merged([unpack(pack(part)) for part in parts]), naive(told, FIVE))


@settings(max_examples=100)
@given(samples)
def test_coarser_buckets_are_those_of_the_samples(told: list[Sample]) -> None:
    fine = bucketed(*columns(told), FIVE)
    same(merged([fine], fine.start - fine.start % HOUR), naive(told, HOUR))


@settings(max_examples=200)
@given(samples)
def test_packing_is_exact(told: list[Sample]) -> None:
    buckets = bucketed(*columns(told), FIVE)
    read = unpack(pack(buckets))
    for name in sorted({*Buckets.__slots__} - {"have"}):
        one, other = getattr(buckets, name), getattr(read, name)
        assert one.tobytes() == other.tobytes(), name


@settings(max_examples=200)
@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=200), st.sampled_from([0.0, 0.5, 0.95, 0.99, 1.0]))
def test_a_quantile_is_off_by_at_most_one_percent(told: list[float], share: float) -> None:
    keys, counts = np.unique(keys_of(np.array(told)), return_counts=True)
    exact = sorted(told)[int(share * (len(told) - 1))]
    upto, low, high = np.array([0, len(keys)]), np.array([7.0, min(told)]), np.array([7.0, max(told)])
    bare, found = quantiles(upto, keys, counts, share, low, high)
    assert bare == 7.0
    assert found == pytest.approx(exact, rel=ACCURACY * 1.001, abs=1e-11)


def test_bins_are_in_the_order_of_their_values() -> None:
    told = np.array([-1e6, -5.0, -0.1, 0.0, 1e-9, 0.1, 5.0, 1e6])
    keys = keys_of(told)
    assert (np.diff(keys) > 0).all()
    assert values_of(keys) == pytest.approx(told, rel=ACCURACY)


def test_rows_in_disorder_are_not_packed() -> None:
    buckets = bucketed(*columns([(2, 0, 1.0), (1, 0, 1.0)]), FIVE)
    buckets.series = buckets.series[::-1].copy()
    with pytest.raises(ValueError, match="order"):
        pack(buckets)


@pytest.mark.parametrize("told", [[1e308, 1e308], [-1e308, -1e308, 5.0], [5e-324], [1e17, 0.1], [123456789.1234567]])
def test_numbers_at_the_ends_of_what_a_number_can_be_are_kept_without_a_word(told: list[float]) -> None:
    buckets = bucketed(*columns([(1, at, value) for at, value in enumerate(told)]), FIVE)
    read = unpack(pack(buckets))
    assert (read.min[0], read.max[0], read.last[0]) == (min(told), max(told), told[-1])
    assert read.sum.tobytes() == buckets.sum.tobytes()


@settings(max_examples=200)
@given(samples, st.sets(st.integers(1, 5)), st.sets(st.sampled_from(["sum", "min", "max", "last"])), st.booleans())
def test_what_is_read_in_part_is_a_part_of_the_whole(
    told: list[Sample], wanted: set[int], have: set[str], sketch: bool
) -> None:
    buckets = bucketed(*columns(told), FIVE)
    figures = frozenset({*have, "min", "max", "sketch"} if sketch else have)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(packing, "PART", 4)
        packed = pack(buckets)
    numbers = np.array(sorted(wanted), np.int64)
    found = unpack(packed, figures, numbers)
    expected = buckets.pick(np.isin(buckets.series, numbers)).less(figures)
    for name in sorted({*Buckets.__slots__} - {"have"}):
        assert getattr(found, name).tobytes() == getattr(expected, name).tobytes(), name
    assert (found.have, packing.series_in(packed).tolist()) == (figures, np.unique(buckets.series).tolist())


@given(st.lists(st.integers(-(10**7), 10**7), min_size=1, max_size=200), st.randoms())
def test_sums_of_decimals_are_exact_in_any_order(told: list[int], dice: random.Random) -> None:
    numbers = [one / 1000 for one in told]
    dice.shuffle(numbers)
    buckets = bucketed(*columns([(1, at, number) for at, number in enumerate(numbers)]), HOUR)
    assert buckets.sum[0] == sum(told) / 1000


def test_a_block_of_an_older_version_is_read() -> None:
    packed = base64.b64decode(OLD)
    expected = bucketed(*columns([(1, 0, 0.5), (1, 10, 0.5), (1, FIVE, -3.25), (7, 20, 1e9), (7, 25, 2.0)]), FIVE)
    for figures in (ALL, frozenset({"min"})):
        found, wanted = unpack(packed, figures), expected.less(figures)
        for name in sorted({*Buckets.__slots__} - {"have"}):
            assert getattr(found, name).tobytes() == getattr(wanted, name).tobytes(), name
