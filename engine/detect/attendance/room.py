"""The room of attendance: takes the events, keeps what is known of people, and tells what the rules find."""

from collections.abc import Callable, Mapping
from heapq import heappop, heappush

import msgspec

from data.payloads import Attendance, Biometric, Fix, Phone, TaskPatch
from data.records import severity
from data.references import bare
from data.times import HOUR, MINUTE
from data.wire import Event
from engine.detect.attendance import biometric, ghost, location, photo, schedule, spoofing, working
from engine.detect.attendance.evidence import Evidence
from engine.detect.attendance.fences import Fence
from engine.detect.attendance.plan import Plan
from engine.detect.attendance.presence import Presence, Session
from engine.detect.report import Report, Sighting, Withdrawal
from engine.detect.room import Handler
from engine.detect.roster import Duty
from engine.registry import Registry
from engine.settings.attendance import AttendanceSettings
from engine.settings.places import Places

WATCH = 30 * MINUTE  # how often a turn is looked at while it lasts
_AFTER = 2 * HOUR  # a turn without a check-out is over this long after its plan and the last sign of life
_LONGEST = 14 * HOUR  # without a plan
_SHIFT, _TURN = 0, 1  # what a timer is for
_TOLD = 0.02  # evidence that has changed by less than this is not told again


class _State(msgspec.Struct):
    people: dict[str, Presence]
    duties: list[Duty]
    next_sweep: int
    dropped: dict[str, Duty]
    attended_at: int
    timers: list[tuple[int, int, str]]
    habits: spoofing.Habits
    spots: spoofing.Spots
    pace: ghost.Pace
    fences: dict[str, Fence]
    heard_at: int


class AttendanceRules:
    """Evidence from check-ins, verifications, fixes and silence of one partition."""

    def __init__(self, tenant: str, places: Places, registry: Registry, wake: Callable[[], None]) -> None:
        self.tenant = tenant
        self.wake = wake
        self.places = places
        config = places.config
        self._everywhere = None if config.overrides else config.attendance  # asked at every fix
        self.registry = registry
        self.people: dict[str, Presence] = {}
        self.timers: list[tuple[int, int, str]] = []  # (when, what for, shift or person)
        self.plan = Plan(self.people, self.settings, self._when_missed)
        self.roster = self.plan.roster
        self.habits = spoofing.Habits()
        self.spots = spoofing.Spots()
        self.pace = ghost.Pace()
        self.fences: dict[str, Fence] = {}
        self.heard_at = 0  # the newest sign of life of anybody

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "noc.shift.scheduled": self.plan.book,
            "noc.shift.cancelled": self.plan.cancel,
            "noc.location.fix": self.fix,
            "noc.phone.activity": self.phone,
            "noc.task.completed": self.task,
            "noc.biometric.verified": self.verify,
            "noc.attendance.check_in": self.check_in,
            "noc.attendance.check_out": self.check_out,
        }

    def due(self) -> int | None:
        return self.timers[0][0] if self.timers else None

    def tick(self, now: int) -> list[Report]:
        """Shifts whose person must have come, and turns that are looked at."""
        found: list[Report] = []
        while self.timers and self.timers[0][0] <= now:
            _, what, name = heappop(self.timers)
            found += self.plan.missed(name, now) if what == _SHIFT else self._watch(name, now)
        return found

    def dump(self) -> bytes:
        plan = self.plan
        state = _State(
            self.people, list(plan.roster.duties.values()), plan.roster.next_sweep, plan.dropped, plan.attended_at,
            self.timers, self.habits, self.spots, self.pace, self.fences, self.heard_at,
        )  # fmt: skip
        return msgspec.msgpack.encode(state)

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        self.people.clear()
        self.people.update(state.people)
        self.timers = state.timers
        self.plan.restore(state.duties, state.next_sweep, state.dropped, state.attended_at)
        self.habits, self.spots, self.pace, self.heard_at = state.habits, state.spots, state.pace, state.heard_at
        self.fences = state.fences

    def settings(self, site: str) -> AttendanceSettings:
        """What holds at a site, overrides of its tenant and client included."""
        if self._everywhere is not None:
            return self._everywhere
        return self.places.at(self.tenant, self.registry.client_of(site), site).attendance

    def _when_missed(self, time: int, shift: str) -> None:
        """Somebody must have come by then."""
        heappush(self.timers, (time, _SHIFT, shift))
        self.wake()

    # Signs of life.

    def phone(self, event: Event) -> list[Report]:
        data: Phone = event.data
        presence = self.people.get(data.person) or self.people.get(bare(data.person) or "")
        if presence is not None:
            presence.heard(event.time, free=False)
            self.heard_at = max(self.heard_at, event.time)
        return []

    def task(self, event: Event) -> list[Report]:
        data: TaskPatch = event.data
        person = bare(data.person)
        if person is None:
            task = self.registry.of("task", bare(data.id))
            person = task.attributes.get("person") if task is not None else None
        presence = self.people.get(person or "")
        if presence is not None:
            presence.heard(event.time, free=True)
            self.heard_at = max(self.heard_at, event.time)
        return []

    def fix(self, event: Event) -> list[Report]:
        data: Fix = event.data
        person, time = bare(data.person) or "", event.time
        presence = self.people.get(person)
        if presence is None:
            presence = self.people[person] = Presence()
        presence.heard(time, free=False)
        if time > self.heard_at:
            self.heard_at = time
        turn, accuracy = presence.turn, data.accuracy_m or 0.0
        limits = self.settings(turn.site if turn is not None else bare(data.site) or "")
        if accuracy > limits.max_accuracy_m:
            return []
        found: list[Report] = []
        if turn is not None:
            speed = location.speed_kmh(presence, data.lat, data.lon, accuracy, time)
            if speed > limits.max_speed_kmh:
                found = self._sight(person, turn, time, location.too_fast(presence, speed, time, limits))
            turn.track.add(data.lat, data.lon, accuracy, time)
        _move(presence, data.lat, data.lon, accuracy, time)
        return found

    def verify(self, event: Event) -> list[Report]:
        data: Biometric = event.data
        person, site = bare(data.person) or "", bare(data.site) or ""
        presence = self.people.setdefault(person, Presence())
        biometric.note_proof(presence, event.time, data.confidence)
        if data.verified is False:
            return []
        self.heard_at = max(self.heard_at, event.time)
        found = self._two_places(event, presence, person, site)
        turn = presence.turn
        if turn is not None and turn.site == site:
            presence.heard(event.time, free=True)
        presence.site, presence.verified_at = site, max(presence.verified_at, event.time)
        return found

    # Coming and going.

    def check_in(self, event: Event) -> list[Report]:
        data: Attendance = event.data
        person, site, time = bare(data.person) or "", bare(data.site) or "", event.time
        presence = self.people.setdefault(person, Presence())
        limits = self.settings(site)
        self.roster.sweep(time)
        self.plan.attended_at, self.heard_at = max(self.plan.attended_at, time), max(self.heard_at, time)
        if data.face is not None:
            biometric.note_proof(presence, time, data.face.confidence)
        told: list[Report] = []
        evidence = self._looked_at(event, presence, person, site, limits, told)
        withdrawn = self._planned(event, presence, person, site, limits, evidence)
        told += self._two_places(event, presence, person, site)
        presence.site, presence.verified_at = site, max(presence.verified_at, time)
        turn = presence.turn
        assert turn is not None
        told += self._sight(person, turn, time, evidence, (event.source, event.id))
        return [*withdrawn, *told]

    def _looked_at(
        self,
        event: Event,
        presence: Presence,
        person: str,
        site: str,
        limits: AttendanceSettings,
        told: list[Report],
    ) -> list[Evidence]:
        """What the check-in itself shows: place, speed, face and photo. What it tells of the site goes to `told`."""
        data: Attendance = event.data
        known = self.registry.of("site", site)
        place, fence, accuracy = location.place_of(known), location.fence_of(known, limits), data.accuracy_m or 0.0
        there = self._place(presence.turn.site if presence.turn is not None else presence.left_site)
        evidence = working.impossible(presence, site, place, there, event.time, limits)
        if data.lat is not None and data.lon is not None and accuracy <= limits.max_accuracy_m:
            if place is not None:
                away = location.outside(data.lat, data.lon, accuracy, place, fence)
                state = self.fences.setdefault(site, Fence())
                told += state.note(site, person, event.time, outside=bool(away))
                evidence += [] if state.doubtful else away
            speed = location.speed_kmh(presence, data.lat, data.lon, accuracy, event.time)
            if not any(one.sure > 0.3 for one in evidence if one.kind == "IMPOSSIBLE_SHIFTS"):
                evidence += location.too_fast(presence, speed, event.time, limits)
            evidence += spoofing.same_spot(presence, self.spots, person, data.lat, data.lon, event.time)
            _move(presence, data.lat, data.lon, accuracy, event.time)
        evidence += biometric.face_evidence(data.face, limits)
        evidence += biometric.pattern_evidence(presence, event.time, limits)
        evidence += photo.photo_evidence(data, fence, place, limits)
        return evidence

    def _planned(
        self,
        event: Event,
        presence: Presence,
        person: str,
        site: str,
        limits: AttendanceSettings,
        evidence: list[Evidence],
    ) -> list[Report]:
        """Holds the check-in against the plan, and opens its turn. A second check-in of a turn that runs changes
        nothing. What is found goes to `evidence`; a no-show who comes after all is told of as one that came."""
        time, running = event.time, presence.turn
        known = self.registry.of("site", site)
        arrival = schedule.Arrival(
            person, site, time, bare(event.data.shift), self.registry.of("person", person),
            bare(known.attributes.get("in_charge")) if known is not None else None,
        )  # fmt: skip
        duty = schedule.own(self.roster, arrival)
        if running is not None:
            other = duty is not None and duty.shift != running.shift
            if running.site == site and time - running.heard_at < _AFTER and not other:
                return []
            self._close(presence, running, running.heard_at)
        turn = Session(event.source, event.id, site, time, working.since(presence, time, limits), arrival.claimed)
        presence.turn = turn
        withdrawn: list[Report] = []
        if duty is None:
            evidence += schedule.unplanned(self.roster, arrival, limits)
            turn.planned_end = self._meant_end(arrival)
        else:
            evidence += schedule.fits(duty, time, limits)
            turn.shift, turn.planned_end = duty.shift, duty.end
            if not duty.came and time - duty.start >= limits.no_show:
                why = f"came {(time - duty.start) / MINUTE:.0f} min after the start"
                withdrawn = [Withdrawal("NO_SHOW", person, site, 0, time, why, duty.source, duty.event)]
            duty.came = duty.came or time
            withdrawn += self._came_after_all(duty, time)
        evidence += working.overtime(turn, time, limits)
        self._look_again(person, turn, time)
        return withdrawn

    def _came_after_all(self, duty: Duty, time: int) -> list[Report]:
        """Somebody seemed to have come in this person's place, who comes now: that one has no shift, but took nobody's.
        Whoever checked in on the very shift stays accused."""
        stranger = self.people.get(duty.stand_in or "")
        turn = stranger.turn if stranger is not None else None
        if duty.stand_in is None or turn is None or turn.site != duty.site or turn.claimed == duty.shift:
            return []
        sure = turn.told.pop(schedule.WRONG, None)
        if sure is None:
            return []
        why = f"{duty.person} has come"
        one = Evidence(schedule.UNFIT, severity.MEDIUM, 0.75, f"has no shift; {why}", {"expected": [duty.person]})
        gone = Withdrawal(schedule.WRONG, duty.stand_in, duty.site, 0, time, why, turn.source, turn.id)
        return [gone, *self._sight(duty.stand_in, turn, time, [one])]

    def _meant_end(self, arrival: schedule.Arrival) -> int:
        """When somebody without a shift will leave: with the shift named, or with those who are there; 0: unknown."""
        claimed = self.roster.duties.get(arrival.claimed or "")
        around = [claimed] if claimed is not None else self.roster.on_duty(arrival.site, arrival.time)
        return max((duty.end for duty in around if duty.end > arrival.time), default=0)

    def check_out(self, event: Event) -> list[Report]:
        data: Attendance = event.data
        person, site, time = bare(data.person) or "", bare(data.site) or "", event.time
        self.plan.attended_at, self.heard_at = max(self.plan.attended_at, time), max(self.heard_at, time)
        presence = self.people.get(person)
        if presence is None:
            return []
        accuracy, limits = data.accuracy_m or 0.0, self.settings(site)
        if data.lat is not None and data.lon is not None and accuracy <= limits.max_accuracy_m:
            _move(presence, data.lat, data.lon, accuracy, time)
        turn = presence.turn
        if turn is None or turn.site != site or _other(turn.claimed, bare(data.shift)):
            return []
        found = self._judge(person, presence, turn, time)
        self._close(presence, turn, time)
        return found

    def _watch(self, person: str, now: int) -> list[Report]:
        """One look at a turn that runs; a turn that nobody ended ends here."""
        presence = self.people[person]
        turn = presence.turn
        if turn is None or turn.watch != now:
            return []  # over, or the timer of a turn before
        found = self._judge(person, presence, turn, now)
        heard = turn.heard_at
        if now - heard > _AFTER and now > (turn.planned_end or turn.began + _LONGEST) + _AFTER:
            self._close(presence, turn, heard)
        else:
            self._look_again(person, turn, now)
        return found

    def _look_again(self, person: str, turn: Session, now: int) -> None:
        turn.watch = now + WATCH
        heappush(self.timers, (turn.watch, _TURN, person))
        self.wake()

    def _judge(self, person: str, presence: Presence, turn: Session, now: int) -> list[Report]:
        """What the hours since the check-in show."""
        limits = self.settings(turn.site)
        evidence = spoofing.too_good(presence, turn.track, self.habits, limits)
        evidence += ghost.silent(presence, turn, self.pace, now, self.heard_at, limits)
        if now - turn.heard_at < HOUR or now <= turn.planned_end:
            evidence += working.overtime(turn, now, limits)
        found = self._sight(person, turn, now, evidence)
        if not any(one.kind == ghost.KIND for one in evidence) and turn.told.pop(ghost.KIND, None) is not None:
            why = f"heard of again {(turn.heard_at - turn.began) / HOUR:.1f} h after the check-in"
            found.append(Withdrawal(ghost.KIND, person, turn.site, 0, now, why, turn.source, turn.id))
        return found

    def _close(self, presence: Presence, turn: Session, end: int) -> None:
        limits = self.settings(turn.site)
        spoofing.note_turn(presence, turn.track, self.habits, limits)
        ghost.note_turn(presence, turn, self.pace, end)
        presence.turn = None
        presence.left_site, presence.left_at, presence.worked_since = turn.site, end, turn.worked_since

    def _two_places(self, event: Event, presence: Presence, person: str, site: str) -> list[Report]:
        """Verified here, and at another site minutes ago. It counts against the check-in it belongs to."""
        apart = abs(event.time - presence.verified_at)
        if not presence.verified_at or presence.site == site or apart > self.settings(site).buddy_window:
            return []
        evidence = location.two_places(presence.site, apart, self._place(site), self._place(presence.site), site)
        turn = presence.turn
        if turn is None or event.type == "noc.attendance.check_in":
            turn = Session(event.source, event.id, site, event.time, event.time)
        return self._sight(person, turn, event.time, evidence)

    def _place(self, site: str) -> tuple[float, float] | None:
        return location.place_of(self.registry.of("site", site))

    def _sight(
        self, person: str, turn: Session, time: int, evidence: list[Evidence], event: tuple[str, str] | None = None
    ) -> list[Report]:
        """Tells evidence against a turn; the same again only where it has become surer or less sure by something."""
        source, id = event or (turn.source, turn.id)
        told = turn.told if (source, id) == (turn.source, turn.id) else {}
        least = self.settings(turn.site).report_from
        found: list[Report] = []
        for one in evidence:
            sure, before = round(one.sure, 3), told.get(one.kind, 0.0)
            change = sure - before
            if abs(change) < _TOLD or (change < 0 and one.kind != ghost.KIND):
                continue
            told[one.kind] = sure
            again = before >= least or sure < least
            found.append(
                Sighting(
                    one.kind, one.severity, sure, person, turn.site, source, id, time, one.text, one.numbers, again
                )
            )
        return found


def _other(one: str | None, other: str | None) -> bool:
    """Whether two shifts are told, and are not the same."""
    return one is not None and other is not None and one != other


def _move(presence: Presence, lat: float, lon: float, accuracy: float, time: int) -> None:
    if time >= presence.fixed_at:
        presence.lat, presence.lon, presence.accuracy_m, presence.fixed_at = lat, lon, accuracy, time
