"""One closed hour becomes findings, and something to learn from."""

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from data import ids
from data.records.severity import CRITICAL, HIGH, LOW, MEDIUM
from engine.detect.baselines.episodes import Episode, Episodes
from engine.detect.baselines.metrics import METRICS
from engine.detect.baselines.moments import Slot
from engine.detect.baselines.rings import Numbers, Rings
from engine.detect.baselines.usual import WORDS, Usual
from engine.detect.report import Found, Over, Report
from engine.registry import Registry

if TYPE_CHECKING:
    from engine.detect.baselines.room import Baselines

_LEAST_CROWD = 5  # sites
_LONGEST = 24 * 42  # hours of one deviation that are remembered


class Looked(msgspec.Struct):
    """One site in the hour: what was observed and how far from what is usual, by metric."""

    site: str
    slot: Slot
    place: int  # its row in `usual`
    row: int  # its row in the rings
    values: Numbers
    far: Numbers
    usual: Usual


class Deviations:
    """`crowds` are the deviations of most sites at once that last, by key."""

    def __init__(self, tenant: str, registry: Registry, rings: Rings, episodes: Episodes) -> None:
        self.tenant = tenant
        self.registry = registry
        self.rings = rings
        self.episodes = episodes
        self.crowds: dict[str, None] = {}

    def judge(
        self, looked: list[Looked], hour: int, now: int, room: "Baselines"
    ) -> tuple[list[Report], NDArray[np.bool_]]:
        """What this hour begins, continues and ends, and what of it (sites, metrics) deviates; then it is learned."""
        reports: list[Report] = []
        thresholds = np.array(
            [[room.threshold(each.site, metric) for metric in range(len(METRICS))] for each in looked], np.float32
        ).reshape(-1, len(METRICS))
        aside = np.zeros(thresholds.shape, bool)
        for metric in range(len(METRICS)):
            beyond = [place for place, each in enumerate(looked) if abs(each.far[metric]) >= thresholds[place, metric]]
            aside[beyond, metric] = True
            reports += self._crowd(looked, metric, beyond, hour, now, room)
            for place, each in enumerate(looked):
                reports += self._one(each, metric, float(thresholds[place, metric]), hour, now)
        for place, each in enumerate(looked):
            self._learn(each, aside[place], room.settings(each.site).shift_after)
        return reports, aside

    def _crowd(
        self, looked: list[Looked], metric: int, beyond: list[int], hour: int, now: int, room: "Baselines"
    ) -> list[Report]:
        """More than the given share of all sites deviate the same way: one finding, and none of each."""
        reports: list[Report] = []
        judged = sum(bool(np.isfinite(each.far[metric])) for each in looked)
        for sign, way in ((-1, "BELOW"), (1, "ABOVE")):
            sites = [looked[place] for place in beyond if looked[place].far[metric] * sign > 0]
            key = f"usual//{METRICS[metric].name}/{way}"
            if len(sites) < max(_LEAST_CROWD, room.places.config.baselines.widespread * judged):
                if key in self.crowds:
                    del self.crowds[key]
                    reports.append(Over(key, now, "most sites are as usual again"))
                continue
            self.crowds[key] = None
            for each in sites:
                self.episodes.open.setdefault(
                    _key(each.site, metric, way), self._begun(each, metric, way, now, shown=False)
                )
            evidence = {"sites": len(sites), "of": judged, "hour": hour, "some": [each.site for each in sites[:20]]}
            title = f"{METRICS[metric].words} {way.lower()} what is usual at {len(sites)} of {judged} sites"
            level = HIGH if way == "BELOW" else MEDIUM
            kind = f"ANOMALY_{METRICS[metric].name.upper()}_{way}"
            category = METRICS[metric].category
            reports.append(Found(key, kind, category, level, now, title, evidence, window_start=hour))
        return reports

    def _one(self, each: Looked, metric: int, threshold: float, hour: int, now: int) -> list[Report]:
        """One metric of one site: the deviation it is in goes on, turns, ends, or a new one begins."""
        far = float(each.far[metric])
        way = "ABOVE" if far > 0 else "BELOW"
        deviates = abs(far) >= threshold  # never for NaN
        reports: list[Report] = []
        for other in ("ABOVE", "BELOW"):
            key = _key(each.site, metric, other)
            if key in self.episodes.open and not (deviates and other == way):
                gone = self.episodes.close(key)
                if gone is not None and gone.shown:
                    reports.append(Over(key, now, "as usual again" if not deviates else "turned round"))
        if not deviates:
            return reports
        key = _key(each.site, metric, way)
        episode = self.episodes.open.get(key)
        if episode is None:
            episode = self.episodes.open[key] = self._begun(each, metric, way, now, shown=True)
        if len(episode.hours) < _LONGEST:
            episode.hours.append((hour, each.slot.hour, each.slot.week))
        if abs(far) > abs(episode.peak):
            episode.peak = far
        if episode.shown:
            reports.append(self._found(each, metric, way, threshold, episode, now))
        return reports

    def _begun(self, each: Looked, metric: int, way: str, now: int, *, shown: bool) -> Episode:
        id = ids.derive("F", self.tenant, _key(each.site, metric, way), str(now))
        return Episode(id, each.site, metric, now, [], 0.0, shown)

    def _found(self, each: Looked, metric: int, way: str, threshold: float, episode: Episode, now: int) -> Found:
        about, far, usual = METRICS[metric], float(each.far[metric]), each.usual
        middle, low, high = (about.unit * value for value in usual.between(each.place, metric, threshold))
        seen = about.unit * float(each.values[metric])
        hours = len(episode.hours)
        evidence: dict[str, Any] = {
            "observed": round(seen, 1),
            "usual": round(middle, 1),
            "low": round(low, 1),
            "high": round(high, 1),
            "distance": round(far, 2),
            "threshold": threshold,
            "hour_of_week": each.slot.hour,
            "samples": int(usual.samples[each.place, metric]),
            "rests_on": WORDS[usual.basis[each.place, metric]],
            "hours": hours,
        }
        if each.slot.holiday:
            evidence["holiday"] = each.slot.holiday
        since = f" for {hours} hours" if hours > 1 else ""
        title = f"{about.words} {seen:,.0f} in an hour, usual are {low:,.0f} to {high:,.0f}{since}"
        return Found(
            _key(each.site, metric, way),
            f"ANOMALY_{about.name.upper()}_{way}",
            about.category,
            _severity(way, abs(far) / threshold, hours),
            now,
            title,
            evidence,
            site=each.site,
            window_start=episode.hours[0][0],
        )

    def _learn(self, each: Looked, aside: Any, shift_after: int) -> None:
        """Keeps the hour's values; a deviation that comes back day after day at the same hour is the new level."""
        slot, row, clock = each.slot, each.row, each.slot.hour % 24
        if slot.holiday:
            return  # not like other days
        self.rings.put(row, slot.hour, slot.week, each.values, aside)
        streak = self.rings.streak[row, :, clock]
        for metric in np.flatnonzero(aside | (streak != 0)):
            sign = int(np.sign(each.far[metric])) if aside[metric] else 0
            if sign and self._confirmed(each.site, int(metric)):
                self.rings.judge(row, int(metric), slot.hour, slot.week, learn=False)
                sign = 0
            days = sign * (abs(int(streak[metric])) + 1 if streak[metric] * sign > 0 else 1) if sign else 0
            if abs(days) >= shift_after:
                recent = [_days_ago(slot, back) for back in range(abs(days))]
                self.rings.rebase(row, int(metric), slot.hour, recent)
                days = 0
            streak[metric] = days

    def _confirmed(self, site: str, metric: int) -> bool:
        """Whether a person has confirmed the deviation that lasts."""
        for way in ("ABOVE", "BELOW"):
            episode = self.episodes.open.get(_key(site, metric, way))
            if episode is not None and episode.verdict == "confirmed":
                return True
        return False


def _key(site: str, metric: int, way: str) -> str:
    return f"usual/{site}/{METRICS[metric].name}/{way}"


def _days_ago(slot: Slot, days: int) -> tuple[int, int]:
    """The same hour of day so many days before: (hour of week, week)."""
    hour = slot.hour - 24 * days
    return hour % 168, slot.week + hour // 168


def _severity(way: str, times: float, hours: int) -> int:
    """By how many times the threshold it is, and for how long. More than usual is seldom an emergency."""
    grave = times * (1 + 0.1 * min(hours - 1, 5))
    if way == "ABOVE":
        return MEDIUM if grave >= 2 else LOW
    if grave >= 3:
        return CRITICAL if hours > 1 else HIGH
    if grave >= 2:
        return HIGH
    return MEDIUM if grave >= 1.25 else LOW
