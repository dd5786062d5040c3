"""Training: from rows to a version that may go live, or a reason why not. The only place that imports XGBoost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.times import DAY
from engine.models import metrics
from engine.models.about import About
from engine.models.calibrate import Calibration, calibrated, interval, platt, sigmoid
from engine.models.choose import Split, counts, splits, usable
from engine.models.document import checksum
from engine.models.drift import shape_of
from engine.models.judge import Limits, gates, scored
from engine.models.scorer import Scorer
from engine.models.spec import RARER, ModelSpec, Refused, Rows

if TYPE_CHECKING:
    from xgboost import Booster

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]
SEED: Final = 1
PATIENCE: Final = 20  # rounds without a gain
RAREST: Final = 0.2  # a class rarer than this weighs as if it were so frequent; calibration undoes it


class Fitted(msgspec.Struct):
    """What `fit` made: the trees in XGBoost's JSON, their checksum and everything about them."""

    body: bytes
    checksum: str
    about: About


class _Wanted:
    """How many rounds are asked for, which may become fewer while they are made, and how many there are."""

    def __init__(self, rounds: int, tell: Callable[[int], None] = lambda done: None) -> None:
        self.rounds, self.grown, self.tell = rounds, 0, tell


class _Judged(msgspec.Struct):
    """Held-out margins and what became of the rows, of all folds."""

    margin: Floats
    p: Floats
    y: Floats
    rows: Rows
    rounds: int


def fit(
    rows: Rows,
    spec: ModelSpec,
    until: int,
    live: Scorer | None = None,
    limits: Limits | None = None,
    progress: Progress = lambda done, total: None,
) -> Fitted:
    """Trains on rows seen before `until` (microseconds). Raises Refused with the reason: too little to learn from, one
    class only, or gates that are not passed. Fixed seeds, one thread for each forest: the same rows give the same
    bytes."""
    rows = usable(rows, spec, until)
    _enough(rows, spec, (limits or Limits()).few)
    rows, dropped = _without_constants(_without(rows, spec))
    parts, judged_by = splits(rows)
    if not parts:
        raise Refused("the labels lie so that nothing earlier could teach what comes later")
    plan = _plan(rows, spec)
    judged, booster = _both(rows, parts, spec, plan, until, progress)
    weight = _weights(judged.rows, spec, until)
    calibration = calibrated(judged.margin, judged.y, judged.rows.entities, weight)
    about = _about(rows, judged, booster, spec, calibration, live, limits or Limits(), judged_by, dropped)
    failed = [gate.text for gate in about.gates if not gate.passed]
    if failed:
        raise Refused("; ".join(failed))
    body = bytes(booster.save_raw("json"))
    return Fitted(body, checksum(body), about)


def _both(
    rows: Rows, parts: list[Split], spec: ModelSpec, plan: dict[str, Any], until: int, progress: Progress
) -> "tuple[_Judged, Booster]":
    """What the held-out rows say, and the trees of all rows. These grow beside the others, on a second core where there
    is one, until it is known how many are needed: the first trees are the same however many follow."""
    total = plan["rounds"] * (len(parts) + 1)
    wanted = _Wanted(plan["rounds"])
    with ThreadPoolExecutor(1, "trees") as beside:
        whole = beside.submit(_train, rows, np.arange(len(rows)), None, spec, plan, until, wanted)
        try:
            judged = _judge(rows, parts, spec, plan, lambda done: progress(done + wanted.grown, total))
        except BaseException:
            wanted.rounds = 0
            raise
        wanted.rounds = judged.rounds
        booster = whole.result()[0][: judged.rounds]
    progress(total, total)
    return judged, booster


def _enough(rows: Rows, spec: ModelSpec, few: int) -> None:
    entities, rarer = counts(rows)
    if entities < few or (rarer < RARER and rarer > 0):
        raise Refused(
            f"too little to learn from: {entities} labelled, {rarer} of the rarer class; "
            f"{few} with {RARER} are needed ({spec.outcome})"
        )
    if rarer == 0:
        raise Refused(f"one class only: of {entities} labelled all ended alike ({spec.outcome})")


def _without(rows: Rows, spec: ModelSpec) -> Rows:
    """What the kind of model says shall not be looked at is left out."""
    kept = [place for place, name in enumerate(rows.names) if not spec.leaves_out(name)]
    names = [rows.names[place] for place in kept]
    return Rows(names, rows.matrix[:, kept], rows.labels, rows.times, rows.entities, rows.rules)


def _without_constants(rows: Rows) -> tuple[Rows, tuple[str, ...]]:
    """Features that tell nothing are left out."""
    with np.errstate(invalid="ignore"):
        gaps = np.isnan(rows.matrix)
        low = np.where(gaps, np.inf, rows.matrix).min(axis=0)
        high = np.where(gaps, -np.inf, rows.matrix).max(axis=0)
    telling = (high > low) | (gaps.any(axis=0) & ~gaps.all(axis=0))
    if not telling.any():
        raise Refused("every feature has one value only")
    names = [name for name, kept in zip(rows.names, telling, strict=True) if kept]
    dropped = tuple(name for name, kept in zip(rows.names, telling, strict=True) if not kept)
    matrix = np.clip(rows.matrix[:, telling], -3e38, 3e38)
    return Rows(names, matrix, rows.labels, rows.times, rows.entities, rows.rules), dropped


def _plan(rows: Rows, spec: ModelSpec) -> dict[str, Any]:
    """Small data gets few, shallow trees."""
    entities, rarer = counts(rows)
    depth = 2 if rarer < 60 else 3 if rarer < 200 else spec.depth
    rounds = 40 if rarer < 60 else 80 if rarer < 200 else spec.trees
    # A leaf is to hold several entities, not many looks at one: what one drive did is no rule for others.
    # With few of the rarer class there would be no leaf left; there trees are few and shallow.
    least = 2.0 if rarer < 200 else 8.0 * max(1.0, len(rows) / max(1, entities))
    signs = tuple(spec.sign(name) for name in rows.names)
    share = float(rows.labels.mean())
    weight = 1.0
    if share < RAREST:
        weight = RAREST / (1 - RAREST) * (1 - share) / share
    params = {
        "objective": "binary:logistic", "tree_method": "hist", "nthread": 1, "seed": SEED, "max_depth": depth,
        "eta": spec.rate, "subsample": 0.8, "colsample_bytree": 0.5, "lambda": 2.0, "base_score": 0.5,
        "min_child_weight": least, "scale_pos_weight": min(50.0, weight),
        "monotone_constraints": "(" + ",".join(map(str, signs)) + ")", "eval_metric": "logloss",
    }  # fmt: skip
    return {"params": params, "rounds": rounds, "depth": depth}


def _judge(
    rows: Rows, parts: list[Split], spec: ModelSpec, plan: dict[str, Any], progress: Callable[[int], None]
) -> _Judged:
    margins, ps, chosen, rounds = [], [], [], []
    for number, part in enumerate(parts):
        stop = part.stop if len(part.stop) else None
        now = int(rows.times[part.judge].min())

        def tell(done: int, before: int = number * plan["rounds"]) -> None:
            progress(before + done)

        booster, best = _train(rows, part.teach, stop, spec, plan, now, _Wanted(plan["rounds"], tell))
        held = _margins(booster, rows.pick(part.judge))
        if stop is not None and 0 < rows.labels[stop].sum() < len(stop):
            curve: Calibration = platt(_margins(booster, rows.pick(stop)), rows.labels[stop])
            p = curve(held)
        else:
            p = sigmoid(held)
        margins.append(held)
        ps.append(p)
        chosen.append(part.judge)
        rounds.append(best)
    places = np.concatenate(chosen)
    return _Judged(
        np.concatenate(margins), np.concatenate(ps), rows.labels[places], rows.pick(places),
        min(plan["rounds"], max(10, round(float(np.median(rounds)) * 1.1))),
    )  # fmt: skip


def _train(
    rows: Rows,
    teach: NDArray[np.intp],
    stop: NDArray[np.intp] | None,
    spec: ModelSpec,
    plan: dict[str, Any],
    now: int,
    wanted: _Wanted,
) -> "tuple[Booster, int]":
    """(trees, how many rounds were best). Rows weigh less with age where the kind of model says so."""
    import xgboost

    class Told(xgboost.callback.TrainingCallback):
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:  # noqa: ARG002
            wanted.grown = epoch + 1
            wanted.tell(wanted.grown)
            return wanted.grown > wanted.rounds  # not at the last of all: callbacks behind this one would not be asked

    def matrix(chosen: NDArray[np.intp]) -> Any:
        part = rows.pick(chosen)
        weight = _weights(part, spec, now)
        return xgboost.DMatrix(part.matrix, part.labels, weight=weight, feature_names=list(rows.names), nthread=1)

    if stop is not None and not 0 < rows.labels[stop].sum() < len(stop):
        stop = None
    watched = [] if stop is None else [(matrix(stop), "stop")]
    booster = xgboost.train(
        plan["params"], matrix(teach), plan["rounds"], evals=watched, verbose_eval=False, callbacks=[Told()],
        early_stopping_rounds=PATIENCE if watched else None,
    )  # fmt: skip
    best = booster.best_iteration + 1 if watched else booster.num_boosted_rounds()
    return booster[:best], best


def _weights(part: Rows, spec: ModelSpec, now: int) -> Floats:
    """What each row counts, 1 on average: less with age, each entity the same, or as long as it was the newest of its
    entity, where the kind of model says so. What is looked at when it reports would else be learned mostly from those
    that report often, while it is asked for at any time."""
    age = np.maximum(0, now - part.times) / (spec.half_life or DAY)
    weight = np.power(0.5, age) if spec.half_life else np.ones(len(part))
    if spec.evenly:
        _, place, seen = np.unique(part.entities, return_inverse=True, return_counts=True)
        weight = weight / seen[place]
    if spec.lasting:
        weight = weight * lasted(part, spec.lasting)
    out: Floats = weight * (len(part) / max(1e-12, float(weight.sum())))
    return out


def lasted(part: Rows, most: int) -> Floats:
    """How long each row was the newest of its entity, as a share of `most` microseconds; the last one for all of it."""
    order = np.lexsort((part.times, part.entities))
    span = np.full(len(part), most, np.int64)
    same = part.entities[order][1:] == part.entities[order][:-1]
    span[order[:-1][same]] = np.diff(part.times[order])[same]
    share: Floats = np.clip(span / most, 0.01, 1.0)
    return share


def _margins(booster: "Booster", rows: Rows) -> Floats:
    import xgboost

    data = xgboost.DMatrix(rows.matrix, feature_names=list(rows.names), nthread=1)
    found: Floats = booster.predict(data, output_margin=True).astype(np.float64)
    return found


def _about(
    rows: Rows, judged: _Judged, booster: "Booster", spec: ModelSpec, calibration: Calibration,
    live: Scorer | None, limits: Limits, judged_by: str, dropped: tuple[str, ...],
) -> About:  # fmt: skip
    y, p = judged.y, judged.p
    simple, rule = trivial(judged.rows, spec)
    older = live.many(judged.rows.names, judged.rows.matrix) if live is not None else None
    entities, _ = counts(rows)
    top = _importances(booster)
    recent = judged.rows
    places = {name: place for place, name in enumerate(rows.names)}
    return About(
        features=tuple(rows.names), since=int(rows.times[0]), until=int(rows.times[-1]), rows=len(rows),
        entities=entities, positives=int(rows.labels.sum()), base_rate=float(y.mean()), judged=len(y),
        judged_by=judged_by, trees=booster.num_boosted_rounds(), depth=spec.depth, model=scored(p, y),
        rules=scored(recent.rules, y), trivial=scored(simple, y), trivial_rule=rule,
        live=scored(older, y) if older is not None else None, live_version=live.version if live else None,
        calibration=calibration, interval=interval(calibration(judged.margin), y), curve=tuple(metrics.curve(p, y)),
        threshold=metrics.best_threshold(p, y),
        importances=tuple((name, round(share, 5)) for name, share in top),
        gates=tuple(gates(p, y, recent, older, live, spec, limits, entities)),
        score_shape=shape_of(calibration(judged.margin)),
        shapes={name: shape_of(recent.matrix[:, places[name]].astype(np.float64)) for name, _ in top[:20]},
        dropped=dropped, seldom=_seldom(calibration(judged.margin)[y < 0.5]), seed=SEED,
        program=f"xgboost {_version()}",
    )  # fmt: skip


def _seldom(p: Floats) -> float:
    """What at most 5 of 1,000 of these reach; 0 where they are too few to tell."""
    if len(p) < 200:
        return 0.0
    return float(np.nextafter(np.sort(p)[-(len(p) * 5 // 1000) - 1], 2.0))


def _importances(booster: "Booster") -> list[tuple[str, float]]:
    """Features by their share of the gain, greatest first."""
    found: dict[str, Any] = dict(booster.get_score(importance_type="total_gain"))
    whole = float(sum(found.values())) or 1.0
    return sorted(((name, float(gain) / whole) for name, gain in found.items()), key=lambda pair: (-pair[1], pair[0]))


def trivial(rows: Rows, spec: ModelSpec) -> tuple[Floats, str]:
    """What the simplest rule would say: one feature by rank."""
    if spec.trivial not in rows.names:
        return np.full(len(rows), 0.5), "none"
    values = rows.matrix[:, list(rows.names).index(spec.trivial)].astype(np.float64)
    values = np.nan_to_num(values, nan=float(np.nanmedian(values)) if np.isfinite(values).any() else 0.0)
    _, place = np.unique(values * spec.trivial_sign, return_inverse=True)
    return place / max(1, int(place.max(initial=0))), f"{'low' if spec.trivial_sign < 0 else 'high'} {spec.trivial}"


def _version() -> str:
    for name in ("xgboost-cpu", "xgboost"):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return "unknown"
