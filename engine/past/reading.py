"""The database as it was at a moment: rows that were made later are left out, others stand as they stood then."""

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

from data.records.alert import Alert
from data.store import Follower
from engine.past.ledger import KINDS, NAMES, Ledger
from engine.past.machine import Machine
from engine.shelf import Shelf

Found = TypeVar("Found")
_TIMED: Final = frozenset(
    ("events", "assignments", "feed", "feed_back", "audit", "dead_letters", "notifications", *KINDS)
)


class Then:
    """A reader that knows nothing from `moment` (microseconds) on, nor of what was decided behind position `seq`."""

    def __init__(self, reader: Follower, moment: int, seq: int, ledger: Ledger) -> None:
        self._reader, self._moment, self._seq, self._ledger = reader, moment, seq, ledger

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._reader, name)
        if name not in _TIMED:
            return found

        def bounded(since: int | None, until: int | None, **more: Any) -> Any:
            end = self._moment if until is None else min(until, self._moment)
            if name not in KINDS:
                return found(since, end, **more)
            if self._seq <= self._ledger.complete:
                return self._ledger.rows(name, self._seq, since, end)
            return self._stood(found(since, end))

        return bounded

    def _stood(self, records: Iterator[Any]) -> Iterator[Any]:
        return (then for record in records if (then := self._ledger.then(record, self._seq)) is not None)

    def find(self, kind: type[Any], id: str) -> Any:
        found = self._reader.find(kind, id)
        return self._ledger.then(found, self._seq) if found is not None and kind in NAMES else found

    def alerts_in(self, cluster: int) -> Iterator[Alert]:
        return (alert for alert in self._stood(self._reader.alerts_in(cluster)) if alert.cluster == cluster)

    def models(self) -> Any:
        return (one for one in self._reader.models() if one.made_at < self._moment)

    def metric_series(self, tenant: str | None = None, name: str | None = None) -> Any:
        return self._stood(self._reader.metric_series(tenant, name))

    def metric_places(self, tenant: str, name: str, since: int, until: int) -> Any:
        return self._reader.metric_places(tenant, name, since, min(until, self._moment))

    def metric_blocks(self, tenant: str, name: str, tier: int, since: int | None, until: int | None) -> Any:
        until = self._moment if until is None else min(until, self._moment)
        return self._reader.metric_blocks(tenant, name, tier, since, until)


class ShelfThen(Shelf):
    """Readers for pages of the moment at which a machine stands."""

    def __init__(self, database: str, machine: Machine) -> None:
        super().__init__(database)
        self._machine = machine

    async def read(self, work: Callable[[Follower], Found]) -> Found:
        machine = self._machine
        moment, seq, ledger = machine.now() + 1, machine.pipeline.seq, machine.ledger
        return await super().read(lambda reader: work(Then(reader, moment, seq, ledger)))
