"""What was promised by a time that has passed: tasks, tickets and work orders; tickets without an owner; support that
takes days.

A task's own `due` wins over its `sla_minutes`, and both over the usual time of its priority. A site shows so many
overdue things of a kind at once as findings; the others are counted only (the pattern SLA_STORM tells of them).
Tickets that the engine opened itself are not looked at: a finding would open another.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from data.payloads import Task, Ticket, WorkOrder
from data.records import severity
from data.references import bare
from data.times import DAY, HOUR, MINUTE, from_datetime, parse
from data.wire import Event
from engine.alerts.ticketing import SOURCE
from engine.detect.heaps import Deadlines
from engine.detect.report import Found, Over, Report
from engine.detect.room import Handler
from engine.registry import Registry
from engine.settings.activity import WorkSettings
from engine.settings.places import Places

OVER = ("COMPLETED", "CANCELLED", "CLOSED", "RESOLVED", "MISSED", "DONE")
FORGET = 30 * DAY  # what nobody closes
AGAIN = 6 * HOUR  # a finding that lasts is told again, with its age
_RATIOS = {"CRITICAL": (1.5, severity.CRITICAL, severity.HIGH), "HIGH": (2.0, severity.HIGH, severity.MEDIUM)}


class Owed(msgspec.Struct):
    """A task, ticket or order that is open. `due` None: by no time. Times in microseconds."""

    ref: str
    kind: str  # task, ticket or work_order
    site: str | None
    since: int
    due: int | None
    priority: str = ""
    person: str | None = None
    owner: str | None = None
    next: int | None = None  # when to look at it again
    found: dict[str, int] = {}  # finding type -> its severity

    @property
    def late(self) -> bool:
        return any(kind.endswith(("_OVERDUE", "_BREACH")) for kind in self.found)


class Emergency(msgspec.Struct):
    """A CRITICAL ticket: when it was opened, and when somebody had it (0: not yet)."""

    site: str | None
    opened_at: int
    owned_at: int = 0


class _State(msgspec.Struct):
    owed: list[Owed]
    emergencies: dict[str, Emergency]
    tickets: dict[str, int]


class OverdueRules:
    """What is owed in one partition."""

    def __init__(self, tenant: str, places: Places, registry: Registry, wake: Callable[[], None]) -> None:
        self.tenant = tenant
        self.places = places
        self.registry = registry
        self.wake = wake
        self.owed: dict[str, Owed] = {}
        self.late: dict[str, dict[str, int]] = {}  # site -> kind -> how many are overdue
        self.emergencies: dict[str, Emergency] = {}  # of the last two days, and those still open
        self.tickets: dict[str, int] = {}  # site -> how many it ever had
        self._at: dict[str, dict[str, Owed]] = {}
        self._timers = Deadlines(lambda ref: None if (one := self.owed.get(ref)) is None else one.next)

    def handlers(self) -> Mapping[str, Handler]:
        nouns = {"task": self.task, "ticket": self.ticket, "work_order": self.order}
        verbs = {"task": "completed", "ticket": "closed", "work_order": "closed"}
        return {
            f"noc.{noun}.{verb}": see for noun, see in nouns.items() for verb in ("created", "updated", verbs[noun])
        }

    def due(self) -> int | None:
        return self._timers.due()

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(_State(list(self.owed.values()), self.emergencies, self.tickets))

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        self.emergencies, self.tickets = state.emergencies, state.tickets
        self.owed, self.late, self._at = {}, {}, {}
        for one in state.owed:
            self._put(one)
            if one.late:
                self._count(one, 1)

    # Events.

    def task(self, event: Event) -> list[Report]:
        data: Task = event.data
        ref = f"task/{bare(data.id)}"
        known = self.owed.get(ref)
        if event.type == "noc.task.completed" or data.status in OVER:
            return self._close(known, event.time, data.status or "COMPLETED") if known else []
        if known is None:
            kind = data.kind or self._known(ref, "kind") or "task"
            if kind != "task" or event.type != "noc.task.created":
                return []  # tours have rules of their own
            known = self._put(Owed(ref, "task", bare(data.site), event.time, None, found={}))
        known.person = bare(data.person) or known.person
        known.priority = data.priority or known.priority
        due = self._time(ref, "due", data.due)
        if due is None:
            minutes = self._known(ref, "sla_minutes")
            own = isinstance(minutes, int | float) and 0 < minutes < 1e7
            due = known.since + (int(minutes * MINUTE) if own else self._usual(known))  # type: ignore[operator]
        return self._plan(known, due, event.time)

    def ticket(self, event: Event) -> list[Report]:
        data: Ticket = event.data
        ref = f"ticket/{bare(data.id)}"
        if self._known(ref, "source") == SOURCE:
            return []
        known = self.owed.get(ref)
        if event.type == "noc.ticket.closed" or data.status in OVER:
            self._owned(ref, event.time)
            return self._close(known, event.time, data.status or "CLOSED") if known else []
        if known is None:
            since = min(event.time, self._time(ref, "opened_at", data.opened_at) or event.time)
            known = self._put(Owed(ref, "ticket", bare(data.site), since, None, found={}))
            self.tickets[known.site or ""] = self.tickets.get(known.site or "", 0) + 1
        known.priority = data.priority or known.priority
        known.owner = self._text(ref, "assignee")
        reports: list[Report] = []
        if known.priority == "CRITICAL":
            one = self.emergencies.setdefault(ref, Emergency(known.site, max(known.since, event.time)))
            one.owned_at = one.owned_at or (event.time if known.owner else 0)
        if known.owner and known.found.pop("EMERGENCY_TICKET_UNASSIGNED", None):
            reports.append(Over(f"EMERGENCY_TICKET_UNASSIGNED/{ref}", event.time, f"{known.owner} has it"))
        return reports + self._plan(known, self._time(ref, "deadline", data.deadline), event.time)

    def order(self, event: Event) -> list[Report]:
        data: WorkOrder = event.data
        ref = f"work_order/{bare(data.id)}"
        known = self.owed.get(ref)
        if event.type == "noc.work_order.closed" or data.status in OVER:
            return self._close(known, event.time, data.status or "CLOSED") if known else []
        if known is None:
            known = self._put(Owed(ref, "work_order", bare(data.site), event.time, None, found={}))
        return self._plan(known, self._time(ref, "due", data.due), event.time)

    def _plan(self, one: Owed, due: int | None, now: int) -> list[Report]:
        """Takes a deadline, maybe another than before; one that was moved out of reach ends the finding."""
        reports: list[Report] = []
        kind = "SLA_BREACH" if one.kind == "ticket" else f"{one.kind.upper()}_OVERDUE"
        if kind in one.found and (due is None or due > now):
            self._count(one, -1)
            del one.found[kind]
            reports.append(Over(f"{kind}/{one.ref}", now, "its time was moved"))
        one.due = due
        self._schedule(one, now)
        return reports

    # Timers.

    def tick(self, now: int) -> list[Report]:
        reports: list[Report] = []
        for ref in self._timers.take(now):
            one = self.owed[ref]
            if now - one.since >= FORGET:
                reports += self._close(one, now, "forgotten after 30 days")
                continue
            reports += self._look(one, now)
            self._schedule(one, now, asked=True)
        return reports

    def _look(self, one: Owed, now: int) -> list[Report]:
        settings = self.settings(one.site)
        reports: list[Report] = []
        if one.due is not None and now >= one.due:
            kind = "SLA_BREACH" if one.kind == "ticket" else f"{one.kind.upper()}_OVERDUE"
            level = self._level(one, now)
            if kind not in one.found:
                one.found[kind] = 0  # counted, told only while there is room
                self._count(one, 1)
            room = self.late.get(one.site or "", {}).get(one.kind, 0) <= settings.shown
            if one.found[kind] or room:
                one.found[kind] = max(one.found[kind], level)
                reports.append(self._found(one, kind, "OPERATIONAL", one.found[kind], now, one.due))
        if one.kind == "ticket":
            reports += self._ticket_rules(one, settings, now)
        return reports

    def _ticket_rules(self, one: Owed, settings: WorkSettings, now: int) -> list[Report]:
        found: list[Report] = []
        urgent = self.emergencies.get(one.ref)
        kind = "EMERGENCY_TICKET_UNASSIGNED"
        waits = urgent is not None and one.owner is None and now - urgent.opened_at >= settings.unassigned
        if urgent is not None and waits and kind not in one.found:
            one.found[kind] = severity.HIGH
            found.append(self._found(one, kind, "SAFETY", severity.HIGH, now, urgent.opened_at))
        kind = "FIELD_SUPPORT_DELAYED"
        if now - one.since >= settings.support_after:
            level = severity.HIGH if now - one.since >= settings.support_late else severity.MEDIUM
            one.found[kind] = level
            found.append(self._found(one, kind, "OPERATIONAL", level, now, one.since))
        return found

    def _level(self, one: Owed, now: int) -> int:
        """Tasks by how many times over they are; a breached ticket is no emergency of its own unless it was one."""
        if one.kind == "ticket":
            return severity.HIGH if one.priority == "CRITICAL" else severity.MEDIUM
        if one.kind == "work_order":
            return severity.MEDIUM
        allowed = max((one.due or now) - one.since, MINUTE)
        limit, beyond, within = _RATIOS.get(one.priority, (3.0, severity.MEDIUM, severity.LOW))
        return beyond if (now - one.since) / allowed > limit else within

    def _found(self, one: Owed, kind: str, category: str, level: int, now: int, since: int) -> Found:
        minutes = (now - since) // MINUTE
        what = {
            "EMERGENCY_TICKET_UNASSIGNED": f"CRITICAL ticket without an owner for {minutes} min",
            "FIELD_SUPPORT_DELAYED": f"open for {(now - one.since) // HOUR} h",
        }.get(kind, f"{one.priority.lower() or one.kind.replace('_', ' ')} overdue by {minutes} min")
        evidence = {"minutes": minutes, "priority": one.priority or None, "owner": one.owner}
        return Found(
            f"{kind}/{one.ref}", kind, category, level, now, f"{one.ref.partition('/')[2]}: {what}", evidence,
            site=one.site, person=one.person, entity=one.ref, window_start=since,
        )  # fmt: skip

    def _schedule(self, one: Owed, now: int, *, asked: bool = False) -> None:
        """When something about it is another next."""
        settings = self.settings(one.site)
        times = [one.since + FORGET]
        if one.due is not None:
            times.append(one.due)
            if asked and one.late:
                allowed = max(one.due - one.since, MINUTE)
                times += [one.since + int(allowed * _RATIOS.get(one.priority, (3.0,))[0]) + 1, now + AGAIN]
        if one.kind == "ticket":
            times += [one.since + settings.support_after, one.since + settings.support_late]
            if one.ref in self.emergencies and one.owner is None:
                times.append(self.emergencies[one.ref].opened_at + settings.unassigned)
        one.next = min((time for time in times if time > now or (not asked and time == one.due)), default=None)
        if one.next is not None and one.next <= now:
            one.next = now + 1  # it was late when it came
        if self._timers.set(one.ref):
            self.wake()

    # What others ask.

    def open_at(self, site: str, kind: str = "task") -> int:
        return sum(one.kind == kind for one in self._at.get(site, {}).values())

    def items(self, site: str) -> list[Owed]:
        return list(self._at.get(site, {}).values())

    def settings(self, site: str | None) -> WorkSettings:
        return self.places.at(self.tenant, self.registry.client_of(site), site).work

    def _usual(self, one: Owed) -> int:
        settings = self.settings(one.site)
        usual = {"CRITICAL": settings.within_critical, "HIGH": settings.within_high, "MEDIUM": settings.within_medium}
        return usual.get(one.priority, settings.within_low)

    def _known(self, ref: str, field: str) -> object:
        entity = self.registry.get(ref)
        return None if entity is None else entity.attributes.get(field)

    def _text(self, ref: str, field: str) -> str | None:
        value = self._known(ref, field)
        return value if isinstance(value, str) and value else None

    def _time(self, ref: str, field: str, told: datetime | None) -> int | None:
        """As the event says, else as it stands."""
        if told is not None:
            return from_datetime(told)
        known = self._text(ref, field)
        try:
            return None if known is None else parse(known)
        except ValueError:
            return None

    def _put(self, one: Owed) -> Owed:
        self.owed[one.ref] = one
        if one.site is not None:
            self._at.setdefault(one.site, {})[one.ref] = one
        self._timers.set(one.ref)
        return one

    def _count(self, one: Owed, by: int) -> None:
        kinds = self.late.setdefault(one.site or "", {})
        kinds[one.kind] = kinds.get(one.kind, 0) + by

    def _owned(self, ref: str, now: int) -> None:
        one = self.emergencies.get(ref)
        if one is None:
            return
        one.owned_at = one.owned_at or now
        for old in [
            old for old, at in self.emergencies.items() if at.opened_at < now - 2 * DAY and old not in self.owed
        ]:
            del self.emergencies[old]

    def _close(self, one: Owed, now: int, why: str) -> list[Report]:
        del self.owed[one.ref]
        if one.site is not None:
            self._at[one.site].pop(one.ref, None)
            if not self._at[one.site]:
                del self._at[one.site]
        if one.late:
            self._count(one, -1)
        return [Over(f"{kind}/{one.ref}", now, why.lower()) for kind, level in one.found.items() if level]
