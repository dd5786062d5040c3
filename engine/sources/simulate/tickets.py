"""The help desk: tickets that are opened, handed about, solved in time or not; and work orders."""

from math import exp
from random import Random
from typing import Any, Final

from data.times import DAY, HOUR, MINUTE
from engine.sources.simulate.dice import between, dice, pick
from engine.sources.simulate.event import line, stamp
from engine.sources.simulate.weave import Actor
from engine.sources.simulate.world import Site, World, bustle

HOURS: Final = {"CRITICAL": 4, "HIGH": 8, "MEDIUM": 24, "LOW": 72}
_PRIORITIES: Final = {"LOW": 0.28, "MEDIUM": 0.42, "HIGH": 0.22, "CRITICAL": 0.08}
# category: (weight, how long it takes in relation to others, group, what people write)
_CATEGORIES: Final[dict[str, tuple[float, float, str, tuple[str, ...]]]] = {
    "access": (
        2.0,
        0.6,
        "access control",
        ("Badge does not open the gate", "New badge for a contractor", "Door stays locked"),
    ),
    "video": (1.6, 1.1, "video", ("Camera picture is blurred", "Recording of last night needed", "Camera turned away")),
    "network": (
        1.2,
        1.0,
        "network",
        ("Slow connection at the gatehouse", "No telephone at post 2", "Wireless drops out"),
    ),
    "hardware": (1.4, 1.9, "field service", ("Handset battery swollen", "Reader display broken", "Printer jams")),
    "attendance": (1.5, 0.7, "service desk", ("Punch is missing", "Wrong shift on the plan", "Face not recognised")),
    "facility": (
        0.9,
        1.6,
        "facilities",
        ("Barrier does not close", "Light at the fence is out", "Heating in the gatehouse"),
    ),
}
_WEIGHTS: Final = {name: row[0] for name, row in _CATEGORIES.items()}


class _Case:
    """What is decided about a ticket when it is opened."""

    def __init__(self, site: Site, ident: str, opened: int, rng: Random, **fixed: str) -> None:
        self.site, self.ident, self.opened, self.rng = site, ident, opened, rng
        self.priority = fixed.get("priority") or pick(rng, _PRIORITIES)
        self.category = fixed.get("category") or pick(rng, _WEIGHTS)
        _, slow, self.group, titles = _CATEGORIES[self.category]
        self.title = fixed.get("title") or rng.choice(titles)
        limit = HOURS[self.priority] * HOUR
        self.deadline = opened + limit
        self.handed = 0 if rng.random() < 0.66 else 1 + rng.randrange(3)
        idle = bustle(opened + site.offset) < 0.45
        ratio = 0.30 * slow * (1.45 if idle else 1.0) * (1 + 0.55 * self.handed) * exp(0.55 * rng.gauss(0, 1))
        self.takes = max(6 * MINUTE, min(int(limit * ratio), limit * 4)) // 1000 * 1000

    @property
    def agent(self) -> str:
        return f"agent-{self.group.replace(' ', '-')}-{1 + self.rng.randrange(4)}"


def desk(world: World, site: Site) -> Actor:
    """About three tickets a day and site, most of them in office hours."""
    rng = dice(world.seed, "desk", site.id, world.begin)
    if world.begin > world.floor:  # a running operation has tickets open already
        for number in range(1 + rng.randrange(3)):
            opened = world.floor - between(rng, 600, 18 * 3600)
            world.loom.add(
                life(world, _Case(site, f"T{site.id[1:]}-open{number}-{world.floor // HOUR:x}", opened, rng))
            )
    now = world.floor
    while True:
        now += between(rng, 300, 8 * 3600)
        yield now
        if rng.random() < 0.25 + 0.75 * bustle(now + site.offset):
            world.loom.add(life(world, _Case(site, f"T{site.id[1:]}-{now // 1000 // 1000:x}", now, rng)))


def complaint(world: World, site: Site, title: str, luck: float) -> Actor:
    """Someone at the site notices an incident and opens a ticket."""
    now = world.loom.now
    rng = dice(world.seed, "complaint", site.id, now)
    category = "video" if "amera" in title or "ecording" in title else "network"
    case = _Case(
        site,
        f"T{site.id[1:]}-{now // 1000 // 1000:x}c",
        now,
        rng,
        title=title,
        category=category,
        priority="HIGH" if luck < 0.7 else "CRITICAL",
    )
    yield from life(world, case)


def urgent(world: World, site: Site, left: int) -> Actor:
    """A ticket that was opened long ago and has `left` microseconds to its deadline, which it will miss."""
    now = world.loom.now
    rng = dice(world.seed, "urgent", site.id, now)
    opened = now + left - HOURS["HIGH"] * HOUR
    case = _Case(site, f"T{site.id[1:]}-{now // 1000 // 1000:x}u", opened, rng, category="hardware", priority="HIGH")
    case.takes, case.handed = now + left + 40 * MINUTE - opened, 2
    yield from life(world, case)


def life(world: World, case: _Case) -> Actor:
    """From NEW to CLOSED. What lies before now (a ticket opened before the picture begins) is told at once."""
    rng = dice(world.seed, "ticket", case.ident)
    solved = case.opened + case.takes
    now = max(case.opened, world.loom.now)
    yield now
    yield _send(case, "created", now, _facts(case, rng))
    back = solved + between(rng, 900, 7200) if rng.random() < 0.05 else None  # it comes back: not solved after all
    again = solved if back is None else back + between(rng, 1200, 14400)
    breached = solved > case.deadline or (back is not None and back <= case.deadline < again)
    if breached and case.deadline > now:
        world.loom.add(_breach(world, case), case.deadline)
    for number, (share, data) in enumerate(_handling(case, rng)):
        now = max(world.loom.now, case.opened + int(case.takes * share) // 1000 * 1000)
        yield now
        yield _send(case, "updated", now, data, f"-{number}")
    now = max(world.loom.now, solved)
    yield now
    yield _send(case, "updated", now, {"status": "RESOLVED", "resolved_at": stamp(now)}, "-r")
    if back is not None and back > now:
        yield back
        yield _send(case, "updated", back, {"status": "IN_PROGRESS", "reopened": 1, "resolved_at": None}, "-o")
        now = again
        yield now
        yield _send(case, "updated", now, {"status": "RESOLVED", "resolved_at": stamp(now)}, "-r2")
    resolved, now = now, now + between(rng, 1800, 20 * 3600)
    yield now
    data = {"status": "CLOSED", "resolved_at": stamp(resolved), "sla_met": not breached}
    yield _send(case, "closed", now, data)


def _facts(case: _Case, rng: Random) -> dict[str, Any]:
    number = int(case.ident.encode().hex(), 16) % 9_000_000 + 1_000_000
    return {
        "client": case.site.client, "number": f"INC{number}", "title": case.title, "category": case.category,
        "priority": case.priority, "status": "NEW", "group": case.group, "opened_at": stamp(case.opened),
        "deadline": stamp(case.deadline), "reassignments": 0,
        "labels": {"channel": rng.choice(("phone", "mail", "portal")), "tier": case.site.tier},
    }  # fmt: skip


def _handling(case: _Case, rng: Random) -> list[tuple[float, dict[str, Any]]]:
    """What the desk does before it is solved: (share of the time it takes, patch)."""
    steps: list[tuple[float, dict[str, Any]]] = [
        (0.04 + 0.06 * rng.random(), {"status": "ASSIGNED", "assignee": case.agent}),
        (0.16 + 0.1 * rng.random(), {"status": "IN_PROGRESS"}),
    ]
    for number in range(case.handed):
        patch = {"assignee": case.agent, "reassignments": number + 1, "status": "ASSIGNED"}
        steps.append((0.3 + 0.18 * number, patch))
    if rng.random() < 0.12:
        steps += [(0.86, {"status": "ONHOLD"}), (0.93, {"status": "IN_PROGRESS"})]
    return steps


def _send(case: _Case, verb: str, now: int, data: dict[str, Any], tail: str = "") -> bytes:
    return line(
        "helpdesk",
        f"{verb[:2]}-{case.ident}{tail}",
        f"ticket.{verb}",
        now,
        {"id": case.ident, "site": case.site.id, **data},
    )


def _breach(world: World, case: _Case) -> Actor:
    detail = {"priority": case.priority, "category": case.category, "resolved": stamp(case.opened + case.takes)}
    yield case.deadline
    world.ledger.note(
        "sla_breach",
        case.opened,
        case.deadline,
        site=case.site.id,
        entity=f"ticket/{case.ident}",
        event_ids=[f"cr-{case.ident}"],
        detail=detail,
    )


def upkeep(world: World, site: Site) -> Actor:
    """Planned work: an order every two days or so, mostly closed in time, and small changes."""
    rng = dice(world.seed, "upkeep", site.id, world.begin)
    now = world.begin
    while True:
        now += between(rng, 3600, 2.2 * DAY / 1e6)
        yield now
        if rng.random() < 0.5:
            title = rng.choice(
                ("Clean camera domes", "Test emergency power", "Replace door seals", "Calibrate readers")
            )
            world.loom.add(
                work_order(
                    site, f"W{site.id[1:]}-{now // 1000 // 1000:x}", title, between(rng, 3 * 3600, 60 * 3600), now
                )
            )
        else:
            kind, what = rng.choice(
                (
                    ("config", "Firewall rule added"),
                    ("schedule", "Roster of next week published"),
                    ("staff", "New guard instructed"),
                    ("network", "Switch port moved"),
                    ("other", "Contractor on site"),
                )
            )
            data = {"kind": kind, "summary": what, "site": site.id, "actor": site.people[1].id}
            yield line("change/log", f"ch-{site.id}-{now // 1000:x}", "change.recorded", now, data)


def work_order(site: Site, ident: str, title: str, takes: int, now: int) -> Actor:
    data = {"id": ident, "site": site.id, "title": title, "due": stamp(now + 2 * DAY), "status": "OPEN"}
    yield line("maintenance", f"cr-{ident}", "work_order.created", now, data)
    yield now + takes
    yield line(
        "maintenance",
        f"cl-{ident}",
        "work_order.closed",
        now + takes,
        {"id": ident, "site": site.id, "status": "CLOSED"},
    )
