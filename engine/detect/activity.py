"""Guards who give no sign of life at night.

The score is that of the original system: the weights of the channels that are silent (phone, movement, tasks, tours;
other weights in the deep night, and a fifth more) - but only channels that could have spoken count, and the weights are
shared out among them: a guard without tours to make is not inactive for making none, one whose positions are too poor
to tell a step is not standing still. Three things clear at once:

* a proof of a living person at the site within the window: verified at the reader, or a checkpoint scanned (a task
  that was ticked off is only the word of its channel);
* an outage of the source of phones or positions during the window (`engine.detect.field.channels`);
* a handset that is dark altogether, while verifications are not overdue by their own rhythm: a dead battery is more
  likely than an empty post. Later the silence counts, but less than that of a handset that lives.
"""

from collections.abc import Callable

from data.records import severity
from data.times import DAY, MINUTE
from engine.detect.field import Field, Guard
from engine.detect.heaps import Deadlines
from engine.detect.localtime import LocalTime, is_night
from engine.detect.overdue import OverdueRules
from engine.detect.report import Found, Over, Report
from engine.detect.tours import TourRules
from engine.settings import Config
from engine.settings.attendance import AttendanceSettings

# phone, movement, tasks, tours
WEIGHTS = {"phone": 0.20, "movement": 0.30, "tasks": 0.25, "tours": 0.25}
DEEP = {"phone": 0.30, "movement": 0.40, "tasks": 0.25, "tours": 0.30}
DEEP_FACTOR = 1.2
DARK = 0.85  # of the score: a dark handset may be a dead one
UNKNOWN = 0.8  # and it is not known how often people are verified here
LIVES = 30 * MINUTE  # a handset that sent a position within this is alive
AGAIN = 30 * MINUTE  # a finding that lasts is told again
LOOK = 5 * MINUTE


class NightActivity:
    """Looks at each guard on duty when something about his silence can be another; `due` is exact, not on a grid."""

    def __init__(
        self, field: Field, tours: TourRules, overdue: OverdueRules, local: LocalTime, wake: Callable[[], None]
    ) -> None:
        self.field = field
        self.tours = tours
        self.overdue = overdue
        self.local = local
        self.wake = wake
        field.alive = self.alive
        field.began = self.began
        self._timers = Deadlines(lambda person: guard.next if (guard := field.guards.get(person)) else None)

    def due(self) -> int | None:
        return self._timers.due()

    def restored(self) -> None:
        """After the field was loaded."""
        for guard in self.field.guards.values():
            if guard.next is not None:
                self._timers.set(guard.person)

    def began(self, guard: Guard) -> None:
        if self._settings(guard.site).attendance.inactivity:
            self._wait(guard, guard.since + self._settings(guard.site).attendance.inactivity_window)

    def alive(self, guard: Guard, time: int, how: str) -> list[Report]:
        """A sign of somebody whose silence is a finding: it is over."""
        since, guard.told_at, guard.score = guard.told_at, 0, 0.0
        if guard.on:
            self._wait(guard, max(time, since) + LOOK)
        return [Over(_key(guard), time, f"{guard.person} {how}")]

    def tick(self, now: int) -> list[Report]:
        reports: list[Report] = []
        for person in self._timers.take(now):
            guard = self.field.guards[person]
            guard.next = None
            reports += self._look(guard, now)
        return reports

    def ended(self, guards: list[Guard], now: int) -> list[Report]:
        """Duties whose time is up, although nobody checked out."""
        return [self._over(guard, now, "the duty is over") for guard in guards if guard.told_at]

    def _look(self, guard: Guard, now: int) -> list[Report]:
        settings = self._settings(guard.site)
        night, rules = settings.night, settings.attendance
        if now >= guard.until:
            return [self._over(guard, now, "the duty is over")] if guard.told_at else []
        hour = self.local.hour(guard.site, now)
        if not is_night(hour, night.begins, night.ends):
            self._wait(guard, self.local.next(guard.site, now, night.begins))
            return [self._over(guard, now, "the night is over")] if guard.told_at else []
        deep = is_night(hour, rules.deep_night_from, rules.deep_night_to)
        fell = self.local.next(guard.site, now - DAY, night.begins)
        if now - fell < rules.inactivity_window:
            self._wait(guard, fell + rules.inactivity_window)  # only what is silent at night counts
            return []
        score, evidence, later = self._judge(guard, now, settings, deep=deep)
        if not deep:  # other weights hold from then on
            later = min(later, self.local.next(guard.site, now, rules.deep_night_from))
        self._wait(guard, min(later, guard.until))
        if score < rules.inactivity_score:
            return [self._over(guard, now, "there is an explanation by now")] if guard.told_at else []
        if guard.told_at and now - guard.told_at < AGAIN and score <= guard.score:
            return []
        guard.told_at, guard.score = now, max(guard.score, score)
        return [self._found(guard, now, rules, evidence)]

    def _judge(self, guard: Guard, now: int, settings: Config, *, deep: bool) -> tuple[float, dict[str, object], int]:
        """(score, evidence, when to look again)."""
        window = settings.attendance.inactivity_window
        seen = guard.seen_at + window
        if seen > now:
            return 0.0, {}, seen
        silent = self._channels(guard, now, window)
        later = min((at for at in silent.values() if at > now), default=now + LOOK)
        weights = DEEP if deep else WEIGHTS
        able = sum(weights[name] for name in silent)
        if not able:
            return 0.0, {}, now + 3 * LOOK
        score = min(
            1.0, sum(weights[name] for name, at in silent.items() if at <= now) / able * (DEEP_FACTOR if deep else 1)
        )
        alive = now - guard.fix_at <= LIVES
        evidence: dict[str, object] = {
            "silent": [name for name, at in silent.items() if at <= now],
            "minutes": (now - guard.heard_at) // MINUTE,
            "handset": "alive" if alive else "dark",
            "deep_night": deep,
            "unverified_min": (now - guard.seen_at) // MINUTE,
        }
        if not alive:
            usual = self.field.rhythm.longest()
            needed = settings.night.dark_window if usual is None else max(usual, window)
            if now - guard.seen_at < needed:
                return 0.0, {}, guard.seen_at + needed
            score *= UNKNOWN if usual is None else DARK
            evidence["usual_verification_min"] = None if usual is None else usual // MINUTE
        return score, evidence, max(later, now + LOOK)

    def _channels(self, guard: Guard, now: int, window: int) -> dict[str, int]:
        """The channels that could have spoken, each with the time from which on it is silent for the whole window."""
        channels = self.field.channels
        found: dict[str, int] = {}
        if guard.phone_at and channels["phone"].clear(now, window):
            found["phone"] = max(guard.phone_at, guard.since) + window
        positions = guard.sure_at and channels["location"].clear(now, window)
        if positions and (guard.sure_at > now - window or guard.fix_at <= now - LIVES):
            found["movement"] = max(guard.moved_at, guard.since) + window
        asked = [tour for tour in self.tours.at(guard.site) if tour.person == guard.person and tour.due is not None]
        if any(now - window <= (tour.due or 0) <= now for tour in asked):
            found["tours"] = max((tour.scanned_at for tour in asked), default=0) + window
        late = [one for one in self.overdue.items(guard.site) if one.person == guard.person and one.kind == "task"]
        if guard.work_at > now - window or any(one.due is not None and now - window <= one.due <= now for one in late):
            found["tasks"] = guard.work_at + window
        if found.keys() <= {"tours", "tasks"}:
            return {}  # nothing was ever heard of a handset: work left undone is found as that
        return found

    def _found(self, guard: Guard, now: int, rules: AttendanceSettings, evidence: dict[str, object]) -> Found:
        minutes = (now - guard.heard_at) // MINUTE
        long = now - guard.heard_at >= 2 * rules.inactivity_window
        level = (
            severity.CRITICAL
            if guard.score >= 0.9 or long
            else severity.HIGH
            if guard.score >= 0.8
            else severity.MEDIUM
        )
        handset = "the handset lies still" if evidence["handset"] == "alive" else "the handset is dark"
        return Found(
            _key(guard), "GUARD_INACTIVITY", "SECURITY", level, now,
            f"no sign of life for {minutes} min; {handset}", {"score": round(guard.score, 3), **evidence},
            site=guard.site, person=guard.person, window_start=guard.heard_at,
        )  # fmt: skip

    def _over(self, guard: Guard, now: int, why: str) -> Over:
        guard.told_at, guard.score = 0, 0.0
        return Over(_key(guard), now, why)

    def _settings(self, site: str) -> Config:
        return self.field.places.at(self.field.tenant, self.field.registry.client_of(site), site)

    def _wait(self, guard: Guard, until: int) -> None:
        if guard.next is None or until < guard.next:
            guard.next = until
            if self._timers.set(guard.person):
                self.wake()


def _key(guard: Guard) -> str:
    return f"GUARD_INACTIVITY/{guard.person}"
