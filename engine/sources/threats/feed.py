"""A feed of warnings that is fetched again and again; what is near a site becomes an alert there.

Each fetch says anew what still holds, as a lease of two and a half intervals: what the feed no longer has ends by
itself, and a feed that does not answer for a while ends nothing early and keeps nothing forever. Sites are those known
at the fetch; the events that come of it are journalled, so a replay does not depend on the feed.
"""

import asyncio
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from data.records.entity import Entity
from data.times import HOUR, SECOND
from data.times import text as time_text
from engine import clock
from engine.delivery import Answer
from engine.running import Running
from engine.settings.sources import Severity, Source
from engine.sources.foreign.mapped import FIRING, Mapped, Ordinals, message, written
from engine.sources.standing import Standing
from engine.sources.threats.area import Near, near
from engine.sources.threats.items import Item, Unreadable, items_of
from engine.sources.threats.judging import Judged, judge

LARGEST: Final = 8 << 20  # bytes of a feed
MOST: Final = 2_000  # alerts of one fetch
LATEST: Final = 48 * HOUR  # news without an end of their own are over then
PATIENCE: Final = 30.0  # seconds for an answer
AGAIN: Final = 60.0  # seconds after a fetch that failed
_RANK: Final[dict[Severity, int]] = {"INFO": 0, "LOW": 1, "MEDIUM": 2, "HIGH": 3, "CRITICAL": 4}


class Threats:
    """One source of kind `threats`."""

    def __init__(self, engine: Running, source: Source, standing: Standing) -> None:
        self.engine = engine
        self.source = source
        self.standing = standing
        self.way = f"threats {source.name}"
        self._ordinals = Ordinals()
        self._known: dict[str, str] = {}  # headers that ask for news only
        self._body = b""

    async def run(self) -> None:
        while True:
            done = await self.fetch()
            pause = self.source.every / SECOND if done else min(AGAIN, self.source.every / SECOND)
            await asyncio.sleep(pause * random.uniform(0.9, 1.0))  # noqa: S311 (not all at once)

    async def fetch(self) -> bool:
        """Whether the feed answered with something that can be read."""
        try:
            body = await self._got()
            items = items_of(body)
        except Unreadable as error:
            self.standing.lost(str(error))
            return False
        except OSError as error:
            self.standing.lost(str(error) or type(error).__name__)
            return False
        self.standing.connected()
        lines = self._lines(items)
        self.standing.heard(len(lines))
        if lines:
            answer: Answer = await self.engine.submit(lines, self.way)
            if answer.rejected:
                self.standing.problem = answer.rejected[0][1]
        return True

    def _lines(self, items: Sequence[Item]) -> list[bytes]:
        arrival = clock.wall()
        partition = self.engine.pipeline.partitions.get(self.source.tenant)
        sites = partition.registry.kinds.get("site", {}) if partition is not None else {}
        found = list(alerts(items, self.source, sites, arrival))[:MOST]
        return written(found, self.way, arrival, self._ordinals.take(len(found)), self.source.tenant)

    async def _got(self) -> bytes:
        """The feed as it stands now. Raises OSError."""
        import httpx2

        try:
            async with (
                httpx2.AsyncClient(trust_env=False, timeout=PATIENCE, verify=_verified(self.source)) as client,
                client.stream("GET", self.source.url, headers=self._known, follow_redirects=False) as reply,
            ):
                if reply.status_code == 304 and self._body:
                    return self._body
                if reply.status_code != 200:
                    raise OSError(f"it answered {reply.status_code}")
                found = bytearray()
                async for chunk in reply.aiter_bytes():
                    found += chunk
                    if len(found) > LARGEST:
                        raise OSError(f"it is larger than {LARGEST >> 20} MB")
        except httpx2.HTTPError as error:
            raise OSError(str(error) or type(error).__name__) from None
        asked = {"if-none-match": reply.headers.get("etag"), "if-modified-since": reply.headers.get("last-modified")}
        self._known = {name: value for name, value in asked.items() if value}
        self._body = bytes(found) if self._known else b""
        return bytes(found)


def _verified(source: Source) -> Any:
    import ssl

    return ssl.create_default_context(cafile=source.ca) if source.ca else True


def alerts(items: Sequence[Item], source: Source, sites: Mapping[str, Entity], now: int) -> Iterator[Mapped]:
    """An alert for each site that a warning reaches, if it is grave and sure enough and not over."""
    for item in items:
        ends = item.ends if item.ends is not None else (item.at or now) + LATEST
        judged = judge(item)
        if ends <= now or not _wanted(judged, source):
            continue
        lease = min(ends, now + source.every * 5 // 2)
        for place in near(item, judged.reach_km + source.margin_km, sites):
            yield Mapped(FIRING, _data(item, judged, place, source, lease), f"threats {source.name}")


def _wanted(judged: Judged, source: Source) -> bool:
    if source.categories and judged.category not in source.categories:
        return False
    return _RANK[judged.severity] >= _RANK[source.min_severity] and judged.confidence >= source.min_confidence


def _data(item: Item, judged: Judged, place: Near, source: Source, lease: int) -> dict[str, Any]:
    told = {"text": item.text[:500], "link": item.link, "why": ", ".join(judged.words), "place": item.place}
    return {
        "alert_type": f"THREAT_{judged.category}",
        "severity": judged.severity,
        "entity": f"threat/{item.key}",  # of all its sites, so that they are one item
        "site": place.site,
        "message": message(f"{item.title} ({place.why})"),
        "labels": {"category": judged.category, "threat": item.key, "feed": source.name},
        "annotations": {
            **{name: value for name, value in told.items() if value},
            "confidence": f"{judged.confidence:.2f}",
        },
        "fingerprint": f"threat/{source.name}/{item.key}/{place.site}",
        "starts_at": time_text(item.at) if item.at is not None else None,
        "ends_at": time_text(lease),
    }
