"""Photos of a check-in: staged, edited, or made elsewhere."""

from typing import Any

from data.payloads import Attendance, Photo
from data.records import severity
from engine.detect.attendance.evidence import Evidence
from engine.detect.attendance.sure import beyond, several
from engine.geo import distance_m
from engine.settings.attendance import AttendanceSettings

KIND = "PHOTO_ANOMALY"


def photo_evidence(
    data: Attendance, fence_m: float, place: tuple[float, float] | None, limits: AttendanceSettings
) -> list[Evidence]:
    """What the photo tells; `place` is the centre of the site, where it is known."""
    photo = data.photo
    if photo is None:
        return []
    parts: list[tuple[float, str]] = []
    if photo.manipulation is not None:
        edited = 0.95 * beyond(photo.manipulation, limits.max_manipulation - 0.05, 0.04)
        parts.append((edited, f"manipulation {photo.manipulation}"))
    if photo.authenticity is not None:
        staged = 0.85 * beyond(limits.min_authenticity + 0.05, photo.authenticity, 0.04)
        parts.append((staged, f"authenticity {photo.authenticity}"))
    numbers: dict[str, Any] = {"authenticity": photo.authenticity, "manipulation": photo.manipulation}
    where = _elsewhere(photo, data, fence_m, place, limits, numbers)
    if where is not None:
        parts.append(where)
    sure = several(each for each, _ in parts)
    if sure < 0.02:
        return []
    told = [words for each, words in parts if each >= 0.3] or [words for _, words in parts]
    return [Evidence(KIND, severity.HIGH, sure, "photo: " + "; ".join(told), numbers)]


def _elsewhere(
    photo: Photo,
    data: Attendance,
    fence_m: float,
    place: tuple[float, float] | None,
    limits: AttendanceSettings,
    numbers: dict[str, Any],
) -> tuple[float, str] | None:
    """Whether the photo says that it was made somewhere else than the check-in, with the accuracy of that one."""
    lat, lon = photo.lat, photo.lon
    if lat is None or lon is None:
        return None
    if lat == 0 and lon == 0:
        return 0.95, "the photo claims latitude 0, longitude 0"
    if lat == int(lat) and lon == int(lon):
        return 0.7, f"the photo claims the whole degrees {lat:.0f}, {lon:.0f}"
    accuracy = data.accuracy_m or 0.0
    known = data.lat is not None and data.lon is not None and accuracy <= limits.max_accuracy_m
    away = None if place is None else distance_m(place[0], place[1], lat, lon) - limits.max_accuracy_m
    if data.lat is not None and data.lon is not None:
        # Where the check-in does not know its place well, a photo that is near either belongs to it.
        near = distance_m(data.lat, data.lon, lat, lon) - accuracy
        away = near if known or away is None else min(near, away)
    if away is None or away <= fence_m:
        return None
    numbers["photo_away_m"] = round(away)
    sure = min(0.9, 0.5 + 0.4 * (away - fence_m) / (9 * fence_m + 1))
    return sure, f"the photo was made {away:,.0f} m from {'the check-in' if known else 'the site'}"
