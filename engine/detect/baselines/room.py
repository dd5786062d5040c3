"""The room of baselines: closes each hour at each site once nothing of it can still come, judges it, learns from it.

What deviates is a finding that grows hour by hour and ends when an hour is as usual again. One deviation of most sites
at once is one finding of the operation: a source that fails is not a thousand silent sites. An hour in which nothing at
all was heard is no observation.
"""

from collections.abc import Callable, Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.payloads import CalendarDay, Verdict
from data.times import DAY, HOUR, MINUTE
from data.wire import Event
from engine.detect.baselines.deviations import Deviations, Looked
from engine.detect.baselines.episodes import Episode, Episodes
from engine.detect.baselines.metrics import METRICS, PLACES, observed
from engine.detect.baselines.moments import Moments, Slot
from engine.detect.baselines.rings import Numbers, Rings
from engine.detect.baselines.thresholds import Change, Thresholds, judged, proposed
from engine.detect.baselines.usual import expect
from engine.detect.baselines.weighing import weighed
from engine.detect.report import Over, Report
from engine.detect.rhythm import Heard
from engine.detect.room import Handler
from engine.detect.signals import Activity
from engine.registry import Registry
from engine.settings.baselines import BaselineSettings
from engine.settings.places import Places

_RETUNE = 6 * 24 + 2  # the hour of the week that ends on Sunday 03:00 UTC
_BUSY = 60  # events an hour; an operation that says less may be silent for long without a gap
_TUNER = "noc/engine"


class _State(msgspec.Struct):
    next: int | None
    total: int
    gap: bool
    born: dict[str, int]
    rings: bytes
    episodes: bytes
    thresholds: bytes
    crowds: list[str]


class Baselines:
    """`changes` are those of thresholds that nobody has written down yet; whoever does empties it."""

    def __init__(
        self,
        tenant: str,
        places: Places,
        registry: Registry,
        activity: Activity,
        calendar: Callable[[], Mapping[str, CalendarDay]],
        heard: Callable[[], Mapping[str, Heard]],
    ) -> None:
        self.tenant = tenant
        self.places = places
        self.registry = registry
        self.activity = activity
        self.heard = heard
        self.late_after = places.config.engine.late_after
        self.moments = Moments(registry, calendar)
        self.rings = Rings()
        self.episodes = Episodes()
        self.thresholds = Thresholds()
        self.deviations = Deviations(tenant, registry, self.rings, self.episodes)
        self.changes: list[Change] = []
        self.born: dict[str, int] = {}  # site -> its first hour
        self._next: int | None = None  # the hour to be closed next
        self._total = 0  # events heard when the last hour was closed
        self._gap = False  # whether that hour ended in silence of everything
        activity.on_hour.append(self._begin)

    def handlers(self) -> Mapping[str, Handler]:
        return {"noc.verdict.recorded": self.verdict}

    def due(self) -> int | None:
        return None if self._next is None else self._next + HOUR + self.late_after

    def tick(self, now: int) -> list[Report]:
        """Closes the hour that is due, and sets thresholds anew once a week."""
        assert self._next is not None
        hour, self._next = self._next, self._next + HOUR
        reports = [] if self._nothing_heard(now) else self._close(hour, now)
        if (hour // HOUR + 72) % 168 == _RETUNE and self.places.config.baselines.retune:
            self.retune(now, _TUNER)
        return reports

    def settings(self, site: str) -> BaselineSettings:
        return self.places.at(self.tenant, self.registry.client_of(site), site).baselines

    def threshold(self, site: str, metric: int) -> float:
        return self.thresholds.of(site, METRICS[metric].name, self.settings(site))

    def verdict(self, event: Event) -> list[Report]:
        """A finding of ours was judged: what is usual learns from a false one, and never from a confirmed one."""
        data: Verdict = event.data
        kind, _, id = data.target.partition("/")
        found = self.episodes.by_id(id) if kind == "finding" else None
        if found is None:
            return []
        key, episode = found
        episode.verdict, episode.judged_at = data.verdict, event.time
        row = self.rings.rows[episode.site]
        for _, at, week in episode.hours:
            self.rings.judge(row, episode.metric, at, week, learn=data.verdict == "false_positive")
            self.rings.streak[row, episode.metric, at % 24] = 0
        if not key or data.verdict == "confirmed" or not episode.shown:
            return []
        # While it lasts it is not told again; it is remembered as judged once it is over.
        episode.shown = False
        self.episodes.over[episode.id] = msgspec.structs.replace(episode, shown=True, hours=list(episode.hours))
        return [Over(key, event.time, "judged false")]

    def exclude(self, site: str, since: int, until: int) -> None:
        """An incident at the site was confirmed: none of the hours it touched is ever learned from."""
        row = self.rings.rows.get(site)
        if row is None:
            return
        for start in range(max(since - since % HOUR, until - 42 * DAY), until + 1, HOUR):
            slot = self.moments.slot(site, start)
            for metric in range(len(METRICS)):
                self.rings.judge(row, metric, slot.hour, slot.week, learn=False)

    def retune(self, now: int, by: str) -> list[Change]:
        """Sets every threshold on which people's verdicts have something to say."""
        made: list[Change] = []
        for site, metric in sorted({(each.site, each.metric) for each in self._known() if each.verdict}):
            settings, held = self.settings(site), self.threshold(site, metric)
            since = now - settings.verdict_days * DAY
            new, why = proposed(held, judged(self.episodes.judged(site, metric, since)), settings)
            if new != held:
                made.append(self.set(site, metric, new, now, by, why))
        return made

    def set(self, site: str, metric: int, threshold: float, now: int, by: str, why: str) -> Change:
        name = METRICS[metric].name
        change = Change(now, site, name, self.thresholds.held.get(f"{site}/{name}"), threshold, by, why)
        self.thresholds.move(change)
        self.changes.append(change)
        return change

    def back(self, site: str, metric: int, now: int, by: str) -> Change | None:
        """The newest change of a threshold taken back."""
        change = self.thresholds.back(site, METRICS[metric].name, now, by)
        if change is not None:
            self.changes.append(change)
        return change

    def place_of(self, metric: str) -> int | None:
        """The place of a metric among the metrics, by either of its names."""
        return PLACES.get(metric)

    def dump(self) -> bytes:
        parts = self.rings.dump(), self.episodes.dump(), self.thresholds.dump()
        return msgspec.msgpack.encode(
            _State(self._next, self._total, self._gap, self.born, *parts, list(self.deviations.crowds))
        )

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        self._next, self._total, self._gap, self.born = state.next, state.total, state.gap, state.born
        self.rings.load(state.rings)
        self.episodes.load(state.episodes)
        self.thresholds.load(state.thresholds)
        self.deviations.crowds = dict.fromkeys(state.crowds)

    def _begin(self, now: int) -> None:
        """The first hour with activity has ended: from now on every hour is closed."""
        if self._next is None and self.places.config.baselines.enabled:
            self._next = now - HOUR

    def _nothing_heard(self, now: int) -> bool:
        """Whether the hour began or ended in a silence of everything: the engine or its sources were away then."""
        newest = total = 0
        for one in self.heard().values():
            newest, total = max(newest, one.last), total + one.count
        said, self._total = total - self._total, total
        before = self._gap
        self._gap = said == 0 or (said >= _BUSY and newest < now - self.late_after - 15 * MINUTE)
        return before or self._gap

    def _close(self, hour: int, now: int) -> list[Report]:
        """Looks at every site at once, those with the same hour of the week together."""
        sites = self._sites(hour)
        if not sites:
            return []
        rows = np.array([self.rings.row(site) for site, _ in sites], np.intp)
        hours = np.array([slot.hour for _, slot in sites], np.intp)
        counts = [self.activity.of_site(site, hour - 1, hour + HOUR - 1)[0] for site, _ in sites]
        values = np.array([observed(each) for each in counts], np.float32)
        usual = expect(self.rings, rows, hours, self.places.config.baselines)
        apart = self._mild(usual.distance(values), [slot for _, slot in sites], rows, values)
        plain = apart - self.rings.lean[rows]
        far = weighed(plain, self.rings.before[rows], self.places.config.baselines.alone)
        self.rings.before[rows] = plain
        looked = [
            Looked(site, slot, place, int(rows[place]), values[place], far[place], usual)
            for place, (site, slot) in enumerate(sites)
        ]
        reports, aside = self.deviations.judge(looked, hour, now, self)
        self.rings.follow(rows, apart, aside)
        return reports

    def _mild(self, far: Numbers, slots: list[Slot], rows: NDArray[np.intp], values: Numbers) -> Numbers:
        """On a holiday both the day it falls on and a Sunday are usual, and what lies between them."""
        free = np.flatnonzero([bool(slot.holiday) for slot in slots])
        if free.size:
            sunday = np.array([6 * 24 + slots[place].hour % 24 for place in free], np.intp)
            other = expect(self.rings, rows[free], sunday, self.places.config.baselines).distance(values[free])
            plain = far[free]
            nearer = np.where(np.abs(other) < np.abs(plain), other, plain)
            far[free] = np.where(plain * other < 0, 0, nearer)
        return far

    def _sites(self, hour: int) -> list[tuple[str, Slot]]:
        """Every site that was ever active; its first hour, which is none whole, is left out."""
        for site in sorted(self.activity.sites() - self.born.keys()):
            if self.activity.of_site(site, hour - 1, hour + HOUR - 1)[0].any:
                self.born[site] = hour
        return [
            (site, self.moments.slot(site, hour))
            for site, first in self.born.items()
            if first < hour and self.settings(site).enabled
        ]

    def _known(self) -> list[Episode]:
        return [*self.episodes.over.values(), *self.episodes.open.values()]
