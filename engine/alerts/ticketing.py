"""Serious findings and items become tickets by themselves: at most one for a type and site in a while.

What is told again within that time is linked to the ticket that is there. Links go both ways.
"""

import msgspec

from data import ids
from data.records.entity import Entity
from data.records.oncall import NewTicket
from data.records.severity import CRITICAL, HIGH, LEVELS
from data.times import DAY, text
from engine.registry import Registry
from engine.settings.oncall import EscalationSettings

LINKS = 20_000  # things whose ticket is remembered, newest
PRIORITIES = {CRITICAL: "HIGH", HIGH: "MEDIUM"}  # all others LOW
SOURCE = "noc"


class Filed(msgspec.Struct):
    """One ticket of the engine, while it keeps others from being opened."""

    ticket: str
    opened_at: int


class Days(msgspec.Struct):
    """Counts of one day: what was serious enough, how much of it opened a ticket, how many tickets were closed."""

    serious: int = 0
    opened: int = 0
    closed: int = 0


class Rates(msgspec.Struct, frozen=True):
    """Over some days. `escalation`: share of serious things that opened a ticket; `resolution`: share of these tickets
    that were closed; both 0 where there were none."""

    serious: int
    opened: int
    closed: int
    escalation: float
    resolution: float


class _State(msgspec.Struct):
    filed: dict[str, Filed]
    tickets: dict[str, str]
    over: list[str]
    days: dict[int, Days]


class TicketRule:
    """Decides for one partition. `raise_for` gives a ticket to open, `ticket_of` and `about` the links."""

    def __init__(self, tenant: str, settings: EscalationSettings, registry: Registry) -> None:
        self.tenant = tenant
        self.registry = registry
        self.within = settings.ticket_within
        self.severities = frozenset(LEVELS[name] for name in settings.ticket_severities if settings.tickets)
        self._filed: dict[str, Filed] = {}  # type and site -> the newest ticket
        self._tickets: dict[str, str] = {}  # reference -> ticket, oldest first
        self._about: dict[str, list[str]] = {}  # ticket -> references
        self._over: dict[str, None] = {}  # tickets that were closed
        self._days: dict[int, Days] = {}

    def raise_for(
        self, ref: str, kind: str, severity: int, site: str | None, title: str, category: str, time: int, who: str = ""
    ) -> NewTicket | None:
        """A finding or item `ref` of type `kind`, of a person where `who` names one. None where it is not serious, has
        a ticket, or is linked to one."""
        if severity not in self.severities or ref in self._tickets:
            return None
        day = self._days.setdefault(time // DAY, Days())
        day.serious += 1
        key = f"{kind}\x1f{site or ''}" + (f"\x1f{who}" if who else "")
        filed = self._filed.get(key)
        if filed is not None and time - filed.opened_at < self.within:
            self._link(ref, filed.ticket)
            return None
        day.opened += 1
        ticket = self._ticket(ref, kind, severity, site, title, category, time)
        self._filed[key] = Filed(ticket.id, time)
        self._link(ref, ticket.id)
        self._forget(time)
        return ticket

    def closed(self, ticket: str, time: int) -> None:
        """A ticket was closed; counted once. Others than the engine's own do not count."""
        if ticket in self._about and ticket not in self._over:
            self._over[ticket] = None
            self._days.setdefault(time // DAY, Days()).closed += 1

    def ticket_of(self, ref: str) -> str | None:
        """Id of the ticket that was opened for it, or that it was linked to."""
        return self._tickets.get(ref)

    def about(self, ticket: str) -> list[str]:
        """What a ticket of the engine is about; the first is what it was opened for."""
        return list(self._about.get(ticket, ()))

    def rates(self, now: int, days: int = 30) -> Rates:
        """What the rule came to over the last days."""
        mine = [day for number, day in self._days.items() if number > now // DAY - days]
        serious, opened = sum(day.serious for day in mine), sum(day.opened for day in mine)
        closed = sum(day.closed for day in mine)
        return Rates(
            serious, opened, closed, opened / serious if serious else 0.0, min(1.0, closed / opened) if opened else 0.0
        )

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(_State(self._filed, self._tickets, list(self._over), self._days))

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        self._filed, self._tickets, self._days = state.filed, {}, state.days
        self._about, self._over = {}, dict.fromkeys(state.over)
        for ref, ticket in state.tickets.items():
            self._link(ref, ticket)

    def _ticket(
        self, ref: str, kind: str, severity: int, site: str | None, title: str, category: str, time: int
    ) -> NewTicket:
        place = self.registry.of("site", site)
        return NewTicket(
            id=ids.derive("T", self.tenant, kind, site or "", ref),
            title=title[:200],
            site=site,
            client=place.client if place is not None else None,
            priority=PRIORITIES.get(severity, "LOW"),
            category=category,
            assignee=place.attributes.get("in_charge") if place is not None else None,
            opened_at=time,
            about=ref,
            kind=kind,
        )

    def tie(self, ref: str, ticket: str) -> None:
        """A ticket that a playbook or a person opened is about that thing."""
        self._link(ref, ticket)

    def _link(self, ref: str, ticket: str) -> None:
        self._tickets[ref] = ticket
        self._about.setdefault(ticket, []).append(ref)
        if len(self._tickets) > LINKS:
            oldest = next(iter(self._tickets))
            gone = self._tickets.pop(oldest)
            refs = self._about[gone]
            refs.remove(oldest)
            if not refs:
                del self._about[gone]
                self._over.pop(gone, None)

    def _forget(self, now: int) -> None:
        for key in [key for key, filed in self._filed.items() if now - filed.opened_at >= self.within]:
            del self._filed[key]
        for number in [number for number in self._days if number <= now // DAY - 400]:
            del self._days[number]


def entity_of(ticket: NewTicket, tenant: str, seq: int) -> Entity:
    """The ticket as an entity like any other, for the registry."""
    attributes = {
        "number": ticket.id, "title": ticket.title, "priority": ticket.priority, "category": ticket.category,
        "status": "NEW", "opened_at": text(ticket.opened_at), "source": SOURCE,
        "labels": {"about": ticket.about, "kind": ticket.kind},
    }  # fmt: skip
    for name in ("site", "client", "assignee"):
        if getattr(ticket, name) is not None:
            attributes[name] = getattr(ticket, name)
    return Entity(f"ticket/{ticket.id}", tenant, ticket.opened_at, seq, ticket.site, ticket.client, None, attributes)
