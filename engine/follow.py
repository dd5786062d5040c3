"""Looking on: an engine that decides nothing, but reads the journal another engine writes and reaches the same state.

It is recovery that never ends: the snapshot, then the tail through the same pipeline with its output shown, not stored.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from data.opening import open_reader
from data.own import MODEL_TURN
from data.records import DEFAULT_TENANT
from data.records.feed import FeedEntry
from data.store import Follower, Loaded
from engine.delivery import Answer
from engine.meters import Meters
from engine.partition import NEVER
from engine.pipeline import Pipeline
from engine.settings import Config

_MODEL = f'"{MODEL_TURN}"'.encode()
LOOK = 0.25  # seconds between two looks at the journal


class Following:
    """Stands where an `Engine` would for a read-only console."""

    def __init__(self, database: str, config: Config) -> None:
        self.config = config
        self.pipeline = Pipeline(config)
        self.meters = Meters()
        self.on_commit: Callable[[Sequence[FeedEntry]], None] = lambda feed: None
        self._database = database
        # The reader keeps to one thread; the loop never waits for the disk.
        self._thread = ThreadPoolExecutor(1, "follow")
        self._reader: Follower | None = None

    async def recover(self) -> None:
        loop = asyncio.get_running_loop()
        self._reader = await loop.run_in_executor(self._thread, open_reader, self._database)
        self.pipeline.recover(await loop.run_in_executor(self._thread, self._load))
        while await self._read_on():
            pass
        self.meters.state = "read-only"

    async def run(self) -> None:
        while True:
            if not await self._read_on():
                await asyncio.sleep(LOOK)

    async def submit(self, lines: Sequence[bytes], way: str) -> Answer:
        """Nothing can be handed in here."""
        raise PermissionError(f"read-only: {len(lines)} events by {way} refused")

    async def hand_in(
        self,
        lines: Sequence[bytes],
        way: str,
        refuse: object = None,  # noqa: ARG002
        broken: Sequence[tuple[bytes, str]] = (),  # noqa: ARG002
    ) -> "asyncio.Future[Answer]":
        """Nothing can be handed in here."""
        raise PermissionError(f"read-only: {len(lines)} events by {way} refused")

    async def close(self) -> None:
        if self._reader is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._reader.close)
        self._thread.shutdown(wait=False)

    def now(self, tenant: str = DEFAULT_TENANT) -> int:
        partition = self.pipeline.partitions.get(tenant)
        return partition.watermark if partition is not None and partition.watermark != NEVER else 0

    def _load(self) -> Loaded:
        assert self._reader is not None
        return self._reader.load(self.pipeline.quiet_for)

    async def _read_on(self) -> bool:
        """Takes what has been journalled since; False when there was nothing."""
        assert self._reader is not None
        loop = asyncio.get_running_loop()
        segments = await loop.run_in_executor(self._thread, self._reader.tail, self.pipeline.seq)
        if any(_MODEL in line for segment in segments for line in segment.lines):
            known = await loop.run_in_executor(self._thread, lambda reader: list(reader.models()), self._reader)
            self.pipeline.library.load(known)
        for segment in segments:
            feed = self.pipeline.rerun(segment)
            self.meters.follow(len(segment.lines))
            self.on_commit(feed)
        return bool(segments)
