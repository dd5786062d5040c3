"""What a scorer sees of a check-in: the original's twelve features, what this check-in shows, and the evidence.

Computed once, when the check-in is taken, from what was known then: the same numbers are stored with the score, learned
from, and served. Only the evidence part changes afterwards, with the row.
"""

from collections.abc import Callable
from math import sqrt
from zoneinfo import ZoneInfo

import msgspec

from data.payloads import Attendance, Biometric, CalendarDay
from data.records.entity import Entity
from data.references import bare
from data.times import DAY, HOUR, MINUTE, to_datetime
from data.wire import Event
from engine.detect.attendance.location import fence_of, place_of
from engine.detect.attendance.presence import Session
from engine.detect.roster import Roster
from engine.geo import distance_m
from engine.registry import Registry
from engine.settings.attendance import AttendanceSettings

TWELVE = (
    "hour_of_day", "day_of_week", "is_weekend", "is_holiday", "gps_drift_meters", "location_consistency_score",
    "check_in_frequency_zscore", "late_arrival_rate", "weekend_work_frequency", "face_recognition_confidence",
    "biometric_mismatch_count_30d", "time_since_last_event",
)  # fmt: skip
"""Original-system.md §3.2, in its order; hours and days are the site's."""
SHOWN = (
    "gps_accuracy_m",  # as claimed
    "outside_m",  # beyond the fence and the accuracy; negative inside
    "face_liveness",
    "face_below_usual",  # this person's usual match minus this one
    "photo_authenticity",
    "photo_manipulation",
    "photo_away_m",  # of the photo from the check-in
    "minutes_after_start",  # of the own shift; negative: early
    "on_plan",  # 1 with a shift of one's own here and now, 0 without, None where there is no plan
    "at_home",  # 1 at the site that the person belongs to
    "hours_worked",  # without a rest, before this check-in
    "confirmed_before_90d",  # check-ins of this person that were judged fraud by then
)
KINDS = (
    "WRONG_PERSON", "UNAUTHORIZED_SITE", "IMPOSSIBLE_SHIFTS", "OVERTIME_VIOLATION", "BUDDY_PUNCHING", "GPS_SPOOFING",
    "GEOFENCE_VIOLATION", "BIOMETRIC_ANOMALY", "PHOTO_ANOMALY", "SCHEDULE_MISMATCH", "GHOST_GUARD", "LATE_ARRIVAL",
)  # fmt: skip
EVIDENCE = tuple(f"evidence_{kind.lower()}" for kind in KINDS)
NAMES = (*TWELVE, *SHOWN, *EVIDENCE, "rules_score")
"""Names of the vector's places. New ones go to the end."""

_MONTH, _QUARTER = 30 * DAY // MINUTE, 90 * DAY // MINUTE
_LATE = 15 * MINUTE
_KEPT = 120  # check-ins that are remembered of a person, newest

Vector = list[float | None]


class Arrival(msgspec.Struct, array_like=True):
    """A past check-in. `minute` since 1970; `place` degrees."""

    minute: int
    site: str
    late: bool
    weekend: bool
    place: tuple[float, float] | None
    face: float | None


class History(msgspec.Struct):
    """What is remembered of one person."""

    arrivals: list[Arrival] = []
    mismatches: list[int] = []  # minutes of verifications that failed
    confirmed: list[int] = []  # minutes at which a check-in was judged fraud
    seen_at: int = 0  # the last check-in or check-out


class Histories:
    """The histories of one partition. `vector` first, then `note`: what is learned from a check-in is behind it."""

    def __init__(self, registry: Registry, roster: Roster, calendar: Callable[[], dict[str, CalendarDay]]) -> None:
        self.registry = registry
        self.roster = roster
        self.calendar = calendar
        self.people: dict[str, History] = {}

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(self.people)

    def load(self, body: bytes) -> None:
        self.people = msgspec.msgpack.decode(body, type=dict[str, History])

    def of(self, person: str) -> History:
        return self.people.setdefault(person, History())

    def vector(self, event: Event, turn: Session | None, limits: AttendanceSettings) -> Vector:
        """The vector of a check-in without its evidence part; `turn` is the one it opened or belongs to."""
        data: Attendance = event.data
        site = self.registry.of("site", bare(data.site))
        person = bare(data.person) or ""
        history = self.of(person)
        arrivals = [one for one in history.arrivals if one.minute > event.time // MINUTE - _QUARTER]
        month = [one for one in arrivals if one.minute > event.time // MINUTE - _MONTH]
        local = to_datetime(event.time).astimezone(zone_of(site))
        weekend = local.weekday() >= 5
        since = DAY if not history.seen_at else max(0, event.time - history.seen_at)
        twelve: Vector = [
            float(local.hour),
            float(local.weekday()),
            float(weekend),
            float(self._holiday(local.date().isoformat(), site)),
            _drift(data, site),
            _consistency([one.place for one in month if one.place and one.site == bare(data.site)]),
            self._frequency(bare(data.site) or "", person, len(month), event.time),
            _share([one.late for one in month]),
            _share([one.weekend for one in arrivals]),
            0.5 if data.face is None or data.face.confidence is None else data.face.confidence,
            float(sum(minute > event.time // MINUTE - _MONTH for minute in history.mismatches)),
            min(86_400.0, since / 1e6),
        ]
        return twelve + self._shown(event, site, history, month, turn, limits)

    def _shown(
        self,
        event: Event,
        site: Entity | None,
        history: History,
        month: list[Arrival],
        turn: Session | None,
        limits: AttendanceSettings,
    ) -> Vector:
        data: Attendance = event.data
        face, photo, drift = data.face, data.photo, _drift(data, site)
        faces = [one.face for one in month if one.face is not None]
        usual = sum(faces) / len(faces) if len(faces) >= 3 else None
        match = face.confidence if face is not None else None
        away = None
        if photo is not None and None not in (photo.lat, photo.lon, data.lat, data.lon):
            away = distance_m(photo.lat or 0.0, photo.lon or 0.0, data.lat or 0.0, data.lon or 0.0)
        duty = self.roster.duties.get(turn.shift or "") if turn is not None else None
        planned = self.roster.plans(bare(data.site) or "")
        known = self.registry.of("person", bare(data.person))
        home = known.site if known is not None else None
        outside = None if drift is None else drift - fence_of(site, limits) - (data.accuracy_m or 0.0)
        confirmed = sum(minute > event.time // MINUTE - _QUARTER for minute in history.confirmed)
        return [
            data.accuracy_m,
            outside,
            face.liveness if face is not None else None,
            None if usual is None or match is None else usual - match,
            photo.authenticity if photo is not None else None,
            photo.manipulation if photo is not None else None,
            away,
            None if duty is None else (event.time - duty.start) / MINUTE,
            float(duty is not None) if planned else None,
            None if home is None else float(home == bare(data.site)),
            0.0 if turn is None else (turn.began - turn.worked_since) / HOUR,
            float(confirmed),
        ]

    def note(self, event: Event, turn: Session | None) -> None:
        """The check-in is history from here on."""
        data: Attendance = event.data
        person, site = bare(data.person) or "", bare(data.site) or ""
        history = self.of(person)
        duty = self.roster.duties.get(turn.shift or "") if turn is not None else None
        late = duty is not None and event.time - duty.start > _LATE and duty.booked_at < duty.start - HOUR
        local = to_datetime(event.time).astimezone(zone_of(self.registry.of("site", site)))
        place = (data.lat, data.lon) if data.lat is not None and data.lon is not None else None
        face = data.face.confidence if data.face is not None else None
        history.arrivals.append(Arrival(event.time // MINUTE, site, late, local.weekday() >= 5, place, face))
        if len(history.arrivals) > _KEPT:
            del history.arrivals[0]
        if data.face is not None and data.face.verified is False:
            self._mismatch(history, event.time)
        history.seen_at = max(history.seen_at, event.time)

    def note_end(self, event: Event) -> None:
        """A check-out."""
        history = self.of(bare(event.data.person) or "")
        history.seen_at = max(history.seen_at, event.time)

    def note_proof(self, event: Event) -> None:
        """A verification during a turn; those that failed count."""
        data: Biometric = event.data
        if data.verified is False:
            self._mismatch(self.of(bare(data.person) or ""), event.time)

    def note_verdict(self, person: str, time: int) -> None:
        """A check-in of this person was judged fraud."""
        confirmed = self.of(person).confirmed
        confirmed.append(time // MINUTE)
        del confirmed[:-20]

    def take_back(self, person: str, time: int) -> None:
        """What was judged fraud at `time` is not fraud after all."""
        confirmed = self.of(person).confirmed
        if time // MINUTE in confirmed:
            confirmed.remove(time // MINUTE)

    def _mismatch(self, history: History, time: int) -> None:
        history.mismatches.append(time // MINUTE)
        del history.mismatches[:-50]

    def _holiday(self, date: str, site: Entity | None) -> bool:
        calendar = self.calendar()
        places = ("", site.id if site is not None else "", str(site.attributes.get("state") or "") if site else "")
        return any(f"{date}/{place}/holiday" in calendar for place in places)

    def _frequency(self, site: str, person: str, count: int, time: int) -> float:
        """Check-ins of this person in 30 days against the others who checked in here, -3 to 3."""
        first = time // MINUTE - _MONTH
        counts = []
        for other in self._peers(site):
            if other != person:
                counts.append(sum(one.minute > first for one in self.people[other].arrivals))
        if len(counts) < 3:
            return 0.0
        mean = sum(counts) / len(counts)
        deviation = sqrt(sum((each - mean) ** 2 for each in counts) / len(counts))
        return max(-3.0, min(3.0, (count - mean) / max(1.0, deviation)))

    def _peers(self, site: str) -> list[str]:
        duties = self.roster.by_site.get(site, {}).values()
        return sorted({duty.person for duty in duties if duty.person in self.people})


def whole(shown: Vector, evidence: dict[str, float], score: float) -> Vector:
    """The vector of a row: what the check-in showed, and the evidence there is by now."""
    return [*shown, *(evidence.get(kind, 0.0) for kind in KINDS), score]


def zone_of(site: Entity | None) -> ZoneInfo:
    """The zone of a site, UTC if none is told."""
    name = site.attributes.get("timezone") if site is not None else None
    return ZoneInfo(name if isinstance(name, str) else "UTC")


def _drift(data: Attendance, site: Entity | None) -> float | None:
    place = place_of(site)
    if place is None or data.lat is None or data.lon is None:
        return None
    return min(10_000.0, distance_m(place[0], place[1], data.lat, data.lon))


def _consistency(places: list[tuple[float, float]]) -> float:
    """1 - mean of the standard deviations of latitude and longitude in hundredths of a degree; 0.5 of few."""
    if len(places) < 5:
        return 0.5
    spread = 0.0
    for axis in (0, 1):
        mean = sum(place[axis] for place in places) / len(places)
        spread += sqrt(sum((place[axis] - mean) ** 2 for place in places) / len(places)) / 2
    return 1.0 - min(spread / 0.01, 1.0)


def _share(flags: list[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0
