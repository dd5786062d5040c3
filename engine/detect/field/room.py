"""The room that hears what the people on duty do. Its handlers cost under a microsecond; everything that takes
thought is left to audits and timers, which read this."""

from collections.abc import Callable, Mapping

import msgspec

from data.payloads import AlertSignal, Attendance, Biometric, Fix, Phone, Task
from data.references import bare
from data.times import DAY
from data.wire import Event
from engine.detect.field.channels import Channel
from engine.detect.field.guard import Guard, Post
from engine.detect.field.plan import Plan, Planned
from engine.detect.field.rhythm import Rhythm
from engine.detect.report import Report
from engine.detect.room import Handler, Untimed
from engine.registry import Registry
from engine.settings.places import Places

_NOTHING: list[Report] = []
_PANIC = ("PANIC", "SOS", "DURESS", "MAN_DOWN", "MANDOWN")
FORGET = 7 * DAY


class Stray(msgspec.Struct):
    """A sign of a person at a site where that person is not on duty."""

    person: str
    site: str
    time: int
    how: str


class _State(msgspec.Struct):
    guards: list[Guard]
    posts: dict[str, Post]
    shifts: list[Planned]
    channels: dict[str, Channel]
    rhythm: Rhythm
    strays: list[Stray]


class Field(Untimed):
    """People and posts of one partition. `alive` is told of a sign of somebody whose silence was a finding."""

    def __init__(self, tenant: str, places: Places, registry: Registry) -> None:
        self.tenant = tenant
        self.places = places
        self.registry = registry
        self.guards: dict[str, Guard] = {}
        self.posts: dict[str, Post] = {}
        self.on_site: dict[str, dict[str, Guard]] = {}
        self.plan = Plan()
        self.rhythm = Rhythm()
        self.strays: list[Stray] = []
        self.alive: Callable[[Guard, int, str], list[Report]] = lambda guard, time, how: _NOTHING
        self.began: Callable[[Guard], None] = lambda guard: None  # somebody began a duty
        self.planned: Callable[[Planned, int], None] = lambda shift, time: None
        self.channels = {name: Channel() for name in ("phone", "location")}
        self._phone, self._location = self.channels["phone"], self.channels["location"]
        self._sure = places.config.attendance.max_accuracy_m
        self._least = places.config.night.moved_m

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "noc.location.fix": self.fix,
            "noc.phone.activity": self.phone,
            "noc.biometric.verified": self.verify,
            "noc.attendance.check_in": self.check_in,
            "noc.attendance.check_out": self.check_out,
            "noc.task.completed": self.work,
            "noc.shift.scheduled": self.schedule,
            "noc.shift.cancelled": self.cancel,
            "noc.alert.firing": self.alert,
        }

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(
            _State(
                list(self.guards.values()), self.posts, list(self.plan.shifts.values()), self.channels, self.rhythm,
                self.strays,
            )
        )  # fmt: skip

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        self.guards = {guard.person: guard for guard in state.guards}
        self.posts, self.rhythm, self.strays = state.posts, state.rhythm, state.strays
        self.plan = Plan()
        self.plan.restore(state.shifts)
        self.channels = state.channels
        self._phone, self._location = self.channels["phone"], self.channels["location"]
        self.on_site = {}
        for guard in state.guards:
            if guard.on:
                self.on_site.setdefault(guard.site, {})[guard.person] = guard

    # Signs.

    def fix(self, event: Event) -> list[Report]:
        data: Fix = event.data
        guard = self.guards.get(data.person) or self._known(data.person)
        time = event.time
        if guard is None or time < guard.fix_at:
            return _NOTHING
        guard.fix_at = time
        guard.phones = 0
        guard.fixes += 1
        guard.idle_fixes += 1
        if guard.on:
            self._location.count += 1
            self._location.heard_at = time
            self.posts[guard.site].location.add(time)
        accuracy = data.accuracy_m or 0.0
        if accuracy <= self._sure and guard.place(time, data.lat, data.lon, accuracy, self._least) and guard.told_at:
            return self.alive(guard, time, "moved")
        return _NOTHING

    def phone(self, event: Event) -> list[Report]:
        data: Phone = event.data
        guard = self.guards.get(data.person) or self._known(data.person)
        if guard is None or data.count == 0:
            return _NOTHING
        time = event.time
        if time > guard.phone_at:
            guard.phone_at = time
        guard.fixes = 0
        guard.phones += 1
        if guard.on:
            self._phone.count += 1
            self._phone.heard_at = time
            self.posts[guard.site].phone.add(time)
        return self.alive(guard, time, "used the phone") if guard.told_at else _NOTHING

    def verify(self, event: Event) -> list[Report]:
        data: Biometric = event.data
        if data.verified is False:
            return _NOTHING
        site = bare(data.site) or ""
        guard = self._known(data.person)
        if guard is None or not guard.on or guard.site != site:
            self._stray(bare(data.person) or "", site, event.time, "was verified")
            return _NOTHING
        if guard.since <= guard.proof_at < event.time:
            self.rhythm.add(event.time - guard.proof_at)
        guard.proof_at = max(guard.proof_at, event.time)
        return self.alive(guard, event.time, "was verified") if guard.told_at else _NOTHING

    def work(self, event: Event) -> list[Report]:
        data: Task = event.data
        known = self.registry.of("task", bare(data.id))
        told = known.attributes if known is not None else {}
        person = data.person or told.get("person")
        guard = self._known(person) if isinstance(person, str) else None
        if guard is None:
            return _NOTHING
        scanned = (data.kind or told.get("kind")) == "checkpoint"
        if scanned:
            guard.scan_at = max(guard.scan_at, event.time)
        guard.work_at = max(guard.work_at, event.time)
        guard.idle_fixes = 0
        if guard.on:
            self.posts[guard.site].tasks.add(event.time)
        return self.alive(guard, event.time, "scanned a checkpoint") if scanned and guard.told_at else _NOTHING

    def alert(self, event: Event) -> list[Report]:
        """Alerts are counted where people are on duty; calls for help are remembered with the person."""
        data: AlertSignal = event.data
        if data.site is not None:
            post = self.posts.get(bare(data.site) or "")
            if post is not None:
                post.alerts.add(event.time)
        if any(word in data.alert_type.upper() for word in _PANIC):
            kind, _, id = (data.entity or "").partition("/")
            guard = self._known(id) if kind == "person" else self._carrier(kind, id)
            if guard is not None:
                guard.panic_at = max(guard.panic_at, event.time)
        return _NOTHING

    # Duties.

    def check_in(self, event: Event) -> list[Report]:
        data: Attendance = event.data
        person, site = bare(data.person) or "", bare(data.site) or ""
        guard = self.guards.get(person)
        if guard is None:
            guard = self.guards[person] = Guard(person)
        time = event.time
        if guard.on and time < guard.since:
            return _NOTHING  # told late; the newer one counts
        reports = self.alive(guard, time, "checked in") if guard.told_at else _NOTHING
        self._off(guard)
        shift = self.plan.mine(person, site, time)
        longest = self.places.at(self.tenant, self.registry.client_of(site), site).night.longest_duty
        guard.on, guard.site, guard.since = True, site, time
        guard.until = time + longest if shift is None else shift.end
        guard.proof_at = time
        guard.phones = guard.fixes = guard.idle_fixes = 0
        if shift is not None and not shift.came_at:
            shift.came_at = time
        if shift is None and self.plan.on_duty(site, time):
            self._stray(person, site, time, "checked in")
        self.posts.setdefault(site, Post())
        self.on_site.setdefault(site, {})[person] = guard
        if data.lat is not None and data.lon is not None and (data.accuracy_m or 0.0) <= self._sure:
            guard.place(time, data.lat, data.lon, data.accuracy_m or 0.0, self._least)
        self.began(guard)
        return reports

    def check_out(self, event: Event) -> list[Report]:
        data: Attendance = event.data
        guard = self.guards.get(bare(data.person) or "")
        if guard is None or event.time < guard.since:
            return _NOTHING
        shift = self.plan.mine(guard.person, guard.site, guard.since)
        if shift is not None and guard.site == bare(data.site):
            shift.left_at = event.time
        if not guard.on:
            return _NOTHING  # the time was up before
        reports = self.alive(guard, event.time, "checked out") if guard.told_at else _NOTHING
        self._off(guard)
        return reports

    def schedule(self, event: Event) -> list[Report]:
        shift = self.plan.schedule(event.data, event.time)
        self.planned(shift, event.time)
        guard = self.guards.get(shift.person)
        if guard is not None and guard.on and guard.site == shift.site:
            mine = self.plan.mine(guard.person, guard.site, guard.since)
            if mine is not None:  # the paper came after the person
                guard.until, mine.came_at = mine.end, mine.came_at or guard.since
        return _NOTHING

    def cancel(self, event: Event) -> list[Report]:
        self.plan.cancel(bare(event.data.id) or "")
        return _NOTHING

    def sweep(self, now: int) -> list[Guard]:
        """Ends the duties whose time is up; who they were. Forgets people unheard of for a week."""
        over = [guard for guards in self.on_site.values() for guard in guards.values() if guard.until <= now]
        for guard in over:
            self._off(guard)
        if now % DAY == 0:
            for person in [one.person for one in self.guards.values() if not one.on and one.heard_at < now - FORGET]:
                del self.guards[person]
        return over

    def _off(self, guard: Guard) -> None:
        if guard.on:
            guard.on = False
            guard.next = None
            here = self.on_site[guard.site]
            del here[guard.person]
            if not here:
                del self.on_site[guard.site]

    def _known(self, person: str | None) -> Guard | None:
        return None if person is None else self.guards.get(bare(person) or "")

    def _carrier(self, kind: str, id: str) -> Guard | None:
        """Who owns the device that called."""
        device = self.registry.of("device", id) if kind == "device" else None
        owner = device.attributes.get("owner") if device is not None else None
        return self._known(owner) if isinstance(owner, str) else None

    def _stray(self, person: str, site: str, time: int, how: str) -> None:
        if len(self.strays) < 1000:  # a source gone mad is no reason to remember it all
            self.strays.append(Stray(person, site, time, how))
