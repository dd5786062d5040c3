"""Which rows are wanted."""

from typing import NamedTuple


class Selection(NamedTuple):
    """`since <= time < until` in microseconds, None for no bound; `tenant` None for all of them.
    Of predictions: `kind` None for all, and `all_scores` for every evaluation there was."""

    since: int | None = None
    until: int | None = None
    tenant: str | None = None
    kind: str | None = None
    all_scores: bool = False

    def covers(self, time: int) -> bool:
        return (self.since is None or time >= self.since) and (self.until is None or time < self.until)

    def allows(self, tenant: str) -> bool:
        return self.tenant is None or tenant == self.tenant
