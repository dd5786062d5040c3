"""`noc replay`: recordings through the whole engine on event time, and a report of what came of it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import groupby, islice

import msgspec

from data.times import DAY, SECOND
from engine import clock
from engine.intake import Taken
from engine.runtime import Engine
from engine.sources.recordings import Line, Recording, merged

PACE = 0.05  # seconds of wall time between two batches of a paced replay


class Report(msgspec.Struct):
    """What a replay did (WIRE.md §4). Counts are of this run; `reduction` is None without a firing alert event."""

    events: int = 0
    rejected: int = 0
    duplicates: int = 0
    late: int = 0
    findings: int = 0
    anomalies: int = 0
    alerts: int = 0
    suppressed: int = 0
    clusters: int = 0
    incidents: int = 0
    predictions: int = 0
    playbook_runs: int = 0
    reduction: float | None = None
    alerts_per_incident: float | None = None
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    events_per_second: float = 0.0


async def feed(
    engine: Engine,
    files: Sequence[str],
    *,
    speed: float,
    since: int | None,
    until: int | None,
    progress: Callable[[int, int | None], None],
    lesson: Callable[[int], Awaitable[None]] | None = None,
) -> Report:
    """Reads `files` and takes them in; `speed` is times real time, infinite for as fast as it goes. `lesson` is waited
    for at each moment of event time at which models have lessons, between what comes before it and what comes after."""
    recordings: list[Recording] = []
    try:
        recordings.extend(Recording(name) for name in files)
        before = counts(engine)
        begun, cpu = clock.monotonic(), clock.cpu()
        lines = _within(merged(recordings), since, until)
        for due, part in _parts(lines) if lesson is not None else [(None, lines)]:
            if due is not None and lesson is not None:
                await lesson(due)
            for batch in _paced(part, speed, engine.batch):
                if isinstance(batch, float):
                    await asyncio.sleep(batch)
                    continue
                await engine.process([batch], clock.wall())
                total = sum(each.total for each in recordings)
                progress(sum(each.done for each in recordings), total or None)
        return report(engine, before, clock.monotonic() - begun, clock.cpu() - cpu)
    finally:
        for each in recordings:
            with contextlib.suppress(OSError):
                each.close()


def _within(lines: Iterator[Line], since: int | None, until: int | None) -> Iterator[Line]:
    low = -(1 << 63) if since is None else since
    high = 1 << 63 if until is None else until
    return (line for line in lines if line.event is None or low <= line.event.time < high)


def _parts(lines: Iterator[Line]) -> Iterator[tuple[int | None, Iterator[Line]]]:
    """Lines up to each lesson, with the moment of the lesson before them; None for the first ones."""
    from engine.predict.schooling import next_lesson

    newest = 0

    def coming(line: Line) -> int:
        nonlocal newest
        if line.event is not None and line.event.time >= newest:
            newest = next_lesson(line.event.time)
        return newest

    before: int | None = None
    for due, part in groupby(lines, coming):
        yield (due - DAY if before else None), part
        before = due


def _paced(lines: Iterator[Line], speed: float, size: int) -> Iterator[Taken | float]:
    """Batches, and between them the seconds to wait so that `speed` is kept."""
    if speed == float("inf"):
        while chunk := list(islice(lines, size)):
            yield _taken(chunk)
        return
    origin: int | None = None
    begun = clock.monotonic()
    waiting: list[Line] = []
    for line in lines:
        if line.event is not None:
            origin = line.event.time if origin is None else origin
            early = (line.event.time - origin) / SECOND / speed - (clock.monotonic() - begun)
            if early > PACE or len(waiting) >= size:
                yield _taken(waiting)
                waiting = []
                if early > PACE:
                    yield early
        waiting.append(line)
    yield _taken(waiting)


def _taken(lines: Sequence[Line]) -> Taken:
    return Taken(
        [line.event for line in lines if line.event is not None],
        [(0, line.dead.reason) for line in lines if line.dead is not None],
        [line.dead for line in lines if line.dead is not None],
    )


class Counts(msgspec.Struct):
    """Running totals, to be subtracted."""

    events: int
    rejected: int
    duplicates: int
    late: int
    findings: int
    anomalies: int
    alerts: int
    suppressed: int
    clusters: int
    incidents: int
    predictions: int
    playbook_runs: int
    firing: int
    visible: int
    in_incidents: int


def counts(engine: Engine) -> Counts:
    meters, numbers = engine.meters, engine.pipeline.numbers
    parts = list(engine.pipeline.partitions.values())
    tallies = [part.grouping.tallies for part in parts]
    return Counts(
        events=meters.events,
        rejected=meters.rejected,
        duplicates=meters.duplicates,
        late=sum(part.tallies.late for part in parts),
        findings=numbers.finding,
        anomalies=numbers.anomaly,
        alerts=numbers.alert,
        suppressed=sum(tally.suppressed for tally in tallies),
        clusters=numbers.cluster,
        incidents=numbers.incident,
        playbook_runs=numbers.run,
        predictions=sum(part.foresight.book.made for part in parts),
        firing=sum(tally.firing for tally in tallies),
        visible=sum(tally.visible for tally in tallies),
        in_incidents=sum(tally.in_incidents for tally in tallies),
    )


def report(engine: Engine, before: Counts, wall: float, cpu: float) -> Report:
    after = counts(engine)
    done = {name: getattr(after, name) - getattr(before, name) for name in Counts.__struct_fields__}
    firing, visible, inside = done.pop("firing"), done.pop("visible"), done.pop("in_incidents")
    return Report(
        **done,
        reduction=round(1 - visible / firing, 6) if firing else None,
        alerts_per_incident=round(inside / done["incidents"], 3) if done["incidents"] else None,
        wall_seconds=round(wall, 3),
        cpu_seconds=round(cpu, 3),
        events_per_second=round(done["events"] / wall, 1) if wall else 0.0,
    )
