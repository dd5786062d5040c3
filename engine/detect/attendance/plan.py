"""The plan as it is told, changed and kept: swaps that excuse, and people who do not come."""

from collections.abc import Callable

from data.payloads import Shift
from data.records import severity
from data.references import bare
from data.times import HOUR, MINUTE
from data.wire import Event
from engine.detect.attendance.presence import Presence, Session
from engine.detect.attendance.schedule import EXCUSED
from engine.detect.report import Report, Sighting, Withdrawal
from engine.detect.roster import EARLY, Duty, Roster
from engine.settings.attendance import AttendanceSettings

_OUTAGE = 3 * HOUR  # check-ins that arrive from nobody so long are waited for
_TOLD_LATE = HOUR  # a shift booked so shortly before its start, or later, gives its person time for the way


class Plan:
    """The roster of one partition, and what follows from it by the clock. `remind` asks for `missed` to be called."""

    def __init__(
        self,
        people: dict[str, Presence],
        settings: Callable[[str], AttendanceSettings],
        remind: Callable[[int, str], None],
    ) -> None:
        self.people = people
        self.settings = settings
        self.remind = remind
        self.roster = Roster()
        self.dropped: dict[str, Duty] = {}  # person -> shift cancelled after its start that nobody had come to
        self.attended_at = 0  # the newest check-in or check-out of anybody

    def restore(self, duties: list[Duty], next_sweep: int, dropped: dict[str, Duty], attended_at: int) -> None:
        """Takes up what was dumped."""
        self.roster.restore(duties)
        self.roster.next_sweep, self.dropped, self.attended_at = next_sweep, dropped, attended_at

    def book(self, event: Event) -> list[Report]:
        """A new shift; one for a substitute excuses a check-in that came before the news."""
        data: Shift = event.data
        duty = self.roster.schedule(data, event)
        limits, turn = self.settings(duty.site), self._turn(duty)
        if turn is not None and duty.start - EARLY <= event.time <= duty.end:
            duty.came = duty.came or turn.began
            turn.shift, turn.planned_end = duty.shift, duty.end
        late = duty.booked_at if duty.booked_at > duty.start - _TOLD_LATE else 0
        asked = max(duty.start, late + _TOLD_LATE if late else 0) + limits.no_show
        if not duty.came and event.time < asked <= duty.end:
            self.remind(asked, duty.shift)
        if duty.substitute_for is None:
            return []
        return [*self._excused(event, duty, turn, limits), *self._replaced(event, duty)]

    def cancel(self, event: Event) -> list[Report]:
        """A shift is taken away; one that has begun and that nobody came to is remembered."""
        duty = self.roster.cancel(bare(event.data.id) or "")
        if duty is not None and not duty.came and event.time - duty.start - self.settings(duty.site).late >= 0:
            self.dropped[duty.person] = duty
        return []

    def missed(self, shift: str, now: int) -> list[Report]:
        """The time by which the person of a shift must have come."""
        duty = self.roster.duties.get(shift)
        if duty is None or duty.came or now > duty.end:
            return []
        arriving = self.attended_at >= duty.start - HOUR
        if not arriving and now - duty.start < _OUTAGE:
            self.remind(now + self.settings(duty.site).no_show, shift)  # nobody's check-ins arrive: not this person's
            return []
        if self._turn(duty) is not None or self._verified(duty) or duty.stand_in is not None:
            return []  # there, if not checked in; or the wrong person in this place has been told of
        text = f"nothing seen of {duty.person} {(now - duty.start) / MINUTE:.0f} min after the start of {shift}"
        return [_no_show(duty, now, 0.9 if arriving else 0.45, text)]

    def _excused(self, event: Event, duty: Duty, turn: Session | None, limits: AttendanceSettings) -> list[Report]:
        since = max(event.time - limits.swap_grace, duty.start - EARLY)
        if turn is None or turn.began < since:
            return []
        why = f"swap {duty.shift}: {duty.person} stands in for {duty.substitute_for}"
        for kind in EXCUSED:
            turn.told.pop(kind, None)
        return [
            Withdrawal(kind, duty.person, duty.site, since, event.time, why, turn.source, turn.id) for kind in EXCUSED
        ]

    def _replaced(self, event: Event, duty: Duty) -> list[Report]:
        """A shift was given to somebody else after its start: if that one is there already it was a swap, else nobody
        had come."""
        gone = self.dropped.pop(duty.substitute_for or "", None)
        if gone is None or gone.site != duty.site or duty.came or gone.stand_in == duty.person:
            return []
        text = f"had not come {(event.time - gone.start) / MINUTE:.0f} min after the start; {duty.person} was called"
        return [_no_show(gone, event.time, 0.9, text)]

    def _turn(self, duty: Duty) -> Session | None:
        """The turn that the person of a shift is at, if it is at its site."""
        presence = self.people.get(duty.person)
        turn = presence.turn if presence is not None else None
        return turn if turn is not None and turn.site == duty.site else None

    def _verified(self, duty: Duty) -> bool:
        presence = self.people.get(duty.person)
        return presence is not None and presence.site == duty.site and presence.verified_at >= duty.start - EARLY


def _no_show(duty: Duty, now: int, sure: float, text: str) -> Sighting:
    numbers = {"shift": duty.shift, "minutes": round((now - duty.start) / MINUTE)}
    return Sighting("NO_SHOW", severity.HIGH, sure, duty.person, duty.site, duty.source, duty.event, now, text, numbers)
