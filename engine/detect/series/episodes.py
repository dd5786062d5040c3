"""What is open about series: deviations and broken sensors, each one finding that grows and ends."""

from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.records import severity
from data.times import HOUR, text
from engine.detect.report import Found, Over, Report
from engine.detect.series.bank import Scores
from engine.detect.series.catalogue import Catalogue, Series
from engine.detect.series.faults import ERRATIC, STUCK, UNIT
from engine.detect.series.layout import DETECTORS, STATS
from engine.detect.series.units import CHANGES, TEMPERATURE
from engine.registry import Registry
from engine.settings.places import Places
from engine.settings.series import SeriesSettings

LEAST = 0.3  # no setting of the threshold is lower
MISSED = 3  # samples without a number in a row: the sensor gives none
ANOMALY, STANDS_STILL, LEAPS, NEW_UNIT, NO_VALUE, CLOCK = (
    "METRIC_ANOMALY", "SENSOR_STUCK", "SENSOR_ERRATIC", "SENSOR_UNIT_CHANGED", "SENSOR_NO_VALUE", "SENSOR_CLOCK_OFF"
)  # fmt: skip
_RANKS: Final = (ANOMALY, NEW_UNIT, LEAPS, STANDS_STILL, NO_VALUE)  # the worst last
_OVER: Final = {
    ANOMALY: "as usual again",
    STANDS_STILL: "it moves again",
    LEAPS: "no more absurd values",
    NEW_UNIT: "the new level is the usual one now",
    NO_VALUE: "it gives numbers again",
}
_AT_ONCE = frozenset((STANDS_STILL, NO_VALUE))  # over with the first good sample
_WORDS: Final = {
    "distribution": ("higher than it is", "lower than it is"),
    "season": ("high for this time of day", "low for this time of day"),
    "level": ("its level went up", "its level went down"),
    "spread": ("more restless than it is", "calmer than it is"),
    "rate": ("samples come more slowly", "samples come faster"),
}


class Episode(msgspec.Struct):
    """One open finding about a series."""

    kind: str
    since: int  # time of the sample that began it
    heard: int  # event time of the newest sample
    side: int
    value: float  # the one that stands out most, and what was usual then
    usual: float
    score: float
    count: int = 0  # samples that show it
    told: int = 0  # how many had when it was told last
    severity: int = 0
    quiet: int = 0  # samples in a row that do not
    words: str = ""


class _State(msgspec.Struct):
    open: dict[int, Episode]
    missed: dict[int, int]
    due: int | None


class Episodes:
    """By row. At most one of a series at a time; a broken sensor comes before what its numbers say."""

    def __init__(self, tenant: str, places: Places, registry: Registry, catalogue: Catalogue) -> None:
        self.tenant, self.places, self.registry, self.catalogue = tenant, places, registry, catalogue
        self.open: dict[int, Episode] = {}
        self.missed: dict[int, int] = {}
        self.due: int | None = None

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(_State(self.open, self.missed, self.due))

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        self.open, self.missed, self.due = state.open, state.missed, state.due

    def settings(self, series: Series) -> SeriesSettings:
        site = self.site(series)
        return self.places.at(self.tenant, self.registry.client_of(site), site).series

    def site(self, series: Series) -> str | None:
        return series.site or self.registry.site_of(series.entity)

    def follow(
        self, now: int, rows: NDArray[np.int64], times: NDArray[np.int64], values: NDArray[np.float64], scores: Scores
    ) -> list[Report]:
        """Judged samples in their order; `now` is event time."""
        reports: list[Report] = []
        bad = ~np.isfinite(values)
        wanted = (scores.score >= LEAST) | (scores.fault != 0) | bad
        if self.open or self.missed:
            wanted |= np.isin(rows, [*self.open, *self.missed])
        for at in np.flatnonzero(wanted).tolist():
            row = int(rows[at])
            kind, words = self._kind(row, float(values[at]), int(scores.fault[at]))
            sample = Episode(
                kind, int(times[at]), now, int(scores.side[at]), float(values[at]), float(scores.usual[at]),
                float(scores.score[at]), words=words,
            )  # fmt: skip
            reports += self._sample(row, now, sample, float(scores.strength[at]) > 0.0)
        return reports

    def tick(self, now: int) -> list[Report]:
        """Ends what nothing more is heard of."""
        reports: list[Report] = []
        self.due = None
        for row, episode in list(self.open.items()):
            ends = episode.heard + self.settings(self.catalogue.series[row]).silent
            if ends <= now:
                reports.append(self._end(row, now, "nothing more was heard of it"))
            else:
                self.due = ends if self.due is None else min(self.due, ends)
        return reports

    def forget(self, row: int, series: Series, now: int) -> list[Report]:
        """The row goes to another series."""
        self.missed.pop(row, None)
        episode = self.open.pop(row, None)
        return [] if episode is None else [Over(series.key(), now, "the series is not watched any more")]

    def clock(self, row: int, now: int, off: int) -> list[Report]:
        """The clock of a series is off by so much, or right again (0)."""
        series = self.catalogue.series[row]
        key = f"clock/{series.key()}"
        if not off:
            return [Over(key, now, "its clock is right again")]
        title = f"{series.name}: the clock of its source is {abs(off) / HOUR:.1f} h {'ahead' if off > 0 else 'behind'}"
        return [self._found(key, series, CLOCK, severity.MEDIUM, now, now, title, {"off_hours": round(off / HOUR, 2)})]

    def _kind(self, row: int, value: float, fault: int) -> tuple[str, str]:
        """What a sample is a sign of, if it is one: the worst first."""
        if value != value or value in (float("inf"), float("-inf")):
            self.missed[row] = self.missed.get(row, 0) + 1
            return (NO_VALUE if self.missed[row] >= MISSED else "", "")
        self.missed.pop(row, None)
        if fault & STUCK:
            return STANDS_STILL, ""
        if fault & ERRATIC:
            return LEAPS, ""
        change = (fault >> UNIT) - 1
        if change >= TEMPERATURE and "temp" not in self.catalogue.series[row].name.lower():
            change = -1
        if change >= 0:
            return NEW_UNIT, CHANGES[change]
        return ANOMALY, ""

    def _sample(self, row: int, now: int, sample: Episode, strange: bool) -> list[Report]:
        reports: list[Report] = []
        held = self.open.get(row)
        if held is not None and sample.kind and _RANKS.index(sample.kind) > _RANKS.index(held.kind):
            reports.append(self._end(row, now, "its sensor is broken"))
            held = None
        if held is None:
            return reports + self._begin(row, now, sample)
        held.heard = now
        if not _shows(held, sample, strange):
            held.quiet += 1
            calm = 1 if held.kind in _AT_ONCE else self.settings(self.catalogue.series[row]).calm
            return [*reports, self._end(row, now, _OVER[held.kind])] if held.quiet >= calm else reports
        held.quiet = 0
        held.count += 1
        if sample.score > held.score:
            held.score, held.side, held.value, held.usual = sample.score, sample.side, sample.value, sample.usual
        return reports + self._tell(row, now, held)

    def _begin(self, row: int, now: int, sample: Episode) -> list[Report]:
        settings = self.settings(self.catalogue.series[row])
        if not sample.kind or (sample.kind == ANOMALY and sample.score < settings.threshold):
            return []
        sample.count = 1
        self.open[row] = sample
        ends = now + settings.silent
        self.due = ends if self.due is None else min(self.due, ends)
        return self._tell(row, now, sample)

    def _tell(self, row: int, now: int, episode: Episode) -> list[Report]:
        """The finding, when it is new, worse, or has twice the samples of last time: never one a sample."""
        series = self.catalogue.series[row]
        level = _severity(episode, self.settings(series))
        if level <= episode.severity and episode.count < 2 * episode.told:
            return []
        episode.severity, episode.told = max(level, episode.severity), episode.count
        evidence: dict[str, Any] = {"samples": episode.count, "since": text(episode.since)}
        if np.isfinite(episode.value):
            evidence |= {"value": _short(episode.value), "usual": _short(episode.usual)}
        if episode.kind == ANOMALY:
            evidence |= {"score": round(episode.score, 3), "detector": DETECTORS[max(episode.side, 0) % STATS]}
        title = _title(series, episode)
        return [self._found(series.key(), series, episode.kind, episode.severity, now, episode.since, title, evidence)]

    def _found(
        self,
        key: str,
        series: Series,
        kind: str,
        level: int,
        now: int,
        since: int,
        title: str,
        evidence: dict[str, Any],
    ) -> Found:
        entity = series.entity or (None if series.site else f"metric/{series.name}")
        category = "DEVICE_HEALTH" if kind != ANOMALY or (entity or "").startswith("device/") else "OPERATIONAL"
        return Found(
            key, kind, category, level, now, title, evidence | {"metric": series.name, **dict(series.labels)},
            site=self.site(series), entity=entity, window_start=min(since, now), labels={"metric": series.name},
        )  # fmt: skip

    def _end(self, row: int, now: int, reason: str) -> Over:
        episode = self.open.pop(row)
        return Over(self.catalogue.series[row].key(), now, reason, {"samples": episode.count})


def _shows(held: Episode, sample: Episode, strange: bool) -> bool:
    """Does this sample show that what is open goes on?"""
    if held.kind in (ANOMALY, NEW_UNIT):
        return strange and (sample.side == held.side or sample.score >= LEAST)
    return sample.kind == held.kind


def _severity(episode: Episode, settings: SeriesSettings) -> int:
    if episode.kind != ANOMALY:
        return severity.MEDIUM
    if episode.score >= settings.high:
        return severity.HIGH
    return severity.MEDIUM if episode.score >= settings.medium else severity.LOW


def _title(series: Series, episode: Episode) -> str:
    name, value, usual = series.name, _short(episode.value), _short(episode.usual)
    if episode.kind == STANDS_STILL:
        return f"{name}: stuck at {value}"
    if episode.kind == NO_VALUE:
        return f"{name}: no numbers come"
    if episode.kind == LEAPS:
        return f"{name}: leaps to absurd values such as {value}"
    if episode.kind == NEW_UNIT:
        return f"{name}: {value} where {usual} was usual; as if the unit had changed, {episode.words}"
    words = _WORDS[DETECTORS[episode.side % STATS]][episode.side // STATS]
    return f"{name}: {value}, about {usual} was to be expected; {words}"


def _short(number: float) -> str:
    return f"{number:,.4g}" if abs(number) < 1e6 else f"{number:.4g}"
