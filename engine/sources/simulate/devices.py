"""The equipment of a site, the platform behind all sites, and what depends on what."""

from random import Random
from typing import Final

import msgspec

from data.times import DAY
from engine.sources.simulate.people import Person

MODELS: Final[dict[str, tuple[str, ...]]] = {
    "router": ("EdgeLine R220", "Cordia X5"),
    "switch": ("Cordia SW24", "Netra 3100"),
    "cam": ("Optika Dome 4K", "Optika Bullet 2", "Vision One PTZ"),
    "reader": ("FaceGate 2", "BioTouch 500"),
    "nvr": ("Archivo N16", "Archivo N32"),
    "disk": ("Granite 8T", "Granite 12T"),
    "tablet": ("RuggedTab 8",),
    "phone": ("RuggedPhone S", "RuggedPhone M", "Karo 5"),
    "tracker": ("TrackMate 7", "TrackMate 9"),
    "sensor": ("Thermo DS4", "DoorSense 2", "SmokeEye 1"),
    "ups": ("PowerBank 3000", "PowerBank 5000"),
    "ac": ("CoolRow 12",),
}
KINDS: Final = {
    "router": "network", "switch": "network", "cam": "camera", "reader": "biometric", "nvr": "server", "disk": "disk",
    "tablet": "tablet", "phone": "mobile", "tracker": "gps_tracker", "sensor": "sensor", "ups": "other", "ac": "other",
}  # fmt: skip
CARRIERS: Final = ("carrier/northline", "carrier/telvia", "carrier/orbitel")


class Device(msgspec.Struct):
    """A device and its present condition. `make` is the finer kind (router, cam, ...), `kind` the one on the wire."""

    id: str
    site: str
    make: str
    kind: str
    model: str
    installed_at: int
    owner: str | None = None
    down: bool = False  # failed or away: it sends nothing
    failed: bool = False
    wear_from: int = 0  # its decline goes from here ...
    wear_until: int = 0  # ... to here, its worst; 0 = it is well
    lie: str = ""  # how it lies: stuck, drift, spikes
    witness: list[str] = msgspec.field(default_factory=list)  # ids of the telemetry in which it lied

    @property
    def ref(self) -> str:
        return f"device/{self.id}"

    def wear(self, now: int) -> float:
        """How far its decline has gone, 0 to 1."""
        if not self.wear_until or now <= self.wear_from:
            return 0.0
        return min(1.0, (now - self.wear_from) / (self.wear_until - self.wear_from))


class Link(msgspec.Struct, frozen=True):
    lower: str  # depends on ...
    upper: str
    kind: str = "depends_on"


def equip(site: str, criticality: int, people: list[Person], rng: Random, now: int) -> list[Device]:
    """The inventory of a site: fixed equipment first, then a handset per guard."""
    counts = {
        "ups": 1,
        "ac": 1,
        "router": 1,
        "switch": 2 if criticality >= 4 else 1,
        "nvr": 1,
        "disk": 2,
        "cam": 3 + criticality,
        "reader": 2,
        "sensor": 3,
        "tablet": 1,
        "tracker": 1,
    }
    made = []
    for make, count in counts.items():
        for number in range(1, count + 1):
            ident = f"{site}-{make}" if count == 1 else f"{site}-{make}-{number}"
            model = MODELS[make][(number - 1) % len(MODELS[make])] if make == "sensor" else rng.choice(MODELS[make])
            made.append(Device(ident, site, make, KINDS[make], model, now - int(rng.random() * 1400 + 20) * DAY))
    for person in people:
        if person.role == "guard":
            age = int(rng.random() * 700 + 10) * DAY
            made.append(
                Device(person.handset, site, "phone", "mobile", rng.choice(MODELS["phone"]), now - age, person.id)
            )
    return made


def wiring(site: str, devices: list[Device], carrier: str) -> list[Link]:
    """Who depends on whom at a site: equipment on a switch, the switch on the router, the router on the carrier;
    power apart."""
    switches = [device.ref for device in devices if device.make == "switch"]
    router, ups, nvr = f"device/{site}-router", f"device/{site}-ups", f"device/{site}-nvr"
    edge = f"host/edge-{site.lower()}"
    links = [
        Link(router, carrier),
        Link(router, ups),
        Link(edge, switches[0]),
        Link(f"service/video-{site.lower()}", edge, "runs_on"),
    ]
    links += [link for switch in switches for link in (Link(switch, router), Link(switch, ups))]
    spread = 0
    for device in devices:
        if device.make in ("cam", "reader", "sensor", "tablet", "nvr"):
            links.append(Link(device.ref, switches[spread % len(switches)]))
            spread += 1
        if device.make == "disk":
            links.append(Link(device.ref, nvr, "part_of"))
        if device.make == "cam":
            links.append(Link(f"service/video-{site.lower()}", device.ref, "connects"))
        if device.make == "reader":
            links.append(Link(device.ref, "service/attendance"))
    links += [Link(nvr, f"device/{site}-ac"), Link(f"device/{site}-sensor-1", f"device/{site}-ac", "connects")]
    links.append(Link(f"service/video-{site.lower()}", nvr))
    links.append(Link(f"service/video-{site.lower()}", "service/video-hub"))
    return links


# (reference, name) and what it stands on, of the platform shared by all sites.
PLATFORM: Final = (
    ("host/db-1", "database host 1", ()),
    ("host/app-1", "application host 1", ()),
    ("host/app-2", "application host 2", ()),
    ("host/web-1", "web host 1", ()),
    ("host/queue-1", "message host 1", ()),
    ("service/postgres", "PostgreSQL", ("host/db-1",)),
    ("service/queue", "message queue", ("host/queue-1",)),
    ("service/auth", "sign-in", ("host/app-1", "service/postgres")),
    ("service/attendance", "attendance API", ("host/app-1", "service/postgres", "service/auth")),
    ("service/tours", "tour API", ("host/app-2", "service/postgres", "service/queue")),
    ("service/video-hub", "video hub", ("host/app-2", "service/auth")),
    ("service/notify", "notifications", ("host/app-2", "service/queue")),
    ("service/reports", "reports", ("host/app-2", "service/postgres")),
    ("service/portal", "customer portal", ("host/web-1", "service/auth", "service/reports")),
)


def platform_links() -> list[Link]:
    return [
        Link(ref, base, "runs_on" if base.startswith("host/") else "depends_on")
        for ref, _, bases in PLATFORM
        for base in bases
    ]
