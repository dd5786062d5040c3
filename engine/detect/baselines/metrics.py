"""The metrics that have a baseline: the activity signals of a site, hour by hour."""

from typing import Final, NamedTuple

from engine.detect.signals import SIGNALS, Counts


class Metric(NamedTuple):
    """`signal` is its name among the signals, `unit` how much of it counts as one."""

    name: str
    signal: str
    words: str
    category: str
    unit: float


METRICS: Final = tuple(
    Metric(name, signal, words, category, unit)
    for (name, words, category, unit), signal in zip(
        (
            ("phone_events", "phone events", "DEVICE_HEALTH", 1.0),
            ("location_updates", "location updates", "DEVICE_HEALTH", 1.0),
            ("movement_distance", "metres moved", "OPERATIONAL", 100.0),
            ("tasks_completed", "tasks completed", "OPERATIONAL", 1.0),
            ("tour_checkpoints", "checkpoints scanned", "SECURITY", 1.0),
        ),
        SIGNALS,
        strict=True,
    )
)
PLACES: Final = {metric.name: place for place, metric in enumerate(METRICS)} | {
    metric.signal: place for place, metric in enumerate(METRICS)
}


def observed(counts: Counts) -> list[float]:
    """One hour in the units of the metrics."""
    return [counts.phone, counts.fixes, counts.moved_mm / 100_000, counts.tasks, counts.checkpoints]
