"""How scores would have been different, and how right they would have been, by what is known of the truth.

Of check-ins the truth is what people said; of predictions, what became of the thing. Precision and recall are those of
what would have been told (levels HIGH and CRITICAL; warnings), PR-AUC that of all scores.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np

from data.wire import Event
from engine.backtest.tried import Tried
from engine.models.metrics import auc, pr_auc
from engine.predict.accounts import evaluations
from engine.predict.history import KINDS, Endings

HIGH: Final = ("HIGH", "CRITICAL")
SAMPLES: Final = 5
LEAST: Final = 1e-3  # differences below it are none: a look that says the same to three digits is not written again

Scores = Mapping[tuple[str, int], float]  # (what was scored, when) -> probability


class Quality(msgspec.Struct):
    """`told`: how many were warned of or suspected. What cannot be worked out is None."""

    told: int
    precision: float | None
    recall: float | None
    pr_auc: float | None
    auc: float | None


class ScoreChange(msgspec.Struct):
    """Of one kind of score. `both` were scored in both runs, `differ` of them otherwise; `mean` and `largest` are
    absolute differences of the probability, `shift` the mean one with its sign; `known` are those whose truth is known,
    `positive` of them true."""

    kind: str
    both: int
    differ: int
    mean: float
    shift: float
    largest: float
    known: int
    positive: int
    before: Quality
    after: Quality
    samples: list[str]


class _Side(msgspec.Struct):
    """One run: its scores, and what of them was told."""

    scores: dict[tuple[str, int], float]
    told: set[str]


def score_changes(first: Tried, second: Tried, verdicts: Sequence[Event], since: int, until: int) -> list[ScoreChange]:
    """Of every kind that was scored in either run."""
    found = [_change("fraud", _fraud(first, since, until), _fraud(second, since, until), _said(verdicts))]
    end = max(one.watermark for run in (first, second) for one in run.pipeline.partitions.values()) + 1
    for kind in KINDS.values():
        then, now = (_predicted(run, kind, since, until) for run in (first, second))
        found.append(_change(kind, then, now, _became(first, kind, end)))
    return [one for one in found if one.both or one.before.told or one.after.told]


def _fraud(run: Tried, since: int, until: int) -> _Side:
    rows = [one for one in run.records["fraud"].values() if since <= one.time < until]
    return _Side(
        {(one.event_id, 0): one.probability for one in rows}, {one.event_id for one in rows if one.level in HIGH}
    )


def _said(verdicts: Sequence[Event]) -> dict[str, bool]:
    """By check-in; the newest counts."""
    return {
        event.data.target.partition("/")[2]: event.data.verdict == "confirmed"
        for event in verdicts
        if event.data.target.startswith("fraud/") and event.data.verdict in ("confirmed", "false_positive")
    }


def _predicted(run: Tried, kind: str, since: int, until: int) -> _Side:
    """The first look at each thing, as it is judged by."""
    scores: dict[tuple[str, int], float] = {}
    for look, p in evaluations(run.records["predictions"].values(), kind):
        if since <= look.time < until:
            scores.setdefault((look.entity, look.deadline or 0), p)
    rows = [one for one in run.records["predictions"].values() if one.kind == kind and since <= one.made_at < until]
    return _Side(scores, {one.entity for one in rows if one.alerted})


def _became(run: Tried, kind: str, end: int) -> dict[str, bool]:
    rows = [one for one in run.records["predictions"].values() if one.kind == kind]
    tenant = rows[0].tenant if rows else ""
    endings = Endings(rows, kind, tenant, end)
    if kind != "device_failure":
        return dict(endings.single)
    return {one.entity: bool(endings.happened.get(one.entity)) for one in rows if one.outcome is not None}


def _change(kind: str, then: _Side, now: _Side, truth: Mapping[str, bool]) -> ScoreChange:
    both = sorted(then.scores.keys() & now.scores.keys())
    deltas = np.array([now.scores[key] - then.scores[key] for key in both])
    size = np.abs(deltas)
    samples = [
        f"{both[at][0]}: {then.scores[both[at]]:.0%} -> {now.scores[both[at]]:.0%}"
        for at in np.argsort(-size, kind="stable")[:SAMPLES].tolist()
        if size[at] > LEAST
    ]
    known = [truth[key[0]] for key in both if key[0] in truth]
    return ScoreChange(
        kind, len(both), int((size > LEAST).sum()), _mean(size), _mean(deltas), float(size.max()) if len(both) else 0.0,
        len(known), sum(known), _quality(then, truth), _quality(now, truth), samples,
    )  # fmt: skip


def _mean(values: Any) -> float:
    return round(float(values.mean()), 6) if len(values) else 0.0


def _quality(side: _Side, truth: Mapping[str, bool]) -> Quality:
    judged = {name for name in side.told if name in truth}
    right = sum(truth[name] for name in judged)
    positive = sum(truth.values())
    keys = [key for key in side.scores if key[0] in truth]
    p = np.array([side.scores[key] for key in keys])
    y = np.array([float(truth[key[0]]) for key in keys])
    return Quality(
        len(side.told), right / len(judged) if judged else None, right / positive if positive else None,
        _figure(pr_auc(p, y)) if len(keys) else None, _figure(auc(p, y)) if len(keys) else None,
    )  # fmt: skip


def _figure(value: float) -> float | None:
    return None if value != value else round(value, 4)
