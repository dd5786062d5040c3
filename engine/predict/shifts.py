"""Shifts to come and who has come to them, and how often people were missing before."""

from typing import Final

import msgspec

from data.payloads import Attendance, Shift
from data.references import bare
from data.times import DAY, HOUR, MINUTE, from_datetime
from data.wire import Event
from engine.models.rates import Rates

EARLY: Final = 90 * MINUTE  # who checks in so long before the start comes for it
HALF: Final = 28 * DAY  # of what is remembered of people and places
KEPT: Final = DAY  # a shift that began so long ago is forgotten


class Plan(msgspec.Struct):
    """One scheduled shift. `told_at` is when it was first heard of."""

    id: str
    site: str
    person: str
    start: int
    end: int
    told_at: int
    substitute: bool = False


class Start(msgspec.Struct):
    """All shifts that begin at one site at one moment, and who has checked in for them. `given_away` are those whose
    person had not come, so that after the start they were cancelled: what was foreseen of them ends with the others."""

    site: str
    start: int
    shifts: list[str] = []
    came: list[str] = []
    given_away: list[str] = []


class Shifts:
    """`missing` learns from each shift whether its person came, `gaps` from each start whether somebody was missing."""

    def __init__(self, grace: int) -> None:
        self.grace = grace
        self.plans: dict[str, Plan] = {}
        self.starts: dict[tuple[str, int], Start] = {}
        self.missing = Rates(HALF)
        self.gaps = Rates(HALF)
        self.present: dict[str, dict[str, int]] = {}  # site -> person -> since when
        self.worked: dict[str, int] = {}  # person -> end of the newest shift that he or she came to

    def schedule(self, event: Event) -> Plan:
        sent: Shift = event.data
        id = bare(sent.id) or ""
        before = self.cancel(id)
        plan = Plan(
            id, bare(sent.site) or "", bare(sent.person) or "", from_datetime(sent.start), from_datetime(sent.end),
            event.time if before is None else before.told_at, sent.substitute_for is not None,
        )  # fmt: skip
        self.plans[id] = plan
        key = (plan.site, plan.start)
        start = self.starts.setdefault(key, Start(plan.site, plan.start))
        start.shifts = sorted({*start.shifts, id})
        since = self.present.get(plan.site, {}).get(plan.person)
        if since is not None and since >= plan.start - EARLY and plan.person not in start.came:
            start.came.append(plan.person)  # a swap that is told after the check-in
        return plan

    def cancel(self, id: str) -> Plan | None:
        plan = self.plans.pop(id, None)
        if plan is not None:
            start = self.starts[plan.site, plan.start]
            start.shifts.remove(id)
            if not start.shifts and not start.given_away:
                del self.starts[plan.site, plan.start]
        return plan

    def give_away(self, id: str, now: int) -> bool:
        """A shift is cancelled. Where it has begun and its person did not come, that is how it ended for that person,
        and whether there is a gap is told with the others of that start; True then."""
        plan = self.plans.get(id)
        start = self.starts.get((plan.site, plan.start)) if plan is not None else None
        if plan is None or start is None or not plan.start <= now < plan.start + self.grace:
            return False
        if plan.person in start.came:
            return False
        self.missing.settle(self.names(plan), True, now)
        start.given_away.append(id)
        return True

    def check_in(self, event: Event) -> None:
        data: Attendance = event.data
        site, person, time = bare(data.site) or "", bare(data.person) or "", event.time
        self.present.setdefault(site, {})[person] = time
        start = self._meant(site, person, bare(data.shift), time)
        if start is not None and person not in start.came:
            start.came.append(person)

    def check_out(self, event: Event) -> None:
        site, person = bare(event.data.site) or "", bare(event.data.person) or ""
        self.present.get(site, {}).pop(person, None)

    def _meant(self, site: str, person: str, shift: str | None, time: int) -> Start | None:
        """What a check-in is for: the shift it names, the person's own, else the nearest start."""
        around = [
            start
            for (where, begins), start in self.starts.items()
            if where == site and begins - EARLY <= time <= begins + self.grace
        ]
        for start in around:
            if shift in start.shifts:
                return start
        own = [start for start in around if any(self.plans[id].person == person for id in start.shifts)]
        return min(own or around, key=lambda start: (abs(start.start - time), start.start), default=None)

    def settle(self, start: Start, now: int) -> bool:
        """`grace` after the start: is there a gap? What is learned from it is noted."""
        gap = len(start.came) < len(start.shifts)
        for id in start.shifts:
            plan = self.plans[id]
            here = plan.person in start.came
            self.missing.settle(self.names(plan), not here, now)
            if here:
                self.worked[plan.person] = max(self.worked.get(plan.person, 0), plan.end)
        self.gaps.settle({"site": start.site, "slot": _slot(start.site, start.start)}, gap, now)
        return gap

    def names(self, plan: Plan) -> dict[str, str]:
        return {"person": plan.person, "site": plan.site, "slot": _slot(plan.site, plan.start)}

    def scheduled(self, site: str, since: int, until: int) -> int:
        """Shifts of a site that start in [since, until)."""
        return sum(len(one.shifts) for one in self.starts.values() if one.site == site and since <= one.start < until)

    def required(self, site: str, now: int) -> int:
        """Shifts of a site that are on now."""
        plans = self.plans.values()
        return sum(1 for plan in plans if plan.site == site and plan.start <= now < plan.end)

    def here(self, site: str, now: int) -> int:
        """People at a site now; who checked in 24 hours ago has left without a word."""
        return sum(1 for since in self.present.get(site, {}).values() if now - since < 24 * HOUR)

    def sweep(self, now: int) -> list[str]:
        """Forgets shifts that are over; their ids."""
        old = [id for id, plan in self.plans.items() if max(plan.end, plan.start + self.grace) < now - KEPT]
        for id in old:
            self.cancel(id)
        for people in self.present.values():
            for person in [one for one, since in people.items() if now - since > 2 * DAY]:
                del people[person]
        return old

    def dump(self) -> bytes:
        parts = (
            list(self.plans.values()), list(self.starts.values()), self.missing.dump(), self.gaps.dump(), self.present,
            self.worked,
        )  # fmt: skip
        return msgspec.msgpack.encode(parts)

    def load(self, body: bytes) -> None:
        kind = tuple[list[Plan], list[Start], bytes, bytes, dict[str, dict[str, int]], dict[str, int]]
        plans, starts, missing, gaps, self.present, self.worked = msgspec.msgpack.decode(body, type=kind)
        self.plans = {plan.id: plan for plan in plans}
        self.starts = {(start.site, start.start): start for start in starts}
        self.missing.load(missing)
        self.gaps.load(gaps)


def _slot(site: str, time: int) -> str:
    """Same weekday and hour at a site."""
    return f"{site}/{time // HOUR % (7 * 24)}"
