"""How people cheat. Each function bends one turn of duty and may bring further actors on stage."""

from collections.abc import Callable
from random import Random
from typing import Final

from data.times import HOUR, MINUTE
from engine.sources.simulate.dice import between, dice, pick
from engine.sources.simulate.duty import Duty, Face, Photo, beside, honest
from engine.sources.simulate.event import line, stamp
from engine.sources.simulate.patrol import on_duty
from engine.sources.simulate.people import Person
from engine.sources.simulate.weave import Actor
from engine.sources.simulate.world import Site, World


def _wrong_person(world: World, duty: Duty, rng: Random) -> None:
    """Somebody of the site who is off comes for a friend, without a word to the planner."""
    impostor = world.borrow(duty.site, duty.start, duty.end, rng)
    if impostor is None:
        _spare(duty)
        return
    duty.detail = {"expected": duty.person.id, "shift": duty.shift}
    duty.person = impostor


def _spare(duty: Duty) -> None:
    """The fraud cannot be staged: the turn stays an honest one."""
    duty.label, duty.detail, duty.judged = "", {}, 0.0


def _unauthorised_site(world: World, duty: Duty, rng: Random) -> None:
    """Someone of another site checks in here too, without a shift."""
    other = world.near(duty.site)
    visitor = world.borrow(other, duty.start, duty.end, rng)
    if visitor is None:
        _spare(duty)
        return
    _add(world, duty, visitor, duty.arrive + between(rng, 600, 5400), {"home": other.id})


def _impossible_shifts(world: World, duty: Duty, rng: Random) -> None:
    """Booked at a far site until minutes before this turn."""
    far = world.far(duty.site)
    end = duty.arrive - between(rng, 900, 2400)
    before = honest(far, duty.person, f"{duty.shift}x", end - 3 * HOUR, end, rng)
    before.leave = end
    duty.detail = {"previous_site": far.id, "previous_end": stamp(end)}
    _book(world, before, duty)


def _overtime(world: World, duty: Duty, rng: Random) -> None:
    """Twelve hours at the same site already, and now the whole turn on top."""
    before = honest(duty.site, duty.person, f"{duty.shift}x", duty.arrive - 12 * HOUR, duty.arrive - 5 * MINUTE, rng)
    before.leave = duty.arrive - 4 * MINUTE
    duty.detail = {"hours": 20, "since": stamp(before.arrive)}
    _book(world, before, duty)


def _book(world: World, before: Duty, duty: Duty) -> None:
    if before.start - 2 * HOUR < world.loom.now:  # too late to have happened: it stays an honest turn
        _spare(duty)
        return
    world.loom.add(iter([scheduled(before, world.loom.now)]))
    world.loom.add(on_duty(world, before), before.start - HOUR)


def _buddy(world: World, duty: Duty, rng: Random) -> None:
    """A colleague presents the same face, or a print of it, at another site within minutes."""
    other = world.near(duty.site)
    now = duty.arrive + rng.choice((-1, 1)) * between(rng, 40, 250)
    duty.detail = {"other_site": other.id, "seconds_apart": abs(now - duty.arrive) // 1_000_000}
    world.loom.add(_twin(duty, other, now, rng.random()), now)


def _twin(duty: Duty, other: Site, now: int, luck: float) -> Actor:
    yield now
    ident = f"bio-{duty.person.id}-{now // 1000:x}"
    duty.evidence.append(ident)
    data = {
        "person": duty.person.id,
        "site": other.id,
        "device": f"{other.id}-reader-2",
        "confidence": round(0.72 + 0.2 * luck, 3),
        "liveness": round(0.55 + 0.4 * luck, 3),
        "verified": True,
    }
    yield line("hr/attendance", ident, "biometric.verified", now, data)


def _spoof(world: World, duty: Duty, rng: Random) -> None:
    """A jump that no vehicle makes; or, subtler, coordinates and accuracies that are too good."""
    hard = world.hardness
    how = str(
        duty.detail.get("how")
        or pick(rng, {"jump": 3.0 * (1 - 0.8 * hard), "frozen": 1.5, "offset": 1.0 + hard, "constant": 1.0 + hard})
    )
    duty.detail = {"how": how}
    if how == "jump":
        for when in (duty.arrive - between(rng, 200, 500), duty.arrive + between(rng, 3600, 9000)):
            world.loom.add(_elsewhere(duty, when, (30 + 300 * rng.random()) * 1000), when)
    else:
        duty.gps = how


def _elsewhere(duty: Duty, now: int, metres: float) -> Actor:
    yield now
    ident = f"fx-{duty.person.id}-{now // 1000:x}"
    duty.evidence.append(ident)
    lat, lon = beside(duty.site, metres, duty.bearing)
    data = {"person": duty.person.id, "lat": lat, "lon": lon, "accuracy_m": 12.0, "device": duty.person.handset}
    yield line("gps/fleet", ident, "location.fix", now, data)


def _fence(world: World, duty: Duty, rng: Random) -> None:
    """Checks in from the road, the bus or the bed."""
    duty.away_m = duty.site.geofence_m * (1.4 + (10 * (1 - world.hardness) + 2) * rng.random() ** 2)
    duty.accuracy = (4.0, 18.0)
    duty.detail = {"distance_m": round(duty.away_m)}


def _face(world: World, duty: Duty, rng: Random) -> None:
    """A photo of a face is held before the reader."""
    ease = 0.12 * world.hardness
    duty.face = Face(
        round(0.38 + ease + 0.24 * rng.random(), 3), round(0.14 + ease + 0.28 * rng.random(), 3), rng.random() < 0.6
    )
    duty.detail = {"liveness": duty.face.liveness}


def _picture(world: World, duty: Duty, rng: Random) -> None:
    """The selfie is old, edited, or made elsewhere."""
    ease = 0.15 * world.hardness
    duty.photo = Photo(round(0.12 + ease + 0.3 * rng.random(), 3), round(0.92 - ease - 0.3 * rng.random(), 3))
    if rng.random() < 0.5:
        duty.photo.lat, duty.photo.lon = beside(duty.site, 3000 + 40_000 * rng.random(), 6.283 * rng.random())
    duty.detail = {"manipulation": duty.photo.manipulation}


def _ghost(_world: World, duty: Duty, rng: Random) -> None:
    """Checks in, walks out, and is not heard of again until the check-out, if at all."""
    duty.quiet = [(duty.arrive + between(rng, 200, 1500), duty.leave, "gone")]
    duty.forgets = rng.random() < 0.5


def _off_plan(world: World, duty: Duty, rng: Random) -> None:
    """Hours on a day off: someone who is not on the plan at all checks in at his own site at an odd time."""
    person = world.borrow(duty.site, duty.start, duty.end, rng)
    if person is None:
        _spare(duty)
        return
    _add(world, duty, person, duty.start + between(rng, 2 * 3600, 4 * 3600), {"shift": None})


def _add(world: World, duty: Duty, person: Person, arrive: int, detail: dict[str, object]) -> None:
    """The fraud is somebody beside `duty`, which becomes an honest turn."""
    rng = dice(world.seed, "added", person.id, arrive)
    extra = honest(duty.site, person, None, duty.start, duty.end, rng)
    extra.label, extra.judged, extra.detail, extra.arrive = duty.label, duty.judged, detail, arrive
    _spare(duty)
    world.loom.add(on_duty(world, extra), extra.arrive - HOUR)


Bend = Callable[[World, Duty, Random], None]
FRAUDS: Final[dict[str, tuple[float, Bend]]] = {
    "WRONG_PERSON": (2, _wrong_person),
    "UNAUTHORIZED_SITE": (1, _unauthorised_site),
    "IMPOSSIBLE_SHIFTS": (2, _impossible_shifts),
    "OVERTIME_VIOLATION": (2, _overtime),
    "BUDDY_PUNCHING": (2, _buddy),
    "GPS_SPOOFING": (3, _spoof),
    "GEOFENCE_VIOLATION": (2, _fence),
    "BIOMETRIC_ANOMALY": (2, _face),
    "PHOTO_ANOMALY": (1, _picture),
    "GHOST_GUARD": (2, _ghost),
    "SCHEDULE_MISMATCH": (1, _off_plan),
}
_WEIGHTS: Final = {kind: weight for kind, (weight, _) in FRAUDS.items()}


def corrupt(world: World, duty: Duty, rng: Random, kind: str | None = None) -> None:
    """Make `duty` a fraud of `kind`, or of one drawn; a site alone has nobody to be elsewhere with."""
    kind = kind or world.draw("frauds", _WEIGHTS)
    if len(world.sites) < 6 and kind in ("UNAUTHORIZED_SITE", "IMPOSSIBLE_SHIFTS", "BUDDY_PUNCHING"):
        kind = "GEOFENCE_VIOLATION"
    duty.label, duty.judged = f"fraud:{kind}", 0.7
    FRAUDS[kind][1](world, duty, rng)


def scheduled(duty: Duty, now: int, substitute_for: str | None = None) -> bytes:
    """The event that books a turn."""
    data = {
        "id": duty.shift,
        "site": duty.site.id,
        "person": duty.person.id,
        "start": stamp(duty.start),
        "end": stamp(duty.end),
        "post": duty.post,
    }
    if substitute_for:
        data["substitute_for"] = substitute_for
    return line("hr/roster", f"sch-{duty.shift}-{duty.person.id}", "shift.scheduled", now, data)
