"""Tickets that will miss their deadline: looked at when they come, at each event, and every quarter of an hour."""

import heapq
from collections.abc import Mapping
from typing import Final

import msgspec

from data.records.prediction import Prediction
from data.times import DAY
from data.wire import Event
from engine.alerts.signal import Signal
from engine.detect.report import Report
from engine.detect.room import Handler
from engine.models.spec import ModelSpec
from engine.predict import reasons
from engine.predict.book import Book, Case
from engine.predict.local import Zones, next_quarter
from engine.predict.looking import Looking, Matrix, Subject
from engine.predict.sheets import Sheets
from engine.predict.ticket_features import TicketFeatures
from engine.predict.tickets import OVER, Desk, Ticket
from engine.settings.predict import PredictSlaSettings

SPEC: Final = ModelSpec(
    name="sla",
    outcome="the ticket missed its deadline",
    trivial="time_until_sla_deadline_minutes",
    trivial_sign=-1,
    half_life=7 * DAY,
    evenly=True,
    left_out=("historical_avg_resolution_time",),
    per_entity=12,
    events_only=True,
    depth=4,
    trees=140,
    words={
        "current_age_minutes": "it is {minutes} old",
        "time_until_sla_deadline_minutes": "{minutes} are left until its deadline",
        "age_share": "{percent} of its time has passed",
        "assignee_current_workload": "its assignee has {count} open tickets",
        "group_current_workload": "its group has {count} open tickets",
        "site_current_workload": "{count} tickets are open at its site",
        "reassignments": "it was reassigned {count} times",
        "moves": "it went from group to group {count} times",
        "assigned_status": "{yes:somebody|nobody} is assigned",
        "status": "of its status",
        "minutes_since_update": "nothing was told of it for {minutes}",
        "minutes_in_group": "its group has had it for {minutes}",
        "allowed_minutes": "it was given {minutes} in all",
        "historical_avg_resolution_time": "tickets of its priority usually take {minutes}",
        "hour": "of the time of day",
        "weekday": "of the day of the week",
        "combined_odds": "of what its group, category, labels and other names say together",
        "breach:*": "tickets of the same {name} missed their deadline {odds} than others",
        "late:*": "tickets of the same {name} were resolved late {odds} than others in the last days",
        "minutes:*": "tickets of the same {name} take {factor} others",
        "quick:*": "tickets of the same {name} took {factor} others in the last days",
        "known:*": "of how often its {name} occurs ({count} endings known)",
    },
)


class _State(msgspec.Struct, array_like=True):
    desk: bytes
    features: bytes
    said: list[tuple[int, int, int, int]]
    deadlines: list[tuple[int, str]]
    next: int | None
    swept: int
    due: int | None
    rows: dict[str, Prediction]


class SlaRoom:
    """The tickets of one partition, as things to foresee."""

    def __init__(self, settings: PredictSlaSettings, zones: Zones, book: Book, sheets: Sheets) -> None:
        self.settings = settings
        self.desk = Desk(settings.memory, settings.quick_memory)
        self.features = TicketFeatures(self.desk, zones)
        self.book = book
        self.looking = Looking(
            "sla", "sla_breach", lambda: self.features.table, book, sheets, self._subject, self._case
        )
        self.looking.warn_from = settings.warn_from
        self._rows: dict[str, Prediction] = {}  # settled at the deadline, until the source has closed the ticket
        self._deadlines: list[tuple[int, str]] = []
        self._next: int | None = None
        self._swept = 0
        self._due: int | None = None

    def handlers(self) -> Mapping[str, Handler]:
        return {f"noc.ticket.{word}": self.see for word in ("created", "updated", "closed")} if self.settings.on else {}

    def due(self) -> int | None:
        return self._due

    def see(self, event: Event) -> list[Report]:
        """One event of a ticket."""
        ticket = self.desk.take(event)
        if ticket.status in OVER:
            return [*self._over(ticket, event)]
        signals: list[Signal] = []
        deadline = ticket.deadline
        if deadline is None or event.time < deadline:
            known = ticket.id in self.features.table
            slot = self.features.put(ticket, event.time)
            if not known:
                self.looking.fresh(slot, event.time)
            signals = self.looking.one(ticket.id, slot, event.time, quiet=not ticket.running)
            if deadline is not None and (not ticket.updates or event.data.deadline is not None):
                heapq.heappush(self._deadlines, (deadline, ticket.id))
        if not ticket.running:
            self.features.drop(ticket.id)
            signals += self.book.calm(_key(ticket.id), event.time, "it is resolved")
        self._look_ahead(event.time)
        return [*signals]

    def tick(self, now: int) -> list[Report]:
        signals: list[Signal] = []
        while self._deadlines and self._deadlines[0][0] <= now:
            signals += self._passed(heapq.heappop(self._deadlines)[1], now)
        if self._next is not None and self._next <= now:
            ids, slots = self.features.table.rows()
            self.features.refresh(slots, now)
            signals += self.looking.many(ids, slots, now)
            self._next = None
            self._sweep(now)
        self._look_ahead(now)
        return [*signals]

    def _passed(self, id: str, now: int) -> list[Signal]:
        """Its deadline is here: unresolved is breached, unless the source will say otherwise when it closes."""
        ticket = self.desk.open.get(id)
        if ticket is None or ticket.deadline is None or ticket.deadline > now:
            return []
        self.features.drop(id)
        held = self.book.open.get(_key(id))
        signals = self.book.settle(_key(id), ticket.late(ticket.deadline + 1), now)
        if held is not None:
            self._rows[id] = held.row
        return signals

    def _over(self, ticket: Ticket, event: Event) -> list[Signal]:
        """It is closed. The source's own word counts; else whether it was resolved by its deadline."""
        self.desk.forget(ticket)
        self.features.drop(ticket.id)
        met = event.data.sla_met if event.type == "noc.ticket.closed" else None
        bad = (not met) if met is not None else ticket.late(event.time)
        if ticket.status == "CANCELLED" and met is None:
            bad = None
        if bad is not None:
            self.desk.learn(ticket, bad, event.time)
        signals = self.book.settle(_key(ticket.id), bad, event.time)
        row = self._rows.pop(ticket.id, None)
        if row is not None and met is not None and bad is not None and row.outcome is not bad:
            self.book.correct(row, bad, event.time)
        self._look_ahead(event.time)
        return signals

    def _sweep(self, now: int) -> None:
        """Once a day: tickets that nobody will ever close."""
        if now - self._swept < DAY:
            return
        self._swept = now
        for ticket in self.desk.stale(now):
            self.desk.forget(ticket)
            self.features.drop(ticket.id)
            self.book.settle(_key(ticket.id), None, now)
            self._rows.pop(ticket.id, None)

    def _look_ahead(self, now: int) -> None:
        if not len(self.features.table):
            self._next = None
        elif self._next is None:
            self._next = next_quarter(now)
        times = [time for time in (self._next, self._deadlines[0][0] if self._deadlines else None) if time is not None]
        self._due = min(times, default=None)

    def _subject(self, id: str, now: int) -> Subject:  # noqa: ARG002
        ticket = self.desk.open[id]
        return Subject(f"ticket/{id}", _key(id), ticket.deadline, ticket.site, ticket.client)

    def _case(self, id: str, row: Matrix, p: float) -> Case:
        ticket = self.desk.open[id]
        scorer = self.looking.scorer
        low, high = scorer.bounds(p) if scorer is not None else (0.0, 1.0)
        said = reasons.of(scorer, self.features.table.names, row, SPEC)
        if not ticket.assignee:
            advice = f"assign it{f' within {ticket.group}' if ticket.group else ''} now"
        elif ticket.moves > 1:
            advice = "settle which group it belongs to, and leave it there"
        else:
            advice = f"ask {ticket.assignee} whether it will be done in time, or hand it to somebody with fewer tickets"
        label = f"ticket {ticket.id}" + (f" ({ticket.title[:60]})" if ticket.title else "")
        return Case(said, advice, "will miss its deadline", label, low, high)

    def dump(self) -> bytes:
        state = _State(
            self.desk.dump(), self.features.dump(), self.looking.dump(), self._deadlines, self._next, self._swept,
            self._due, self._rows,
        )  # fmt: skip
        return msgspec.msgpack.encode(state)

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        self.desk.load(state.desk)
        self.features.load(state.features)
        self.looking.load(state.said)
        self._deadlines, self._next, self._swept = state.deadlines, state.next, state.swept
        self._due, self._rows = state.due, state.rows


def _key(id: str) -> str:
    return f"sla_breach/{id}"
