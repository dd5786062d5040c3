"""What hangs on a thing that is down is explained by it: by links that name it, or because its site has no way out.

A cause explains only what is not worse than itself, did not begin long before it, and is of a kind that a lost bearer
brings about (settings `dependency`). A site has no way out when an alert says so, or when all its network devices that
are known are down; that explains only fixed things of the site whose bearers no link names.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterator

import msgspec

from data.records.alert import Alert
from data.times import MINUTE
from engine.alerts.muting.indexes import Firing
from engine.query.texts import glob_whole
from engine.registry import Registry
from engine.settings.muting import DependencySettings
from engine.topology import Topology

HIGHEST = 64  # things looked at above one thing
COUNTED = 5 * MINUTE  # the network devices of sites are counted anew after this
MOBILE = ("mobile", "tablet", "gps_tracker")  # they do not hang on the network of a site
BORNE = ("device", "host", "service", "node", "instance")  # kinds of things that hang on a site's network


class Network(msgspec.Struct):
    """How many network devices each site has, as counted in `slot`."""

    slot: int = -1
    devices: int = -1
    sites: dict[str, int] = {}


class Dependency:
    """The things that are down among the firing alerts, and what hangs on them."""

    def __init__(self, settings: DependencySettings, topology: Topology, registry: Registry, firing: Firing) -> None:
        self.settings = settings
        self.topology = topology
        self.registry = registry
        self.firing = firing
        self.network = Network()
        self._down, self._uplink = among((*settings.down, *settings.uplink)), among(settings.uplink)
        self._lost, self._worse = among(settings.lost), among(settings.worse)
        self._causes: dict[str, list[int]] = {}  # reference -> alerts that say it is down, sorted
        self._cut: dict[str, dict[int, str | None]] = {}  # site -> alerts that may cut it off, with the network device
        self._above: dict[str, tuple[str, ...]] = {}
        self._below: dict[str, dict[int, None]] = {}  # reference -> alerts of things that hang on it
        self._places: dict[int, tuple[tuple[str, ...], str | None, str | None]] = {}

    @property
    def awake(self) -> bool:
        """Is anything down?"""
        return bool(self._causes)

    def put(self, alert: Alert, *, counted: bool = False) -> None:
        """`counted`: the network devices are not counted now, what was restored holds."""
        if alert.number in self._places:
            self.drop(alert.number)
        entity = alert.entity
        if not self.settings.enabled or entity is None:
            return
        above = self.above(entity)
        for ref in above:
            self._below.setdefault(ref, {})[alert.number] = None
        cause = entity if self._down(alert.alert_type) else None
        site = None
        if cause is not None:
            insort(self._causes.setdefault(cause, []), alert.number)
            site = self._cuts(alert, counted)
        if above or cause is not None:
            self._places[alert.number] = above, cause, site

    def _cuts(self, alert: Alert, counted: bool) -> str | None:
        """The site that the alert may cut off."""
        device = alert.entity if self._is_network(alert) else None
        if alert.site is None or not (device or self._uplink(alert.alert_type) or alert.entity == f"site/{alert.site}"):
            return None
        self._cut.setdefault(alert.site, {})[alert.number] = None if self._uplink(alert.alert_type) else device
        if device is not None and not counted:
            self._count(alert.last_seen)
        return alert.site

    def drop(self, number: int) -> None:
        if number not in self._places:
            return
        above, cause, site = self._places.pop(number)
        for ref in above:
            del self._below[ref][number]
            if not self._below[ref]:
                del self._below[ref]
        if cause is not None:
            numbers = self._causes[cause]
            del numbers[bisect_left(numbers, number)]
            if not numbers:
                del self._causes[cause]
        if site is not None:
            del self._cut[site][number]
            if not self._cut[site]:
                del self._cut[site]

    def sources(self, alert: Alert) -> Iterator[tuple[str, int]]:
        """(thing that is down, alert that says so) for what explains the alert, the nearest first."""
        entity = alert.entity
        if entity is None or not self._causes:
            return
        lost = self._lost(alert.alert_type)
        above = self.above(entity)
        if above and (lost or self._worse(alert.alert_type)):
            for ref in above:
                yield from ((ref, one) for one in self._causes.get(ref, ()) if self._explains(one, alert))
        if lost and not above and alert.site is not None and self.is_cut(alert.site) and self._is_borne(alert):
            network = self._is_network(alert)  # one router does not explain the other, but an uplink both
            for number, device in sorted(self._cut[alert.site].items()):
                same = self.firing.alerts[number].entity == entity or (network and device is not None)
                if not same and self._explains(number, alert):
                    yield f"the network of site {alert.site}", number

    def targets(self, alert: Alert) -> list[int]:
        """Alerts that this one may explain."""
        number = alert.number
        if number not in self._places:
            return []
        _, cause, site = self._places[number]
        found = dict(self._below.get(cause, {})) if cause is not None else {}
        if site is not None:
            found.update(dict.fromkeys(self.firing.having("site", site)))
        found.pop(number, None)
        return list(found)

    def site_mates(self, alert: Alert) -> list[int]:
        """Alerts that hang on whether the site of this one is cut off, if this one has a say in it."""
        site = self._places.get(alert.number, ((), None, None))[2]
        return [] if site is None else [one for one in self.firing.having("site", site) if one != alert.number]

    def relinked(self, ref: str) -> list[int]:
        """A link of this thing came or went: alerts of it and of what hangs on it, ascending."""
        self._above.clear()
        numbers = sorted({*self.firing.having("entity", ref), *self._below.get(ref, ())})
        for number in numbers:
            self.put(self.firing.alerts[number], counted=True)
        return numbers

    def above(self, entity: str) -> tuple[str, ...]:
        """All that the thing hangs on by explicit links, nearest first."""
        found = self._above.get(entity)
        if found is None:
            if len(self._above) > 50_000:
                self._above.clear()
            found = self._above[entity] = tuple(self._climb(entity))
        return found

    def is_cut(self, site: str) -> bool:
        """Has the site no way out?"""
        here = self._cut.get(site)
        if not here:
            return False
        devices = {one for one in here.values() if one is not None}
        return None in here.values() or len(devices) >= max(1, self.network.sites.get(site, 1))

    def _climb(self, entity: str) -> Iterator[str]:
        seen, ring = {entity}, [entity]
        while ring and len(seen) <= HIGHEST:
            outer: list[str] = []
            for here in ring:
                for there in self.topology.bearers(here):
                    if there not in seen:
                        seen.add(there)
                        outer.append(there)
                        yield there
            ring = outer

    def _explains(self, number: int, alert: Alert) -> bool:
        cause = self.firing.alerts[number]
        return (
            number != alert.number
            and cause.severity >= alert.severity
            and alert.first_seen >= cause.first_seen - self.settings.within
        )

    def _is_network(self, alert: Alert) -> bool:
        return self._kind(alert) == "network"

    def _is_borne(self, alert: Alert) -> bool:
        kind = (alert.entity or "").partition("/")[0]
        return kind in BORNE and self._kind(alert) not in MOBILE

    def _kind(self, alert: Alert) -> str | None:
        known = alert.labels.get("kind")
        if known is None:
            device = self.registry.get(alert.entity)
            known = device.attributes.get("kind") if device is not None else None
        return known

    def _count(self, now: int) -> None:
        devices = self.registry.kinds["device"]
        slot = now // COUNTED
        if (slot, len(devices)) != (self.network.slot, self.network.devices):
            kinds = (one.site for one in devices.values() if one.attributes.get("kind") == "network")
            counted = Counter(site for site in kinds if site is not None)
            self.network = Network(slot, len(devices), dict(counted))


def among(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """A test for texts that any of the patterns fits, whatever their case; answers are remembered, as types are few."""
    plain = {pattern.casefold() for pattern in patterns if "*" not in pattern}
    tests = [glob_whole(pattern.casefold()) for pattern in patterns if "*" in pattern]
    known: dict[str, bool] = {}

    def test(text: str) -> bool:
        found = known.get(text)
        if found is None:
            if len(known) > 10_000:
                known.clear()
            folded = text.casefold()
            found = known[text] = folded in plain or any(one(folded) for one in tests)
        return found

    return test
