"""Feeds a stream of recorded or simulated events to a running engine, so many times faster than life."""

import asyncio
from collections.abc import Iterator
from itertools import chain

from data.times import SECOND
from engine import clock
from engine.embedded import Pace
from engine.running import Running

STEP = 0.05  # seconds of wall time between two deliveries
HELD = 0.25  # seconds between two looks at whether a held simulation goes on


async def pace(engine: Running, stream: Iterator[tuple[int, bytes]], rate: Pace, way: str, begin: int) -> None:
    """Hands in the events of `stream` ((time, line), in order) as their time comes; those before `begin` go in as
    fast as they can, so that a screen does not start empty. Returns when the stream ends."""
    first = next(stream, None)
    if first is None:
        return
    stream = chain([first], stream)
    due = begin
    size = engine.pipeline.config.engine.batch_events
    waiting: list[bytes] = []
    ahead = next(stream)
    last = clock.monotonic()
    while True:
        while ahead[0] <= due and len(waiting) < size:
            waiting.append(ahead[1])
            following = next(stream, None)
            if following is None:
                await engine.submit(waiting, way)
                return
            ahead = following
        if waiting:
            await engine.submit(waiting, way)
            full = len(waiting) >= size
            waiting = []
            if full:
                continue  # still catching up: no rest
        await asyncio.sleep(STEP if rate.factor else HELD)
        now = clock.monotonic()
        if rate.factor == float("inf"):
            due = ahead[0] + 600 * SECOND
        else:
            # A stall of the machine is not made up for by a burst of a whole minute.
            due += int(min(now - last, 1.0) * rate.factor * SECOND)
        last = now
