"""Numbers sampled from outside: a site's uplink, its visitors and energy; the platform's services."""

from typing import Final

from data.times import HOUR, MINUTE, SECOND
from engine.sources.simulate.devices import PLATFORM
from engine.sources.simulate.dice import between, dice, wobble
from engine.sources.simulate.event import line, stamp
from engine.sources.simulate.weave import Actor
from engine.sources.simulate.world import Site, World, bustle

_STEP: Final = 5 * MINUTE
_SERVICES: Final = tuple(
    ref for ref, _, _ in PLATFORM if ref.startswith("service/") and ref not in ("service/queue", "service/reports")
)


def site_metrics(world: World, site: Site) -> Actor:
    """Latency, throughput and people counted every five minutes; energy once an hour in one batch of twelve."""
    rng = dice(world.seed, "metrics", site.id, world.begin)
    now = world.begin + between(rng, 1, 299)
    router, source, energy = f"device/{site.id}-router", f"iot/{site.id}", list[list[object]]()
    size = 0.6 + rng.random()
    while True:
        yield now
        load = bustle(now + site.offset)
        if not site.net_down:
            worse = 1 + 7 * site.slow_net * (0.7 + 0.3 * rng.random())
            latency = round((11 + 17 * load * size) * (0.85 + 0.3 * rng.random()) * worse, 2)
            yield _sample(source, now, site, "uplink_latency_ms", latency, router, "ms")
            flow = round((35 + 410 * load * size) * (0.9 + 0.2 * rng.random()) / worse, 1)
            yield _sample(source, now, site, "uplink_mbps", flow, router, "Mbit/s")
            count = int(90 * size * max(0.0, load - 0.25) * (0.8 + 0.4 * rng.random()))
            yield _sample(source, now, site, "people_count", count, f"site/{site.id}", "people")
        energy.append(
            [stamp(now), round((14 + 50 * load * size) * (0.93 + 0.14 * rng.random()) * (not site.power_down), 2)]
        )
        if len(energy) == 12:
            data = {"name": "energy_kw", "samples": energy, "entity": f"site/{site.id}", "site": site.id, "unit": "kW"}
            yield line(source, f"ms-{site.id}-energy_kw-{now // 1000:x}", "metric.sampled", now, data)
            energy = []
        now += _STEP + between(rng, 0, 3) - 1500 * 1000


def _sample(source: str, now: int, site: Site, name: str, value: float, entity: str, unit: str) -> bytes:
    data = {"name": name, "value": value, "entity": entity, "site": site.id, "unit": unit}
    return line(source, f"ms-{site.id}-{name}-{now // 1000:x}", "metric.sampled", now, data)


def service_metrics(world: World, ref: str) -> Actor:
    """Requests and errors of one service of the platform, which follow the sun over all sites and suffer in an
    outage."""
    rng = dice(world.seed, "metrics", ref, world.begin)
    now, name = world.begin + between(rng, 1, 299), ref.partition("/")[2]
    scale = len(world.sites) * (2 + 4 * rng.random())
    while True:
        yield now
        bad = world.service_trouble.get(ref, 0.0)
        load = (bustle(now + 5 * HOUR) + bustle(now) + bustle(now - 6 * HOUR)) / 3
        values = (
            ("requests_per_s", scale * load * (0.92 + 0.16 * rng.random()) * (1 - 0.6 * bad), "1/s"),
            ("error_pct", min(100.0, 0.15 + 0.2 * rng.random() + 55 * bad * (0.6 + 0.4 * rng.random())), "%"),
            ("p95_ms", (70 + 60 * load) * (0.9 + 0.2 * rng.random()) * (1 + 14 * bad), "ms"),
        )
        for metric, value, unit in values:
            data = {"name": metric, "value": round(value, 2), "entity": ref, "unit": unit, "labels": {"service": name}}
            yield line("monitor/platform", f"ms-{name}-{metric}-{now // 1000:x}", "metric.sampled", now, data)
        now += _STEP + int(wobble(rng, 1.5) * 1000) * 1000


def heartbeat(world: World, source: str, minutes: int, site: Site | None = None, silences: float = 0.0) -> Actor:
    """A source that lives every so many minutes and promises to within twice that; `silences` a day it is not heard."""
    rng = dice(world.seed, "heartbeat", source, world.begin)
    now = world.begin + between(rng, 0, 60 * minutes)
    while True:
        yield now
        ident = f"hb-{source}-{now // 1000:x}"
        yield line(source, ident, "heartbeat", now, {"period_s": 120 * minutes})
        step = minutes * MINUTE + between(rng, 0, 2) - SECOND
        if silences and rng.random() < silences * minutes / 1440:
            step = between(rng, 2.5 * 60 * minutes, 5 * 60 * minutes)
            where = site.id if site else None
            world.ledger.note("silence", now, now + step, site=where, entity=f"source/{source}", event_ids=[ident])
        now += step


def observed(world: World) -> list[Actor]:
    """Every sampler and every source with a heartbeat."""
    actors: list[Actor] = [service_metrics(world, ref) for ref in _SERVICES]
    sources = ("hr/attendance", "hr/roster", "gps/fleet", "tour/mobile", "helpdesk", "monitor/platform")
    actors += [heartbeat(world, source, 5) for source in sources]
    for site in world.sites:
        actors += [site_metrics(world, site), heartbeat(world, f"monitor/{site.id}", 10)]
        actors.append(heartbeat(world, f"access/{site.id}", 15, site, 0.12))
    return actors
