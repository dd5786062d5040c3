"""Whether the live version still fits the world: what it sees, what it says, and how often it is right."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.records.prediction import Prediction
from data.store import Reader
from data.times import DAY
from engine.models.drift import Drift, performance, population, scores
from engine.models.scorer import Scorer
from engine.models.spec import Refused
from engine.predict.history import KINDS, rows_of
from engine.predict.sheets import MILLION, SCORES, unpack, vectors
from engine.predict.training import live_of, newest

LATELY: Final = 7 * DAY
BEFORE: Final = (60 * DAY, 30 * DAY)  # with which the last days are compared; less where there is less
VECTORS: Final = 20_000  # newest vectors that are looked at

Floats = NDArray[np.float64]


def drifts(reader: Reader, name: str, tenant: str) -> list[Drift]:
    """Of the live version; nothing without one. The first is that of the scores, the second that of being right."""
    live = live_of(reader, name, tenant)
    if live is None:
        return []
    kind = KINDS.get(name)
    if kind is None:
        return _of_choices(reader, name, tenant, live)
    rows = [row for row in reader.predictions(None, None) if row.tenant == tenant]
    now = max((row.made_at for row in rows), default=0)
    earlier, lately = _said(rows, kind, live.version, now)
    return [
        scores(earlier, lately),
        _right(rows, kind, live, now),
        *population(live.about.shapes, _seen(reader, kind, tenant, now)),
    ]


def _of_choices(reader: Reader, name: str, tenant: str, live: Scorer) -> list[Drift]:
    """Of what people teach: check-ins that were judged, items that were taken up. The live version is asked again what
    it says of each, as it stood then; only what was judged after the version was made tells how right it is."""
    now = newest(reader, tenant, name) + 1
    try:
        rows = rows_of(reader, name, tenant, now, BEFORE[0])
    except Refused:
        return []
    p = live.many(rows.names, rows.matrix)
    lately = rows.times >= now - LATELY
    fresh = lately & (rows.times >= live.about.until) & np.isfinite(rows.labels)
    right = (p[fresh] >= live.about.threshold) == (rows.labels[fresh] > 0)
    seen = {each: rows.matrix[lately, place].astype(np.float64) for place, each in enumerate(rows.names)}
    return [
        scores(p[~lately], p[lately]),
        performance(promised(live), float(right.mean()) if len(right) else float("nan"), len(right)),
        *population(live.about.shapes, seen),
    ]


def _said(rows: list[Prediction], kind: str, version: str, now: int) -> tuple[Floats, Floats]:
    """What this version said in the days of reference (where it said nothing: before the last days), and lately."""
    times: list[int] = []
    said: list[float] = []
    for row in rows:
        if row.kind == SCORES and row.entity == kind:
            sheet = unpack(row.sheet)
            if sheet.version != version:
                continue
            times += [sheet.time] * len(sheet.p)
            said += [p / MILLION for p in sheet.p]
    at, p = np.array(times, np.int64), np.array(said)
    before = (at >= now - BEFORE[0]) & (at < now - BEFORE[1])
    if before.sum() < 30:
        before = at < now - LATELY
    return p[before], p[at >= now - LATELY]


def _right(rows: list[Prediction], kind: str, live: Scorer, now: int) -> Drift:
    """Accuracy of what was settled lately at the version's own threshold, against that when it was made."""
    settled = [
        row for row in rows
        if row.kind == kind and row.outcome is not None and row.model_version == live.version
        and row.settled_at is not None and row.settled_at >= now - LATELY
    ]  # fmt: skip
    threshold = live.about.threshold
    right = sum((row.probability >= threshold) == row.outcome for row in settled)
    return performance(promised(live), right / len(settled) if settled else float("nan"), len(settled))


def promised(live: Scorer) -> float:
    """Accuracy at the threshold on the rows that judged, from precision, recall and base rate."""
    about = live.about
    hits = about.model.recall * about.base_rate
    said = hits / about.model.precision if about.model.precision else 0.0
    return 1.0 - (about.base_rate - hits) - (said - hits)


def _seen(reader: Reader, kind: str, tenant: str, now: int) -> dict[str, Floats]:
    """Figures of the vectors of the last days, by feature."""
    kept = list(vectors(reader.predictions(now - LATELY, None), kind, tenant))[-VECTORS:]
    if not kept:
        return {}
    names = max((one.names for one in kept), key=len)
    matrix = np.full((len(kept), len(names)), np.nan)
    for place, one in enumerate(kept):
        matrix[place, : len(one.vector)] = one.vector
    return {name: matrix[:, place] for place, name in enumerate(names)}
