"""Copies taken and put back, and damage found."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from data import opening
from data.opening import open_store
from data.store import Commit, Position, Snapshot, StoreBroken, StoreBusy
from tests.data import store_samples as samples
from tests.data.store_suite import all_segments


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/noc.db"


async def fill(url: str, first: int = 1) -> None:
    store = await open_store(url, "test")
    await store.commit(
        Commit(
            segment=samples.segment(first, 20),
            entities=[samples.entity("a", first)],
            alerts=[samples.alert(1, cluster=1)],
            clusters=[samples.cluster(1, incident=1)],
            incidents=[samples.incident(1)],
            feed=[samples.entry(first), samples.entry(first + 1)],
            positions=[Position("default", samples.START, first + 1)],
            snapshot=Snapshot(first + 19, b"s"),
        )
    )
    await store.close()


async def test_a_copy_is_taken_while_an_engine_writes_and_can_be_put_back(tmp_path: Path, url: str) -> None:
    await fill(url)
    copy = tmp_path / "copy.db"
    store = await open_store(url, "noc engine")
    try:
        await store.commit(Commit(segment=samples.segment(21, 5)))
        opening.backup_database(url, copy)
        await store.commit(Commit(segment=samples.segment(26, 5)))
        with pytest.raises(StoreBusy, match="noc engine"):
            opening.restore_database(copy, url, replace=True)
    finally:
        await store.close()
    assert copy.stat().st_mode & 0o777 == 0o600
    with pytest.raises(StoreBroken, match="--force"):
        opening.restore_database(copy, url)
    kept = opening.restore_database(copy, url, replace=True)
    store = await open_store(url, "test")
    assert (await store.load(0)).seq == 25
    await store.close()
    assert kept is not None
    store = await open_store(f"sqlite:///{kept}", "test")
    assert (await all_segments(store))[0].first == 1
    assert (await store.load(0)).seq == 30
    await store.close()
    assert not samples.files(tmp_path, "*.part*")
    assert not samples.files(tmp_path, "copy.db-*")


async def test_a_copy_goes_where_no_database_is(tmp_path: Path, url: str) -> None:
    await fill(url)
    other = f"sqlite:///{tmp_path}/elsewhere/noc.db"
    assert opening.restore_database(tmp_path / "noc.db", other) is None
    assert opening.check_database(other) == []


async def test_a_damaged_copy_is_refused(tmp_path: Path, url: str) -> None:
    await fill(url)
    copy = tmp_path / "copy.db"
    opening.backup_database(url, copy)
    raw = bytearray(copy.read_bytes())
    raw[4096 * 2 : 4096 * 8] = b"x" * 4096 * 6
    copy.write_bytes(raw)
    with pytest.raises(StoreBroken):
        opening.restore_database(copy, url, replace=True)
    copy.write_text("nothing of ours")
    with pytest.raises(StoreBroken):
        opening.restore_database(copy, url, replace=True)
    with pytest.raises(StoreBroken, match="no backup"):
        opening.restore_database(tmp_path / "missing.db", url)
    assert opening.check_database(url) == []


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("DELETE FROM segments WHERE first = 601", "gap"),
        ("UPDATE segments SET lines = x'00' WHERE first = 601", "segment 601"),
        ("UPDATE segments SET time_max = 0 WHERE first = 601", "bounds of time"),
        ("UPDATE segments SET identities = zeroblob(length(identities)) WHERE first = 601", "identity"),
        ("DELETE FROM feed WHERE first = 601", "gap"),
        ("UPDATE positions SET sequence = 7", "given out"),
        ("DELETE FROM clusters", "1 alerts (such as number 1) name a cluster that is not there"),
        ("DELETE FROM incidents", "incident"),
        ("DELETE FROM alerts", "belongs to an alert"),
        ("UPDATE alerts SET body = x'ff'", "alerts 1: a record of kind Alert cannot be read"),
        ("UPDATE entities SET body = x''", "host/a: a record of kind Entity cannot be read"),
        ("UPDATE snapshots SET seq = 99999", "the snapshot is of position 99999"),
    ],
)
async def test_damage_is_found(tmp_path: Path, url: str, damage: str, words: str) -> None:
    store = await open_store(url, "test")
    for first in (1, 601, 1201):
        await store.commit(
            Commit(
                segment=samples.segment(first, 600),
                feed=[samples.entry(sequence) for sequence in range(first, first + 600)],
                entities=[samples.entity("a", first)],
                alerts=[samples.alert(1, cluster=1)],
                clusters=[samples.cluster(1, incident=1)],
                incidents=[samples.incident(1)],
                positions=[Position("default", samples.START, first + 599)],
            )
        )
    await store.commit(Commit(snapshot=Snapshot(1800, b"s")))
    await store.close()
    assert opening.check_database(url) == []
    hand = sqlite3.connect(tmp_path / "noc.db")
    hand.execute(damage)
    hand.commit()
    hand.close()
    assert any(words in problem for problem in opening.check_database(url)), opening.check_database(url)


@pytest.mark.parametrize(
    "spoil",
    [lambda path: path.write_text("Dear diary"), lambda path: path.write_bytes(b""), lambda path: path.unlink()],
)
async def test_what_is_no_database_is_a_problem_too(tmp_path: Path, url: str, spoil: Callable[[Path], None]) -> None:
    await fill(url)
    spoil(tmp_path / "noc.db")
    assert len(opening.check_database(url)) == 1
