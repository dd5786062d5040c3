"""Where a check-in really was, and whether anything moves that fast."""

from data.records import severity
from data.records.entity import Entity
from data.times import HOUR, MINUTE
from engine.detect.attendance.evidence import Evidence
from engine.detect.attendance.presence import Presence
from engine.geo import distance_m
from engine.settings.attendance import AttendanceSettings

_FAR = 1000.0  # metres; below it clocks and positions are too rough to tell a speed
_NEAR = 0.0063  # degrees; as far north and east as that is less than `_FAR`
_FLIGHT_KMH, _AIRPORTS = 900.0, 90 * MINUTE  # who has a long time may have flown
_FOOT = 15.0  # km/h between two places of verification that a person can manage, door to door


def place_of(site: Entity | None) -> tuple[float, float] | None:
    """The centre of a site, where it is known."""
    if site is None or "lat" not in site.attributes or "lon" not in site.attributes:
        return None
    return site.attributes["lat"], site.attributes["lon"]


def fence_of(site: Entity | None, limits: AttendanceSettings) -> float:
    """Metres around the centre that belong to the site."""
    return float(site.attributes.get("geofence_m", limits.geofence_m)) if site is not None else limits.geofence_m


def outside(lat: float, lon: float, accuracy: float, place: tuple[float, float], fence: float) -> list[Evidence]:
    """A check-in outside the fence, beyond what the accuracy of its fix explains."""
    away = distance_m(place[0], place[1], lat, lon)
    beyond = away - accuracy - fence
    if beyond <= 0:
        return []
    sure = min(0.95, 0.6 + 0.35 * beyond / (0.5 * fence + accuracy))
    text = f"checked in {away:,.0f} m from the site; its fence is {fence:,.0f} m"
    numbers = {"distance_m": round(away), "geofence_m": fence, "accuracy_m": accuracy}
    return [Evidence("GEOFENCE_VIOLATION", severity.MEDIUM, sure, text, numbers)]


def flying_kmh(elapsed: int) -> float:
    """The mean speed that an airliner can have made in this time, door to door."""
    return _FLIGHT_KMH * max(0, elapsed - _AIRPORTS) / max(1, elapsed)


def speed_kmh(presence: Presence, lat: float, lon: float, accuracy: float, time: int) -> float:
    """The least speed from the last credible fix to here, what both accuracies explain taken off; 0: none told."""
    elapsed = time - presence.fixed_at
    if elapsed <= 0 or not presence.fixed_at:
        return 0.0
    if abs(lat - presence.lat) < _NEAR and abs(lon - presence.lon) < _NEAR:
        return 0.0  # most fixes: no need to measure
    away = distance_m(presence.lat, presence.lon, lat, lon) - accuracy - presence.accuracy_m
    return 0.0 if away < _FAR else away / 1000 / (elapsed / HOUR)


def too_fast(presence: Presence, speed: float, time: int, limits: AttendanceSettings) -> list[Evidence]:
    """GPS that jumps: faster than any vehicle from the last fix."""
    elapsed = time - presence.fixed_at
    if speed <= limits.max_speed_kmh or speed <= flying_kmh(elapsed):
        return []
    away = speed * elapsed / HOUR * 1000
    text = f"{away / 1000:,.1f} km in {elapsed / MINUTE:,.0f} min: {speed:,.0f} km/h"
    numbers = {"distance_m": round(away), "minutes": round(elapsed / MINUTE, 1), "speed_kmh": round(speed)}
    sure = min(0.99, 0.7 + 0.3 * (1 - limits.max_speed_kmh / speed))
    return [Evidence("GPS_SPOOFING", severity.HIGH, sure, text, numbers)]


def two_places(
    other: str, apart: int, here: tuple[float, float] | None, there: tuple[float, float] | None, site: str
) -> list[Evidence]:
    """The same person verified at two sites within minutes. Neighbours that one walks between prove nothing."""
    minutes = apart / MINUTE
    numbers: dict[str, object] = {"other_site": other, "minutes_apart": round(minutes, 1)}
    sure, way = 0.95, ""
    if here is not None and there is not None:
        metres = distance_m(*here, *there)
        speed = metres / 1000 / (max(apart, MINUTE) / HOUR)
        if speed <= _FOOT:
            return []
        sure = min(0.97, 0.6 + 0.35 * (speed - _FOOT) / (3 * _FOOT))
        numbers["distance_m"] = round(metres)
        way = f", {metres / 1000:,.1f} km apart"
    text = f"verified at {other} and at {site} within {minutes:.0f} min{way}"
    return [Evidence("BUDDY_PUNCHING", severity.CRITICAL, sure, text, numbers)]
