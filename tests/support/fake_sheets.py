"""Sheets and dossiers of the engine that is not there: seeded rows in the columns of each real kind."""

import math
import random
from typing import Final

from engine.sheets.charts import window
from engine.sheets.kinds import KINDS
from engine.views import Chart, Dossier, Fact, Section, Sheet, SheetColumn, SheetRow, Value

MINUTE: Final = 60_000_000
ROWS: Final = 40
REFS: Final = {
    "alerts": "alert", "incidents": "incident", "fraud": "fraud", "watchlist": "person", "predictions": "prediction",
    "settled": "prediction", "playbooks": "playbook", "runs": "run", "notifications": "notification", "sites": "site",
    "models": "model", "sources": "source", "mutes": "silence", "audit": "audit", "settings": "setting",
    "dead-letters": "dead-letter", "reports": "report", "jobs": "job", "metrics": "metric",
    "observe": "list/alerts?firing", "devices": "device",
}  # fmt: skip
WORDS: Final = ("camera", "uplink", "reader", "guard", "ticket", "shift", "door", "disk", "tour", "battery")
STATES: Final = ("new", "acknowledged", "proposed", "live", "warned", "delivered", "expired", "failed")


def value(column: SheetColumn, dice: random.Random, now: int, severity: int) -> Value:
    match column.form:
        case "severity":
            return severity
        case "age" | "moment":
            return now - dice.randrange(1, 3_000) * MINUTE
        case "left":
            return now + dice.randrange(-5, 600) * MINUTE
        case "span":
            return dice.randrange(1, 900) * MINUTE
        case "share" | "number":
            return round(dice.random(), 3)
        case "count" | "bytes":
            return dice.randrange(0, 4_000)
        case "spark":
            return " ".join(str(dice.choice((0, 0, 1, 3, 7))) for _ in range(column.cells))
        case "state":
            return dice.choice(STATES)
    return " ".join(dice.choice(WORDS) for _ in range(3 if column.form == "title" else 2))


def sheet(kind: str, where: str, limit: int, now: int, revision: int) -> Sheet:
    """The same rows at every call for a kind; `where` keeps those that hold each of its words."""
    found, dice = KINDS[kind], random.Random(kind)
    rows = []
    for number in range(ROWS):
        severity = dice.choice((1, 2, 2, 3, 3, 4, 5))
        cells = tuple(value(column, dice, now, severity) for column in found.columns)
        row = SheetRow(
            f"{REFS.get(kind, kind)}/{kind[:1].upper()}-{number:02d}", severity, cells, severity == 5, number % 7 == 6
        )
        if all(word in str(cells) for word in where.split()):
            rows.append(row)
    figures = (Fact("rows", str(ROWS)), Fact("grave", str(sum(row.severity == 5 for row in rows)), 4))
    return Sheet(
        revision, kind, found.columns, tuple(rows[:limit]), len(rows), ROWS, figures, found.note, found.empty
    )  # fmt: skip


def metric(ref: str, now: int, span: str) -> Chart:
    """A day that rises and falls, a week before that was lower, and two things that happened."""
    view, dice = window(span, now), random.Random(ref)
    low = [40 + 20 * math.sin((view.since + place * view.step) / (4_000 * MINUTE)) for place in range(view.many)]
    values = [round(one + 8 + dice.random() * 4, 2) for one in low]
    values[len(values) // 2] = 140.0
    return Chart(
        ref, "Mbit/s", view.since, view.step, tuple(None if dice.random() < 0.03 else value for value in values),
        tuple(value - 12 for value in values), tuple(low), tuple(one + 22 for one in low),
        ((view.since + view.many // 2 * view.step, 4, "LINK_DOWN: the uplink is down"),
         (view.until - 40 * MINUTE, 3, "incident: slow portal")),
        ("alert/A-77", "incident/I-78"),
    )  # fmt: skip


def dossier(ref: str, now: int, revision: int, span: str = "") -> Dossier:
    """A believable thing; what may be done to it follows from its kind, as with the real ones."""
    kind = ref.partition("/")[0]
    if kind == "metric":
        facts = (Fact("last", "61.2 Mbit/s"), Fact("of", "S001-router", ref="device/S001-router"))
        sections = (Section("Figures", facts), Section("Asked for", (Fact("span", span or "as usual"),)))
        told = f"uplink of {ref.partition('/')[2]}: what it is, in a line"
        return Dossier(revision, ref, told, site="S001", sections=sections, charts=(metric(ref, now, span),))
    dice = random.Random(ref)
    waits = kind == "run"
    chart = Chart(
        "probability of fraud", "", now - 30 * 1440 * MINUTE, 1440 * MINUTE,
        tuple(round(dice.random(), 2) if dice.random() > 0.2 else None for _ in range(30)),
        marks=((now - 3 * 1440 * MINUTE, 4, "GPS_SPOOFING"),),
    )  # fmt: skip
    return Dossier(
        revision, ref, f"{kind} {ref.partition('/')[2]}: what it is, in a line", 3, "PROPOSED" if waits else "OPEN",
        "S001", "press v to say yes" if waits or kind == "fraud" else "", "it is here because the fake engine says so",
        ("approve", "reject") if waits else (), "0123456789abcdef" if waits else "",
        (Section("Known", (Fact("site", "Harbour Gate", ref="site/S001"), Fact("since", "two hours"))),
         Section("Why", (Fact("", "a reason that is long enough to be wrapped in a narrow pane, as reasons are"),))),
        (chart,) if kind in ("person", "site") else (),
        ((now - 9 * MINUTE, "engine", "made"), (now - 4 * MINUTE, "m.lindqvist", "looked at it")),
    )  # fmt: skip
