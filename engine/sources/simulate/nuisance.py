"""The noise that every operator knows: things that flap, chatter, and the nightly job."""

from typing import Final

from data.times import DAY, HOUR, MINUTE
from engine.sources.simulate.alarms import alarm, ident
from engine.sources.simulate.dice import between, dice, pick
from engine.sources.simulate.weave import Actor
from engine.sources.simulate.world import Site, World, bustle

_FLAPS: Final = {
    ("switch", "LINK_DOWN"): 1.0,
    ("router", "HIGH_LATENCY"): 1.5,
    ("cam", "CAMERA_STREAM_LOST"): 1.0,
    ("reader", "WEAK_SIGNAL"): 1.0,
}
_CHATTER: Final = {
    ("sensor", "DOOR_HELD_OPEN"): 4.0,
    ("cam", "MOTION_AFTER_HOURS"): 2.0,
    ("nvr", "LOGIN_FAILURES"): 1.5,
    ("nvr", "HIGH_CPU"): 1.5,
    ("cam", "LENS_OBSTRUCTED"): 1.0,
    ("reader", "CLOCK_SKEW"): 1.0,
    ("tracker", "LOW_BATTERY"): 1.0,
    ("tablet", "WEAK_SIGNAL"): 1.0,
    ("nvr", "CERTIFICATE_EXPIRES"): 0.3,
    ("router", "HIGH_PACKET_LOSS"): 0.6,
}


def chatter(world: World, site: Site) -> Actor:
    """Single alerts that mean little, more by day; each clears within minutes."""
    rng = dice(world.seed, "chatter", site.id, world.begin)
    now = world.begin
    while True:
        thick = (1 + 2 * world.hardness) * (0.5 + bustle(now + site.offset))
        now += between(rng, 120, 4200 / thick)
        yield now
        make, alert_type = pick(rng, _CHATTER)
        entity = rng.choice(site.make(make)).ref
        if not site.net_down:
            world.loom.add(_once(site, entity, alert_type, now, between(rng, 40, 480), int(100 * rng.random())))


def _once(site: Site, entity: str, alert_type: str, now: int, lasts: int, value: int) -> Actor:
    yield alarm(entity, alert_type, now, site=site.id, value=value, since=now)
    yield now + lasts
    yield alarm(entity, alert_type, now + lasts, site=site.id, value=value, since=now, resolved=True)


def flapping(world: World, site: Site) -> Actor:
    """A loose plug, once or twice a day: up and down, up and down, and then it is over."""
    rng = dice(world.seed, "flapping", site.id, world.begin)
    now = world.begin
    while True:
        now += between(rng, 1800, 2 * DAY / 2.2 / 1e6 / (1 + 2 * world.hardness))
        yield now
        make, alert_type = pick(rng, _FLAPS)
        entity = rng.choice(site.make(make)).ref
        row = world.ledger.open(
            "nuisance:flapping", now, now + HOUR, site=site.id, entity=entity, detail={"alert_type": alert_type}
        )
        for _ in range(rng.randrange(5, 14)):
            since = now
            yield alarm(entity, alert_type, now, site=site.id, value=int(100 * rng.random()), since=since)
            row["event_ids"].append(ident(entity, alert_type, now))
            now += between(rng, 12, 90)
            yield now
            yield alarm(entity, alert_type, now, site=site.id, value=0, since=since, resolved=True)
            row["event_ids"].append(ident(entity, alert_type, now, True))
            now += between(rng, 15, 150)
            yield now
        world.ledger.close(row, now)


def nightly(world: World, site: Site) -> Actor:
    """The backup at two in the morning makes the recorder busy, every night, and says so."""
    rng = dice(world.seed, "nightly", site.id, world.begin)
    day = site.local_day(world.begin)
    entity = f"device/{site.id}-nvr"
    while True:
        now = site.midnight(day) + 2 * HOUR + 4 * MINUTE + between(rng, 0, 240)
        day += 1
        if now < world.begin:
            continue
        yield now
        if not site.net_down and not site.power_down:
            yield alarm(entity, "HIGH_CPU", now, site=site.id, value=int(100 * rng.random()), since=now)
            over = now + between(rng, 25 * 60, 38 * 60)
            yield over
            yield alarm(entity, "HIGH_CPU", over, site=site.id, value=0, since=now, resolved=True)
