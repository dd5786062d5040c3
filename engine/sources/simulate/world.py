"""The whole cast: clients, sites with people and equipment, the platform, and the state they share while time goes
by."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from math import asin, cos, radians, sin, sqrt
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from data.times import DAY, HOUR, SECOND, from_datetime, to_datetime
from engine.sources.simulate import devices as gear
from engine.sources.simulate import places
from engine.sources.simulate.devices import Device, Link
from engine.sources.simulate.dice import Deck, dice
from engine.sources.simulate.event import line, stamp
from engine.sources.simulate.ledger import Ledger
from engine.sources.simulate.operation import Operation
from engine.sources.simulate.people import Person, staff
from engine.sources.simulate.weave import Loom

EPOCH = date(1970, 1, 1)


def team_on(day: int, slot: int) -> int:
    """Two days, two evenings, two nights, two off (slot 3): the team that has a slot on a day since 1970."""
    return (slot - day // 2) % 4


class Site(msgspec.Struct):
    """A site and its present condition; the counters say how many troubles of a kind are on at this moment."""

    id: str
    number: int
    name: str
    client: str
    tier: str
    spot: places.Spot
    criticality: int
    geofence_m: int
    team_size: int
    people: list[Person]
    devices: list[Device]
    carrier: str
    zone: ZoneInfo
    net_down: int = 0
    power_down: int = 0
    heat: int = 0
    disk_full: int = 0
    slow_net: int = 0
    rain_mm: float = 0.0
    checkpoints: int = 5
    offset: int = 0  # local time - UTC in microseconds, kept by the planner once a day

    @property
    def guards(self) -> list[Person]:
        return self.people[2:]

    def midnight(self, day: int) -> int:
        """The first moment of a local date, given in days since 1970-01-01."""
        moment = EPOCH + timedelta(days=day)
        return from_datetime(datetime(moment.year, moment.month, moment.day, tzinfo=self.zone))

    def local_day(self, now: int) -> int:
        return (to_datetime(now).astimezone(self.zone).date() - EPOCH).days

    def utc_offset(self, now: int) -> int:
        """Local time minus UTC at `now`, in microseconds."""
        gap = to_datetime(now).astimezone(self.zone).utcoffset()
        return int(gap.total_seconds()) * SECOND if gap else 0

    def idle_team(self, start: int) -> int:
        """The team that can best step in at `start`: off that day, and rested before and after."""
        day, rest = divmod(start + self.offset, DAY)
        hour = rest // HOUR
        if hour < 5:
            day -= 1
        slot = 0 if 5 <= hour < 13 else 1 if 13 <= hour < 21 else 2
        if slot == 0 and day % 2 == 0:
            return team_on(day, 2)
        return team_on(day, 0 if slot == 2 and day % 2 else 3)

    def make(self, make: str) -> list[Device]:
        return [device for device in self.devices if device.make == make]


class World:
    """Built once per run; `loom` carries the actors and `ledger` what is planted."""

    def __init__(self, operation: Operation, loom: Loom, ledger: Ledger, begin: int) -> None:
        self.operation, self.loom, self.ledger, self.begin = operation, loom, ledger, begin
        self.floor = loom.now  # nothing happened before it
        self.seed, self.hardness = operation.seed, operation.hardness
        self.clients = places.clients(operation.sites)
        spots = places.spots(self.seed, operation.sites)
        self.sites = [self._site(number, spot) for number, spot in enumerate(spots)]
        self.service_trouble: dict[str, float] = {}  # service reference -> how bad, 0 to 1
        self.busy_until: dict[str, int] = {}  # site -> when its last planted incident is over
        self.decks: dict[str, Deck] = {}
        self._borrowed: dict[str, int] = {}  # person -> until when somebody stands in with that person
        for site in self.sites:
            site.offset = site.utc_offset(self.floor)

    def _site(self, number: int, spot: places.Spot) -> Site:
        rng = dice(self.seed, "site", number)
        tier = self.clients[spot.client][1]
        criticality = min(
            5, max(1, {"VIP": 5, "PREMIUM": 4, "STANDARD": 3, "BASIC": 2}[tier] + rng.choice((-1, 0, 0, 1)))
        )
        ident = f"S{number + 1:03d}"
        team_size = 3 if criticality >= 4 else 2
        people = staff(ident, number, team_size, rng)
        made = gear.equip(ident, criticality, people, rng, self.operation.start // DAY * DAY)
        return Site(
            id=ident,
            number=number,
            name=spot.name,
            client=f"C{spot.client + 1}",
            tier=tier,
            spot=spot,
            criticality=criticality,
            geofence_m=rng.choice((150, 200, 200, 250, 300)),
            team_size=team_size,
            people=people,
            devices=made,
            carrier=gear.CARRIERS[rng.randrange(3)],
            zone=ZoneInfo(spot.city.timezone),
            checkpoints=rng.choice((4, 5, 6)),
        )

    def draw(self, name: str, weights: dict[str, float]) -> str:
        """The next card of the deck `name`, made of `weights` at its first use."""
        deck = self.decks.get(name)
        if deck is None:
            deck = self.decks[name] = Deck(dice(self.seed, "deck", name, self.begin), weights)
        return deck.draw()

    def borrow(self, site: Site, start: int, end: int, rng: Random) -> Person | None:
        """A guard of `site` who is off at that time and not yet asked, or None."""
        team = site.idle_team(start)
        free = [person for person in site.guards if person.team == team and self._borrowed.get(person.id, 0) <= start]
        if not free:
            return None
        person = rng.choice(free)
        self._borrowed[person.id] = end + 8 * HOUR
        return person

    def near(self, site: Site) -> Site:
        """The nearest other site; the site itself where there is no other."""
        return min(self.sites, key=lambda other: (other is site, distance_km(site, other)))

    def far(self, site: Site) -> Site:
        """The nearest site that nobody reaches within an hour, 150 km or more away; else the farthest."""
        reached = {other.number: distance_km(site, other) for other in self.sites}
        return min(self.sites, key=lambda other: (reached[other.number] < 150, abs(reached[other.number] - 150)))

    def introduce(self, now: int) -> Iterator[int | bytes]:
        """Everyone and everything is told of, an instant each, before the operation runs."""
        for number, (name, tier) in enumerate(self.clients, 1):
            yield _upsert("crm", "client", f"C{number}", now, {"id": f"C{number}", "name": name, "tier": tier})
        for ref, name in (
            *((ref, ref.partition("/")[2].title()) for ref in gear.CARRIERS),
            *((p[0], p[1]) for p in gear.PLATFORM),
        ):
            labels = {"scope": "platform" if "carrier" not in ref else "carrier"}
            yield _upsert("cmdb", "entity", ref, now, {"id": ref, "name": name, "labels": labels})
        for link in gear.platform_links():
            yield _link(link, now)
        for site in self.sites:
            yield from introduce_site(site, now)


def distance_km(one: Site, other: Site) -> float:
    """Great-circle distance by the haversine formula."""
    lat1, lat2 = radians(one.spot.lat), radians(other.spot.lat)
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin(radians(other.spot.lon - one.spot.lon) / 2) ** 2
    return 12_742.0 * asin(min(1.0, sqrt(half)))


def introduce_site(site: Site, now: int) -> Iterator[bytes]:
    spot = site.spot
    yield _upsert(
        "crm",
        "site",
        site.id,
        now,
        {
            "id": site.id,
            "client": site.client,
            "name": site.name,
            "lat": spot.lat,
            "lon": spot.lon,
            "geofence_m": site.geofence_m,
            "city": spot.city.name,
            "state": spot.city.state,
            "timezone": spot.city.timezone,
            "criticality": site.criticality,
            "in_charge": site.people[0].id,
        },
    )
    for person in site.people:
        yield _upsert("hr/people", "person", person.id, now, {
            "id": person.id, "site": site.id, "name": person.name, "role": person.role, "phone": person.phone,
            "email": person.email, "active": True,
        })  # fmt: skip
    for device in site.devices:
        data: dict[str, Any] = {"id": device.id, "site": site.id, "kind": device.kind, "model": device.model}
        data |= {"installed_at": stamp(device.installed_at), "active": True}
        if device.owner:
            data["owner"] = device.owner
        yield _upsert("cmdb", "device", device.id, now, data)
    low = site.id.lower()
    for ref, name in ((f"host/edge-{low}", f"edge host {site.name}"), (f"service/video-{low}", f"video {site.name}")):
        yield _upsert(
            "cmdb", "entity", ref, now, {"id": ref, "name": name, "site": site.id, "labels": {"city": spot.city.name}}
        )
    for link in gear.wiring(site.id, site.devices, site.carrier):
        yield _link(link, now)


def _upsert(source: str, noun: str, ident: str, now: int, data: dict[str, Any]) -> bytes:
    return line(source, f"up-{ident}-{now // 1000:x}", f"{noun}.upserted", now, data)


def _link(link: Link, now: int) -> bytes:
    ident = f"ln-{link.lower}-{link.upper}-{now // 1000:x}"
    return line("cmdb", ident, "link.upserted", now, {"from": link.lower, "to": link.upper, "kind": link.kind})


def _bustle(place: int) -> float:
    """The value for one of the week's 1,008 stretches of ten minutes; the first day of 1970 was a Thursday."""
    hour = place % 144 / 6
    wave = 0.0 if hour < 5 or hour > 22 else 1.0 - abs(hour - 13.0) / 9.0
    return 0.25 + 0.75 * max(0.0, wave) * (0.55 if place // 144 in (2, 3) else 1.0)


_WEEK: Final = tuple(_bustle(place) for place in range(1008))


def bustle(local: int) -> float:
    """How busy a place is at a local time: 0.25 at night to 1 at noon, quieter at the week-end."""
    return _WEEK[local // 600_000_000 % 1008]
