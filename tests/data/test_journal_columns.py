"""Columns of the journal: how few numbers are packed, and how many, is the same form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import journal

NUMBERS = st.integers(-(1 << 63), (1 << 63) - 1)
ROWS = st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=20)


@given(rows=ROWS)
def test_few_and_many_numbers_are_packed_alike_and_come_back(rows: list[tuple[int, int, int, int]]) -> None:
    column = [row[0] for row in rows]
    quick = journal.pack_assignments(rows), journal.pack_times(column)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal, "_FEW", 0)
        assert (journal.pack_assignments(rows), journal.pack_times(column)) == quick
    assert journal.unpack_assignments(quick[0]) == rows
    assert journal.unpack_times(quick[1]) == column
