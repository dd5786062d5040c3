"""The roster: three turns a day, four rotating teams, substitutes, and who really comes."""

from datetime import timedelta
from random import Random
from typing import Final

from data.times import HOUR, MINUTE
from engine.sources.simulate.dice import between, dice
from engine.sources.simulate.duty import Duty, delay, honest
from engine.sources.simulate.event import line
from engine.sources.simulate.frauds import corrupt, scheduled
from engine.sources.simulate.honest import excuse, sleep
from engine.sources.simulate.patrol import on_duty
from engine.sources.simulate.people import Person
from engine.sources.simulate.tours import rounds
from engine.sources.simulate.weave import Actor
from engine.sources.simulate.world import EPOCH, Site, World, team_on

STARTS: Final = (6, 14, 22)
POSTS: Final = ("gate", "patrol", "control room", "dock")
_NOTICE = 20 * HOUR


def roster(site: Site, day: int, slot: int) -> list[Person]:
    return [person for person in site.guards if person.team == team_on(day, slot)]


def turn(world: World, site: Site, day: int, slot: int) -> Actor:
    """One slot of one day at a site: books it, then sends people to work."""
    start = site.midnight(day) + STARTS[slot] * HOUR
    if start - 95 * MINUTE < world.floor:
        return
    end, rng = start + 8 * HOUR, dice(world.seed, "turn", site.id, day, slot)
    yield max(world.loom.now, start - _NOTICE + between(rng, 0, 1800))
    now = world.loom.now
    mark = (EPOCH + timedelta(days=day)).strftime("%y%m%d") + "DEN"[slot]
    duties = []
    for place, person in enumerate(roster(site, day, slot), 1):
        duty = honest(site, person, f"{site.id}-{mark}{place}", start, end, rng)
        duty.post = POSTS[(place - 1) % 4]
        yield scheduled(duty, now)
        duties.append(duty)
    booked = [f"sch-{duty.shift}-{duty.person.id}" for duty in duties]
    shifts = [str(duty.shift) for duty in duties]
    extra = [
        one for duty, shift in zip(duties, booked, strict=True) if (one := _fate(world, duty, shift, rng, slot, day))
    ]
    yield max(world.loom.now, start - 100 * MINUTE)
    for duty in (*duties, *extra):
        world.loom.add(on_duty(world, duty), max(world.loom.now, duty.arrive - 30 * MINUTE))
    rounds(world, site, mark, start, duties)
    yield from _settle(world, site, start, duties + extra, booked, shifts)


def _fate(world: World, duty: Duty, booked: str, rng: Random, slot: int, day: int) -> Duty | None:
    """Decide how this turn goes; returns the substitute where one is called."""
    luck, hard, slack = rng.random(), world.hardness, duty.person.slack
    weekend = (day + 3) % 7 >= 5
    wet = 2.2 if duty.site.rain_mm > 20 else 1.0
    absent = 0.018 * slack * wet * (1.5 if slot == 2 else 1.0) * (1.4 if weekend else 1.0)
    cheats = 0.075 + 0.03 * hard
    excused = cheats + 0.08 + 0.03 * hard
    if luck < cheats:
        corrupt(world, duty, rng)
        if duty.label == "fraud:GHOST_GUARD" and slot == 2:  # whoever has left does not move either
            world.loom.add(_inactivity(world, duty))
    elif luck < excused:
        excuse(world, duty, rng)
    elif luck < excused + absent:
        return _no_show(world, duty, booked, rng)
    elif luck < excused + absent + 0.045 * slack * wet:
        delay(duty, 6 + 45 * rng.random() ** 2)
        duty.label = "late_arrival"
        duty.detail = {"minutes": (duty.arrive - duty.start) // MINUTE}
    elif slot == 2 and rng.random() < 0.035:
        sleep(duty, rng)
        world.loom.add(_inactivity(world, duty))
    elif rng.random() < 0.1:
        duty.judged = 1.0  # a spot check of someone ordinary
    return None


def _inactivity(world: World, duty: Duty) -> Actor:
    begin, end, how = duty.quiet[-1]
    yield begin
    world.ledger.note(
        "inactivity",
        begin,
        end,
        site=duty.site.id,
        person=duty.person.id,
        event_ids=[duty.check_in_id],
        detail={"how": how},
    )


def _no_show(world: World, duty: Duty, booked: str, rng: Random) -> Duty | None:
    duty.absent = True
    world.loom.add(_missing(world, duty, booked), duty.start)
    person = None if rng.random() < 0.45 else world.borrow(duty.site, duty.start, duty.end, rng)
    if person is None:
        return None
    helper = honest(duty.site, person, f"{duty.shift}s", duty.start, duty.end, rng)
    called = duty.start + between(rng, 18 * 60, 25 * 60)
    helper.arrive, helper.post = called + between(rng, 8 * 60, 60 * 60), duty.post
    world.loom.add(_call(world, helper, duty), called)
    return helper


def _missing(world: World, duty: Duty, booked: str) -> Actor:
    yield duty.start
    world.ledger.note(
        "no_show",
        duty.start,
        duty.end,
        site=duty.site.id,
        person=duty.person.id,
        event_ids=[booked],
        detail={"shift": duty.shift},
    )


def _call(world: World, helper: Duty, missing: Duty) -> Actor:
    """Nobody has come: the turn is given to somebody else."""
    now = world.loom.now
    yield line("hr/roster", f"can-{missing.shift}", "shift.cancelled", now, {"id": missing.shift})
    yield scheduled(helper, now, missing.person.id)


def _settle(world: World, site: Site, start: int, duties: list[Duty], booked: list[str], shifts: list[str]) -> Actor:
    """Half an hour after the start it is known whether there is a gap."""
    yield start + 30 * MINUTE
    present = sum(not duty.absent and start - 90 * MINUTE <= duty.arrive <= start + 30 * MINUTE for duty in duties)
    if present < len(booked):
        world.ledger.note(
            "staffing_gap", start, start + 30 * MINUTE, site=site.id, entity=f"shift/{shifts[0]}", event_ids=booked,
            detail={"shifts": shifts, "scheduled": len(booked), "present": present},
        )  # fmt: skip
