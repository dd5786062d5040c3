"""The audits of one partition. They run on a grid of five minutes of event time while anybody is on duty or anything
that they found still stands, and cost nothing otherwise.

What an audit finds stands until an audit of the same cadence no longer finds it. A site under maintenance is not
audited: what stood there stays as it is. Patterns read `engine.detect.field`, never the journal again.
"""

from collections.abc import Callable, Mapping

import msgspec

from data.records import severity
from data.times import HOUR, MINUTE
from engine.detect.activity import NightActivity
from engine.detect.audits.coverage import coverage_low
from engine.detect.audits.evidence import collected
from engine.detect.field import Field, Guard
from engine.detect.localtime import LocalTime
from engine.detect.overdue import OverdueRules
from engine.detect.patterns import BY_CADENCE, NAMES, Pattern, SiteView
from engine.detect.patterns.escalation_chain import KIND as CHAIN
from engine.detect.patterns.escalation_chain import Waiting, escalation_chain
from engine.detect.patterns.tour_abandonment import left
from engine.detect.report import Found, Over, Report
from engine.detect.room import Handler
from engine.detect.tours import TourRules
from engine.settings import Config

TICK = 5 * MINUTE
THOROUGH = 15 * MINUTE
AGAIN = HOUR  # what stands is told again, with what it has come to


class Standing(msgspec.Struct):
    """A finding of an audit that still holds: by which audit of which site, when it was told, and how grave."""

    audit: str
    site: str
    told_at: int
    severity: int


class _State(msgspec.Struct):
    next: int | None
    standing: dict[str, Standing]


class Audits:
    """Heartbeat, thorough and deep audits; `paused` and `waiting` are asked of whoever knows (the partition)."""

    def __init__(
        self, field: Field, tours: TourRules, overdue: OverdueRules, local: LocalTime, wake: Callable[[], None]
    ) -> None:
        self.field = field
        self.tours = tours
        self.overdue = overdue
        self.local = local
        self.wake = wake
        self.paused: Callable[[int], Callable[[str], bool]] = lambda now: lambda site: False
        self.waiting: Callable[[], list[Waiting]] = list
        self.noted: Callable[[list[Waiting], int], None] = lambda incidents, now: None
        self.night = NightActivity(field, tours, overdue, local, wake)
        self.standing: dict[str, Standing] = {}
        self._next: int | None = None
        self._by_site: dict[tuple[str, str], set[str]] = {}
        self._watch = self.night.began
        field.began = self._began
        field.planned = lambda shift, time: self._start(max(shift.start, time))
        tours.left = lambda tour, now: left(field, tour, now)
        off = set(field.places.config.audits.patterns_off)
        self._patterns: dict[str, dict[str, Pattern]] = {
            cadence: {name: look for name, look in looks.items() if name not in off}
            for cadence, looks in BY_CADENCE.items()
        }
        self._chain = CHAIN not in off

    def handlers(self) -> Mapping[str, Handler]:
        return {}

    def due(self) -> int | None:
        look, tick = self.night.due(), self._next
        return look if tick is None or (look is not None and look < tick) else tick

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(_State(self._next, self.standing))

    def load(self, body: bytes) -> None:
        """After the field, the tours and what is overdue."""
        state = msgspec.msgpack.decode(body, type=_State)
        self._next, self.standing = state.next, state.standing
        self._by_site = {}
        for key, one in self.standing.items():
            self._by_site.setdefault((one.audit, one.site), set()).add(key)
        self.night.restored()

    def _began(self, guard: Guard) -> None:
        self._watch(guard)
        self._start(guard.since)

    def _start(self, at: int) -> None:
        """There is something to audit from this moment on."""
        at += TICK - at % TICK
        if self._next is None or at < self._next:
            self._next = at
            self.wake()

    def tick(self, now: int) -> list[Report]:
        reports: list[Report] = self.night.tick(now)
        if self._next is not None and self._next <= now:
            reports += self._audit(self._next)
            busy = self.field.on_site or self.standing or self.field.strays
            self._next = self._next + TICK if busy else self._planned(self._next)
        return reports

    def _planned(self, now: int) -> int | None:
        """When somebody should be on duty next: nobody coming at all is what coverage is about."""
        starts = [max(shift.start, now) for shift in self.field.plan.shifts.values() if shift.end > now]
        first = min(starts, default=None)
        return None if first is None else first - first % TICK + TICK

    # The looks.

    def _audit(self, now: int) -> list[Report]:
        reports = self.night.ended(self.field.sweep(now), now)
        reports += self._sources(now)
        config = self.field.places.config
        if not config.audits.on:
            return reports
        paused = self.paused(now)
        thorough = now % THOROUGH == 0
        for site in self._sites(thorough=thorough):
            if paused(site):
                continue
            here = self.field.places.at(self.field.tenant, self.field.registry.client_of(site), site)
            view = SiteView(site, now, here, self.field, self.tours, self.overdue, self.local)
            if here.audits.heartbeat:
                reports += self._settle("heartbeat", site, self._look("heartbeat", view), view)
            if thorough and here.audits.thorough:
                reports += self._settle("thorough", site, self._look("thorough", view), view)
            if now % HOUR == 0 and here.audits.deep:
                reports += self._settle("deep", site, coverage_low(view), view)
        if thorough:
            self.field.strays.clear()
        if thorough:
            incidents = self.waiting()
            self.noted(incidents, now)
            broken = escalation_chain(incidents, config.audits, now) if self._chain else []
            reports += self._settle("chain", "", broken, None, now)
        return reports

    def _look(self, cadence: str, view: SiteView) -> list[Found]:
        found: list[Found] = []
        for look in self._patterns[cadence].values():
            found += look(view)
        return found

    def _sites(self, *, thorough: bool) -> list[str]:
        """Sites to look at, in order: with people on duty, with something standing; every 15 min also the planned."""
        sites = {*self.field.on_site, *(one.site for one in self.standing.values() if one.site)}
        if thorough:
            sites.update(self.field.plan.sites(), (one.site for one in self.field.strays))
        return sorted(sites)

    def _settle(self, audit: str, site: str, found: list[Found], view: SiteView | None, now: int = 0) -> list[Report]:
        """What is new or worse is told, what is the same only now and then, what is gone is over."""
        standing = self._by_site.get((audit, site))
        if not found and not standing:
            return []
        now = view.now if view is not None else now
        reports: list[Report] = []
        keys = set()
        for each in found:
            if each.key.startswith("TOUR/"):
                reports.append(each)  # its end is the tour rules' affair
                continue
            keys.add(each.key)
            known = self.standing.get(each.key)
            if known is None:
                self.standing[each.key] = Standing(audit, site, now, each.severity)
                self._by_site.setdefault((audit, site), set()).add(each.key)
                if view is not None:
                    each.evidence["site"] = collected(view)
            elif each.severity > known.severity or now - known.told_at >= AGAIN:
                known.told_at, known.severity = now, max(known.severity, each.severity)
            else:
                continue
            reports.append(each)
        for key in sorted((standing or set()) - keys):
            reports.append(Over(key, now, "no longer found by an audit"))
            del self.standing[key]
            self._by_site[audit, site].discard(key)
        if not self._by_site.get((audit, site), True):
            del self._by_site[audit, site]
        return reports

    def _sources(self, now: int) -> list[Report]:
        """Outages of a kind of signal: one finding, in place of one for everybody who is not heard."""
        people = sum(map(len, self.field.on_site.values()))
        least = self.field.places.config.audits.source_silent
        reports: list[Report] = []
        for name, channel in self.field.channels.items():
            if not channel.tick(now, people, least):
                continue
            key = f"SIGNALS_LOST/{name}"
            if not channel.down:
                reports.append(Over(key, now, f"signal {name} is heard again"))
                continue
            minutes = (now - channel.heard_at) // MINUTE
            title = f"no {name} signal from anybody for {minutes} min; {round(channel.missed)} were to be expected"
            evidence = {"signal": name, "minutes": minutes, "expected": round(channel.missed, 1), "on_duty": people}
            reports.append(
                Found(
                    key, "SIGNALS_LOST", "DEVICE_HEALTH", severity.HIGH, now, title, evidence,
                    entity=f"signal/{name}", window_start=channel.heard_at, source="noc/audit",
                )
            )  # fmt: skip
        return reports


def described(config: Config) -> dict[str, bool]:
    """Each pattern, and whether it is looked for."""
    return {name: name not in config.audits.patterns_off for name in NAMES}
