"""The whole operation in figures, by area. A figure is a list and a filter: its number is how many rows that list has,
so that whoever goes there finds just as many."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from data.store import Follower
from data.times import HOUR
from engine.query import Match, parse
from engine.query.schema import Kind, Schema
from engine.query.schemas import field, flag
from engine.sheets.kind import Asked, Scene
from engine.sheets.kind import Kind as Sheets
from engine.views import Fact, SheetColumn, SheetRow

HOURS: Final = 24


class Figure(NamedTuple):
    """`bad`: how grave it is that there are any; 0 asks nothing of anybody."""

    area: str
    title: str
    kind: str
    where: str
    began: str = ""  # the attribute that tells when a row began
    bad: int = 0

    @property
    def ref(self) -> str:
        return f"list/{self.kind}?{self.where}"


FIGURES: Final = (
    Figure("NOC", "alerts that fire", "alerts", "firing", "first_seen"),
    Figure("NOC", "critical, and nobody has them", "alerts", "firing severity:critical !acked !muted", "first_seen", 5),
    Figure("NOC", "muted alerts", "alerts", "firing muted", "first_seen"),
    Figure("NOC", "incidents that are open", "incidents", "open", "opened_at"),
    Figure("NOC", "candidates that wait for a yes or a no", "incidents", "open candidate", "opened_at", 3),
    Figure("Attendance", "check-ins of the week", "fraud", "", "time"),
    Figure("Attendance", "suspicious, not judged", "fraud", "severity>=high !judged", "time", 4),
    Figure("Attendance", "sites with people on shift", "sites", "shift>0"),
    Figure("Attendance", "sites where nobody of them is active", "sites", "empty", "", 4),
    Figure("Assets", "devices", "devices", ""),
    Figure("Assets", "devices that are off", "devices", "off", "", 4),
    Figure("Assets", "devices likely to fail", "devices", "fails>=0.5", "", 3),
    Figure("Assets", "numbers out of the usual", "alerts", "firing type:METRIC_ANOMALY", "first_seen", 3),
    Figure("Work orders", "open work orders", "work", "kind:work_order", "since"),
    Figure("Work orders", "late work orders", "work", "kind:work_order late", "since", 3),
    Figure("Tickets", "open tickets", "work", "kind:ticket", "since"),
    Figure("Tickets", "late tickets", "work", "kind:ticket late", "since", 4),
    Figure("Tickets", "tickets that nobody has", "work", "kind:ticket !assigned", "since", 2),
    Figure("Tasks", "open tasks", "work", "kind:task", "since"),
    Figure("Tasks", "late tasks", "work", "kind:task late", "since", 3),
    Figure("Sources", "sources", "sources", ""),
    Figure("Sources", "silent sources", "sources", "state:stale", "", 3),
    Figure("Sources", "unreachable sources", "sources", "state:unreachable", "", 4),
    Figure("Sources", "refused events", "dead-letters", "", "", 2),
    Figure("Engine", "runs that wait for a person", "runs", "waits", "", 3),
    Figure("Engine", "notifications that nobody got", "notifications", "status:DEAD", "made_at", 4),
    Figure("Engine", "open predictions", "predictions", "", "made_at"),
    Figure("Engine", "models in use", "models", "live"),
    Figure("Engine", "settings that were changed", "settings", "changed"),
)
AREAS: Final = tuple(dict.fromkeys(figure.area for figure in FIGURES))


class Counted(msgspec.Struct, frozen=True):
    """`hours`: when those that are counted began, by the hour; empty where a row has no beginning. `severity` is how
    grave the gravest is, or that there are any."""

    figure: Figure
    number: int
    severity: int
    hours: tuple[int, ...]

    @property
    def area(self) -> str:
        return self.figure.area

    @property
    def title(self) -> str:
        return self.figure.title


def _kinds() -> dict[str, Sheets]:
    from engine.sheets.kinds import KINDS  # it lists this one too

    return {name: KINDS[name] for name in dict.fromkeys(figure.kind for figure in FIGURES)}


def _begin(scene: Scene) -> dict[str, list[Any]]:
    """The rows of the lists that live in the working state; they are counted beside the engine."""
    return {name: list(kind.live(scene)) for name, kind in _kinds().items() if kind.live is not None}


def _counted(reader: Follower, asked: Asked) -> Iterator[Counted]:
    rows: dict[str, list[Any]] = {}
    kinds = _kinds()
    for figure in FIGURES:
        kind = kinds[figure.kind]
        if figure.kind not in rows:
            found = asked.begun.get(figure.kind)
            if found is None:
                assert kind.kept is not None
                begun = kind.begin(asked.scene) if kind.begin is not None and asked.scene is not None else None
                found = kind.kept(reader, asked._replace(begun=begun))
            rows[figure.kind] = _seen(found, kind, asked.only)
        match = parse(figure.where).compile(kind.schema)
        yield _count(figure, rows[figure.kind], match, asked.now)


def _seen(rows: Iterable[Any], kind: Sheets, only: Callable[[str | None], bool] | None) -> list[Any]:
    if only is None:
        return list(rows)
    site = kind.site
    return [] if site is None else [row for row in rows if only(site(row))]


def _count(figure: Figure, rows: Sequence[Any], match: Match, now: int) -> Counted:
    found = [row for row in rows if match(row, now)]
    worst = max((getattr(row, "severity", 0) for row in found), default=0) if figure.area == "NOC" else 0
    hours = [0] * HOURS
    if figure.began:
        first = now // HOUR - HOURS + 1
        for row in found:
            place = getattr(row, figure.began) // HOUR - first
            if 0 <= place < HOURS:
                hours[place] += 1
    severity = max(worst, figure.bad) if found else 0
    return Counted(figure, len(found), severity, tuple(hours) if figure.began else ())


def _row(one: Counted, _: Scene) -> SheetRow:
    figure = one.figure
    bad = figure.bad > 0 and one.number > 0
    return SheetRow(
        figure.ref,
        one.severity,
        (one.severity or None, figure.area, figure.title, one.number, " ".join(map(str, one.hours)),
         figure.kind, figure.where),
        loud=bad and figure.bad >= 5,
        quiet=not one.number,
    )  # fmt: skip


def _figures(scene: Scene, seen: Sequence[Counted]) -> tuple[Fact, ...]:
    meters = scene.running.meters
    worst: dict[str, int] = {}
    for one in seen:
        if one.figure.bad and one.number:
            worst[one.area] = max(worst.get(one.area, 0), one.figure.bad)
    calm = len(AREAS) - len(worst)
    return (
        Fact("areas in order", f"{calm} of {len(AREAS)}", 0 if calm == len(AREAS) else 3),
        *(Fact("", area, level) for area, level in worst.items() if level >= 4),
        Fact("events", f"{meters.events:,}"),
        Fact("refused", f"{meters.rejected:,}", 3 if meters.rejected else 0),
        Fact("rate", f"{meters.rate():.0f}/s"),
        Fact("commit", f"{meters.commit_ms:.0f} ms"),
        Fact("lag", f"{meters.lag_ms:.0f} ms"),
    )


OBSERVE_SHEET = Sheets(
    "observe",
    "Figures",
    "The whole operation in figures: NOC, attendance, assets, work orders, tickets, tasks, sources, engine. The bars "
    "tell when what is counted began, over 24 hours. Enter goes to the list that a figure counts.",
    (
        SheetColumn("", 2, "severity", sort="worst"),
        SheetColumn("area", 11, sort="area"),
        SheetColumn("figure", 22, "title", grows=2),
        SheetColumn("", 6, "number", sort="number"),
        SheetColumn("began, 24 h", 24, "spark", since=72),
        SheetColumn("list", 13, since=100),
        SheetColumn("filter", 16, grows=1, since=120),
    ),
    Schema(
        "figures",
        [
            field("area", Kind.CHOICE, "area", values=AREAS),
            field("figure", Kind.PROSE, "title", "title"),
            field("number", Kind.NUMBER, "number", "count"),
            field("severity", Kind.SEVERITY, "severity", "sev"),
            flag("trouble", lambda one: one.figure.bad > 0 and one.number > 0, doc="there should be none"),
        ],
        lambda one: (one.area, one.title, one.figure.kind),
    ),
    _row,
    {
        "area": lambda one: FIGURES.index(one.figure),
        "worst": lambda one: (-one.severity, FIGURES.index(one.figure)),
        "number": lambda one: (-one.number, FIGURES.index(one.figure)),
    },
    ("Nothing is counted yet", "Figures come with the first events."),
    kept=_counted,
    begin=_begin,
    sifted=True,
    figures=_figures,
    filter_hint="trouble area:noc number>0",
    rest=2.0,
)
