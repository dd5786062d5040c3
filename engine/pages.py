"""Feed, heat map and health as pages for consoles."""

from collections import deque
from collections.abc import Iterable
from typing import Any

from data.records.feed import FeedEntry
from data.records.severity import NAMES
from data.times import DAY, HOUR
from engine import clock
from engine.items import Items
from engine.meters import Meters
from engine.partition import NEVER, Partition
from engine.query import Match
from engine.views import FeedPage, FeedRow, Health, HeatGrid, SourceRow

RING = 20_000  # feed rows kept for consoles
HEAT_ROWS = 100


def feed_row(entry: FeedEntry) -> FeedRow:
    return FeedRow(entry.sequence, entry.time, entry.type, entry.severity, entry.site, entry.ref, feed_text(entry))


def feed_text(entry: FeedEntry) -> str:
    """The entry in one line, the most telling words first."""
    data = entry.data
    match entry.type:
        case "alert_created":
            return f"{data['alert_type']}  {data['message']}"
        case "alert_updated":
            return f"{data['alert_type']} {data['what']}  {data['message']}"
        case "anomaly_detected":
            return f"{data['anomaly_type']}  {data['person_name']}: {data['text']}"
        case "incident_updated" | "cluster_updated":
            return f"{data['what']}: {data['title']}"
        case "finding_created":
            return f"{data['finding_type']}  {data['title']}"
        case "ticket_updated":
            became = data["new_status"] if data["old_status"] else f"opened, {data['priority']}"
            return f"{data['ticket_no']} {became}: {data['description']}"
        case "playbook_updated":
            return f"{data['playbook']} {data['what']}: {data['title']}"
        case "prediction_made":
            return f"{_kind(data)} of {data['entity']}: {data['probability']:.0%} likely"
        case "prediction_settled":
            became = {True: "it came to pass", False: "it did not come to pass"}.get(data["outcome"], "nobody can tell")
            return f"{_kind(data)} of {data['entity']}: {became}"
        case "maintenance_updated" if "name" in data:
            return f"{entry.ref.replace('/', ' ', 1)} {data['what']}: {data['name']}"
        case _:
            told = data.get("text") or data.get("what")
            return (
                told
                if told and isinstance(told, str)
                else " ".join(str(value) for value in data.values() if isinstance(value, str))
            )


def _kind(data: dict[str, Any]) -> str:
    return str(data["kind"]).replace("_", " ")


class FeedRing:
    """The newest feed rows of one partition."""

    def __init__(self) -> None:
        self.rows: deque[FeedRow] = deque(maxlen=RING)
        self.last = 0

    def add(self, entries: Iterable[FeedEntry]) -> None:
        for entry in entries:
            self.rows.append(feed_row(entry))
            self.last = entry.sequence


class FeedView:
    """One console's filter over the ring. Rows are looked at once; only a new filter looks at all again."""

    def __init__(self, ring: FeedRing, match: Match, limit: int) -> None:
        self.ring = ring
        self.match = match
        self.limit = limit
        self._shown: deque[FeedRow] = deque(maxlen=limit)
        self._seen = 0
        self._matched = 0

    def page(self, now: int) -> FeedPage:
        fresh = self.ring.last - self._seen
        if fresh > 0:
            rows = self.ring.rows
            start = max(0, len(rows) - fresh)
            for index in range(start, len(rows)):
                row = rows[index]
                if self.match(row, now):
                    self._shown.append(row)
                    self._matched += 1
            self._seen = self.ring.last
        return FeedPage(
            self._seen, tuple(self._shown), min(self._matched, len(self.ring.rows)), len(self.ring.rows), self._seen
        )


def heat_page(partition: Partition, columns: int, by: str, revision: int) -> HeatGrid:
    """Anomalies per site and hour (or day), the busiest sites first, up to the hour of the watermark."""
    span = DAY if by == "day" else HOUR
    each = span // HOUR
    now = max(partition.watermark, 0) // HOUR
    last = now // each
    starts = [(last - columns + 1 + index) * each for index in range(columns)]
    table: list[tuple[int, str, list[int], list[int]]] = []
    for site, hours in partition.detectors.heat.items():
        counts, worst = [0] * columns, [0] * columns
        for hour, cell in hours.items():
            column = hour // each - (last - columns + 1)
            if 0 <= column < columns:
                counts[column] += cell.count
                worst[column] = max(worst[column], cell.worst)
        if any(counts):
            table.append((-sum(counts), site, counts, worst))
    table.sort()
    table = table[:HEAT_ROWS]
    return HeatGrid(
        revision,
        tuple(site for _, site, _, _ in table),
        tuple(partition.registry.label(f"site/{site}") for _, site, _, _ in table),
        tuple(start * HOUR for start in starts),
        tuple(tuple(counts) for _, _, counts, _ in table),
        tuple(tuple(worst) for _, _, _, worst in table),
        f"attendance anomalies per site and {by}; the letter is the worst severity ({', '.join(NAMES[1:])})",
    )


class HealthPages:
    """Health of the engine with one partition's counts."""

    def __init__(self, meters: Meters, database: str) -> None:
        self.meters = meters
        self.database = database
        self._heard: dict[str, tuple[int, float]] = {}  # source -> (events, monotonic) at the last page
        self._rates: dict[str, float] = {}

    def page(self, partition: Partition, items: Items, revision: int) -> Health:
        meters = self.meters
        rows = [row for row in items.rows() if row.state != "RESOLVED"]
        levels = [0] * 6
        for row in rows:
            levels[row.severity] += 1
        return Health(
            revision=revision,
            state=meters.state,
            watermark=partition.watermark if partition.watermark != NEVER else 0,
            partition=partition.name,
            events=meters.events,
            rejected=meters.rejected,
            duplicates=meters.duplicates,
            late=partition.tallies.late,
            rate=meters.rate(),
            history=meters.history(),
            commit_ms=round(meters.commit_ms, 1),
            lag_ms=round(meters.lag_ms, 1),
            open_alerts=partition.alerts.firing,
            open_items=len(rows),
            by_severity=(levels[1], levels[2], levels[3], levels[4], levels[5]),
            sources=tuple(self.sources(partition)),
            database=self.database,
            speed=meters.speed,
            note=meters.note or (meters.limits.words(partition.name) if meters.limits is not None else ""),
        )

    def sources(self, partition: Partition) -> list[SourceRow]:
        """Whatever has sent events, or is configured to."""
        beats = partition.detectors.beats.beats
        now = clock.monotonic()
        rows = []
        for source, heard in sorted(partition.detectors.heard.items()):
            events = heard.count
            before, when = self._heard.get(source, (events, now - 1))
            if now - when >= 1 or source not in self._heard:
                self._rates[source] = (events - before) / max(now - when, 0.001)
                self._heard[source] = (events, now)
            beat = beats.get(source)
            stale = beat.silent if beat is not None else heard.stale(partition.watermark)
            state, rate = "stale" if stale else "live", round(self._rates[source], 1)
            rows.append(SourceRow(source, state, heard.last, events, rate))
        return [*rows, *(standing.row() for _, standing in sorted(self.meters.standings.items()))]
