"""Whether a check-in fits the plan: whose shift is it, and is it time for it?

A check-in is held against the set of all who are scheduled at the site around that time, substitutes among them.
"""

from typing import NamedTuple

from data.records import severity
from data.records.entity import Entity
from data.times import HOUR, MINUTE
from engine.detect.attendance.evidence import Evidence
from engine.detect.roster import EARLY, Duty, Roster
from engine.settings.attendance import AttendanceSettings

WRONG, ELSEWHERE, UNFIT = "WRONG_PERSON", "UNAUTHORIZED_SITE", "SCHEDULE_MISMATCH"
EXCUSED = (WRONG, ELSEWHERE, UNFIT)  # by a swap that is told later
_NEAR = 12 * HOUR  # a shift of one's own this close is the one that was meant
_OFF = 0.45  # at one's own post at the wrong time: seen, seldom fraud
_CALLED = 60 * MINUTE  # the way of someone who is called after the start


class Arrival(NamedTuple):
    """Somebody checks in: `home` is the site that person belongs to, `claimed` the shift that the check-in names."""

    person: str
    site: str
    time: int
    claimed: str | None
    known: Entity | None
    in_charge: str | None


def own(roster: Roster, arrival: Arrival) -> Duty | None:
    """The shift of this person at this site that the check-in belongs to: the one it names, else the nearest."""
    mine = [duty for duty in roster.on_duty(arrival.site, arrival.time) if duty.person == arrival.person]
    if not mine:
        return None
    named = [duty for duty in mine if duty.shift == arrival.claimed]
    return min(named or mine, key=lambda duty: (abs(duty.start - arrival.time), duty.shift))


def expected_at(duty: Duty) -> int:
    """When its person had to be there: someone called late gets time for the way."""
    return duty.start if duty.booked_at < duty.start - _CALLED else max(duty.start, duty.booked_at + _CALLED)


def fits(duty: Duty, time: int, limits: AttendanceSettings) -> list[Evidence]:
    """Late, or far off the start of one's own shift."""
    found = []
    early, late = duty.start - time, time - expected_at(duty)
    numbers = {"shift": duty.shift, "minutes": round((time - duty.start) / MINUTE)}
    if late > limits.late:
        level = severity.MEDIUM if late > 2 * limits.late else severity.LOW
        text = f"arrived {late / MINUTE:.0f} min after the start of {duty.shift}"
        found.append(Evidence("LATE_ARRIVAL", level, 0.98, text, numbers))
    off = max(early, late)
    if off > limits.off_plan:
        way = "before" if early > 0 else "after"
        text = f"checked in {off / MINUTE:.0f} min {way} the start of {duty.shift}"
        found.append(Evidence(UNFIT, severity.LOW, _OFF, text, numbers))
    return found


def unplanned(roster: Roster, arrival: Arrival, limits: AttendanceSettings) -> list[Evidence]:
    """Somebody without a shift here now. A site without any plan accuses nobody, and supervisors come as they like."""
    claimed = roster.duties.get(arrival.claimed or "")
    if claimed is not None and claimed.site == arrival.site and claimed.person != arrival.person:
        return _in_place_of(arrival, claimed, 0.92, f"checked in on {claimed.shift}, the shift of {claimed.person}")
    if not roster.plans(arrival.site) or _comes_freely(arrival, limits):
        return []
    around = roster.on_duty(arrival.site, arrival.time)
    names = sorted({duty.person for duty in around})
    home = arrival.known.site if arrival.known is not None else None
    numbers = {"expected": names[:8], "home_site": home}
    told = f"expected: {', '.join(names[:4])}" if names else "nobody is expected now"
    busy = _booked_elsewhere(roster, arrival)
    if home is not None and home != arrival.site:
        level = severity.LEVELS[limits.unauthorized_severity]
        text = f"belongs to {home}, not scheduled here; {told}"
        if busy is not None:
            text += f"; {arrival.person} is on the plan of {busy.site} now"
        return [Evidence(ELSEWHERE, level, 0.88, text, numbers)]
    if busy is not None:
        text = f"on the plan of {busy.site} now, not here; {told}"
        return [Evidence(UNFIT, severity.HIGH, 0.85, text, numbers | {"booked_at": busy.site})]
    nearest = _nearest(roster, arrival)
    if nearest is not None:
        off = arrival.time - nearest.start
        text = f"own shift {nearest.shift} starts {abs(off) / MINUTE:.0f} min {'later' if off < 0 else 'earlier'}"
        return [Evidence(UNFIT, severity.LOW, _OFF, text, numbers | {"shift": nearest.shift})]
    missing = _missing(around, arrival.time)
    if missing is not None:
        return _in_place_of(arrival, missing, 0.8, f"not scheduled, and {missing.person} has not come; {told}")
    return [Evidence(UNFIT, severity.MEDIUM, 0.75 if around else 0.6, f"has no shift; {told}", numbers)]


def _in_place_of(arrival: Arrival, duty: Duty, sure: float, text: str) -> list[Evidence]:
    if not duty.came:
        duty.stand_in = arrival.person
    home = arrival.known.site if arrival.known is not None else None
    numbers = {"expected": [duty.person], "shift": duty.shift, "home_site": home}
    return [Evidence(WRONG, severity.HIGH, sure, text, numbers)]


def _comes_freely(arrival: Arrival, limits: AttendanceSettings) -> bool:
    if arrival.person == arrival.in_charge:
        return True
    role = arrival.known.attributes.get("role") if arrival.known is not None else None
    return isinstance(role, str) and role.lower() in limits.free_roles


def _booked_elsewhere(roster: Roster, arrival: Arrival) -> Duty | None:
    """A shift of this person that runs at another site now."""
    for duty in roster.of(arrival.person):
        if duty.site != arrival.site and duty.start - EARLY // 3 <= arrival.time < duty.end - EARLY // 3:
            return duty
    return None


def _nearest(roster: Roster, arrival: Arrival) -> Duty | None:
    """The next or last shift of one's own at this site, if it may have been meant."""
    mine = [duty for duty in roster.of(arrival.person) if duty.site == arrival.site]
    near = [duty for duty in mine if duty.start - _NEAR // 3 <= arrival.time <= duty.end + _NEAR // 6]
    return min(near, key=lambda duty: (abs(duty.start - arrival.time), duty.shift), default=None)


def _missing(around: list[Duty], time: int) -> Duty | None:
    """Somebody whose shift begins about now, who has not come and whose place nobody has taken."""
    gone = [duty for duty in around if not duty.came and duty.stand_in is None and abs(duty.start - time) <= EARLY]
    return min(gone, key=lambda duty: (abs(duty.start - time), duty.shift), default=None)
