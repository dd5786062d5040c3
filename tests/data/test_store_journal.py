"""Segments packed and unpacked, cut and joined; small ones merged."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import compaction, journal
from data.compaction import Tail
from data.store import Segment, StoreBroken
from tests.data import store_samples as samples

_WHOLE = st.integers(-(2**63), 2**63 - 1)
_SIZES = st.integers(1, 12)


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    count = draw(_SIZES)
    made = samples.segment(draw(st.integers(1, 10**9)), count)
    made.identities = draw(st.lists(st.integers(0, 2**64 - 1), min_size=count, max_size=count))
    made.received = draw(st.lists(_WHOLE, min_size=count, max_size=count))
    row = st.tuples(st.integers(0, count - 1), _WHOLE, st.integers(0, 9), st.integers(0, 2**40))
    made.assignments = draw(st.lists(row, max_size=20))
    return made


@settings(max_examples=60, deadline=None)
@given(segments())
def test_a_segment_comes_back_whole(made: Segment) -> None:
    assert journal.unpack(journal.pack(made)) == made


@settings(max_examples=60, deadline=None)
@given(st.lists(_SIZES, min_size=1, max_size=5), st.data())
def test_what_is_joined_can_be_cut_again(sizes: list[int], data: st.DataObject) -> None:
    parts, first = [], 1
    for size in sizes:
        parts.append(samples.segment(first, size))
        first += size
    whole = journal.join(parts)
    assert (whole.lines, whole.identities) == (
        samples.segment(1, first - 1).lines,
        samples.segment(1, first - 1).identities,
    )
    at = data.draw(st.sampled_from(parts))
    rest = journal.join(parts[parts.index(at) :])
    assert journal.cut(whole, at.first) == rest


@pytest.mark.parametrize(
    ("line", "words"),
    [([b"one\ntwo"], "line break"), ([], "needs lines")],
)
def test_what_could_not_be_told_apart_again_is_refused(line: list[bytes], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        journal.pack(Segment(1, line, [1], [1], 0, 0))


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="lengths"):
        journal.pack(Segment(1, [b"{}"], [1, 2], [1], 0, 0))


def test_a_flipped_bit_is_noticed() -> None:
    packed = journal.pack(samples.segment(1, 300))
    for at in range(0, len(packed.lines), 97):
        damaged = packed.lines[:at] + bytes((packed.lines[at] ^ 16,)) + packed.lines[at + 1 :]
        with pytest.raises(StoreBroken, match="backup"):
            journal.unpack_lines(damaged, 300)


def test_joining_what_are_no_neighbours_is_refused() -> None:
    with pytest.raises(ValueError, match="does not follow"):
        journal.join([samples.segment(1, 3), samples.segment(5, 3)])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 700), max_size=150))
def test_a_tail_gives_out_small_neighbours_only(counts: list[int]) -> None:
    tail, first, given_out = Tail(), 1, []
    for count in counts:
        tail.add(first, count)
        first += count
        while runs := tail.due():
            given_out.append(runs)
    while runs := tail.due(closing=True):
        given_out.append(runs)
    assert not any(len(runs) < 2 for runs in given_out)
    for runs in given_out:
        assert all(count < compaction.SMALL for _, count in runs)
        assert all(sum(one) == other[0] for one, other in pairwise(runs))
    assert len(tail.runs) <= 1


def test_what_is_put_back_goes_on_with_what_came_meanwhile() -> None:
    tail = Tail()
    for first in range(1, 65):
        tail.add(first, 1)
    assert len(tail.due()) == 64
    tail.add(65, 1)
    tail.put_back([(1, 64)])
    assert tail.due(closing=True) == [(1, 64), (65, 1)]


def test_null_for_the_tenant_is_the_default_one() -> None:
    line = b'{"source":"s","id":"1","time":"2026-03-01T10:00:00Z","type":"t","tenant":null}'
    assert journal.head(line).tenant is None
    assert journal.unpack_keys(journal.compress(line)) == [journal.Key("s", "1", "default")]
