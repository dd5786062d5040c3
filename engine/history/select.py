"""Which series and which time are asked for, and in what buckets."""

from typing import Final, Literal

import msgspec

from data.times import SECOND
from engine.history.kept import Known

Step = Literal["auto", "5m", "1h", "1d", "range"]
Aggregate = Literal["avg", "min", "max", "sum", "count", "last", "p50", "p95", "p99"]
STEPS: Final[dict[str, int]] = {"5m": 300, "1h": 3600, "1d": 86400}
AGGREGATES: Final = ("avg", "min", "max", "sum", "count", "last", "p50", "p95", "p99")
GROUPS: Final = ("site", "client", "entity", "name")


class Wanted(msgspec.Struct, frozen=True):
    """Of each list any may match, of several lists all must; an empty one says nothing. `since` and `until` are
    half-open microseconds: every bucket that overlaps is told, whole."""

    since: int
    until: int
    sites: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    step: Step = "auto"

    def matches(self, one: Known) -> bool:
        by_name: dict[str, list[str]] = {}
        for name, value in self.labels:
            by_name.setdefault(name, []).append(value)
        return (
            (not self.sites or one.site in self.sites)
            and (not self.clients or one.client in self.clients)
            and (not self.entities or one.entity in self.entities)
            and all(one.labels.get(name) in values for name, values in by_name.items())
        )

    @property
    def seconds(self) -> float:
        return (self.until - self.since) / SECOND


def group_of(one: Known, by: tuple[str, ...]) -> tuple[str | None, ...]:
    """The values of a series by which it is grouped; `by` are names of GROUPS, or `label.K`."""
    return tuple(
        one.labels.get(name[6:]) if name.startswith("label.") else getattr(one, name) for name in by
    )  # fmt: skip
