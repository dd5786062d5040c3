"""The index of identities against a plain dict, with tiny ages so that every one of them is used."""

import tracemalloc

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from data.identities import Identities

# Few different hashes, so that the same ones come again; some at the ends of 64 bits.
_HASHES = st.one_of(
    st.integers(0, 40),
    st.integers(0, 2**64 - 1),
    st.integers(2**64 - 5, 2**64 - 1),
    st.integers(0, 40).map(lambda n: n << 58),
)


@settings(max_examples=150, deadline=None)
@given(
    stored=st.lists(st.lists(_HASHES, max_size=30), max_size=6),
    added=st.lists(st.lists(_HASHES, max_size=30), max_size=8),
    asked=st.lists(_HASHES, max_size=20),
    exact=st.integers(1, 80),
    fresh=st.integers(1, 20),
)
def test_it_knows_all_that_a_dict_knows(
    stored: list[list[int]], added: list[list[int]], asked: list[int], exact: int, fresh: int
) -> None:
    index, truth = Identities(exact, fresh), dict[int, set[int]]()
    position = 1
    blocks = []
    for block in stored:
        blocks.append((position, np.array(block, dtype=np.uint64)))
        for place, identity in enumerate(block, position):
            truth.setdefault(identity, set()).add(place)
        position += len(block)
    index.load(blocks)
    for block in added:
        index.add(position, block)
        for place, identity in enumerate(block, position):
            truth.setdefault(identity, set()).add(place)
        position += len(block)

    everything = [*truth, *asked]
    for identity, answer in zip(everything, index.seen(everything), strict=True):
        assert answer or identity not in truth
        assert bool(index.find(identity)) == answer
    for identity, places in truth.items():
        found = index.find(identity)
        assert all(any(place in stretch for stretch in found) for place in places)


def test_what_is_known_exactly_is_not_mistaken() -> None:
    index = Identities()
    hashes = np.random.default_rng(7).integers(0, 2**64, 100_000, dtype=np.uint64)
    index.load([(1, hashes[:50_000])])
    assert not any(index.seen(hashes[50_000:].tolist()))
    assert all(index.seen(hashes[:50_000].tolist()))
    assert index.find(int(hashes[41])) == [range(42, 43)]


def test_filters_are_small_and_seldom_wrong() -> None:
    hashes = np.random.default_rng(7).integers(0, 2**64, 300_000, dtype=np.uint64)
    old, strange = hashes[:200_000], hashes[200_000:].tolist()
    tracemalloc.start()
    try:
        index = Identities(exact=50_000)
        index.load((at, old[at : at + 10_000]) for at in range(0, 200_000, 10_000))
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size < 50_000 * 20 + 150_000 * 4 + 100_000
    assert all(index.seen(old.tolist()))
    assert sum(index.seen(strange)) < 100_000 // 1_000
    widest = max(len(stretch) for stretch in index.find(int(old[5])))
    assert widest <= 50_000 // 256 + 1


def test_repeats_of_a_hash_keep_all_their_places() -> None:
    index = Identities(fresh=4)
    index.add(1, [9, 9])
    index.add(3, [9])
    index.add(4, [1, 2, 3, 4])
    index.add(8, [9])
    assert sorted(stretch.start for stretch in index.find(9)) == [1, 2, 3, 8]
