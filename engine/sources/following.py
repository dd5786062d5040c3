"""All sources of a configuration, at work beside a running engine."""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from typing import Any

from data.times import SECOND
from engine.running import Running
from engine.settings.sources import Source
from engine.sources.standing import Standing

RETRY = 5.0  # seconds before a source that broke is tried again
_log = logging.getLogger("noc")


async def follow_all(engine: Running, sources: Sequence[Source]) -> None:
    """Feeds every enabled source until cancelled. One that breaks is tried again, the others go on."""
    # JSON without an address is brought to us: `POST /sources/NAME`.
    wanted = [source for source in sources if source.enabled and (source.kind != "json" or source.url)]
    standings = {one.name: Standing(one.name, _fresh_for(one) / SECOND) for one in wanted if one.kind != "file"}
    engine.meters.standings = standings
    async with asyncio.TaskGroup() as tasks:
        for source in wanted:
            tasks.create_task(_stay(engine, source, standings.get(source.name)))


def _fresh_for(source: Source) -> int:
    """What is fetched is heard of once an interval only."""
    return max(source.fresh_for, source.every * 3 // 2) if source.kind == "threats" else source.fresh_for


async def _stay(engine: Running, source: Source, standing: Standing | None) -> None:
    while True:
        try:
            await _work(engine, source, standing)
        except OSError as error:  # no file, no port
            _log.error("source %s: %s", source.name, error.strerror or error)
            if standing is not None:
                standing.lost(str(error.strerror or error))
        await asyncio.sleep(RETRY)


def _work(engine: Running, source: Source, standing: Standing | None) -> Coroutine[Any, Any, None]:
    if source.kind == "file":
        from engine.sources.files import follow

        return follow(engine, source)
    assert standing is not None
    if source.kind == "syslog":
        from engine.sources.syslog import Listener

        return Listener(engine, source, standing).run()
    if source.kind == "threats":
        from engine.sources.threats.feed import Threats

        return Threats(engine, source, standing).run()
    from engine.sources.websocket import Subscription

    if source.kind == "json":
        from engine.sources.mapping import reader

        return Subscription(engine, source, standing, reader(engine, source)).run()
    return Subscription(engine, source, standing).run()
