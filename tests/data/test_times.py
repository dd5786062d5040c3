from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import times


@given(st.integers(min_value=-62_000_000_000_000_000, max_value=253_000_000_000_000_000))
def test_text_and_back(micros: int) -> None:
    assert times.parse(times.text(micros)) == micros


def test_zones_become_utc() -> None:
    assert times.text(times.parse("2024-06-01T12:00:00+05:30")) == "2024-06-01T06:30:00Z"
    assert times.text(times.parse("2024-01-01T04:30:43.945Z")) == "2024-01-01T04:30:43.945Z"
    assert times.from_datetime(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)) == times.SECOND


def test_a_time_without_a_zone_is_none() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        times.parse("2024-01-01T00:00:00")


def test_what_the_decoder_of_events_takes_is_read_alike() -> None:
    assert times.text(times.parse("2026-03-01T10:00:00z")) == "2026-03-01T10:00:00Z"
    assert times.text(times.parse("2026-03-01T10:00:00.123456789Z")) == "2026-03-01T10:00:00.123457Z"


def test_a_zone_that_leads_out_of_the_calendar_gives_its_edge() -> None:
    assert times.text(times.parse("9999-12-31T23:59:59-14:00")) == "9999-12-31T23:59:59.999999Z"
    assert times.text(times.parse("0001-01-01T00:00:00+14:00")) == "0001-01-01T00:00:00Z"
