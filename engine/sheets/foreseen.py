"""What is foreseen, with the time that is left, and what became of what was foreseen."""

from collections.abc import Iterator, Sequence
from operator import attrgetter

from data.records.prediction import Prediction
from data.store import Follower
from data.times import DAY
from engine.predict.sheets import SCORES
from engine.query.schema import Kind, Schema
from engine.query.schemas import CLIENT, ENTITY, SITE, field, flag, timed
from engine.sheets.kind import Asked, Scene
from engine.sheets.kind import Kind as Sheets
from engine.views import Fact, SheetColumn, SheetRow

WEEK = 7 * DAY
WORDS = {"sla_breach": "deadline missed", "device_failure": "device fails", "staffing_gap": "staff missing"}

PREDICTIONS = Schema(
    "predictions",
    [
        field("kind", Kind.CHOICE, "kind", "type", values=tuple(WORDS)),
        ENTITY,
        SITE,
        CLIENT,
        field("probability", Kind.NUMBER, "probability", "p", doc="0-1"),
        flag("alerted", attrgetter("alerted"), "warned", doc="somebody was warned"),
        flag("held", attrgetter("held_back"), doc="a warning held back, to measure what warnings prevent"),
        flag("true", lambda row: row.outcome is True, "happened", doc="it came to pass"),
        flag("acted", attrgetter("action_taken"), doc="somebody took it up"),
        field("deadline", Kind.TIME, "deadline"),
        field("model", Kind.NAME, "model_version"),
        *timed(attrgetter("made_at")),
    ],
    lambda row: (row.entity, row.site, row.kind, row.advice, *row.reasons),
)


def _said(row: Prediction) -> str:
    if row.held_back:
        return "held back"
    return "warned" if row.alerted else ""


def _interval(row: Prediction) -> str:
    """Of a warning; rules give none."""
    said = row.model_version is not None and (row.alerted or row.held_back)
    return f"{row.low:.0%}-{row.high:.0%}" if said else ""


def _open_row(row: Prediction, scene: Scene) -> SheetRow:
    severity = 4 if row.probability >= 0.8 else 3 if row.probability >= 0.5 else 2
    return SheetRow(
        f"prediction/{row.id}",
        severity if row.alerted else 1,
        (row.probability, _interval(row), WORDS[row.kind],
         scene.name(row.entity), scene.site(row.site), row.deadline, _said(row),
         "; ".join(row.reasons[:2]) or row.advice,
         "rules" if row.model_version is None else row.model_version[:8], row.made_at),
        loud=row.alerted and not row.action_taken and row.probability >= 0.8,
        quiet=not row.alerted,
    )  # fmt: skip


def _open(scene: Scene) -> Iterator[Prediction]:
    return (standing.row for standing in list(scene.partition.foresight.book.open.values()))


def _open_figures(_: Scene, rows: Sequence[Prediction]) -> tuple[Fact, ...]:
    counts = {kind: sum(row.kind == kind for row in rows) for kind in WORDS}
    warned = sum(row.alerted for row in rows)
    ruled = sum(row.model_version is None for row in rows)
    return (
        *(Fact(WORDS[kind], f"{count:,}") for kind, count in counts.items()),
        Fact("warned of", str(warned), 4 if warned else 0),
        Fact("by rules, not a model", f"{ruled:,}"),
    )


_COLUMNS = (
    SheetColumn("prob.", 5, "share", sort="probability"),
    SheetColumn("interval", 8, since=90),
    SheetColumn("what", 15, "state", sort="kind"),
    SheetColumn("of", 14, "title", grows=2),
    SheetColumn("site", 12, grows=1, since=66, sort="site"),
)

OPEN_SHEET = Sheets(
    "predictions",
    "Predictions",
    "What may happen, the likeliest of what was warned of first, with the time that is left. Enter tells why and "
    "what to do; the alert of it is where you say that you take it up.",
    (
        *_COLUMNS,
        SheetColumn("left", 6, "left", sort="deadline"),
        SheetColumn("said", 9, since=76),
        SheetColumn("because", 20, grows=3, since=120),
        SheetColumn("by", 8, since=110),
        SheetColumn("since", 5, "age", since=60),
    ),
    PREDICTIONS,
    _open_row,
    {
        "probability": lambda row: (not row.alerted, -row.probability, row.deadline or 0, row.number),
        "deadline": lambda row: (row.deadline is None, row.deadline or 0, -row.probability),
        "kind": lambda row: (row.kind, -row.probability),
        "site": lambda row: (row.site or "", -row.probability),
    },
    ("Nothing is foreseen", "Open tickets, devices and shifts are looked at every few minutes; none is open now."),
    live=_open,
    site=attrgetter("site"),
    figures=_open_figures,
    filter_hint="kind:sla_breach probability>=0.5 site:S014 alerted",
    rest=0.5,
)


def _settled(reader: Follower, asked: Asked) -> list[Prediction]:
    return [
        row
        for row in reader.predictions(asked.now - WEEK, None)
        if row.kind != SCORES and row.tenant == asked.tenant and row.settled_at is not None
    ]


def _settled_row(row: Prediction, scene: Scene) -> SheetRow:
    warned = row.alerted or row.held_back
    came = {True: "happened", False: "did not", None: "unknown"}[row.outcome]
    verdict = "" if row.outcome is None else "right" if warned and row.outcome else "wrong" if warned else "missed"
    if not warned and not row.outcome:
        verdict = ""
    lead = row.deadline - row.made_at if row.deadline is not None and verdict == "right" else None
    return SheetRow(
        f"prediction/{row.id}",
        4 if verdict == "missed" else 3 if verdict == "wrong" else 1,
        (row.probability, "", WORDS[row.kind], scene.name(row.entity), scene.site(row.site), came, verdict, _said(row),
         "yes" if row.action_taken else "", lead, row.settled_at),
        quiet=not verdict,
    )  # fmt: skip


def _settled_figures(_: Scene, rows: Sequence[Prediction]) -> tuple[Fact, ...]:
    warned = [row for row in rows if row.alerted or row.held_back]
    right = sum(row.outcome is True for row in warned)
    missed = sum(row.outcome is True for row in rows) - right
    return (
        Fact("warned", str(len(warned))),
        Fact("right", str(right)),
        Fact("wrong", str(sum(row.outcome is False for row in warned))),
        Fact("missed", str(missed), 3 if missed else 0),
        Fact("held back", str(sum(row.held_back for row in rows))),
    )


SETTLED_SHEET = Sheets(
    "settled",
    "Settled",
    "What became of predictions in the last seven days: right, wrong, missed; with the lead time a warning gave.",
    (
        *_COLUMNS,
        SheetColumn("came", 8, "state"),
        SheetColumn("verdict", 7, "state", sort="verdict"),
        SheetColumn("said", 9, since=76),
        SheetColumn("taken", 5, since=90),
        SheetColumn("lead", 6, "span", since=60),
        SheetColumn("settled", 7, "age", sort="newest"),
    ),
    PREDICTIONS,
    _settled_row,
    {
        "newest": lambda row: (-(row.settled_at or 0), row.number),
        "verdict": lambda row: (row.outcome is not True, not (row.alerted or row.held_back), -(row.settled_at or 0)),
        "probability": lambda row: (-row.probability, row.number),
        "kind": lambda row: (row.kind, -row.probability),
        "site": lambda row: (row.site or "", -row.probability),
    },
    ("Nothing was settled", "No prediction of the last seven days has reached its end."),
    kept=_settled,
    site=attrgetter("site"),
    figures=_settled_figures,
    note="the last seven days; of quiet ones a stated share is kept",
    filter_hint="kind:device_failure true !alerted",
    rest=2.0,
)
