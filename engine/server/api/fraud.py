"""How likely check-ins are fraud: now, of one person, and by site (reference/original-system.md §6, rows 4-6)."""

from collections.abc import Iterable
from statistics import fmean
from typing import Any

import msgspec

from data import times
from data.records.fraud import FraudScore
from data.store import Follower
from data.times import DAY, HOUR
from engine.server.api.endpoint import Ask, Endpoint, Param
from engine.server.api.telemetry import answered, partition_of
from engine.server.refusal import Refusal

HIGH = ("HIGH", "CRITICAL")


class LivePrediction(msgspec.Struct):
    prediction_id: str
    person_id: str
    person_name: str | None
    site_id: str | None
    site_name: str | None
    fraud_probability: float
    risk_level: str
    prediction_type: str
    predicted_at: str
    model_version: str | None
    model_confidence: float
    baseline_deviation: float
    anomaly_indicators: list[str]
    status: str


class Live(msgspec.Struct):
    total_count: int
    filters: dict[str, Any]
    collected_at: str
    predictions: list[LivePrediction]


class HistoryDay(msgspec.Struct):
    date: str
    avg_fraud_score: float
    max_fraud_score: float
    prediction_count: int
    high_risk_count: int


class History(msgspec.Struct):
    person_id: str
    person_name: str | None
    days: int
    total_predictions: int
    collected_at: str
    history: list[HistoryDay]


class HeatSite(msgspec.Struct):
    site_id: str
    site_name: str
    avg_fraud_score: float
    max_fraud_score: float
    total_predictions: int
    high_risk_count: int
    critical_risk_count: int
    risk_percentage: float


class Heat(msgspec.Struct):
    total_sites: int
    filters: dict[str, Any]
    collected_at: str
    sites: list[HeatSite]


class LiveAnswer(msgspec.Struct):
    status: str
    data: Live
    cached: bool


class HistoryAnswer(msgspec.Struct):
    status: str
    data: History
    cached: bool


class HeatAnswer(msgspec.Struct):
    status: str
    data: Heat
    cached: bool


async def _rows(ask: Ask, since: int) -> list[FraudScore]:
    """Check-ins after `since` that the caller may see."""

    def read(reader: Follower) -> list[FraudScore]:
        return [row for row in reader.fraud(since, None) if row.tenant == ask.tenant and ask.sight.site(row.site)]

    return await ask.service.shelf.read(read)


async def live(ask: Ask) -> Any:
    """The last 24 hours, highest first."""
    values, label = ask.values, partition_of(ask).registry.label
    rows = await _rows(ask, ask.now - DAY)
    found = [row for row in rows if row.probability >= values["min_score"] and values["site_id"] in (None, row.site)]
    found.sort(key=lambda row: (-row.probability, -row.time, row.number))
    shown = [
        LivePrediction(
            f"fraud/{row.event_id}", row.person, label(f"person/{row.person}"), row.site,
            label(f"site/{row.site}") if row.site else None, round(row.probability, 4), row.level, "attendance",
            times.text(row.time), row.model_version, round(1 - (row.high - row.low), 4), round(row.score, 4),
            row.anomalies, row.status,
        )
        for row in found[: values["limit"]]
    ]  # fmt: skip
    filters = {name: values[name] for name in ("min_score", "site_id", "limit")}
    data = Live(len(found), filters, times.text(ask.now), shown)
    return answered(ask.sight.masked(msgspec.to_builtins(data)))


async def history(ask: Ask) -> Any:
    registry, person = partition_of(ask).registry, ask.path["person"]
    known = registry.of("person", person)
    if known is None or not ask.sight.site(known.site):
        raise Refusal(404, f"no person {person} is known")
    rows = [row for row in await _rows(ask, ask.now - ask.values["days"] * DAY) if row.person == person]
    by_day: dict[str, list[FraudScore]] = {}
    for row in rows:
        by_day.setdefault(times.text(row.time)[:10], []).append(row)
    listed = [
        HistoryDay(day, *_measures(group)[:2], len(group), _count(group, HIGH)) for day, group in sorted(by_day.items())
    ]
    name = registry.label(f"person/{person}")
    data = History(person, name, ask.values["days"], len(rows), times.text(ask.now), listed)
    return answered(ask.sight.masked(msgspec.to_builtins(data)))


async def heatmap(ask: Ask) -> Any:
    """Worst average first; sites with fewer check-ins than asked for are left out."""
    values, label = ask.values, partition_of(ask).registry.label
    by_site: dict[str, list[FraudScore]] = {}
    for row in await _rows(ask, ask.now - round(values["hours"] * HOUR)):
        if row.site is not None:
            by_site.setdefault(row.site, []).append(row)
    listed = [
        HeatSite(site, label(f"site/{site}"), *_measures(group), len(group), _count(group, HIGH),
                 _count(group, ("CRITICAL",)), round(100 * _count(group, HIGH) / len(group), 2))
        for site, group in by_site.items()
        if len(group) >= values["min_predictions"]
    ]  # fmt: skip
    listed.sort(key=lambda one: (-one.avg_fraud_score, one.site_id))
    filters = {name: values[name] for name in ("hours", "min_predictions")}
    data = Heat(len(listed), filters, times.text(ask.now), listed)
    return answered(ask.sight.masked(msgspec.to_builtins(data)))


def _measures(rows: Iterable[FraudScore]) -> tuple[float, float]:
    scores = [row.probability for row in rows]
    return round(fmean(scores), 4), round(max(scores), 4)


def _count(rows: Iterable[FraudScore], levels: tuple[str, ...]) -> int:
    return sum(row.level in levels for row in rows)


def endpoints() -> list[Endpoint]:
    at = "/api/v1/fraud"
    return [
        Endpoint(
            f"{at}/live",
            "check-ins of the last 24 hours by their probability of fraud, highest first",
            (
                Param("min_score", "number", "only of this probability or higher", 0.5, 0, 1),
                Param("site_id", "text", "only of this site"),
                Param("limit", "integer", "so many at most", 100, 1, 1000),
            ),
            LiveAnswer,
            live,
        ),
        Endpoint(
            f"{at}/history/{{person}}",
            "scores of a person by day",
            (Param("days", "integer", "how far back", 30, 1, 730),),
            HistoryAnswer,
            history,
        ),
        Endpoint(
            f"{at}/heatmap",
            "scores by site, worst average first",
            (
                Param("hours", "number", "how far back", 24, 0.01, 17_520),
                Param("min_predictions", "integer", "sites with fewer check-ins are left out", 5, 1, 10**6),
            ),
            HeatAnswer,
            heatmap,
        ),
    ]
