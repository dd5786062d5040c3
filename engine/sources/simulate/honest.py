"""What looks like fraud and is not: weather, dead telephones, colleagues who swap, buses at night."""

from collections.abc import Callable
from random import Random
from typing import Final

from data.times import HOUR, MINUTE
from engine.sources.simulate.dice import between
from engine.sources.simulate.duty import Duty, Face, delay
from engine.sources.simulate.event import line
from engine.sources.simulate.frauds import scheduled
from engine.sources.simulate.weave import Actor
from engine.sources.simulate.world import World


def _bad_gps(_world: World, duty: Duty, rng: Random) -> None:
    """Steel, rain and high walls: every position of this turn is poor, and says so."""
    duty.gps, duty.accuracy = "bad", (90.0, 420.0)
    duty.away_m = 60 + 240 * rng.random()


def _dead_phone(_world: World, duty: Duty, rng: Random) -> None:
    """The handset dies for hours; the guard still scans and is still verified."""
    begin = duty.arrive + between(rng, 1800, 2 * 3600)
    duty.quiet = [(begin, min(duty.leave, begin + between(rng, 2.5 * 3600, 6 * 3600)), "phone")]


def _swap(world: World, duty: Duty, rng: Random) -> None:
    _exchange(world, duty, rng, duty.start - between(rng, 2 * 3600, 9 * 3600))


def _late_swap(world: World, duty: Duty, rng: Random) -> None:
    """The paper comes up to 45 minutes after the check-in that it excuses."""
    _exchange(world, duty, rng, duty.arrive + between(rng, 5 * 60, 44 * 60))


def _exchange(world: World, duty: Duty, rng: Random, when: int) -> None:
    planned, person = duty.person, world.borrow(duty.site, duty.start, duty.end, rng)
    if person is None:
        duty.label, duty.judged = "", 0.0
        return
    duty.person = person
    duty.detail = {"expected": planned.id}
    world.loom.add(_papers(world, duty, planned.id), max(when, world.loom.now))
    if when < duty.arrive:
        duty.shift = f"{duty.shift}s"


def _papers(world: World, duty: Duty, planned: str) -> Actor:
    now = world.loom.now
    old = str(duty.shift).removesuffix("s")
    yield line("hr/roster", f"can-{old}", "shift.cancelled", now, {"id": old})
    again = Duty(duty.person, duty.site, f"{old}s", duty.start, duty.end, duty.arrive, duty.leave, duty.post)
    duty.evidence.append(f"sch-{old}s-{duty.person.id}")
    yield scheduled(again, now, planned)


def _night_bus(_world: World, duty: Duty, rng: Random) -> None:
    """Comes fast over land, and late."""
    delay(duty, 12 + 16 * rng.random())
    duty.rides = True


def _poor_light(world: World, duty: Duty, rng: Random) -> None:
    """A tired face in a dark gatehouse: low confidence, but alive."""
    duty.face = Face(round(0.61 + 0.12 * rng.random() - 0.06 * world.hardness, 3), round(0.74 + 0.2 * rng.random(), 3))


def _lent(world: World, duty: Duty, rng: Random) -> None:
    """Lent to this site by another one, on the plan: home and site differ, and that is in order."""
    other = world.near(duty.site)
    planned, person = duty.person, world.borrow(other, duty.start, duty.end, rng)
    if person is None:
        duty.label, duty.judged = "", 0.0
        return
    duty.person = person
    duty.detail = {"home": other.id}
    when = max(world.loom.now, duty.start - between(rng, 6 * 3600, 12 * 3600))
    world.loom.add(_papers(world, duty, planned.id), when)
    duty.shift = f"{duty.shift}s"


Excuse = Callable[[World, Duty, Random], None]
EXCUSES: Final[dict[str, tuple[float, Excuse]]] = {
    "bad_gps": (2, _bad_gps),
    "dead_phone": (2, _dead_phone),
    "swap": (2, _swap),
    "late_swap": (2, _late_swap),
    "night_bus": (1, _night_bus),
    "poor_light": (2, _poor_light),
    "lent": (1, _lent),
}
_WEIGHTS: Final = {kind: weight for kind, (weight, _) in EXCUSES.items()}


def excuse(world: World, duty: Duty, rng: Random) -> None:
    """Make `duty` look odd for an honest reason."""
    kind = world.draw("excuses", _WEIGHTS)
    if kind == "lent" and len(world.sites) < 2:
        kind = "swap"
    duty.label, duty.judged = f"honest:{kind}", 0.6
    EXCUSES[kind][1](world, duty, rng)


def sleep(duty: Duty, rng: Random) -> None:
    """Falls asleep between two and five at night: two to four hours without a step."""
    begin = duty.start + 2 * HOUR + between(rng, 0, 2 * 3600)
    duty.quiet.append(
        (begin, min(begin + 130 * MINUTE + between(rng, 0, 6000), duty.end), "gone" if rng.random() < 0.5 else "asleep")
    )
