"""A guard on duty: check-in, walking, telephoning, being verified, check-out."""

from collections.abc import Iterator
from random import Random

from data.times import HOUR, MINUTE
from engine.sources.simulate.dice import between, dice, wobble
from engine.sources.simulate.duty import Duty, beside
from engine.sources.simulate.event import line
from engine.sources.simulate.weave import Actor
from engine.sources.simulate.world import World

# What a photo taken now looks like to the checker, and a face to the reader.
_PHOTO = (0.86, 0.13)


def on_duty(world: World, duty: Duty) -> Actor:
    """One turn. Wakes first before the arrival; ends after the check-out."""
    if duty.absent:
        return
    rng = dice(world.seed, "duty", duty.person.id, duty.start)
    if duty.rides:
        yield from _ride(duty, rng)
    yield duty.arrive
    yield _check(duty, rng, duty.arrive, "in")
    if duty.label:
        duty.evidence.insert(0, duty.check_in_id)
        duty.row = world.ledger.open(
            duty.label,
            duty.arrive,
            duty.leave,
            site=duty.site.id,
            person=duty.person.id,
            event_ids=duty.evidence,
            detail=duty.detail,
        )
    if duty.judged and rng.random() < duty.judged:
        world.loom.add(
            _verdict(world, duty, rng.random() < 0.03), duty.arrive + between(rng, HOUR / 1e6, 30 * HOUR / 1e6)
        )
    yield from _work(world, duty, rng)
    yield max(duty.leave, duty.arrive)
    if not duty.forgets:
        yield _check(duty, rng, duty.leave, "out")
    if duty.row is not None:
        world.ledger.close(duty.row)


def _ride(duty: Duty, rng: Random) -> Iterator[int | bytes]:
    """The night bus: located every three minutes on a straight road at 70 to 95 km/h, then the walk in."""
    step, speed = 3 * MINUTE, (70 + 25 * rng.random()) / 3.6
    for left in range(8, 0, -1):
        now = duty.arrive - left * step
        yield now
        lat, lon = beside(duty.site, 300 + speed * (left - 1) * 180.0, duty.bearing)
        data = {"person": duty.person.id, "lat": lat, "lon": lon, "accuracy_m": round(15 + 20 * rng.random(), 1)}
        yield line("gps/fleet", f"fx-{duty.person.id}-{now // 1000:x}", "location.fix", now, data)


def _check(duty: Duty, rng: Random, now: int, way: str) -> bytes:
    honest_face = duty.person.face
    lat, lon = beside(duty.site, max(0.0, duty.away_m + wobble(rng, duty.accuracy[0])), duty.bearing)
    low, high = duty.accuracy
    data: dict[str, object] = {"person": duty.person.id, "site": duty.site.id}
    if duty.shift:
        data["shift"] = duty.shift
    face = {
        "confidence": round(min(0.995, honest_face + wobble(rng, 0.07)), 3),
        "liveness": round(0.88 + 0.11 * rng.random(), 3),
    }
    face["verified"] = True
    photo = {
        "authenticity": round(_PHOTO[0] + _PHOTO[1] * rng.random(), 3),
        "manipulation": round(0.09 * rng.random(), 3),
    }
    photo["lat"], photo["lon"] = round(lat + wobble(rng, 0.0001), 6), round(lon + wobble(rng, 0.0001), 6)
    if way == "in" and duty.face:
        face = {"confidence": duty.face.confidence, "liveness": duty.face.liveness, "verified": duty.face.verified}
    if way == "in" and duty.photo:
        photo = {"authenticity": duty.photo.authenticity, "manipulation": duty.photo.manipulation}
        photo["lat"] = lat if duty.photo.lat is None else duty.photo.lat
        photo["lon"] = lon if duty.photo.lon is None else duty.photo.lon
    data |= {"device": f"{duty.site.id}-reader-{1 + (duty.person.team & 1)}", "lat": lat, "lon": lon}
    data |= {
        "accuracy_m": 5.0 if duty.gps == "constant" else round(low + (high - low) * rng.random(), 1),
        "face": face,
        "photo": photo,
    }
    ident = duty.check_in_id if way == "in" else f"out-{duty.person.id}-{duty.site.id}-{now // 1000:x}"
    return line("hr/attendance", ident, f"attendance.check_{way}", now, data)


def _work(world: World, duty: Duty, rng: Random) -> Iterator[int | bytes]:
    """Everything between check-in and check-out, whichever is due next."""
    now, leave, thin = duty.arrive, duty.leave, world.begin
    fix, phone = now + between(rng, 60, 400), now + between(rng, 60, 900)
    proof, health = now + between(rng, 3000, 8000), now + between(rng, 30, 600)
    walk = _Walk(duty, rng)
    while True:
        now = min(fix, phone, proof, health)
        if now >= leave:
            return
        yield now
        state = duty.state(now)
        sparse = 3 if now < thin else 1  # before the picture begins only enough to know who is there
        if now == fix:
            fix = now + between(rng, 300, 600) * sparse
            if state in ("", "asleep"):
                yield walk.fix(now, state)
        elif now == phone:
            night = (now + duty.site.offset) // HOUR % 24
            phone = now + between(rng, 500, 1300 if 6 <= night < 20 else 2200) * sparse
            if not state:
                data = {"person": duty.person.id, "site": duty.site.id, "count": 1 + int(3 * rng.random())}
                yield line("gps/fleet", f"ph-{duty.person.id}-{now // 1000:x}", "phone.activity", now, data)
        elif now == proof:
            proof = now + between(rng, 4500, 9000)
            if state in ("", "phone"):
                yield _proof(duty, rng, now)
        else:
            health = now + 10 * MINUTE * sparse + between(rng, 0, 20)
            if state in ("", "asleep"):
                yield _handset(duty, rng, now)


class _Walk:
    """Where the guard is: rounds about the centre, with noise by the accuracy; or what a manipulated handset claims."""

    def __init__(self, duty: Duty, rng: Random) -> None:
        self._duty, self._rng = duty, rng
        self._angle, self._radius = 6.283 * rng.random(), 15 + 0.35 * duty.site.geofence_m * rng.random()
        self._still = beside(duty.site, duty.away_m, duty.bearing)

    def fix(self, now: int, state: str) -> bytes:
        duty, rng = self._duty, self._rng
        low, high = duty.accuracy
        accuracy = round(low + (high - low) * rng.random() ** 2, 1)
        if state != "asleep":
            self._angle += 0.4 + 1.4 * rng.random()
        lat, lon = beside(duty.site, self._radius + wobble(rng, 12 if state != "asleep" else 1.5), self._angle)
        if duty.gps == "bad":
            lat, lon = round(lat + wobble(rng, 0.003), 6), round(lon + wobble(rng, 0.003), 6)
        elif duty.gps == "frozen":
            lat, lon = self._still
        elif duty.gps == "offset":  # always the same way from the centre, however the hours pass
            lat, lon = (
                round(self._still[0] + wobble(rng, 0.000004), 6),
                round(self._still[1] + wobble(rng, 0.000004), 6),
            )
            accuracy = round(8 + wobble(rng, 1), 1)
        elif duty.gps == "constant":
            accuracy = 5.0
        data = {"person": duty.person.id, "site": duty.site.id, "lat": lat, "lon": lon, "accuracy_m": accuracy}
        data["device"] = duty.person.handset
        return line("gps/fleet", f"fx-{duty.person.id}-{now // 1000:x}", "location.fix", now, data)


def _proof(duty: Duty, rng: Random, now: int) -> bytes:
    data = {
        "person": duty.person.id, "site": duty.site.id, "device": f"{duty.site.id}-reader-1",
        "confidence": round(min(0.995, duty.person.face + wobble(rng, 0.08)), 3),
        "liveness": round(0.85 + 0.14 * rng.random(), 3), "verified": True,
    }  # fmt: skip
    return line("hr/attendance", f"bio-{duty.person.id}-{now // 1000:x}", "biometric.verified", now, data)


def _handset(duty: Duty, rng: Random, now: int) -> bytes:
    """The handset was full at the start of the turn and loses 5 to 7 % an hour."""
    used = (now - duty.arrive) / HOUR * (5 + 2 * duty.person.face)
    data = {
        "device": duty.person.handset,
        "battery_pct": round(max(3.0, 98 - used), 1),
        "online": True,
        "signal_pct": round(62 + 30 * duty.person.face * rng.random(), 1),
        "temperature_c": round(29 + 5 * rng.random(), 1),
        "gps_accuracy_m": round(duty.accuracy[0] + 14 * rng.random(), 1),
    }
    return line("mdm/phones", f"tm-{duty.person.handset}-{now // 1000:x}", "device.telemetry", now, data)


def _verdict(world: World, duty: Duty, wrong: bool) -> Actor:
    guilty = duty.label.startswith("fraud:") != wrong
    now = world.loom.now
    data = {
        "target": f"fraud/{duty.check_in_id}", "verdict": "confirmed" if guilty else "false_positive",
        "actor": duty.site.people[1].id, "note": "seen on site" if guilty else "explained by the supervisor",
    }  # fmt: skip
    yield line("desk/audit", f"vd-{duty.check_in_id}", "verdict.recorded", now, data)
