"""How good a model would have been: trained before a moment, judged after it, beside rules and a trivial rule."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import times
from data.records.model import ModelVersion
from engine.models import metrics
from engine.models.about import as_plain
from engine.models.fit import fit, trivial
from engine.models.judge import Limits, scored
from engine.models.scorer import Scorer
from engine.models.spec import ModelSpec, Refused, Rows

Floats = NDArray[np.float64]


def latest_fifth(rows: Rows) -> int:
    """The moment from which on the latest fifth of the labelled entities was first seen."""
    known = np.isfinite(rows.labels)
    if not known.any():
        raise Refused("nothing has been settled yet")
    return int(np.quantile(_first(rows)[np.unique(rows.entities[known])], 0.8))


def after(before: Rows, rows: Rows, spec: ModelSpec, split: int, end: int) -> dict[str, Any]:
    """`before` are the rows with labels as they were known at `split`; they teach. Of `rows`, those of entities first
    seen from `split` on judge, one by one and at their opening. Raises Refused."""
    first = _first(rows)[rows.entities]
    judge = rows.pick(np.isfinite(rows.labels) & (first >= split))
    if not len(judge):
        raise Refused(f"nothing that came after {times.text(split)} has been settled")
    fitted = fit(before, spec, split, limits=Limits(max_calibration_error=1.0, sure=0.0))
    about = as_plain(fitted.about)
    scorer = Scorer(ModelVersion(0, "", spec.name, "backtest", "", split, fitted.checksum, about, fitted.body))
    opening = judge.pick(judge.times == _first(rows)[judge.entities])
    return {
        "model": spec.name, "split": times.text(split), "until": times.text(end),
        "trained": {name: about[name] for name in ("rows", "entities", "positives", "trees")},
        "opening": _judged(opening, scorer, spec), "all": _judged(judge, scorer, spec),
        "importances": about["importances"][:12],
    }  # fmt: skip


def _first(rows: Rows) -> NDArray[np.int64]:
    first = np.full(int(rows.entities.max(initial=0)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, rows.entities, rows.times)
    return first


def _judged(rows: Rows, scorer: Scorer, spec: ModelSpec) -> dict[str, Any]:
    p, y = scorer.many(rows.names, rows.matrix), rows.labels
    simple, rule = trivial(rows, spec)
    return {
        "rows": len(rows), "positives": int(y.sum()), "base_rate": float(y.mean()), "scores": _plain(p, y),
        "rules": _plain(rows.rules, y), "trivial": {"rule": rule, **_plain(simple, y)}, "curve": metrics.curve(p, y),
    }  # fmt: skip


def _plain(p: Floats, y: Floats) -> dict[str, float | None]:
    found = scored(p, y)
    figures = {name: getattr(found, name) for name in found.__struct_fields__}
    return {name: round(figure, 5) if figure == figure else None for name, figure in figures.items()}
