"""Charts of metrics: even steps out of whatever tier is kept, the week before, what is usual, and what happened."""

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from data import times
from data.store import Follower
from data.times import DAY, HOUR, MINUTE
from engine.detect.baselines.metrics import METRICS
from engine.history.kept import NOTHING, Known
from engine.history.query import Answer, UnknownMetric, ask
from engine.history.select import AGGREGATES, Aggregate, Step, Wanted
from engine.sheets import usual
from engine.sheets.kind import Asked, Scene
from engine.sheets.series import SIGNALS, Begun, Key, key_of_known
from engine.sheets.signals import hours_of
from engine.views import Chart

WEEK: Final = 7 * DAY
UNITS: Final = {"m": MINUTE, "h": HOUR, "d": DAY}
LONGEST: Final = 732 * DAY
MOST_MARKS: Final = 200
FIVE: Final = 5 * MINUTE
STEPS: Final[dict[int, Step]] = {FIVE: "5m", HOUR: "1h", DAY: "1d"}
_SPAN = re.compile(r"(?:(\d{1,5})([mhd]))?(?:@(\d{1,17}))?(?: (\w+))?")

Values = tuple[float | None, ...]


class Window(NamedTuple):
    """What a chart shows: [`since`, `until`) in even steps, each told by one figure of what was measured in it."""

    since: int
    until: int
    step: int
    aggregate: Aggregate = "avg"

    @property
    def many(self) -> int:
        return (self.until - self.since) // self.step


def window(span: str, now: int, usual: str = "24h") -> Window:
    """`6h`, `6h@END` with the end in microseconds, `6h@END max`; without an end up to now. Raises ValueError."""
    found = _SPAN.fullmatch(span.strip() or usual)
    if found is None:
        raise ValueError(f"`{span[:40]}` is no span of time; one is 6h, 7d, or 6h@1767593400000000 max")
    number, unit, end, figure = found.groups()
    if figure is not None and figure not in AGGREGATES:
        raise ValueError(f"there is no figure `{figure[:20]}`; there are {', '.join(AGGREGATES)}")
    long = int(number) * UNITS[unit] if number else DAY
    long = max(HOUR, min(long, LONGEST))
    step = FIVE if long <= 2 * DAY else HOUR if long <= 40 * DAY else DAY
    until = -(-(min(int(end), now + 1) if end else now + 1) // step) * step
    since = max(0, until - -(-long // step) * step)
    return Window(since, until, step, figure or "avg")  # type: ignore[arg-type]


class Drawn(NamedTuple):
    """A chart, the series that it is of, and the tiers (seconds) that it was drawn from."""

    chart: Chart
    series: tuple[Known, ...]
    tiers: tuple[int, ...]
    usual: str = ""


def drawn(reader: Follower, asked: Asked, key: Key, view: Window, title: str) -> Drawn:
    """Raises UnknownMetric, and LookupError where nothing is known of it."""
    scene, begun = asked.scene, asked.begun
    assert scene is not None
    if key.name in SIGNALS and key.about.startswith("site/"):
        signal = _signal(scene, key, view, title)
        if signal is not None:
            return signal
    seen: list[Known] = []
    answer = _answer(reader, asked, key, view, begun, seen)
    if not seen:
        raise LookupError(f"nothing is known of {key.ref}")
    before = _answer(reader, asked, key, view._replace(since=view.since - WEEK, until=view.until - WEEK), begun, [])
    chart = Chart(
        title, seen[0].unit or "", view.since, view.step, _even(answer, view), _even(before, view, WEEK)
    )  # fmt: skip
    low, high = _usual(reader, asked, key, view, begun)
    known = any(value is not None for value in low)
    chart = msgspec.structs.replace(chart, low=low if known else (), high=high if known else ())
    return Drawn(chart, tuple(seen), tuple(answer.tiers), usual.words(view.step) if known else "")


def _usual(reader: Follower, asked: Asked, key: Key, view: Window, begun: Begun) -> tuple[Values, Values]:
    """What is usual in each step. Steps of five minutes are held against the least and the most of hours, since finer
    steps are not kept for weeks."""
    bounds: tuple[Aggregate, Aggregate] = (view.aggregate, view.aggregate)
    step = view.step
    if step == FIVE:
        if view.aggregate in ("sum", "count"):
            return (), ()
        step, bounds = HOUR, ("min", "max")
    since, until = usual.span(view.since, view.until, step)
    past = []
    for figure in dict.fromkeys(bounds):
        wide = Window(since, until, step, figure)
        answer = _answer(reader, asked, key, wide, begun, [])
        if step == HOUR and 86400 in answer.tiers:  # of days nobody knows the hours
            return (), ()
        past.append(_even(answer, wide))
    low, high = usual.band(past[0], past[-1], step, view.since, view.until)
    if step == view.step:
        return low, high
    skip = view.since % step // view.step
    return (usual.finer(low, step, view.step, skip, view.many), usual.finer(high, step, view.step, skip, view.many))


def _answer(
    reader: Follower, asked: Asked, key: Key, view: Window, begun: Begun, seen: list[Known]
) -> Answer:  # fmt: skip
    assert asked.scene is not None

    def wanted(one: Known) -> bool:
        if not (key.whole or key_of_known(one) == key):
            return False
        seen.append(one)
        return True

    partition = asked.scene.partition
    return ask(
        reader, partition.registry, asked.tenant, key.name, Wanted(view.since, view.until, step=STEPS[view.step]),
        view.aggregate, (), begun.waiting.get(key.name, NOTHING), partition.zone, wanted,
    )  # fmt: skip


def _even(answer: Answer, view: Window, shift: int = 0) -> Values:
    """The points on the even steps of the view; what was kept in longer buckets fills each step that it covers."""
    values: list[float | None] = [None] * view.many
    for series in answer.series:
        for point in series.points:
            begin, end = times.parse(point.timestamp) + shift, times.parse(point.end) + shift
            first = max(0, -(-(begin - view.since - view.step // 2) // view.step))
            last = min(view.many - 1, (end - view.since - view.step // 2 - 1) // view.step)
            for place in range(first, last + 1):
                values[place] = float(f"{point.value:.6g}")
    return tuple(values)


def _signal(scene: Scene, key: Key, view: Window, title: str) -> Drawn | None:
    """The activity of a site by hours, with what is usual. None for a site without a baseline."""
    step = max(view.step, HOUR)
    until = -(-view.until // HOUR) * HOUR
    since = view.since // HOUR * HOUR
    if step == DAY:  # hours are kept for six weeks: no longer chart is drawn of them
        since = max(since, until - 42 * DAY)
    starts = list(range(since, until, HOUR))
    weeks = [start - WEEK for start in starts]
    site = key.about.partition("/")[2]
    room = scene.partition.detectors.baselines
    hours, before = hours_of(room, site, starts), hours_of(room, site, weeks, len(weeks))
    if hours is None or before is None:
        return None
    place = SIGNALS[key.name]
    metric = METRICS[place]
    chart = Chart(
        title, "m" if metric.name == "movement_distance" else metric.words, since, HOUR, _told(hours.values[:, place]),
        _told(before.values[:, place]), _told(hours.low[:, place]), _told(hours.high[:, place]),
    )  # fmt: skip
    registry = scene.partition.registry
    known = Known(0, key.name, None, site, registry.client_of(site), {}, chart.unit, "UTC")
    return Drawn(chart, (known,), (3600,))


def _told(values: Iterable[float]) -> Values:
    return tuple(None if value != value else float(f"{value:.6g}") for value in values)


def marked_whole(reader: Follower, tenant: str, chart: Chart, name: str, series: Sequence[Known]) -> Chart:
    """A metric as one, with the anomalies of any of its series, and the incidents that any of what these are about is
    in."""
    until = chart.start + chart.step * len(chart.values)
    about = {one.entity or f"site/{one.site}" for one in series if one.entity or one.site}
    found: list[tuple[int, int, str, str]] = []
    clusters: set[int] = set()
    for alert in reader.alerts(chart.start - DAY, until):  # what an incident holds may be older than it
        mine = alert.labels.get("metric") == name
        if alert.tenant != tenant or not (mine or alert.entity in about):
            continue
        if alert.cluster is not None:
            clusters.add(alert.cluster)
        if mine and chart.start <= alert.first_seen < until:
            told = f"{alert.alert_type}: {alert.message}"
            found.append((alert.first_seen, alert.severity, told, f"alert/{alert.id}"))
    for one in reader.incidents(chart.start, until):
        if one.tenant == tenant and clusters.intersection(one.clusters) and chart.start <= one.opened_at < until:
            found.append((one.opened_at, one.severity, f"incident: {one.title}", f"incident/{one.id}"))
    return _with(chart, found)


def marked(reader: Follower, tenant: str, chart: Chart, about: str, sites: Sequence[str]) -> Chart:
    """With what happened in its time: alerts about the same thing, and incidents at its sites. The gravest are kept."""
    until = chart.start + chart.step * len(chart.values)
    found: list[tuple[int, int, str, str]] = []
    site = about.partition("/")[2] if about.startswith("site/") else None
    if about:
        for alert in reader.alerts(chart.start, until):
            mine = alert.entity == about or (site is not None and alert.site == site and alert.severity >= 4)
            if alert.tenant == tenant and mine and chart.start <= alert.first_seen < until:
                told = f"{alert.alert_type}: {alert.message}"
                found.append((alert.first_seen, alert.severity, told, f"alert/{alert.id}"))
    places = set(sites)
    if places:
        for one in reader.incidents(chart.start, until):
            if one.tenant == tenant and places.intersection(one.sites) and chart.start <= one.opened_at < until:
                found.append((one.opened_at, one.severity, f"incident: {one.title}", f"incident/{one.id}"))
    return _with(chart, found)


def _with(chart: Chart, found: list[tuple[int, int, str, str]]) -> Chart:
    found = sorted(sorted(found, key=lambda mark: (-mark[1], -mark[0]))[:MOST_MARKS])
    return msgspec.structs.replace(
        chart, marks=tuple(mark[:3] for mark in found), refs=tuple(mark[3] for mark in found)
    )  # fmt: skip


__all__ = ["Drawn", "UnknownMetric", "Window", "drawn", "marked", "marked_whole", "window"]
