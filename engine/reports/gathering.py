"""What reports are made of: the records of a time, and how long things took."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from data.records.alert import Alert
from data.records.incident import Incident
from data.store import Reader
from engine.explain.telling import span

DONE = ("RESOLVED", "CLOSED")


class Span(NamedTuple):
    """A half-open time of one tenant, in microseconds."""

    tenant: str
    since: int
    until: int


def incidents(reader: Reader, of: Span, *, open_too: bool = False) -> list[Incident]:
    """Those that opened in the time; with `open_too` also older ones that were open at its end."""
    return [
        one
        for one in reader.incidents(None, None)
        if one.tenant == of.tenant
        and one.merged_into is None
        and one.opened_at < of.until
        and (one.opened_at >= of.since or (open_too and open_at(one, of.until)))
    ]


def open_at(one: Incident, time: int) -> bool:
    """Whether it was work still: neither resolved nor closed by then."""
    ended = min(one.resolved_at or 1 << 62, one.closed_at or 1 << 62)
    return one.opened_at < time <= ended


def alerts(reader: Reader, of: Span) -> list[Alert]:
    return [one for one in reader.alerts(of.since, of.until) if one.tenant == of.tenant]


class Spread(NamedTuple):
    """How long something took: of how many it is known, how many are still waiting, median and nine tenths."""

    known: int
    waiting: int
    median: int | None
    most: int | None

    def cells(self) -> tuple[str, str, str, str]:
        median, most = (span(value) if value is not None else "-" for value in (self.median, self.most))
        return str(self.known), str(self.waiting), median, most


def spread(items: Iterable[Incident], end: Callable[[Incident], int | None], until: int) -> Spread:
    """From its opening to what `end` tells. What has not ended by `until` is counted, not guessed."""
    took: list[int] = []
    waiting = 0
    for one in items:
        ended = end(one)
        if ended is None or ended >= until:
            waiting += 1
        else:
            took.append(max(0, ended - one.opened_at))
    took.sort()
    if not took:
        return Spread(0, waiting, None, None)
    return Spread(len(took), waiting, took[len(took) // 2], took[min(len(took) - 1, len(took) * 9 // 10)])


def clock(micros: int) -> str:
    """`01-07 23:15`, UTC."""
    from data import times

    return times.text(micros)[5:16].replace("T", " ")
