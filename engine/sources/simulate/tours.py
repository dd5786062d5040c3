"""Tours with their checkpoints, and the other tasks of a site."""

from random import Random

from data.times import HOUR, MINUTE
from engine.sources.simulate.dice import between, dice
from engine.sources.simulate.duty import Duty
from engine.sources.simulate.event import line, stamp
from engine.sources.simulate.weave import Actor
from engine.sources.simulate.world import Site, World

_PLACES = ("Gate", "Stairwell", "Server room", "Loading dock", "Fence north", "Roof", "Car park", "Archive")
_CHORES = (
    "Check fire extinguishers", "Escort the cleaners", "Read the meters", "Test the intercom", "Sign for a delivery",
    "Inspect the emergency exits", "Refill the first-aid box", "Report the parking violations",
)  # fmt: skip


def rounds(world: World, site: Site, mark: str, start: int, duties: list[Duty]) -> None:
    """The tours of one slot, every two hours, and a chore or two."""
    rng = dice(world.seed, "rounds", site.id, mark)
    for number in range(4):
        begin = start + number * 2 * HOUR + 20 * MINUTE + between(rng, 0, 900)
        world.loom.add(
            _tour(world, site, f"K{site.id[1:]}-{mark}{number + 1}", duties[number % len(duties)], rng.random()), begin
        )
    for number in range(1 + (rng.random() < 0.6)):
        begin = start + between(rng, 1800, 6 * 3600)
        world.loom.add(_chore(world, site, f"K{site.id[1:]}-{mark}c{number}", rng.choice(duties), rng), begin)


def _send(ident: str, verb: str, now: int, data: dict[str, object], tail: str = "") -> bytes:
    return line("tour/mobile", f"{verb[:2]}-{ident}{tail}", f"task.{verb}", now, {"id": ident, **data})


def _tour(world: World, site: Site, ident: str, duty: Duty, luck: float) -> Actor:
    """Created, walked and completed; or not, because the guard is away or in a hurry."""
    now, rng = world.loom.now, dice(world.seed, "tour", ident)
    due = now + HOUR
    who: dict[str, object] = {"site": site.id, "person": duty.person.id}
    points = [f"{ident}.{number + 1}" for number in range(site.checkpoints)]
    yield from _announce(site, ident, points, duty, now)
    if luck < 0.01:
        now += 10 * MINUTE
        yield now
        yield _send(ident, "updated", now, {"site": site.id, "status": "CANCELLED", "reason": "area closed"})
        return
    hurry = luck < 0.035  # leaves the last checkpoints out
    stop = rng.randrange(0, max(1, site.checkpoints - 2)) if hurry else site.checkpoints
    done = 0
    for number, point in enumerate(points):
        now += between(rng, 180, 540)
        yield now
        if number < stop and duty.at_work(now):
            done += 1
            yield _send(point, "completed", now, who | {"parent": ident, "status": "COMPLETED"})
    now += 2 * MINUTE
    yield now
    if done == site.checkpoints:
        yield _send(ident, "completed", now, who | {"status": "COMPLETED"})
        return
    missed, limit = done < 0.8 * site.checkpoints, due + 30 * MINUTE
    yield limit
    if missed:
        detail = {"done": done, "of": site.checkpoints, "why": "hurry" if hurry else "guard away"}
        more = {"entity": f"task/{ident}", "person": duty.person.id, "event_ids": [f"cr-{ident}"], "detail": detail}
        world.ledger.note("missed_tour", due - HOUR, limit, site=site.id, **more)
    yield due + 2 * HOUR
    yield _send(ident, "updated", due + 2 * HOUR, {"site": site.id, "status": "MISSED" if missed else "CLOSED"})


def _announce(site: Site, ident: str, points: list[str], duty: Duty, now: int) -> Actor:
    """The tour and its checkpoints, at once."""
    common = {"site": site.id, "person": duty.person.id, "due": stamp(now + HOUR), "mandatory": True}
    common |= {"priority": "HIGH", "status": "ASSIGNED"}
    yield _send(ident, "created", now, common | {"kind": "tour"})
    for number, point in enumerate(points):
        place = _PLACES[(number + site.number) % len(_PLACES)]
        yield _send(point, "created", now, common | {"kind": "checkpoint", "parent": ident, "title": place})


def _chore(world: World, site: Site, ident: str, duty: Duty, rng: Random) -> Actor:
    now, limit = world.loom.now, rng.choice((30, 60, 120))
    takes, title = between(rng, 300, limit * 75), rng.choice(_CHORES)
    priority = rng.choice(("LOW", "MEDIUM", "HIGH"))
    data = {
        "site": site.id,
        "person": duty.person.id,
        "kind": "task",
        "title": title,
        "priority": priority,
        "sla_minutes": limit,
    }
    yield _send(ident, "created", now, data | {"mandatory": False, "status": "ASSIGNED"})
    yield now + takes // 3000 * 1000
    yield _send(ident, "updated", now + takes // 3000 * 1000, {"site": site.id, "status": "IN_PROGRESS"})
    yield now + takes
    yield _send(ident, "completed", now + takes, {"site": site.id, "person": duty.person.id, "status": "COMPLETED"})
