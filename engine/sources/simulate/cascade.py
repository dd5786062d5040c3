"""How trouble spreads: from a root along the topology to whatever stands on it, alert by alert."""

from collections import deque
from collections.abc import Iterable
from random import Random
from typing import Final, NamedTuple

from engine.sources.simulate.devices import PLATFORM, Link, wiring
from engine.sources.simulate.dice import wobble
from engine.sources.simulate.world import Site, World

# What the loss of the way to a thing looks like, by its make.
LOST: Final = {
    "router": "UPLINK_DOWN", "switch": "SWITCH_DOWN", "cam": "CAMERA_STREAM_LOST", "reader": "READER_UNREACHABLE",
    "sensor": "SENSOR_SILENT", "tablet": "DEVICE_OFFLINE", "nvr": "NVR_UNREACHABLE", "edge": "HOST_UNREACHABLE",
    "video": "SERVICE_DOWN",
}  # fmt: skip


class Symptom(NamedTuple):
    """One alert to come: on what, of which type, how many seconds after the root, and of which site (None = the
    platform)."""

    entity: str
    alert_type: str
    after_s: float
    site: Site | None


def make_of(ref: str) -> str:
    """`cam` of `device/S014-cam-3`, `edge` of `host/edge-s014`."""
    kind, _, ident = ref.partition("/")
    parts = ident.split("-")
    return parts[1] if kind == "device" else parts[0]


def below(links: Iterable[Link], root: str) -> list[tuple[str, int]]:
    """All that depends on `root`, nearest first, with the number of steps."""
    uppers: dict[str, list[str]] = {}
    for link in links:
        if link.kind != "connects":
            uppers.setdefault(link.upper, []).append(link.lower)
    found, queue = {root: 0}, deque([root])
    while queue:
        at = queue.popleft()
        for lower in uppers.get(at, ()):
            if lower not in found:
                found[lower] = found[at] + 1
                queue.append(lower)
    return [(ref, steps) for ref, steps in found.items() if steps]


def lost(site: Site, root: str, rng: Random, *, share: float, begin_s: float = 0.0) -> list[Symptom]:
    """Symptoms at a site when the way over `root` is gone; each device is noticed at its own next poll."""
    symptoms = []
    for ref, steps in below(wiring(site.id, site.devices, site.carrier), root):
        alert_type = LOST.get(make_of(ref))
        if alert_type and rng.random() < share:
            symptoms.append(
                Symptom(ref, alert_type, begin_s + steps * (4 + 14 * rng.random()) + 35 * rng.random(), site)
            )
    return symptoms


def platform(world: World, root: str, rng: Random, *, share: float) -> list[Symptom]:
    """Symptoms of the platform and of sites when a host or service of it is in trouble."""
    links = [Link(ref, base, "runs_on") for ref, _, bases in PLATFORM for base in bases]
    symptoms = []
    for ref, steps in below(links, root):
        if rng.random() >= share:
            continue
        alert_type = (
            "SERVICE_DOWN"
            if root.startswith("host/") and steps == 1
            else rng.choice(("SERVICE_ERRORS_HIGH", "SERVICE_LATENCY_HIGH"))
        )
        alert_type = {"service/postgres": "CONNECTIONS_EXHAUSTED", "service/queue": "QUEUE_BACKLOG"}.get(
            ref, alert_type
        )
        symptoms.append(Symptom(ref, alert_type, steps * (10 + 30 * rng.random()) + abs(wobble(rng, 25)), None))
    hit = {symptom.entity for symptom in symptoms} | {root}
    for site in world.sites:
        if "service/attendance" in hit and rng.random() < 0.3:
            symptoms.append(Symptom(site.make("reader")[0].ref, "SYNC_DEGRADED", 90 + 160 * rng.random(), site))
        if "service/video-hub" in hit and rng.random() < 0.35:
            symptoms.append(
                Symptom(f"service/video-{site.id.lower()}", "SERVICE_LATENCY_HIGH", 70 + 120 * rng.random(), site)
            )
    return symptoms
