"""The store in a SQLite file: the suite of all stores, and what is particular to a file."""

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from data.opening import open_reader, open_store
from data.sqlite import SqliteStore, open_sqlite
from data.sqlite_file import log_size
from data.store import Commit, Reader, Snapshot, Store, StoreBroken, StoreFull
from tests.data import store_samples as samples
from tests.data.store_suite import StoreSuite, all_segments, lines_of


class TestSqlite(StoreSuite):
    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path) -> None:
        self.url = f"sqlite:///{tmp_path}/noc.db"

    async def open(self) -> Store:
        return await open_store(self.url, "the suite")

    def read(self) -> Reader:
        return open_reader(self.url)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "er" / "noc.db"


@pytest.fixture
def url(path: Path) -> str:
    return f"sqlite:///{path}"


async def test_only_the_owner_may_read_any_of_its_files(path: Path, url: str) -> None:
    before = os.umask(0)
    try:
        store = await open_store(url, "test")
        await store.commit(Commit(segment=samples.segment(1, 5)))
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        await store.close()
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(("noc.db", "noc.db-wal", "noc.db-shm", "noc.db.lock"), 0o600)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_closing_leaves_one_file_and_no_thread(path: Path, url: str) -> None:
    store = await open_store(url, "test")
    await store.commit(Commit(segment=samples.segment(1, 5)))
    await store.close()
    assert sorted(file.name for file in path.parent.iterdir()) == ["noc.db", "noc.db.lock"]
    left = [thread for thread in threading.enumerate() if "_connection_worker_thread" in thread.name]
    for thread in left:
        thread.join(5)  # on its way out
    assert not any(thread.is_alive() for thread in left)


async def test_every_commit_is_on_the_disk_when_it_is_answered(url: str) -> None:
    store = await open_store(url, "test")
    try:
        driver = store._driver  # type: ignore[attr-defined]
        settings = {}
        for name in ("journal_mode", "synchronous", "wal_autocheckpoint"):
            settings[name] = (await (await driver.execute(f"PRAGMA {name}")).fetchone())[0]
    finally:
        await store.close()
    assert settings == {"journal_mode": "wal", "synchronous": 2, "wal_autocheckpoint": 0}


async def test_a_full_disk_is_told_and_the_same_commit_works_later(url: str) -> None:
    store = await open_store(url, "test")
    try:
        await store.commit(Commit(segment=samples.segment(1, 5)))
        driver = store._driver  # type: ignore[attr-defined]
        pages = (await (await driver.execute("PRAGMA page_count")).fetchone())[0]
        await driver.execute(f"PRAGMA max_page_count={pages}")
        big = Commit(segment=samples.segment(6, 9000), snapshot=Snapshot(9005, b"x"))
        for _ in range(2):
            with pytest.raises(StoreFull, match="room"):
                await store.commit(big)
        assert lines_of(await all_segments(store)) == lines_of([samples.segment(1, 5)])
        assert store.seen([samples.identity(6)]) == [False]
        await driver.execute("PRAGMA max_page_count=1000000")
        await store.commit(big)
        assert lines_of(await all_segments(store)) == lines_of([samples.segment(1, 9005)])
    finally:
        await store.close()


@pytest.mark.parametrize(
    "url",
    ["postgresql://host/noc", "sqlite://", "sqlite:///:memory:", "nonsense", "sqlite:///file:x?mode=ro"],
)
async def test_other_urls_are_refused_with_the_form_that_works(url: str) -> None:
    with pytest.raises(StoreBroken, match="sqlite:///"):
        await open_store(url, "test")


def keep_a_diary(path: Path) -> bytes:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"Dear diary, " * 1000)
    return diary_in(path)


def diary_in(path: Path) -> bytes:
    return path.read_bytes()


async def test_a_file_that_is_no_database_is_left_alone(path: Path, url: str) -> None:
    diary = keep_a_diary(path)
    with pytest.raises(StoreBroken, match="no database"):
        await open_store(url, "test")
    with pytest.raises(StoreBroken):
        open_reader(url)
    assert diary_in(path) == diary


async def test_the_database_of_another_program_is_left_alone(path: Path, url: str) -> None:
    path.parent.mkdir(parents=True)
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE diary (day TEXT)")
    other.close()
    with pytest.raises(StoreBroken, match="another program"):
        await open_store(url, "test")
    with pytest.raises(StoreBroken, match="another program"):
        open_reader(url)


async def test_a_newer_database_is_left_alone(path: Path, url: str) -> None:
    await (await open_store(url, "test")).close()
    newer = sqlite3.connect(path)
    newer.execute("UPDATE alembic_version SET version_num = '9999'")
    newer.commit()
    newer.close()
    with pytest.raises(StoreBroken, match="newer version"):
        await open_store(url, "test")
    with pytest.raises(StoreBroken, match="newer version"):
        open_reader(url)


def test_a_reader_needs_a_database(url: str) -> None:
    with pytest.raises(StoreBroken, match="no database"):
        open_reader(url)


async def test_a_reader_follows_an_engine(url: str) -> None:
    store = await open_store(url, "test")
    try:
        await store.commit(Commit(segment=samples.segment(1, 5), snapshot=Snapshot(5, b"s")))
        reader = open_reader(url)
        try:
            loaded = reader.load(0)
            assert (loaded.seq, loaded.snapshot) == (5, Snapshot(5, b"s"))
            assert reader.tail(5) == []
            await store.commit(Commit(segment=samples.segment(6, 2), feed=[samples.entry(1), samples.entry(2)]))
            assert lines_of(reader.tail(6)) == samples.segment(7, 1).lines
            assert reader.feed_after("default", 1) == [samples.entry(2)]
        finally:
            reader.close()
    finally:
        await store.close()


async def test_a_reader_finds_a_record_by_id_and_the_members_of_a_cluster(url: str) -> None:
    store = await open_store(url, "test")
    try:
        await store.commit(Commit(alerts=[samples.alert(1, cluster=3), samples.alert(2), samples.alert(3, cluster=3)]))
        reader = open_reader(url)
        try:
            assert reader.find(type(samples.alert(1)), samples.alert(2).id) == samples.alert(2)
            assert reader.find(type(samples.alert(1)), "A-nobody") is None
            assert [each.number for each in reader.alerts_in(3)] == [1, 3]
        finally:
            reader.close()
    finally:
        await store.close()


async def test_the_log_does_not_grow_for_ever(path: Path, url: str) -> None:
    store = await open_store(url, "test")
    try:
        noise = os.urandom(3 << 20)
        for number in range(1, 24):
            await store.commit(Commit(segment=samples.segment(number, 1), snapshot=Snapshot(number, noise)))
        assert path.with_name("noc.db-wal").stat().st_size < 48 << 20
    finally:
        await store.close()


async def settled(store: SqliteStore) -> None:
    while store._tasks:
        await asyncio.wait(store._tasks)


async def test_small_commits_after_a_large_one_do_not_write_the_log_back_each(path: Path, url: str) -> None:
    """The log's file keeps its size when the log begins anew; that is no reason to empty it at every commit."""
    store = await open_sqlite(path, "test")
    try:
        noise = os.urandom(12 << 20)
        for number in range(1, 6):
            await store.commit(Commit(segment=samples.segment(number, 1), snapshot=Snapshot(number, noise)))
            await settled(store)
        assert path.with_name("noc.db-wal").stat().st_size > 12 << 20
        before = log_size(path)
        copied = os.stat(path).st_mtime_ns
        for number in range(6, 16):
            await store.commit(Commit(segment=samples.segment(number, 1)))
            await settled(store)
        after = log_size(path)
        assert after.begun != before.begun  # so the log had been written back, and began anew
        assert 10 * 4096 <= after.bytes < 1 << 20
        assert os.stat(path).st_mtime_ns == copied  # and these are in the log only
    finally:
        await store.close()


async def test_duplicates_of_long_ago_are_found_too(path: Path) -> None:
    """With room for few exact places, older events are known by their neighbourhood only."""
    store = await open_sqlite(path, "test", exact=1000)
    try:
        for number in range(60):
            await store.commit(Commit(segment=samples.segment(number * 600 + 1, 600)))
        everything = range(1, 36_001, 7)
        assert all(store.seen([samples.identity(seq) for seq in everything]))
        assert all(await store.known([samples.candidate(seq) for seq in everything]))
        strange = [(samples.identity(seq), "default", "test", "other") for seq in (5, 20_000, 35_999)]
        assert await store.known(strange) == [False] * 3
    finally:
        await store.close()
    store = await open_sqlite(path, "test", exact=1000)
    try:
        assert all(store.seen([samples.identity(seq) for seq in everything]))
        assert await store.known([samples.candidate(seq) for seq in (1, 17_000, 36_000)]) == [True] * 3
    finally:
        await store.close()


def test_a_look_at_the_log_leaves_the_locks_of_sqlite_alone(tmp_path: Path) -> None:
    """Another process that opens and closes the database would otherwise find it unused, and cut our index."""
    path = tmp_path / "noc.db"
    ours = sqlite3.connect(path)
    ours.execute("PRAGMA journal_mode=WAL")
    ours.execute("CREATE TABLE t (x)")
    ours.commit()
    assert log_size(path).bytes == 2 * 4096
    index = str(path.with_name("noc.db-shm"))  # its byte 128 is held shared by every process that has it
    other = "import fcntl, sys; f = open(sys.argv[1], 'r+b'); fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 128)"
    tried = subprocess.run([sys.executable, "-c", other, index], check=False, capture_output=True, text=True)
    assert "BlockingIOError" in tried.stderr, "another process may think that nobody is here"
    ours.close()
