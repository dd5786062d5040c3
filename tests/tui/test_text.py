"""Widths, truncation and the short forms of numbers and times."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noc_tui import text
from noc_tui.text import ASCII, UNICODE

ANY = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40)


@given(ANY, st.integers(0, 30), st.sampled_from(["left", "right", "center"]))
def test_fit_takes_exactly_its_cells(written: str, cells: int, align: str) -> None:
    assert text.width(text.fit(written, cells, align)) == cells


def test_fit_shows_that_it_cut() -> None:
    assert text.fit("camera D20", 6) == "camer…"
    assert text.fit("摄像机离线了", 6) == "摄像 …"
    assert text.fit("7", 4, "right") == "   7"


@given(ANY, st.integers(1, 30))
def test_wrapped_lines_fit_and_lose_no_letter(written: str, cells: int) -> None:
    lines = text.wrap(written, cells)
    assert all(text.width(line) <= max(cells, 2) for line in lines)
    assert "".join("".join(lines).split()) == "".join(written.split())


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "now"), (59, "now"), (60, "1m"), (7199, "119m"), (7200, "2h"), (400_000, "4d")]
)
def test_ages_are_short(seconds: int, shown: str) -> None:
    assert text.age(seconds * text.SECOND) == shown


@pytest.mark.parametrize(
    ("number", "shown"), [(0, "0"), (999, "999"), (1000, "1.0k"), (12_400, "12k"), (999_600, "1.0M"), (3.2e9, "3.2G")]
)
def test_counts_take_four_cells(number: float, shown: str) -> None:
    assert text.count(number) == shown
    assert len(text.count(number)) <= 4


def test_times_are_utc() -> None:
    moment = 1_764_122_407 * text.SECOND
    assert (text.day(moment), text.clock(moment), text.minute(moment)) == ("26 Nov", "02:00:07", "02:00")
    assert text.day(0) == "1 Jan"
    assert text.span(3 * text.HOUR + 5 * text.MINUTE) == "3 h 05 min"


@given(st.lists(st.text("abcS0123456789", min_size=1, max_size=8), min_size=1, max_size=9), st.integers(12, 40))
def test_some_names_fit_and_count_the_rest(names: list[str], cells: int) -> None:
    shown = text.some(names, cells)
    assert len(shown) <= cells
    tail = shown.split(" +")[1:]
    assert len(shown.split(" +")[0].split()) + (int(tail[0]) if tail else 0) == len(names)


def test_every_sign_is_one_cell_wide_in_either_set() -> None:
    for glyphs in (UNICODE, ASCII):
        for name in glyphs.__dataclass_fields__:
            signs = getattr(glyphs, name)
            assert text.width(signs) == len(signs)
            assert all(ord(sign) < 0x10000 for sign in signs)
    assert all(getattr(ASCII, name).isascii() for name in ASCII.__dataclass_fields__)


def test_severities_differ_in_shape_and_letter() -> None:
    for glyphs in (UNICODE, ASCII):
        signs = [text.severity_sign(level, glyphs) for level in range(1, 6)]
        assert len({sign[0] for sign in signs}) == len({sign[1] for sign in signs}) == 5


@given(st.lists(st.integers(0, 10_000), max_size=80), st.integers(0, 60))
def test_a_spark_fills_its_cells(values: list[int], cells: int) -> None:
    assert len(text.spark(values, cells, UNICODE)) == cells


def test_a_spark_shows_the_greatest_highest() -> None:
    assert text.spark([0, 1, 8], 3, UNICODE) == " ▁█"
