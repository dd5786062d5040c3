"""Check-ins by their probability of fraud, and the people behind them."""

from collections.abc import Sequence
from operator import attrgetter
from statistics import fmean

import msgspec

from data.records.fraud import FraudScore
from data.store import Follower
from data.times import DAY
from engine.query.schema import Field, Kind
from engine.query.schema import Schema as Fields
from engine.query.schemas import SITE, field, flag, timed
from engine.sheets.kind import Asked, Scene
from engine.sheets.kind import Kind as Sheets
from engine.views import Fact, SheetColumn, SheetRow

WEEK = 7 * DAY
MONTH = 30 * DAY
HIGH = ("HIGH", "CRITICAL")
LEVELS = {"MINIMAL": 1, "LOW": 2, "MEDIUM": 3, "HIGH": 4, "CRITICAL": 5}
CERTAIN = 0.2  # the interval that is narrow enough to act on is at most so wide

CHECK_INS = Fields(
    "check-ins",
    [
        field("person", Kind.NAME, "person"),
        SITE,
        field("probability", Kind.NUMBER, "probability", "p", doc="0-1"),
        field("score", Kind.NUMBER, "score", doc="the rules' score, 0-1"),
        field("level", Kind.CHOICE, "level", values=tuple(LEVELS)),
        Field("severity", Kind.SEVERITY, lambda row: LEVELS[row.level], ("sev",)),
        field("anomaly", Kind.NAME, "anomalies", "type", many=True),
        field("status", Kind.CHOICE, "status", values=("OPEN", "CONFIRMED", "FALSE_POSITIVE")),
        field("model", Kind.NAME, "model_version"),
        flag("judged", lambda row: row.status != "OPEN", doc="a person gave a verdict"),
        *timed(attrgetter("time")),
    ],
    lambda row: (row.person, row.site, row.event_id, *row.anomalies, *row.reasons),
)


def _check_in_row(one: FraudScore, scene: Scene) -> SheetRow:
    level, judged = LEVELS[one.level], one.status != "OPEN"
    return SheetRow(
        f"fraud/{one.event_id}",
        level,
        (level, one.probability, one.status.lower().replace("_", " ") if judged else "",
         scene.name(f"person/{one.person}"),
         scene.site(one.site), ", ".join(one.anomalies), "; ".join(one.reasons[:2]),
         "rules" if one.model_version is None else one.model_version[:8], one.time),
        loud=one.level in HIGH and not judged,
        quiet=judged or level <= 2,
    )  # fmt: skip


def _check_ins(reader: Follower, asked: Asked) -> list[FraudScore]:
    return [row for row in reader.fraud(asked.now - WEEK, None) if row.tenant == asked.tenant]


def _check_in_figures(_: Scene, rows: Sequence[FraudScore]) -> tuple[Fact, ...]:
    high = [row for row in rows if row.level in HIGH]
    waiting = sum(row.status == "OPEN" for row in high)
    judged = [row for row in rows if row.status != "OPEN"]
    right = sum((row.probability >= 0.5) == (row.status == "CONFIRMED") for row in judged)
    modelled = sum(row.model_version is not None for row in rows)
    facts = [
        Fact("check-ins", f"{len(rows):,}"),
        Fact("HIGH or worse", str(len(high)), 4 if high else 0),
        Fact("wait for a verdict", str(waiting), 4 if waiting else 0),
        Fact("scored by", "the model" if modelled == len(rows) and rows else f"rules in {len(rows) - modelled:,}"),
    ]
    if judged:
        facts.append(Fact("right, of those judged", f"{right} of {len(judged)}"))
    return tuple(facts)


FRAUD_SHEET = Sheets(
    "fraud",
    "Check-ins",
    "Check-ins of the last seven days by how likely they are fraud. Enter gives the evidence; v confirms it, x says "
    "that all is well. Both teach the model.",
    (
        SheetColumn("", 2, "severity"),
        SheetColumn("prob.", 5, "share", sort="probability"),
        SheetColumn("verdict", 9, "state", since=64),
        SheetColumn("person", 14, "title", grows=1, sort="person"),
        SheetColumn("site", 12, grows=1, since=42, sort="site"),
        SheetColumn("anomalies", 18, grows=2, since=76),
        SheetColumn("why", 20, grows=3, since=130),
        SheetColumn("by", 8, since=100),
        SheetColumn("age", 4, "age", sort="newest"),
    ),
    CHECK_INS,
    _check_in_row,
    {
        "probability": lambda row: (row.status != "OPEN", -round(row.probability, 3), -row.time, row.number),
        "newest": lambda row: (-row.time, row.number),
        "person": lambda row: (row.person, -row.time),
        "site": lambda row: (row.site or "", -row.probability),
    },
    ("No check-in in the last seven days", "Each check-in gets a row here as it comes, honest ones too."),
    kept=_check_ins,
    site=attrgetter("site"),
    figures=_check_in_figures,
    note="the last seven days",
    filter_hint="level:high site:S014 anomaly:GPS_SPOOFING !judged",
    rest=1.0,
)


class Watched(msgspec.Struct, frozen=True):
    """One person's check-ins of the last 30 days. `daily` are the greatest probabilities of the last 14 days."""

    person: str
    site: str | None
    count: int
    average: float
    greatest: float
    high: int
    confirmed: int
    last: int
    daily: tuple[float, ...]


def watched(rows: Sequence[FraudScore], now: int) -> list[Watched]:
    """By person, whoever was HIGH or worse at least once."""
    by: dict[str, list[FraudScore]] = {}
    for row in rows:
        by.setdefault(row.person, []).append(row)
    return [_watched(person, mine, now) for person, mine in by.items() if any(row.level in HIGH for row in mine)]


def _watched(person: str, mine: list[FraudScore], now: int) -> Watched:
    today, daily = now // DAY, [0.0] * 14
    for row in mine:
        place = 13 - (today - row.time // DAY)
        if 0 <= place < 14:
            daily[place] = max(daily[place], row.probability)
    newest = max(mine, key=lambda row: row.time)
    scores = [row.probability for row in mine]
    return Watched(
        person, newest.site, len(mine), fmean(scores), max(scores), sum(row.level in HIGH for row in mine),
        sum(row.status == "CONFIRMED" for row in mine), newest.time, tuple(daily),
    )  # fmt: skip


def _watch_list(reader: Follower, asked: Asked) -> list[Watched]:
    rows = [row for row in reader.fraud(asked.now - MONTH, None) if row.tenant == asked.tenant]
    return watched(rows, asked.now)


def _watched_row(one: Watched, scene: Scene) -> SheetRow:
    return SheetRow(
        f"person/{one.person}",
        5 if one.confirmed else 4 if one.high > 1 else 3,
        (scene.name(f"person/{one.person}"), scene.site(one.site), one.count, one.high, one.confirmed or None,
         one.average,
         one.greatest, " ".join(f"{value:.2f}" for value in one.daily), one.last),
    )  # fmt: skip


WATCH_SHEET = Sheets(
    "watchlist",
    "Watch-list",
    "People with a check-in of HIGH or worse in the last 30 days. Enter shows the person: trend, check-ins, shifts.",
    (
        SheetColumn("person", 16, "title", grows=2, sort="person"),
        SheetColumn("site", 12, grows=1, since=50),
        SheetColumn("check-ins", 9, "count", since=60),
        SheetColumn("high", 4, "count", sort="high"),
        SheetColumn("proven", 6, "count"),
        SheetColumn("average", 7, "share", since=70),
        SheetColumn("most", 5, "share", sort="greatest"),
        SheetColumn("14 days", 14, "spark", since=90),
        SheetColumn("last", 4, "age"),
    ),
    Fields(
        "watch-list",
        [
            field("person", Kind.NAME, "person"),
            SITE,
            field("high", Kind.NUMBER, "high"),
            field("confirmed", Kind.NUMBER, "confirmed", "proven"),
            field("average", Kind.NUMBER, "average"),
            field("greatest", Kind.NUMBER, "greatest", "most"),
            *timed(attrgetter("last")),
        ],
        lambda row: (row.person, row.site),
    ),
    _watched_row,
    {
        "high": lambda one: (-one.confirmed, -one.high, -one.average, one.person),
        "greatest": lambda one: (-one.greatest, one.person),
        "person": lambda one: one.person,
    },
    ("Nobody is on the watch-list", "Nobody had a check-in of HIGH or worse in 30 days."),
    kept=_watch_list,
    site=attrgetter("site"),
    note="the last 30 days",
    filter_hint="high>=2 site:S014",
    rest=2.0,
)
