"""`/metrics` in the text format of Prometheus 0.0.4. Base units, and no label whose values have no bound."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from engine import clock
from engine.limits import Line
from engine.partition import NEVER
from engine.server.counters import STEPS, Labels
from engine.server.service import Service

CONTENT: Final = "text/plain; version=0.0.4; charset=utf-8"
_PREFIX: Final = "noc_"

_HELP: Final = {
    "events_ingested_total": "Events accepted.",
    "events_rejected_total": "Events refused with a reason.",
    "events_duplicate_total": "Second deliveries.",
    "events_unmapped_total": "Events of foreign types that stayed so, because their rule could not be followed.",
    "questions_total": "Questions in plain words, by what became of them and by kind, or reason of the refusal.",
    "question_seconds": "From a question in plain words to its answer.",
    "requests_total": "HTTP requests by path and status.",
    "connections": "Open WebSocket connections by kind.",
    "ack_seconds": "From the arrival of events to their answer.",
    "request_seconds": "From a request to its answer.",
    "feed_cut_off_total": "Readers of the feed or console that took nothing, or fell behind.",
    "refused_total": "Callers that were refused, by status.",
    "drains_cut_short_total": "Ends at which answers were still owed.",
    "commit_seconds": "Duration of the last commit.",
    "partition_lag_seconds": "How far the watermark of a partition is behind the wall.",
    "feed_sequence": "Last sequence of the feed by partition.",
    "open_alerts": "Alerts that fire now, by partition.",
    "ready": "Whether events can be handed in.",
    "uptime_seconds": "Since the server started.",
    "cpu_seconds_total": "CPU time of this process.",
    "tenant_rate": "Limit of a tenant, in events a second; only of tenants that have one.",
    "tenant_events_total": "Events of a tenant that went through its limit.",
    "tenant_held_total": "Events that had to wait because their tenant was at its limit.",
    "tenant_held_seconds_total": "Time during which events of a tenant waited at its limit.",
    "tenant_waiting": "Events of a tenant that wait at its limit now.",
    "metric_samples_left_out_total": "Samples of more series than are kept, by partition.",
    "source_state": "Outgoing sources: 1 in the state named by the label.",
}


def text(service: Service) -> str:
    return "\n".join(_lines(service)) + "\n"


def _lines(service: Service) -> Iterator[str]:
    meters = service.engine.meters
    yield from _plain("events_ingested_total", "counter", [((), meters.events)])
    yield from _plain("events_rejected_total", "counter", [((), meters.rejected)])
    yield from _plain("events_duplicate_total", "counter", [((), meters.duplicates)])
    yield from _plain("events_unmapped_total", "counter", [((), meters.unmapped)])
    asked = [((("outcome", what), ("kind", kind)), count) for (what, kind), count in sorted(meters.questions.items())]
    yield from _plain("questions_total", "counter", asked)
    yield from _plain("commit_seconds", "gauge", [((), meters.commit_ms / 1000)])
    yield from _plain("ready", "gauge", [((), 0 if service.ready() else 1)])
    yield from _plain("uptime_seconds", "gauge", [((), round(clock.monotonic() - service.started, 3))])
    yield from _plain("cpu_seconds_total", "counter", [((), round(clock.cpu(), 3))])
    yield from _partitions(service)
    yield from _limits(service)
    kinds: dict[str, int] = {}
    for connection in service.connections:
        kinds[type(connection).__name__.lower()] = kinds.get(type(connection).__name__.lower(), 0) + 1
    yield from _plain("connections", "gauge", [((("kind", kind),), count) for kind, count in sorted(kinds.items())])
    for name in dict.fromkeys(name for name, _ in service.counters.sums):
        found = [(labels, value) for (one, labels), value in service.counters.sums.items() if one == name]
        yield from _plain(name, "counter", found)
    yield from _histograms(service)


def _partitions(service: Service) -> Iterator[str]:
    wall = clock.wall()
    known = sorted(service.engine.pipeline.partitions.items())
    lags: list[tuple[Labels, float]] = []
    for name, one in known:
        if one.watermark != NEVER:
            lags.append(((("partition", name),), max(0.0, (wall - one.watermark) / 1_000_000)))
    yield from _plain("partition_lag_seconds", "gauge", lags)
    yield from _plain("feed_sequence", "gauge", [((("partition", name),), p.teller.sequence) for name, p in known])
    yield from _plain("open_alerts", "gauge", [((("partition", name),), p.alerts.firing) for name, p in known])
    left_out: list[tuple[Labels, float]] = [((("partition", name),), p.history.refused) for name, p in known]
    yield from _plain("metric_samples_left_out_total", "counter", left_out)


def _limits(service: Service) -> Iterator[str]:
    lines = sorted(service.engine.limits.lines.items())
    of: tuple[tuple[str, str, Callable[[Line], float]], ...] = (
        ("tenant_rate", "gauge", lambda line: line.rate),
        ("tenant_events_total", "counter", lambda line: line.passed),
        ("tenant_held_total", "counter", lambda line: line.held),
        ("tenant_held_seconds_total", "counter", lambda line: round(line.seconds, 3)),
        ("tenant_waiting", "gauge", lambda line: line.waiting),
    )
    for name, kind, read in of:
        yield from _plain(name, kind, [((("tenant", tenant),), read(line)) for tenant, line in lines])


def _histograms(service: Service) -> Iterator[str]:
    said = ""
    for (name, labels), histogram in sorted(service.counters.times.items()):
        if name != said:
            said = name
            yield from _head(name, "histogram")
        total = 0
        for step, count in zip((*STEPS, "+Inf"), histogram.counts, strict=True):
            total += count
            yield _sample(f"{name}_bucket", (*labels, ("le", str(step))), total)
        yield _sample(f"{name}_sum", labels, round(histogram.sum, 6))
        yield _sample(f"{name}_count", labels, total)


def _plain(name: str, kind: str, samples: Iterable[tuple[Labels, float]]) -> Iterator[str]:
    listed = list(samples)
    if listed:
        yield from _head(name, kind)
        for labels, value in listed:
            yield _sample(name, labels, value)


def _head(name: str, kind: str) -> Iterator[str]:
    yield f"# HELP {_PREFIX}{name} {_HELP.get(name, name.replace('_', ' '))}"
    yield f"# TYPE {_PREFIX}{name} {kind}"


def _sample(name: str, labels: Labels, value: float) -> str:
    inner = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
    return f"{_PREFIX}{name}{'{' + inner + '}' if inner else ''} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
