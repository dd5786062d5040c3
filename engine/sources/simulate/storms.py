"""Planted incidents: a root cause, what it does to the world while it lasts, and the storm of alerts that follows."""

from collections.abc import Callable
from random import Random
from typing import Any, Final, NamedTuple

from data.times import MINUTE, SECOND
from engine.sources.simulate import cascade
from engine.sources.simulate.alarms import alarm, ident
from engine.sources.simulate.cascade import Symptom
from engine.sources.simulate.dice import between, dice
from engine.sources.simulate.event import line
from engine.sources.simulate.tickets import complaint
from engine.sources.simulate.weave import Actor
from engine.sources.simulate.world import Site, World


class Plot(NamedTuple):
    """An incident as planned: `mends` lists what it does to the world as (site, field), and services go to
    `services`."""

    root: str
    symptoms: list[Symptom]
    lasts: int
    mends: list[tuple[Site, str, float]]  # site, field that is raised by one, seconds after the start
    services: list[str]
    complaint: str


def _share(world: World) -> float:
    return 0.96 - 0.25 * world.hardness


def _uplink_loss(world: World, site: Site, rng: Random) -> Plot:
    root = f"device/{site.id}-router"
    symptoms = [
        Symptom(root, "UPLINK_DOWN", 20 * rng.random(), site),
        *cascade.lost(site, root, rng, share=_share(world)),
    ]
    return Plot(
        root, symptoms, between(rng, 14 * 60, 50 * 60), [(site, "net_down", 0)], [], "No connection to the site"
    )


def _switch_failure(world: World, site: Site, rng: Random) -> Plot:
    root = site.make("switch")[-1].ref
    symptoms = [
        Symptom(root, "SWITCH_DOWN", 25 * rng.random(), site),
        *cascade.lost(site, root, rng, share=_share(world)),
    ]
    return Plot(root, symptoms, between(rng, 20 * 60, 60 * 60), [], [], "Several cameras are black")


def _power_cut(world: World, site: Site, rng: Random) -> Plot:
    root, dies = f"device/{site.id}-ups", 300 + 420 * rng.random()
    symptoms = [
        Symptom(root, "POWER_LOSS", 5 * rng.random(), site),
        Symptom(f"device/{site.id}-ac", "COOLING_FAILED", 20 + 100 * rng.random(), site),
        Symptom(root, "UPS_BATTERY_LOW", dies - 100, site),
        *cascade.lost(site, root, rng, share=_share(world), begin_s=dies),
    ]
    mends = [(site, "power_down", dies), (site, "net_down", dies), (site, "heat", 120.0)]
    return Plot(root, symptoms, int(dies) * SECOND + between(rng, 900, 2700), mends, [], "The lights are out")


def _cooling_failure(world: World, site: Site, rng: Random) -> Plot:
    root = f"device/{site.id}-ac"
    symptoms = [Symptom(root, "COOLING_FAILED", 10 * rng.random(), site)]
    for make, alert_type, after in (
        ("sensor", "TEMPERATURE_HIGH", 150),
        ("nvr", "THERMAL_THROTTLING", 420),
        ("disk", "TEMPERATURE_HIGH", 500),
        ("router", "HIGH_LATENCY", 560),
    ):
        symptoms += [
            Symptom(d.ref, alert_type, after + 240 * rng.random(), site)
            for d in site.make(make)
            if rng.random() < _share(world)
        ]
    return Plot(
        root,
        symptoms,
        between(rng, 1800, 4500),
        [(site, "heat", 60.0), (site, "slow_net", 500.0)],
        [],
        "It is hot in the server room",
    )


def _disk_full(world: World, site: Site, rng: Random) -> Plot:
    root = f"device/{site.id}-nvr"
    symptoms = [Symptom(root, "DISK_FULL", 5.0, site), Symptom(root, "RECORDING_STOPPED", 40 + 60 * rng.random(), site)]
    symptoms.append(Symptom(f"service/video-{site.id.lower()}", "SERVICE_ERRORS_HIGH", 70 + 80 * rng.random(), site))
    symptoms += [
        Symptom(d.ref, "RECORDING_GAP", 80 + 160 * rng.random(), site)
        for d in site.make("cam")
        if rng.random() < _share(world)
    ]
    return Plot(root, symptoms, between(rng, 1200, 3600), [(site, "disk_full", 0)], [], "Recordings are missing")


def _carrier_outage(world: World, site: Site, rng: Random) -> Plot:
    """Several sites at once; the carrier itself is noticed after the sites are."""
    root = site.carrier
    region = site.number // 12
    hit = [other for other in world.sites if other.carrier == root and other.number // 12 == region][:5]
    symptoms = [Symptom(root, "CARRIER_DEGRADED", 40 + 120 * rng.random(), None)]
    for other in hit:
        router, after = f"device/{other.id}-router", 30 * rng.random()
        symptoms.append(Symptom(router, "UPLINK_DOWN", after, other))
        symptoms += cascade.lost(other, router, rng, share=0.55 * _share(world), begin_s=after)
    return Plot(
        root,
        symptoms,
        between(rng, 600, 2100),
        [(other, "net_down", 0) for other in hit],
        [],
        "No connection to the site",
    )


def _host_failure(world: World, _site: Site, rng: Random) -> Plot:
    root = rng.choice(("host/db-1", "host/app-1", "host/app-2", "host/queue-1"))
    symptoms = [
        Symptom(root, "HOST_DOWN", 15 + 30 * rng.random(), None),
        *cascade.platform(world, root, rng, share=_share(world)),
    ]
    services = [
        symptom.entity for symptom in symptoms if symptom.entity.startswith("service/") and symptom.site is None
    ]
    return Plot(root, symptoms, between(rng, 720, 2400), [], services, "Punches do not arrive")


def _bad_deployment(world: World, _site: Site, rng: Random) -> Plot:
    root = rng.choice(("service/auth", "service/attendance", "service/video-hub", "service/tours", "service/queue"))
    first = "QUEUE_BACKLOG" if root == "service/queue" else "SERVICE_ERRORS_HIGH"
    symptoms = [Symptom(root, first, 130 + 170 * rng.random(), None)]
    symptoms += [
        s._replace(after_s=s.after_s + symptoms[0].after_s)
        for s in cascade.platform(world, root, rng, share=_share(world))
    ]
    services = [root, *(s.entity for s in symptoms[1:] if s.site is None)]
    return Plot(root, symptoms, between(rng, 900, 2700), [], services, "The application answers with errors")


SITE_CAUSES: Final = {
    "uplink_loss": 3.0,
    "power_cut": 2.0,
    "switch_failure": 2.0,
    "disk_full": 1.2,
    "cooling_failure": 1.2,
}
WIDE_CAUSES: Final = {"carrier_outage": 0.9, "host_failure": 1.1, "bad_deployment": 1.6}
PLOTS: Final[dict[str, Callable[[World, Site, Random], Plot]]] = {
    "uplink_loss": _uplink_loss, "power_cut": _power_cut, "switch_failure": _switch_failure, "disk_full": _disk_full,
    "cooling_failure": _cooling_failure, "carrier_outage": _carrier_outage, "host_failure": _host_failure,
    "bad_deployment": _bad_deployment,
}  # fmt: skip


def storm(world: World, cause: str, site: Site, lasts: int | None = None) -> Actor:
    """One incident from now on: the world suffers, alerts fire, repeat and are resolved; some resolutions get lost."""
    start = world.loom.now
    rng = dice(world.seed, "storm", cause, site.id, start)
    plot = PLOTS[cause](world, site, rng)
    end = start + (lasts or plot.lasts)
    row = world.ledger.open(
        f"incident:{cause}", start, end, site=site.id, entity=plot.root, detail={"sites": _sites(plot)}
    )
    if cause == "bad_deployment":
        yield _deployment(plot.root, start, rng, row)
    for hit, field, after in plot.mends:
        world.loom.add(_suffer(hit, field, start + int(after) * SECOND, end))
    for ref in plot.services:
        world.loom.add(_ail(world, ref, start + 60 * SECOND, end, 0.4 + 0.6 * rng.random()))
    if rng.random() < 0.45:
        world.loom.add(complaint(world, site, plot.complaint, rng.random()), start + between(rng, 360, 900))
    for now, entity, alert_type, where, value, since, resolved in _script(plot, start, end, rng, world.hardness):
        yield now
        yield alarm(entity, alert_type, now, site=where, value=value, since=since, resolved=resolved)
        row["event_ids"].append(ident(entity, alert_type, now, resolved))
        if alert_type in ("CAMERA_STREAM_LOST", "READER_UNREACHABLE", "DEVICE_OFFLINE") and (resolved or now == since):
            verb = "online" if resolved else "offline"
            name = entity.partition("/")[2]
            yield line(
                f"monitor/{where}",
                f"dv-{name}-{verb}-{now // 1000:x}",
                f"device.{verb}",
                now,
                {"device": name, "code": "PROBE"},
            )
    world.ledger.close(row, max(end, world.loom.now))


def _sites(plot: Plot) -> list[str]:
    return sorted({symptom.site.id for symptom in plot.symptoms if symptom.site})


Step = tuple[int, str, str, str | None, int, int, bool]


def _script(plot: Plot, start: int, end: int, rng: Random, hardness: float) -> list[Step]:
    """Every firing, repeat (each four to seven minutes) and resolution, in time order; times differ so ids do."""
    steps: list[Step] = []
    for (
        entity,
        alert_type,
        after,
        where,
    ) in plot.symptoms:
        since = start + int(after * 1000) * 1000
        if since >= end:
            continue
        site = where.id if where else None
        now = since
        while now < end:
            steps.append((now, entity, alert_type, site, int(100 * rng.random()), since, False))
            now += between(rng, 240, 420)
        if rng.random() > 0.04 + 0.1 * hardness:
            steps.append((end + between(rng, 4, 170), entity, alert_type, site, 0, since, True))
    steps.sort(key=lambda step: step[:3])
    return steps


def _deployment(service: str, now: int, rng: Random, row: dict[str, Any]) -> bytes:
    name = service.partition("/")[2]
    version = f"{2 + rng.randrange(4)}.{rng.randrange(20)}.{rng.randrange(9)}"
    data = {"kind": "deployment", "summary": f"{name} {version} rolled out", "entity": service, "actor": "release-bot"}
    row["detail"]["change"] = f"ch-{name}-{now // 1000:x}"
    return line("deploy/pipeline", f"ch-{name}-{now // 1000:x}", "change.recorded", now, data)


def _suffer(site: Site, field: str, begin: int, end: int) -> Actor:
    yield min(begin, end)
    setattr(site, field, getattr(site, field) + 1)
    yield end
    setattr(site, field, getattr(site, field) - 1)


def _ail(world: World, ref: str, begin: int, end: int, level: float) -> Actor:
    yield min(begin, end)
    world.service_trouble[ref] = level
    yield max(end, begin)
    world.service_trouble[ref] = 0.0


def season(world: World, region: int) -> Actor:
    """One incident in each two hours per twelve sites, at a site that has none now; twice as many when it is hard."""
    sites = world.sites[region * 12 : region * 12 + 12]
    slot = (world.begin // (120 * MINUTE)) - 1
    while True:
        slot += 1
        rng = dice(world.seed, "season", region, slot)
        expected = len(sites) / 12 * (1 + world.hardness)
        times = sorted(
            slot * 120 * MINUTE + between(rng, 0, 7190) for _ in range(int(expected) + (rng.random() < expected % 1))
        )
        for now in times:
            if now < world.begin + (25 * MINUTE if world.operation.lively else 0):
                continue
            yield now
            wide = region == 0 and len(world.sites) > 3 and rng.random() < 0.26
            causes = WIDE_CAUSES if wide else SITE_CAUSES
            cause = world.draw("wide" if wide else "local", causes)
            site = _free(world, sites, rng, now)
            world.busy_until[site.id] = now + 75 * MINUTE
            world.loom.add(storm(world, cause, site))


def _free(world: World, sites: list[Site], rng: Random, now: int) -> Site:
    choice = rng.sample(sites, len(sites))
    return next((site for site in choice if world.busy_until.get(site.id, 0) <= now), choice[0])
