"""Places to go back to stay few and small, wherever one travels."""

import random

import pytest

from data.store import Snapshot
from engine.past.checkpoints import FIRST_SPACING, MOST, RECENT, Checkpoint, Checkpoints, Kept


def made(seq: int) -> Checkpoint:
    return Checkpoint(Snapshot(seq, b"x" * 1000), seq * 10, Kept())


def travelled(upto: int, step: int = 500) -> Checkpoints:
    points = Checkpoints()
    for seq in range(step, upto, step):
        if points.due(seq, points.spacing):
            points.add(made(seq))
    return points


def test_there_are_never_more_than_a_few_however_long_the_journal() -> None:
    for upto in (10_000, 300_000, 3_000_000):
        points = travelled(upto)
        assert len(points) <= MOST + RECENT
        assert points.spacing <= max(FIRST_SPACING, 4 * upto // MOST)


def test_from_any_moment_the_way_from_a_checkpoint_is_short() -> None:
    points = travelled(300_000)
    for seq in range(points.spacing * 2, 300_000, 7_001):
        found = points.before(seq * 10)
        assert found is not None
        assert 0 <= seq - found.seq <= 2 * points.spacing


def test_nothing_beyond_the_moment_is_known_at_a_checkpoint() -> None:
    points = travelled(20_000)
    assert points.before(4_999) is None
    found = points.before(60_000)
    assert found is not None
    assert found.watermark <= 60_000


def test_small_steps_keep_places_of_their_own_without_driving_out_the_lasting_ones() -> None:
    points = travelled(100_000)
    lasting = len(points)
    for seq in range(50_100, 52_000, 100):
        points.add(made(seq))
    assert len(points) <= lasting + RECENT
    near = points.before(519_000)
    assert near is not None
    assert near.seq == 51_900
    far = points.before(30_000)
    assert far is not None
    assert far.seq >= 30_000 // 10 - points.spacing


def test_memory_is_bounded_in_bytes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.past.checkpoints.BYTES", 20_000)
    points = Checkpoints()
    for seq in range(2_000, 400_000, 2_000):
        points.add(Checkpoint(Snapshot(seq, random.Random(seq).randbytes(1_000)), seq, Kept()))
    assert points.size <= 20_000
    assert len(points) > 5
    assert points.before(400_000) is not None
