"""Shifts to which too few people will come: looked at every half hour in the hours before they begin."""

import heapq
from collections.abc import Mapping
from typing import Final

import msgspec

from data.references import bare
from data.times import HOUR, MINUTE
from data.wire import Event
from engine.alerts.signal import Signal
from engine.detect.report import Report
from engine.detect.room import Handler
from engine.models.spec import ModelSpec
from engine.models.table import Table
from engine.predict import reasons
from engine.predict.book import Book, Case
from engine.predict.local import Zones
from engine.predict.looking import Looking, Matrix, Subject
from engine.predict.sheets import Sheets
from engine.predict.shifts import Plan, Shifts, Start
from engine.registry import Registry
from engine.settings.predict import PredictStaffingSettings

TIER: Final = {"VIP": 5.0, "PREMIUM": 4.0}
FEATURES: Final = (
    "scheduled_guards_count", "actual_attendance_rate_last_7_days", "time_to_next_shift_minutes",
    "site_criticality_score", "current_attendance_vs_scheduled_ratio", "historical_no_show_rate",
    "scheduled_for_start", "arrived_for_start", "person_no_show_rate", "person_shifts_known", "site_gap_rate",
    "slot_gap_rate", "worst_person_no_show_rate", "hour", "weekday", "is_holiday", "rest_hours", "is_substitute",
    "told_hours_before", "rain_mm", "shift_hours",
)  # fmt: skip
"""The original's six (attendance and no-shows fade with a half-life of four weeks instead of a hard window); then how
many start and have come, what is known of the person, the site and the slot, the clock, and how it came about."""
SPEC: Final = ModelSpec(
    name="staffing",
    outcome="fewer people came than were scheduled",
    trivial="historical_no_show_rate",
    evenly=True,
    signs={"historical_no_show_rate": 1, "person_no_show_rate": 1, "arrived_for_start": -1, "site_gap_rate": 1},
    words={
        "scheduled_for_start": "{count} people are scheduled to start then",
        "scheduled_guards_count": "{count} people are scheduled there in the next hours",
        "arrived_for_start": "{count} of them have checked in",
        "historical_no_show_rate": "at this hour of the week {percent} did not come in the last weeks",
        "person_no_show_rate": "the person scheduled stays away {percent} of the time",
        "worst_person_no_show_rate": "one of those scheduled stays away {percent} of the time",
        "actual_attendance_rate_last_7_days": "{value} % of those scheduled at the site came lately",
        "site_gap_rate": "{percent} of the shifts at the site began with somebody missing",
        "slot_gap_rate": "{percent} of the shifts at this hour of the week began with somebody missing",
        "is_holiday": "the day is {yes:a holiday|no holiday}",
        "is_substitute": "it is {yes:a substitute|no substitute} who is to come",
        "rest_hours": "the last shift of the person ended {value} hours before",
        "told_hours_before": "the shift was planned {value} hours before it begins",
        "rain_mm": "{value} mm of rain are told of",
        "time_to_next_shift_minutes": "it begins in {minutes}",
        "hour": "of the time of day",
        "weekday": "of the day of the week",
    },
)


class _State(msgspec.Struct, array_like=True):
    shifts: bytes
    table: bytes
    said: list[tuple[int, int, int, int]]
    timers: list[tuple[int, str, int]]


class StaffingRoom:
    """The shifts of one partition, as things that may go wrong."""

    def __init__(
        self,
        settings: PredictStaffingSettings,
        tenant: str,
        registry: Registry,
        zones: Zones,
        book: Book,
        sheets: Sheets,
    ) -> None:
        self.settings = settings
        self.tenant, self.registry, self.zones, self.book = tenant, registry, zones, book
        self.shifts = Shifts(settings.grace)
        self.table = Table(FEATURES)
        self.looking = Looking("staffing", "staffing_gap", lambda: self.table, book, sheets, self._subject, self._case)
        self.looking.warn_from = settings.warn_from
        self.looking.vector_every = settings.every
        self._timers: list[tuple[int, str, int]] = []  # when, site, start

    def handlers(self) -> Mapping[str, Handler]:
        if not self.settings.on:
            return {}
        return {
            "noc.shift.scheduled": self.schedule, "noc.shift.cancelled": self.cancel,
            "noc.attendance.check_in": self.check_in, "noc.attendance.check_out": self.check_out,
        }  # fmt: skip

    def due(self) -> int | None:
        return self._timers[0][0] if self._timers else None

    def schedule(self, event: Event) -> list[Report]:
        before = self.shifts.plans.get(bare(event.data.id) or "")
        signals = self._gone(before, event.time) if before is not None else []
        plan = self.shifts.schedule(event)
        if plan.start + self.settings.grace > event.time:
            self._expect(plan.site, plan.start, event.time)
        return [*signals]

    def cancel(self, event: Event) -> list[Report]:
        id = bare(event.data.id) or ""
        given_away = self.shifts.give_away(id, event.time)
        plan = self.shifts.cancel(id)
        if given_away:
            self.table.remove(id)
            return []
        return [] if plan is None else [*self._gone(plan, event.time)]

    def check_in(self, event: Event) -> list[Report]:
        self.shifts.check_in(event)
        return []

    def check_out(self, event: Event) -> list[Report]:
        self.shifts.check_out(event)
        return []

    def tick(self, now: int) -> list[Report]:
        signals: list[Signal] = []
        while self._timers and self._timers[0][0] <= now:
            _, site, begins = heapq.heappop(self._timers)
            start = self.shifts.starts.get((site, begins))
            if start is None:
                continue
            if now >= begins + self.settings.grace:
                signals += self._over(start, now)
            else:
                if now < begins:
                    signals += self._judge(start, now)
                self._expect(site, begins, now)
        return [*signals]

    def _expect(self, site: str, begins: int, now: int) -> None:
        """The next moment of this start: a look, or its end."""
        every = self.settings.every
        first = begins - self.settings.ahead
        if now < first:
            due = first
        elif now + every < begins:
            due = first + ((now - first) // every + 1) * every
        else:
            due = begins + self.settings.grace
        if (due, site, begins) not in self._timers:
            heapq.heappush(self._timers, (due, site, begins))

    def _judge(self, start: Start, now: int) -> list[Signal]:
        signals: list[Signal] = []
        for id in start.shifts:
            known = id in self.table
            slot = self.table.add(id)
            if not known:
                self.looking.fresh(slot, now)
            self.table.row(slot)[:] = self._features(self.shifts.plans[id], start, now)
            signals += self.looking.one(id, slot, now)
        return signals

    def _over(self, start: Start, now: int) -> list[Signal]:
        gap = self.shifts.settle(start, now)
        signals: list[Signal] = []
        for id in start.shifts:
            signals += self.book.settle(_key(id), gap, now)
            self.table.remove(id)
        for id in start.given_away:
            signals += self.book.settle(_key(id), gap if start.shifts else None, now)
        start.given_away = []
        if not start.shifts:
            del self.shifts.starts[start.site, start.start]
        for id in self.shifts.sweep(now):
            self.table.remove(id)
        return signals

    def _gone(self, plan: Plan, now: int) -> list[Signal]:
        """It was cancelled or planned anew: what was foreseen of it cannot be told any more."""
        self.table.remove(plan.id)
        return self.book.settle(_key(plan.id), None, now)

    def _features(self, plan: Plan, start: Start, now: int) -> tuple[float, ...]:
        shifts, missing, gaps = self.shifts, self.shifts.missing, self.shifts.gaps
        names = shifts.names(plan)
        site = self.registry.of("site", plan.site)
        told = site.attributes if site is not None else {}
        client = self.registry.of("client", site.client if site is not None else None)
        tier = TIER.get(str(client.attributes.get("tier")), 2.0) if client is not None else 2.0
        hour, weekday, holiday = self.zones.clock(plan.site, plan.start)
        required = shifts.required(plan.site, now)
        worked = shifts.worked.get(plan.person)
        people = [shifts.plans[id].person for id in start.shifts]
        absent = missing.share("site", plan.site)
        return (
            float(shifts.scheduled(plan.site, now, now + self.settings.ahead)), 100.0 * (1.0 - absent),
            (plan.start - now) / MINUTE, float(told.get("criticality") or tier),
            min(3.0, shifts.here(plan.site, now) / required) if required else 1.0, missing.share("slot", names["slot"]),
            float(len(start.shifts)), float(len(start.came)), missing.share("person", plan.person),
            missing.weight("person", plan.person), gaps.share("site", plan.site), gaps.share("slot", names["slot"]),
            max(missing.share("person", person) for person in people), hour, weekday, holiday,
            float("nan") if worked is None else (plan.start - worked) / HOUR, float(plan.substitute),
            (plan.start - plan.told_at) / HOUR, self.zones.rain(plan.site, plan.start), (plan.end - plan.start) / HOUR,
        )  # fmt: skip

    def _subject(self, id: str, now: int) -> Subject:  # noqa: ARG002
        plan = self.shifts.plans[id]
        return Subject(f"shift/{id}", _key(id), plan.start, plan.site, self.registry.client_of(plan.site))

    def _case(self, id: str, row: Matrix, p: float) -> Case:
        plan = self.shifts.plans[id]
        scorer = self.looking.scorer
        low, high = scorer.bounds(p) if scorer is not None else (0.0, 1.0)
        person, site = self.registry.label(f"person/{plan.person}"), self.registry.label(f"site/{plan.site}")
        said = reasons.of(scorer, self.table.names, row, SPEC)
        advice = f"ask {person} whether he or she will come, and have a stand-in for {site} ready"
        return Case(said, advice, f"at {site} will have a gap", f"shift {plan.id}", low, high)

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(_State(self.shifts.dump(), self.table.dump(), self.looking.dump(), self._timers))

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        self.shifts.load(state.shifts)
        self.table.load(state.table)
        self.looking.load(state.said)
        self._timers = state.timers


def _key(id: str) -> str:
    return f"staffing_gap/{id}"
