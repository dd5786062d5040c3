"""Lines of values as dots: nothing measured is nothing drawn, extremes survive, seldom values are joined."""

from hypothesis import given
from hypothesis import strategies as st

from noc_tui.widgets.chart import axis
from noc_tui.widgets.raster import bridged, columns, dots, scale_of, widened

HOUR = 3_600_000_000
VALUES = st.lists(st.none() | st.floats(-1e9, 1e9), min_size=1, max_size=300)


@given(VALUES, st.integers(1, 80))
def test_the_least_and_the_greatest_are_never_lost(values: list[float | None], wide: int) -> None:
    known = [value for value in values if value is not None]
    found = [span for span in columns(values, wide) if span is not None]
    if len(values) >= wide and known:
        assert min(low for low, _ in found) == min(known)
        assert max(high for _, high in found) == max(known)
    if not known:
        assert not found


@given(VALUES, st.integers(1, 60), st.integers(1, 20), st.booleans())
def test_every_line_fits_its_cells(values: list[float | None], cells: int, rows: int, fine: bool) -> None:
    grid = dots(values, scale_of(values), cells, rows, fine=fine)
    assert len(grid) == rows
    assert all(len(row) == cells for row in grid)
    assert any(map(any, grid)) == any(value is not None for value in values)


def test_values_that_come_seldom_are_joined_and_holes_stay() -> None:
    seldom = [1.0, None, None, 4.0, None, None, 7.0, *[None] * 30, 9.0, None, None, 9.0]
    found = bridged(seldom)
    assert found[:7] == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    assert found[10:35] == [None] * 25


def test_a_wide_band_does_not_flatten_the_line() -> None:
    scale = widened(scale_of([0.0, 1.0]), [0.0], [1_000.0])
    assert scale.high < 3


def test_a_rise_goes_up_without_gaps() -> None:
    grid = dots([0.0, 100.0], scale_of([0.0, 100.0]), 10, 5, fine=True)
    assert all(any(row) for row in grid)
    assert grid[0][-1]
    assert not grid[0][0]


def test_the_axis_tells_round_times_once_each() -> None:
    told = axis(HOUR // 2, 24 * HOUR, 96).split()
    assert told == [f"{hour:02d}:00" for hour in range(3, 24, 3)]
