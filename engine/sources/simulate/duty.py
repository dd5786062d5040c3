"""One person's turn at a site: what is meant to happen, and how it deviates."""

from math import cos, radians, sin
from random import Random

import msgspec

from data.times import MINUTE
from engine.sources.simulate.dice import between
from engine.sources.simulate.ledger import Row
from engine.sources.simulate.people import Person
from engine.sources.simulate.world import Site

METRES_PER_DEGREE = 111_320.0


class Face(msgspec.Struct):
    confidence: float
    liveness: float
    verified: bool = True


class Photo(msgspec.Struct):
    authenticity: float
    manipulation: float
    lat: float | None = None
    lon: float | None = None


class Duty(msgspec.Struct):
    """A turn from `start` to `end` (planned) and `arrive` to `leave` (real), all in microseconds.

    `gps` is how the handset locates: "" well, bad, frozen, offset or constant. `quiet` lists (from, until, what) with
    what of `phone` (the handset is dead), `asleep` (nothing moves) and `gone` (nobody is there). `label` is the kind
    of truth row, if any.
    """

    person: Person
    site: Site
    shift: str | None
    start: int
    end: int
    arrive: int
    leave: int
    post: str = "gate"
    absent: bool = False
    forgets: bool = False
    away_m: float = 25.0  # distance of the check-in from the centre of the site
    bearing: float = 0.0
    accuracy: tuple[float, float] = (4.0, 22.0)
    gps: str = ""
    face: Face | None = None
    photo: Photo | None = None
    quiet: list[tuple[int, int, str]] = msgspec.field(default_factory=list)
    label: str = ""
    detail: dict[str, object] = msgspec.field(default_factory=dict)
    evidence: list[str] = msgspec.field(default_factory=list)
    row: Row | None = None
    judged: float = 0.0  # chance of a verdict on this check-in
    rides: bool = False  # comes by a fast night bus and is located on the way

    @property
    def check_in_id(self) -> str:
        return f"in-{self.person.id}-{self.site.id}-{self.arrive // 1000:x}"

    def state(self, now: int) -> str:
        """ "" when all is well, else what is the matter now."""
        for begin, end, what in self.quiet:
            if begin <= now < end:
                return what
        return ""

    def at_work(self, now: int) -> bool:
        """Whether this person can scan a checkpoint or answer at `now`."""
        return not self.absent and self.arrive <= now < self.leave and self.state(now) in ("", "phone")


def beside(site: Site, metres: float, bearing: float) -> tuple[float, float]:
    """The point `metres` from the centre of a site, `bearing` in radians."""
    lat, lon = site.spot.lat, site.spot.lon
    north, east = metres * cos(bearing), metres * sin(bearing)
    return round(lat + north / METRES_PER_DEGREE, 6), round(lon + east / (METRES_PER_DEGREE * cos(radians(lat))), 6)


def honest(site: Site, person: Person, shift: str | None, start: int, end: int, rng: Random) -> Duty:
    """A turn as it should be: some minutes early, verified, inside the fence."""
    return Duty(
        person=person,
        site=site,
        shift=shift,
        start=start,
        end=end,
        arrive=start - between(rng, 60, 22 * 60),
        leave=end + between(rng, 60, 14 * 60),
        forgets=rng.random() < 0.02,
        away_m=5 + 40 * rng.random(),
        bearing=6.283 * rng.random(),
    )


def delay(duty: Duty, minutes: float) -> None:
    """Arrive that many minutes after the start."""
    duty.arrive = duty.start + int(minutes * MINUTE) // 1000 * 1000
