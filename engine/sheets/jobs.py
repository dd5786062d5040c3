"""Scheduled work as a list."""

from collections.abc import Sequence

from engine.jobs import Job, jobs
from engine.query.schema import Field, Kind, Schema
from engine.query.schemas import field, flag
from engine.sheets.kind import Kind as Sheets
from engine.sheets.kind import Scene
from engine.views import Fact, SheetColumn, SheetRow


def listed(scene: Scene) -> list[Job]:
    """All jobs of the partition that is looked at."""
    running = scene.running
    digests = running.pipeline.config.notify.digests
    return jobs(getattr(running, "retention", None), scene.partition, scene.now, digests)


def _row(one: Job, _: Scene) -> SheetRow:
    return SheetRow(
        f"job/{one.name}",
        3 if one.late else 1,
        (one.name, one.next, one.last, one.late or None, one.runs or None, one.result or one.about),
        loud=one.late > 0,
        quiet=one.next is None,
    )


def _figures(_: Scene, found: Sequence[Job]) -> tuple[Fact, ...]:
    late = sum(one.late > 0 for one in found)
    waiting = sum(one.next is not None for one in found)
    return (Fact("jobs", str(len(found))), Fact("waiting", str(waiting)), Fact("behind", str(late), 3 if late else 0))


JOB_SHEET = Sheets(
    "jobs",
    "Jobs",
    "What the engine does by the clock: when it ran last and runs next, by event time. A job is behind only while the "
    "engine is.",
    (
        SheetColumn("job", 22, "title", grows=1),
        SheetColumn("next in", 7, "left"),
        SheetColumn("last", 5, "age"),
        SheetColumn("behind", 6, "span", since=70),
        SheetColumn("runs", 6, "count", since=60),
        SheetColumn("result, or what it is", 24, grows=2, since=80),
    ),
    Schema(
        "jobs",
        [
            field("name", Kind.NAME, "name", "job"),
            Field("runs", Kind.NUMBER, lambda one: one.runs),
            flag("late", lambda one: one.late > 0, "behind"),
            flag("waiting", lambda one: one.next is not None),
        ],
        lambda one: (one.name, one.about, one.result),
    ),
    _row,
    {"next": lambda one: (one.next is None, one.next or 0, one.name)},
    ("Nothing is scheduled", "Jobs appear with the first event."),
    live=listed,
    figures=_figures,
    filter_hint="waiting late",
    rest=0.5,
)
