"""The way of a person: fixes in order of time, and the length of the way up to each.

A window's movement is the sum of the distances between successive fixes inside it: the length up to its last fix less
that up to its first. A fix that is not sure of itself counts as one, but is no point of the way. Lengths are whole
millimetres: they add up exactly in any order.
"""

from array import array
from bisect import bisect_left, bisect_right
from math import cos, nan, radians, sqrt

from engine.geo import EARTH_M, distance_m

_NEAR = 0.1  # degrees within which the plane is as good as the sphere: 1 mm in 10 km
_RADIAN_MM = radians(1) * EARTH_M * 1000


def leg_mm(lat1: float, lon1: float, lat2: float, lon2: float) -> int:
    """The distance between two fixes in millimetres."""
    north, east = lat2 - lat1, lon2 - lon1
    if -_NEAR < north < _NEAR and -_NEAR < east < _NEAR and -80 < lat1 < 80:
        east *= cos(radians((lat1 + lat2) / 2))
        return round(_RADIAN_MM * sqrt(north * north + east * east))
    return round(distance_m(lat1, lon1, lat2, lon2) * 1000)


class Path:
    """Fixes of one person. `lat` is NaN for one that is no point of the way; `upto` in millimetres."""

    __slots__ = ("at", "lat", "lon", "upto")

    def __init__(self, at: bytes = b"", lat: bytes = b"", lon: bytes = b"", upto: bytes = b"") -> None:
        self.at, self.upto, self.lat, self.lon = array("q"), array("q"), array("d"), array("d")
        for kept, body in ((self.at, at), (self.lat, lat), (self.lon, lon), (self.upto, upto)):
            kept.frombytes(body)

    def add(self, time: int, lat: float, lon: float, *, sure: bool) -> None:
        if not sure:
            lat = lon = nan
        at = self.at
        place = len(at)
        if place and time <= at[-1]:
            place = self._place(time, lat, lon)
        at.insert(place, time)
        self.lat.insert(place, lat)
        self.lon.insert(place, lon)
        before = self._point(place - 1, -1) if sure else None
        into = 0 if before is None else leg_mm(self.lat[before], self.lon[before], lat, lon)
        upto = self.upto
        reached = upto[place - 1] if place else (upto[0] if upto else 0)
        upto.insert(place, reached + into)
        if sure and place + 1 < len(at):
            self._bend(place, before, into)

    def within(self, after: int, until: int) -> tuple[int, int]:
        """(fixes, millimetres moved) over (after, until]."""
        at = self.at
        if not at or at[-1] <= after:
            return 0, 0
        first, last = bisect_right(at, after), bisect_right(at, until) - 1
        if last < first:
            return 0, 0
        start = self._point(first, 1)
        moved = self.upto[last] - self.upto[start] if start is not None and start <= last else 0
        return last - first + 1, moved

    def forget(self, until: int) -> None:
        """Drops fixes up to and including `until`."""
        gone = bisect_right(self.at, until)
        if gone:
            del self.at[:gone], self.lat[:gone], self.lon[:gone], self.upto[:gone]

    def dump(self) -> tuple[bytes, bytes, bytes, bytes]:
        return self.at.tobytes(), self.lat.tobytes(), self.lon.tobytes(), self.upto.tobytes()

    def _place(self, time: int, lat: float, lon: float) -> int:
        """Where a late fix belongs; of several at one moment the southern, then western first, in whatever order they
        came, and those that are no point of the way behind."""
        first, last = bisect_left(self.at, time), bisect_right(self.at, time)
        while first < last and not _before(lat, lon, self.lat[first], self.lon[first]):
            first += 1
        return first

    def _bend(self, place: int, before: int | None, into: int) -> None:
        """A point was put into the middle of the way, `into` from the one before it: what lies behind is further away
        by the detour."""
        lat, lon, upto = self.lat, self.lon, self.upto
        behind = self._point(place + 1, 1)
        detour = into
        if behind is not None:
            straight = 0 if before is None else leg_mm(lat[before], lon[before], lat[behind], lon[behind])
            detour += leg_mm(lat[place], lon[place], lat[behind], lon[behind]) - straight
        for later in range(place + 1, len(upto)):
            upto[later] += into if behind is None or later < behind else detour

    def _point(self, place: int, step: int) -> int | None:
        """The nearest point of the way from `place` on, forward or backward."""
        lat = self.lat
        while 0 <= place < len(lat):
            if lat[place] == lat[place]:
                return place
            place += step
        return None


def _before(lat: float, lon: float, other_lat: float, other_lon: float) -> bool:
    if other_lat != other_lat:
        return lat == lat
    return (lat, lon) < (other_lat, other_lon)
