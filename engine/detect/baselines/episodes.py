"""Deviations: each a run of hours in one direction, remembered so that people's verdicts reach it."""

from collections.abc import Iterator

import msgspec

REMEMBERED = 2_000  # deviations that are over and that a verdict can still reach


class Episode(msgspec.Struct):
    """`hours` are (start, hour of week, week) of each hour that deviated; `peak` the greatest distance in spreads,
    signed; `verdict` empty, `confirmed` or `false_positive`; `shown` is False for one that is part of a widespread
    deviation or was judged false: it makes no finding of its own. Times in microseconds."""

    id: str  # of its finding
    site: str
    metric: int
    began: int
    hours: list[tuple[int, int, int]]
    peak: float
    shown: bool
    verdict: str = ""
    judged_at: int = 0


class _State(msgspec.Struct):
    open: dict[str, Episode]
    over: list[Episode]


class Episodes:
    """Those that last, by key; and the newest that are over."""

    def __init__(self) -> None:
        self.open: dict[str, Episode] = {}
        self.over: dict[str, Episode] = {}  # by id, oldest first

    def close(self, key: str) -> Episode | None:
        episode = self.open.pop(key, None)
        if episode is not None and episode.shown:
            self.over[episode.id] = episode
            if len(self.over) > REMEMBERED:
                del self.over[next(iter(self.over))]
        return episode

    def by_id(self, id: str) -> tuple[str, Episode] | None:
        """(key, episode), the key empty for one that is over."""
        for key, episode in self.open.items():
            if episode.id == id:
                return key, episode
        found = self.over.get(id)
        return None if found is None else ("", found)

    def judged(self, site: str, metric: int, since: int) -> Iterator[Episode]:
        """Those of a metric of a site that people judged since then, oldest first."""
        for episode in (*self.over.values(), *self.open.values()):
            if episode.site == site and episode.metric == metric and episode.verdict and episode.judged_at >= since:
                yield episode

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(_State(self.open, list(self.over.values())))

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        self.open = state.open
        self.over = {episode.id: episode for episode in state.over}
