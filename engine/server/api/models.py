"""How the fraud model does (reference/original-system.md §6, row 7), and the other models beside it."""

from typing import Any

import msgspec

from data import times
from data.records.fraud import FraudScore
from data.records.model import ModelVersion
from data.store import Follower
from data.times import DAY
from engine.models.about import About, about_of
from engine.server.api.endpoint import Ask, Endpoint
from engine.server.api.telemetry import answered

MAIN = "fraud"


class ModelFacts(msgspec.Struct):
    kind: str
    version: str
    pr_auc: float | None
    precision_at_80_recall: float | None
    optimal_threshold: float
    train_samples: int
    fraud_samples: int
    normal_samples: int
    imbalance_ratio: float | None
    active: bool
    activated_at: str
    top_features: list[dict[str, Any]]


class Accuracy(msgspec.Struct):
    """Of what persons judged in the last 30 days. `avg_accuracy` is 1 - |probability - truth|."""

    avg_accuracy: float | None
    total: int
    correct: int
    accuracy_rate: float | None


class Performance(msgspec.Struct):
    has_active_model: bool
    model: ModelFacts | None
    others: list[ModelFacts]
    prediction_accuracy: Accuracy
    collected_at: str


class PerformanceAnswer(msgspec.Struct):
    status: str
    data: Performance
    cached: bool


async def performance(ask: Ask) -> Any:
    def read(reader: Follower) -> tuple[list[ModelVersion], list[FraudScore]]:
        live = [one for one in reader.models() if one.tenant == ask.tenant and one.status == "LIVE"]
        rows = reader.fraud(ask.now - 30 * DAY, None)
        return live, [
            row for row in rows if row.tenant == ask.tenant and row.status != "OPEN" and ask.sight.site(row.site)
        ]

    live, judged = await ask.service.shelf.read(read)
    facts = [_facts(version) for version in live]
    main = next((one for one in facts if one.kind == MAIN), None)
    others = [one for one in facts if one is not main]
    return answered(Performance(main is not None, main, others, _accuracy(judged), times.text(ask.now)))


def _facts(version: ModelVersion) -> ModelFacts:
    about: About | None
    try:
        about = about_of(version)
    except (msgspec.ValidationError, KeyError, TypeError):
        about = None  # of another program's shape: what the row itself says is told
    if about is None:
        return ModelFacts(
            version.kind, version.version, None, None, 0.5, 0, 0, 0, None, True, times.text(version.made_at), []
        )
    normal = about.rows - about.positives
    return ModelFacts(
        version.kind, version.version, _number(about.model.pr_auc), _number(about.model.precision_at_80_recall),
        about.threshold, about.rows, about.positives, normal,
        round(normal / about.positives, 2) if about.positives else None, True, times.text(version.made_at),
        [{"feature": name, "importance": round(share, 4)} for name, share in about.importances[:5]],
    )  # fmt: skip


def _number(value: float) -> float | None:
    return None if value != value else round(value, 4)


def _accuracy(judged: list[FraudScore]) -> Accuracy:
    if not judged:
        return Accuracy(None, 0, 0, None)
    truth = [row.status == "CONFIRMED" for row in judged]
    near = [1 - abs(row.probability - real) for row, real in zip(judged, truth, strict=True)]
    correct = sum((row.probability >= 0.5) == real for row, real in zip(judged, truth, strict=True))
    total = len(judged)
    return Accuracy(round(sum(near) / total, 4), total, correct, round(correct / total, 4))


def endpoints() -> list[Endpoint]:
    return [Endpoint("/api/v1/models/performance", "how the models do", (), PerformanceAnswer, performance)]
