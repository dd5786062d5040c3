"""Tickets that are not closed, as their events told of them, and how things of their kinds ended before."""

from math import log1p
from typing import Any, Final

import msgspec

from data.payloads import Ticket as Sent
from data.references import bare
from data.times import DAY, MINUTE, from_datetime, parse
from data.wire import Event, patch_of
from engine.models.linear import Linear
from engine.models.rates import Rates

OVER: Final = ("CLOSED", "CANCELLED")
LABELS: Final = 12  # labels that are features of their own, the first to be met; the rest are not looked at
FORGOTTEN: Final = 120 * DAY  # a ticket of which nothing was heard for so long counts no longer
_DESK: Final = ("group", "assignee", "site", "category", "priority")
_NAMED: Final = ("site", "client", "assignee", "group", "priority", "category", "title")


class Ticket(msgspec.Struct):
    """One ticket that is not closed. Times in microseconds; `names` are what past endings are looked up by."""

    id: str
    source: str
    opened_at: int
    created_at: int
    changed_at: int
    site: str | None = None
    client: str | None = None
    deadline: int | None = None
    resolved_at: int | None = None
    status: str = "NEW"
    priority: str | None = None
    assignee: str | None = None
    group: str | None = None
    title: str = ""
    updates: int = 0
    reassignments: int = 0
    reopened: int = 0
    moves: int = 0  # how often its group changed
    group_since: int = 0
    names: dict[str, str] = {}
    opening: list[str] = []  # what it was called when it came, and how it came, for the regression

    @property
    def running(self) -> bool:
        """Whether somebody has still to resolve it."""
        return self.resolved_at is None and self.status not in ("RESOLVED", *OVER)

    def late(self, time: int) -> bool | None:
        """Whether it was unresolved at its deadline; None where it has none, or `time` does not tell yet."""
        if self.deadline is None:
            return None
        ended = self.resolved_at if self.resolved_at is not None else time
        return ended > self.deadline if not self.running or time > self.deadline else None


class Desk:
    """The tickets of one partition. `endings` learns from what closed (the truth, late), `quick` from what was
    resolved (late or not by then, soon known)."""

    def __init__(self, half: int, quick: int) -> None:
        self.open: dict[str, Ticket] = {}
        self.endings = Rates(half)
        self.quick = Rates(quick)
        self.linear = Linear()
        self.labels: list[str] = []

    def take(self, event: Event) -> Ticket:
        """Applies an event of a ticket; the ticket as it then is, also when it is over."""
        sent: Sent = event.data
        id, patch = bare(sent.id) or sent.id, patch_of(event)
        ticket = self.open.get(id)
        if ticket is None:
            opened = event.time if sent.opened_at is None else min(event.time, from_datetime(sent.opened_at))
            ticket = self.open[id] = Ticket(id, event.source, opened, event.time, event.time, group_since=event.time)
            self._apply(ticket, patch, event.time)
            ticket.opening = _opening(ticket)
            self.quick.happen(desk_names(ticket), event.time)
        else:
            before = ticket.running
            ticket.updates += 1
            self._apply(ticket, patch, event.time)
            ticket.changed_at = max(ticket.changed_at, event.time)
            if before and not ticket.running:
                late = ticket.deadline is not None and event.time > ticket.deadline
                self.quick.settle(desk_names(ticket), late, event.time, _minutes(ticket, event.time))
        if event.type == "noc.ticket.closed" and ticket.status != "CANCELLED":
            ticket.status = "CLOSED"
        return ticket

    def learn(self, ticket: Ticket, bad: bool, time: int) -> None:
        """It is closed; how it ended is remembered under its names."""
        self.linear.learn(ticket.opening, bad)
        self.endings.settle(ticket.names, bad, time, _minutes(ticket, time))

    def forget(self, ticket: Ticket) -> None:
        self.open.pop(ticket.id, None)

    def stale(self, now: int) -> list[Ticket]:
        return [ticket for ticket in self.open.values() if ticket.changed_at < now - FORGOTTEN]

    def _apply(self, ticket: Ticket, sent: dict[str, Any], time: int) -> None:
        group = ticket.group
        for field in ("site", "client", "assignee"):
            if field in sent:
                setattr(ticket, field, bare(sent[field]))
        for field in ("group", "priority"):
            if field in sent:
                setattr(ticket, field, sent[field])
        for field in ("reassignments", "reopened"):
            if sent.get(field) is not None:
                setattr(ticket, field, int(sent[field]))
        for field in ("deadline", "resolved_at"):
            if field in sent:
                setattr(ticket, field, parse(sent[field]) if sent[field] else None)
        ticket.title = sent.get("title") or ticket.title
        ticket.status = sent.get("status") or ticket.status
        if ticket.group != group and ticket.updates:
            ticket.moves += 1
            ticket.group_since = time
        self._name(ticket, sent)

    def _name(self, ticket: Ticket, sent: dict[str, Any]) -> None:
        names = dict(ticket.names)
        for field in _NAMED:
            if field in sent:
                if sent[field] is None:
                    names.pop(field, None)
                else:
                    names[field] = bare(str(sent[field])) or ""
        if "group" in names:
            names.setdefault("first_group", names["group"])
        for label, value in (sent.get("labels") or {}).items():
            if label not in self.labels and len(self.labels) < LABELS:
                self.labels.append(label)
            if value is not None and label in self.labels:
                names[f"label:{label}"] = str(value)
        ticket.names = names

    def dump(self) -> bytes:
        parts = (list(self.open.values()), self.labels, self.endings.dump(), self.quick.dump(), self.linear.dump())
        return msgspec.msgpack.encode(parts)

    def load(self, body: bytes) -> None:
        kind = tuple[list[Ticket], list[str], bytes, bytes, bytes]
        tickets, self.labels, endings, quick, linear = msgspec.msgpack.decode(body, type=kind)
        self.open = {ticket.id: ticket for ticket in tickets}
        self.endings.load(endings)
        self.quick.load(quick)
        self.linear.load(linear)


def desk_names(ticket: Ticket) -> dict[str, str]:
    """The names that say whose desk it lies on."""
    return {family: ticket.names[family] for family in _DESK if family in ticket.names}


def _opening(ticket: Ticket) -> list[str]:
    """Its names, the weekday, how long after its opening it was told of, its status, and whether somebody had it."""
    late = min(9, int(log1p(max(0.0, (ticket.created_at - ticket.opened_at) / MINUTE))))
    return [
        *(f"{family}={name}" for family, name in ticket.names.items()), f"weekday={(ticket.opened_at // DAY + 3) % 7}",
        f"told={late}", f"status={ticket.status}", f"assigned={bool(ticket.assignee)}",
    ]  # fmt: skip


def _minutes(ticket: Ticket, time: int) -> float:
    return ((ticket.resolved_at or time) - ticket.opened_at) / MINUTE
