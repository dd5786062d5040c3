"""The database as far as it tells of a moment: rows that were made after it are left out.

What was made before stands as it stands now: a message that was delivered later is shown as delivered. Where that
matters, rows come from the machine's own state instead.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from data.store import Follower
from engine.shelf import Shelf

Found = TypeVar("Found")
_TIMED: Final = frozenset((
    "events", "assignments", "alerts", "clusters", "incidents", "findings", "anomalies", "fraud", "predictions",
    "correlations", "notifications", "runs", "feed", "audit", "dead_letters",
))  # fmt: skip


class Then:
    """A reader that knows nothing from `moment` (microseconds) on."""

    def __init__(self, reader: Follower, moment: int) -> None:
        self._reader, self._moment = reader, moment

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._reader, name)
        if name not in _TIMED:
            return found

        def bounded(since: int | None, until: int | None, **more: Any) -> Any:
            return found(since, self._moment if until is None else min(until, self._moment), **more)

        return bounded

    def models(self) -> Any:
        return (one for one in self._reader.models() if one.made_at < self._moment)

    def metric_blocks(self, tenant: str, name: str, tier: int, since: int | None, until: int | None) -> Any:
        until = self._moment if until is None else min(until, self._moment)
        return self._reader.metric_blocks(tenant, name, tier, since, until)


class ShelfThen(Shelf):
    """Readers for pages of the past. `now` is asked before each read."""

    def __init__(self, database: str, now: Callable[[], int]) -> None:
        super().__init__(database)
        self._now = now

    async def read(self, work: Callable[[Follower], Found]) -> Found:
        moment = self._now() + 1
        return await super().read(lambda reader: work(Then(reader, moment)))
