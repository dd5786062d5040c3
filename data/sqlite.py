"""The store in a SQLite file. One connection writes, one reads the journal, and a spare one tidies up: checkpoints, and
small segments merged. All live in threads of aiosqlite, so the loop of the engine never waits for the disk."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import nullcontext, suppress
from itertools import chain as chained
from pathlib import Path
from typing import Any, Final, NamedTuple

import aiosqlite
from sqlalchemy import URL, Table, event, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from data import chain, compaction, loading, rows, sqlite_erasing, sqlite_file, tables, thinning
from data import lock as locks
from data.before import Before
from data.bodies import Bodies
from data.compaction import Tail
from data.faults import told
from data.identities import EXACT, Identities
from data.lock import Lock
from data.personal import fields
from data.personal.erasing import Erased, Erasure
from data.personal.who import Person
from data.records.outbox import Notification
from data.segments import Segments
from data.store import Commit, Loaded, Segment, StoreBroken, StoreBusy, StoreFull
from data.thinning import Keep, Thinned

_CHECKPOINT_AT: Final = 8 << 20  # bytes in the log only, at which a checkpoint starts beside the commits
_CHECKPOINT_NOW: Final = 32 << 20  # bytes of log at which a commit waits for it: the log must begin anew some time
_PASSIVE: Final = "PRAGMA wal_checkpoint(PASSIVE)"


class SqliteStore:
    """Implements `data.store.Store`. Made by `open_sqlite`, which see."""

    def __init__(self, path: Path, lock: Lock, exact: int = EXACT) -> None:
        self.path = path
        self._lock = lock
        self._engine = _engine(path)
        self._exact = exact
        self._index = Identities(exact)
        self._written_back = sqlite_file.LogSize(b"", 0)  # the log at the last checkpoint
        self._turn = asyncio.Lock()  # one transaction at a time
        self._tending = asyncio.Lock()  # one use of the spare connection that reads, then writes
        self._tasks: set[asyncio.Task[None]] = set()
        self._maintenance: asyncio.Task[None] | None = None
        self._closed = False
        self._last = 0
        self._tail = Tail()
        self._feeds: dict[str, Tail] = {}
        self._bodies: Bodies
        self._before: Before
        self._chain: chain.Chain
        self._writer: AsyncConnection
        self._driver: aiosqlite.Connection
        self._segments: Segments
        self._spare: AsyncConnection | None = None

    async def start(self) -> None:
        """Connects, and reads the index of identities. Call `close` also when this fails."""
        with told(self.path):
            self._writer = await self._engine.connect()
            driver = (await self._writer.get_raw_connection()).driver_connection
            assert isinstance(driver, aiosqlite.Connection)
            self._driver = driver
            self._bodies = await self._writer.run_sync(sqlite_file.bodies)
            await self._writer.run_sync(sqlite_file.write_shapes, self._bodies)
            self._last = await self._writer.run_sync(loading.last_seq)
            await self._note_rows()
            for first, count in await self._writer.run_sync(loading.small_segments, compaction.SMALL):
                self._tail.add(first, count)
            for partition, first, count in await self._writer.run_sync(loading.small_packs, compaction.SMALL):
                self._feeds.setdefault(partition, Tail()).add(first, count)
            self._segments = Segments(await self._second(), self._index)
            self._spare = await self._second()
            async for page in self._segments.identities():
                self._index.load(page)

    async def _note_rows(self) -> None:
        self._chain = await self._writer.run_sync(chain.begin, self._bodies)
        self._before = await self._writer.run_sync(Before)

    async def _second(self) -> AsyncConnection:
        """A further connection; what it reads, it reads once."""
        connection = await self._engine.connect()
        await connection.exec_driver_sql(f"PRAGMA cache_size=-{sqlite_file.READER_CACHE}")
        return connection

    async def load(self, quiet_for: int) -> Loaded:
        with told(self.path):
            async with self._turn:
                return await self._writer.run_sync(loading.load, self._bodies, quiet_for)

    async def commit(self, commit: Commit) -> None:
        """Once begun it is finished, also when the caller is cancelled: what is stored and what is believed to be
        stored never part. Records are read before the first wait, and may change after it."""
        await asyncio.shield(self._start(self._commit(commit, rows.writes(commit, self._bodies))))

    def segments(self, after: int) -> AsyncIterator[Segment]:
        return self._segments.after(after)

    async def known(self, candidates: Sequence[tuple[int, str, str, str]]) -> list[bool]:
        with told(self.path):
            return await self._segments.known(candidates)

    def seen(self, identities: Sequence[int]) -> list[bool]:
        return self._index.seen(identities)

    async def notifications(self, numbers: Sequence[int] | None = None) -> list[Notification]:
        with told(self.path):
            async with self._turn:
                return await self._writer.run_sync(loading.notifications, self._bodies, numbers)

    async def thin(self, keep: Keep) -> Thinned:
        """What is merged meanwhile is not removed at the same time, and the other way round."""
        done = Thinned()
        await asyncio.shield(self._start(self._thin(keep, done)))
        return done

    async def _thin(self, keep: Keep, done: Thinned) -> None:
        assert self._spare is not None
        with told(self.path):
            async with self._tending:
                for step in chained(
                    thinning.steps(keep, self._bodies, done),
                    fields.steps(keep, self._bodies),
                    thinning.press(keep, done),
                ):
                    while writes := await self._spare.run_sync(step):
                        async with self._turn:
                            await self._write(writes)
                if await self._spare.run_sync(sqlite_erasing.pending):  # an erasure during which somebody looked on
                    async with self._turn:
                        await asyncio.to_thread(sqlite_erasing.wipe, self.path)

    async def person(self, tenant: str, id: str, words: tuple[str, ...] = ()) -> Person:
        with told(self.path):
            async with self._tending:
                assert self._spare is not None
                return await self._spare.run_sync(sqlite_erasing.person, tenant, id, words)

    async def erase(self, erasure: Erasure, step: Callable[[str], None] = sqlite_erasing.nothing) -> Erased:
        """Nobody writes meanwhile."""
        done: list[Erased] = []
        await asyncio.shield(self._start(self._erase(erasure, step, done)))
        return done[0]

    async def _erase(self, erasure: Erasure, step: Callable[[str], None], done: list[Erased]) -> None:
        async with self._tending, self._turn:
            done.append(await asyncio.to_thread(sqlite_erasing.erase, self.path, erasure, step))
            with told(self.path):
                await self._note_rows()
                await self._segments.forget(Identities(self._exact))
                self._index = self._segments.index
                self._written_back = sqlite_file.LogSize(b"", 0)

    async def close(self) -> None:
        """Waits for what is running, empties the log into the database, and lets the database go."""
        if self._closed:
            return
        self._closed = True
        try:
            while self._tasks:
                await asyncio.wait(self._tasks)
            if self._spare is not None:
                with suppress(StoreFull, StoreBusy, StoreBroken), told(self.path):
                    await self._compact(closing=True)
                    await self._spare.exec_driver_sql("PRAGMA busy_timeout=100")
                    await self._spare.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            await self._disconnect()
            self._lock.release()

    async def _disconnect(self) -> None:
        """Every connection is a thread that keeps the process alive until it is closed."""
        opened = [self._spare, getattr(self, "_writer", None)]
        if hasattr(self, "_segments"):
            opened.append(self._segments.connection)
        for connection in opened:
            if connection is not None:
                await connection.close()
        await self._engine.dispose()

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        if self._closed:
            work.close()
            raise StoreBroken(f"{self.path} has been closed")
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _commit(self, commit: Commit, writes: list[rows.Write]) -> None:
        segment = commit.segment
        async with self._turn:
            last = self._last
            if segment is not None:
                if segment.first != last + 1:
                    raise ValueError(f"a segment at {segment.first} does not follow on position {last}")
                last += len(segment.lines)
            if commit.snapshot is not None and commit.snapshot.seq != last:
                raise ValueError(f"a snapshot of {commit.snapshot.seq} in a commit that ends at {last}")
            after = self._before.snapshot(commit.snapshot, commit) if commit.snapshot is not None else []
            linked = rows.audit(commit, self._bodies, self._chain)
            with told(self.path):
                await self._write([*self._before.writes(commit), *writes, *linked, *after], segment)
            self._last = last
            self._chain.committed()
            self._before.committed(commit)
            if segment is not None:
                self._index.add(segment.first, segment.identities)
                self._tail.add(segment.first, len(segment.lines))
            for partition, first, count, *_ in rows.packs_in(writes):
                self._feeds.setdefault(partition, Tail()).add(first, count)
        if self._maintenance is None or self._maintenance.done():
            self._maintain()

    async def _write(self, writes: Sequence[rows.Write], segment: Segment | None = None) -> None:
        """All of it or nothing, in one trip to the writer's thread: a trip for each statement costs more than most
        statements do. aiosqlite has no public door for that; its version is pinned."""
        run: Callable[..., Awaitable[None]] = self._driver._execute
        await run(_transaction, self._driver._conn, writes, segment)

    def _maintain(self) -> None:
        """What can wait until after the commit, beside the next ones."""
        log, then = sqlite_file.log_size(self.path), self._written_back
        full = log.bytes - (then.bytes if then.begun == log.begun else 0) >= _CHECKPOINT_AT
        due = len(self._tail.runs) >= compaction.NEIGHBOURS or any(
            len(tail.runs) >= compaction.NEIGHBOURS for tail in self._feeds.values()
        )
        if (due or full) and not self._closed:
            self._maintenance = self._start(self._maintained(log if full else None))

    async def _maintained(self, full: sqlite_file.LogSize | None) -> None:
        assert self._spare is not None
        with suppress(StoreFull, StoreBusy), told(self.path):  # the next commit says it, and this is tried again
            async with self._tending:
                await self._compact()
            if full is not None:
                async with self._turn if full.bytes >= _CHECKPOINT_NOW else nullcontext():
                    await self._spare.exec_driver_sql(_PASSIVE)
                self._written_back = full

    async def _compact(self, *, closing: bool = False) -> None:
        while runs := self._tail.due(closing=closing):
            await self._replace(self._tail, runs, _SEGMENTS, ())
        for partition, tail in list(self._feeds.items()):
            while runs := tail.due(closing=closing):
                await self._replace(tail, runs, _PACKS, (partition,))

    async def _replace(self, tail: Tail, runs: list[tuple[int, int]], kind: "_Kind", key: tuple[str, ...]) -> None:
        """Commits go on meanwhile: they only append, and nobody else touches what is old."""
        assert self._spare is not None
        columns = kind.table.c
        wanted = select(*columns).where(columns.first.between(runs[0][0], runs[-1][0])).order_by(columns.first)
        if key:
            wanted = wanted.where(columns.partition == key[0])
        try:
            found = [tuple(row) for row in await self._spare.execute(wanted)]
            if not found:  # they have been removed meanwhile
                return
            merged = await asyncio.to_thread(kind.merge, found)
            if len(merged) == len(found):
                return
            old = [(*key, first) for first, _ in runs]
            async with self._turn:
                await self._write([(kind.remove, old), (rows.UPSERT[kind.table.name], merged)])
        except BaseException:
            tail.put_back(runs)
            raise
        first, count = merged[-1][len(key)], merged[-1][len(key) + 1]
        if count < compaction.SMALL:
            tail.put_back([(first, count)])


def _transaction(connection: sqlite3.Connection, writes: Sequence[rows.Write], segment: Segment | None) -> None:
    packed = rows.segment(segment) if segment is not None else None
    try:
        connection.execute("BEGIN IMMEDIATE")
        for sql, values in writes:
            connection.executemany(sql, values)
        if packed is not None:
            connection.execute(rows.UPSERT["segments"], packed)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # some errors have rolled back already
            connection.execute("ROLLBACK")
        raise


class _Kind(NamedTuple):
    """What can be merged: its table, the statement that removes a row, and how rows become fewer."""

    table: Table
    remove: str
    merge: Callable[[Sequence[compaction.Row]], list[compaction.Row]]


_SEGMENTS: Final = _Kind(tables.segments, rows.REMOVE_SEGMENT, compaction.merge_segments)
_PACKS: Final = _Kind(tables.feed, rows.REMOVE_PACK, compaction.merge_packs)


def _engine(path: Path) -> AsyncEngine:
    url = URL.create("sqlite+aiosqlite", database=str(path))
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    event.listen(engine.sync_engine, "connect", sqlite_file.set_up_writer)
    return engine


async def open_sqlite(path: Path, command: str, exact: int = EXACT) -> SqliteStore:
    """Takes the lock, creates or upgrades the file where needed, and reads what must be in memory.

    `command` tells others who holds it; `exact` bounds the events whose place is kept exactly. Raises StoreBusy,
    StoreFull or StoreBroken; then nothing is left open.
    """
    with told(path):
        sqlite_file.prepare(path)
        lock = locks.take(path, command)
    try:
        await asyncio.to_thread(sqlite_file.make_current, path, lock.since)
        with suppress(StoreFull, StoreBusy):  # an erasure that was cut off; the next start tries again
            await asyncio.to_thread(sqlite_erasing.wipe, path)
        store = SqliteStore(path, lock, exact)
    except BaseException:
        lock.release()
        raise
    try:
        await store.start()
    except BaseException:
        await store.close()
        raise
    return store
