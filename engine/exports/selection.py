"""Which rows are wanted."""

from typing import NamedTuple


class Selection(NamedTuple):
    """`since <= time < until` in microseconds, None for no bound; `tenant` None for all of them."""

    since: int | None = None
    until: int | None = None
    tenant: str | None = None

    def covers(self, time: int) -> bool:
        return (self.since is None or time >= self.since) and (self.until is None or time < self.until)

    def allows(self, tenant: str) -> bool:
        return self.tenant is None or tenant == self.tenant
