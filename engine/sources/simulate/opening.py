"""The first scene: who goes on stage, and what a lively operation shows at once."""

from typing import Final

from data.times import HOUR, MINUTE
from engine.sources.simulate.days import days
from engine.sources.simulate.dice import dice
from engine.sources.simulate.duty import honest
from engine.sources.simulate.failures import doomed, hiccups, ills
from engine.sources.simulate.frauds import corrupt, scheduled
from engine.sources.simulate.metrics import observed
from engine.sources.simulate.nuisance import chatter, flapping, nightly
from engine.sources.simulate.patrol import on_duty
from engine.sources.simulate.storms import season, storm
from engine.sources.simulate.telemetry import PERIOD_S, report
from engine.sources.simulate.tickets import desk, upkeep, urgent
from engine.sources.simulate.weave import Actor
from engine.sources.simulate.world import Site, World

# A picture that begins in the middle of the operation tells this much of what people did before: a turn, and its start.
RUN_UP: Final = 10 * HOUR


def opening(world: World) -> Actor:
    """People first, from the floor on; equipment, samples and trouble from the begin."""
    for site in world.sites:
        world.loom.add(days(world, site))
        world.loom.add(desk(world, site))
    yield world.begin
    for actor in observed(world):
        world.loom.add(actor)
    for site in world.sites:
        site.offset = site.utc_offset(world.begin)
        for device in site.devices:
            if device.make in PERIOD_S:
                world.loom.add(report(world, site, device))
        for act in (chatter, flapping, nightly, upkeep, ills, hiccups):
            world.loom.add(act(world, site))
    for region in range((len(world.sites) + 11) // 12):
        world.loom.add(season(world, region))


def lively(world: World) -> Actor:
    """A cascade in the third minute, frauds in the seventh and thirteenth, a bad release in the tenth, a breach, a
    failure."""
    sites = world.sites
    rng = dice(world.seed, "lively", world.begin // HOUR)
    cast = [sites[number % len(sites)] for number in rng.sample(range(max(6, len(sites))), 6)]
    yield max(world.loom.now, world.begin - 4 * HOUR)
    world.loom.add(_relief(world, cast[1], "BUDDY_PUNCHING", 7))
    world.loom.add(_relief(world, cast[2], "GPS_SPOOFING", 13))
    world.loom.add(doomed(world, cast[3], 16))
    yield world.begin + MINUTE
    world.loom.add(urgent(world, cast[4], 11 * MINUTE))
    yield world.begin + 150_000_000
    world.busy_until[cast[0].id] = world.begin + 30 * MINUTE
    world.loom.add(storm(world, "uplink_loss", cast[0], 15 * MINUTE))
    yield world.begin + 10 * MINUTE
    world.loom.add(storm(world, "bad_deployment", cast[5], 14 * MINUTE))


def _relief(world: World, site: Site, kind: str, minutes: int) -> Actor:
    """An extra turn booked beforehand, whose check-in is a fraud."""
    rng = dice(world.seed, "relief", site.id, kind)
    start = world.begin + (minutes + 5) * MINUTE
    person = world.borrow(site, start, start + 4 * HOUR, rng) or site.people[1]
    duty = honest(site, person, f"{site.id}-relief-{start // 60_000_000:x}", start, start + 4 * HOUR, rng)
    duty.arrive, duty.post = world.begin + minutes * MINUTE, "relief"
    duty.detail = {"how": "jump"}  # of the ways to forge a position the one that is seen at once
    yield scheduled(duty, world.loom.now)
    corrupt(world, duty, rng, kind)
    world.loom.add(on_duty(world, duty), duty.arrive - 30 * MINUTE)
