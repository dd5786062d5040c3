"""Attendance evidence: is the right person really at the right post?

Each rule looks at one check-in (or verification) against what is known at that moment, and says how sure it is. GPS
is judged with the accuracy it claims, and a fix that is not sure of itself proves nothing: a bad one accuses nobody.
"""

from collections.abc import Mapping

import msgspec

from data.payloads import Attendance as CheckIn
from data.payloads import Biometric, Fix, Shift
from data.records import severity
from data.references import bare
from data.times import HOUR, MINUTE
from data.wire import Event
from engine.detect.report import Report, Sighting, Withdrawal
from engine.detect.room import Handler, Untimed
from engine.detect.roster import Duty, Roster
from engine.geo import distance_m
from engine.registry import Registry
from engine.settings.places import Places
from engine.settings.sections import AttendanceSettings


class Presence(msgspec.Struct):
    """Where a person was last known to be, by GPS and by verification. Times 0: never."""

    lat: float = 0.0
    lon: float = 0.0
    accuracy_m: float = 0.0
    fixed_at: int = 0
    site: str = ""
    verified_at: int = 0


class AttendanceRules(Untimed):
    """Evidence from check-ins, verifications and fixes of one partition."""

    def __init__(self, tenant: str, places: Places, registry: Registry) -> None:
        self.tenant = tenant
        self.places = places
        self.registry = registry
        self.roster = Roster()
        self.people: dict[str, Presence] = {}

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "noc.shift.scheduled": self.schedule,
            "noc.shift.cancelled": self.cancel,
            "noc.location.fix": self.fix,
            "noc.biometric.verified": self.verify,
            "noc.attendance.check_in": self.check_in,
        }

    def dump(self) -> bytes:
        return msgspec.msgpack.encode((self.people, list(self.roster.duties.values())))

    def load(self, body: bytes) -> None:
        self.people, duties = msgspec.msgpack.decode(body, type=tuple[dict[str, Presence], list[Duty]])
        self.roster.restore(duties)

    def settings(self, site: str) -> AttendanceSettings:
        """What holds at a site, overrides of its tenant and client included."""
        return self.places.at(self.tenant, self.registry.client_of(site), site).attendance

    def schedule(self, event: Event) -> list[Report]:
        """A new shift; one for a substitute excuses a check-in that came before the news."""
        shift: Shift = event.data
        duty = self.roster.schedule(shift)
        if duty.substitute_for is None:
            return []
        since = event.time - self.settings(duty.site).swap_grace
        why = f"swap {duty.shift}: {duty.person} stands in for {duty.substitute_for}"
        return [
            Withdrawal(kind, duty.person, duty.site, since, event.time, why)
            for kind in ("WRONG_PERSON", "UNAUTHORIZED_SITE")
        ]

    def cancel(self, event: Event) -> list[Report]:
        self.roster.cancel(bare(event.data.id) or "")
        return []

    def fix(self, event: Event) -> list[Report]:
        data: Fix = event.data
        person = bare(data.person) or ""
        presence, accuracy = self.people.setdefault(person, Presence()), data.accuracy_m or 0.0
        if accuracy <= self.settings(bare(data.site) or "").max_accuracy_m:
            self._move(presence, data.lat, data.lon, accuracy, event.time)
        return []

    def verify(self, event: Event) -> list[Report]:
        data: Biometric = event.data
        if data.verified is False:
            return []
        person, site = bare(data.person) or "", bare(data.site) or ""
        presence = self.people.setdefault(person, Presence())
        found = self._two_places(event, presence, person, site)
        presence.site, presence.verified_at = site, event.time
        return found

    def check_in(self, event: Event) -> list[Report]:
        data: CheckIn = event.data
        person, site = bare(data.person) or "", bare(data.site) or ""
        presence = self.people.setdefault(person, Presence())
        found: list[Report] = []
        accuracy = data.accuracy_m or 0.0
        sure = accuracy <= self.settings(site).max_accuracy_m
        if sure and data.lat is not None and data.lon is not None:
            found += self._outside(event, person, site, data.lat, data.lon, accuracy)
            found += self._too_fast(event, presence, person, site, data.lat, data.lon, accuracy)
            self._move(presence, data.lat, data.lon, accuracy, event.time)
        found += self._face(event, person, site, data)
        found += self._photo(event, person, site, data)
        found += self._two_places(event, presence, person, site)
        found += self._not_scheduled(event, person, site)
        presence.site, presence.verified_at = site, event.time
        return found

    def _move(self, presence: Presence, lat: float, lon: float, accuracy: float, time: int) -> None:
        if time >= presence.fixed_at:
            presence.lat, presence.lon, presence.accuracy_m, presence.fixed_at = lat, lon, accuracy, time

    def _outside(self, event: Event, person: str, site: str, lat: float, lon: float, accuracy: float) -> list[Report]:
        place = self.registry.of("site", site)
        if place is None or "lat" not in place.attributes or "lon" not in place.attributes:
            return []
        fence = place.attributes.get("geofence_m", self.settings(site).geofence_m)
        away = distance_m(place.attributes["lat"], place.attributes["lon"], lat, lon)
        if away - accuracy <= fence:
            return []
        confidence = min(0.95, 0.6 + 0.35 * (away - accuracy - fence) / (4 * fence + accuracy))
        text = f"checked in {away:,.0f} m from the site; its fence is {fence:,.0f} m"
        evidence = {"distance_m": round(away), "geofence_m": fence, "accuracy_m": accuracy}
        return [self._sight(event, "GEOFENCE_VIOLATION", severity.MEDIUM, confidence, person, site, text, evidence)]

    def _too_fast(
        self, event: Event, presence: Presence, person: str, site: str, lat: float, lon: float, accuracy: float
    ) -> list[Report]:
        elapsed = event.time - presence.fixed_at
        if not presence.fixed_at or elapsed <= 0:
            return []
        away = distance_m(presence.lat, presence.lon, lat, lon) - accuracy - presence.accuracy_m
        speed = away / 1000 / (elapsed / HOUR)
        fastest = self.settings(site).max_speed_kmh
        if away < 1000 or speed <= fastest:
            return []
        text = f"{away / 1000:,.1f} km in {elapsed / MINUTE:,.0f} min: {speed:,.0f} km/h"
        evidence = {"distance_m": round(away), "minutes": round(elapsed / MINUTE, 1), "speed_kmh": round(speed)}
        confidence = min(0.99, 0.7 + 0.3 * (1 - fastest / speed))
        return [self._sight(event, "GPS_SPOOFING", severity.HIGH, confidence, person, site, text, evidence)]

    def _face(self, event: Event, person: str, site: str, data: CheckIn) -> list[Report]:
        face = data.face
        if face is None:
            return []
        limits = self.settings(site)
        weak = [
            (face.verified is False, 0.8, "the face was not verified"),
            (face.liveness is not None and face.liveness < limits.min_liveness, 0.85, f"liveness {face.liveness}"),
            (
                face.confidence is not None and face.confidence < limits.min_face_confidence,
                0.7,
                f"face matches with {face.confidence} only",
            ),
        ]
        found = [(sure, words) for hit, sure, words in weak if hit]
        if not found:
            return []
        evidence = {"confidence": face.confidence, "liveness": face.liveness, "verified": face.verified}
        text = "; ".join(words for _, words in found)
        sure = max(sure for sure, _ in found)
        return [self._sight(event, "BIOMETRIC_ANOMALY", severity.MEDIUM, sure, person, site, text, evidence)]

    def _photo(self, event: Event, person: str, site: str, data: CheckIn) -> list[Report]:
        photo = data.photo
        if photo is None:
            return []
        limits = self.settings(site)
        staged = photo.authenticity is not None and photo.authenticity < limits.min_authenticity
        edited = photo.manipulation is not None and photo.manipulation > limits.max_manipulation
        if not (staged or edited):
            return []
        text = f"photo: authenticity {photo.authenticity}, manipulation {photo.manipulation}"
        evidence = {"authenticity": photo.authenticity, "manipulation": photo.manipulation}
        sure = 0.9 if edited else 0.8
        return [self._sight(event, "PHOTO_ANOMALY", severity.HIGH, sure, person, site, text, evidence)]

    def _two_places(self, event: Event, presence: Presence, person: str, site: str) -> list[Report]:
        apart = event.time - presence.verified_at
        if not presence.verified_at or presence.site == site or abs(apart) > self.settings(site).buddy_window:
            return []
        text = f"verified at {presence.site} and at {site} within {abs(apart) / MINUTE:.0f} min"
        evidence = {"other_site": presence.site, "minutes_apart": round(abs(apart) / MINUTE, 1)}
        return [self._sight(event, "BUDDY_PUNCHING", severity.CRITICAL, 0.95, person, site, text, evidence)]

    def _not_scheduled(self, event: Event, person: str, site: str) -> list[Report]:
        """Against the set of people scheduled at the site now; a site without a plan accuses nobody."""
        expected = self.roster.on_duty(site, event.time)
        if not expected or any(duty.person == person for duty in expected):
            return []
        known = self.registry.of("person", person)
        home = known.site if known else None
        names = sorted(duty.person for duty in expected)
        evidence = {"expected": names[:8], "home_site": home}
        if home is not None and home != site:
            level = severity.LEVELS[self.settings(site).unauthorized_severity]
            text = f"belongs to {home}, not scheduled here; expected: {', '.join(names[:4])}"
            return [self._sight(event, "UNAUTHORIZED_SITE", level, 0.85, person, site, text, evidence)]
        text = f"not scheduled; expected: {', '.join(names[:4])}"
        return [self._sight(event, "WRONG_PERSON", severity.HIGH, 0.8, person, site, text, evidence)]

    def _sight(
        self,
        event: Event,
        kind: str,
        level: int,
        sure: float,
        person: str,
        site: str,
        text: str,
        evidence: Mapping[str, object],
    ) -> Sighting:
        return Sighting(
            kind, level, round(sure, 3), person, site, event.source, event.id, event.time, text, dict(evidence)
        )
