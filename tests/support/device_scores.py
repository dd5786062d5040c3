"""How well failures of drives are foreseen, by drive and by time, beside the published rule.

    python -m tests.support.device_scores SHARED [--folds 5] [--split 2024-01-01T22:00:00Z]

SHARED is the folder with `data/` and `score/`. The recording is replayed once, with nothing trained; what is learned
from, and judged, are the vectors that were logged then. By drive: each fold's drives are judged by a version that was
taught by the others. By time: taught by what was known at the split, judged at the landmarks after it. Scored are the
landmarks of the truth with the newest vector before each. The rule: how many of five SMART counters are above zero.
"""

import argparse
import gzip
import importlib
import json
import sys
import tempfile
from bisect import bisect_right
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import times
from data.opening import open_reader
from data.records.model import ModelVersion
from engine.models.about import as_plain
from engine.models.fit import fit
from engine.models.judge import Limits
from engine.models.scorer import Scorer
from engine.models.spec import Rows
from engine.predict.history import SPECS, rows_of
from engine.predict.sheets import vectors
from engine.predict.training import newest
from engine.run import replay
from engine.settings.models import ModelSettings

Floats = NDArray[np.float64]
SPEC = SPECS["device"]


class Landmarks:
    """The truth's instants that have a vector: `place` of its row, `drive`, `at` (microseconds), `y`, `weight`."""

    def __init__(self, truth: Path, rows: Rows, drives: dict[str, int]) -> None:
        seen: dict[int, list[tuple[int, int]]] = {}
        for place, (drive, time) in enumerate(zip(rows.entities.tolist(), rows.times.tolist(), strict=True)):
            seen.setdefault(drive, []).append((time, place))
        for one in seen.values():
            one.sort()
        found, self.all = [], 0
        for line in gzip.decompress(truth.read_bytes()).splitlines():
            row = json.loads(line)
            at, drive = times.parse(row["instants"]["landmark"]["until"]), drives.get(row["entity"], -1)
            self.all += 1
            before = bisect_right(seen.get(drive, []), (at, sys.maxsize)) - 1
            if before >= 0:
                found.append((seen[drive][before][1], drive, at, bool(row["label"]), row["weight"]))
        columns = list(zip(*found, strict=True))
        self.place, self.drive = np.array(columns[0], np.intp), np.array(columns[1])
        self.at, self.y, self.weight = np.array(columns[2]), np.array(columns[3]), np.array(columns[4])


def scorer(rows: Rows, until: int) -> Scorer:
    fitted = fit(rows, SPEC, until, limits=Limits(max_calibration_error=1.0, sure=0.0))
    about = as_plain(fitted.about)
    return Scorer(ModelVersion(0, "", SPEC.name, "tried", "", until, fitted.checksum, about, fitted.body))


def judged(common: Any, p: Floats, marks: Landmarks, chosen: NDArray[np.bool_]) -> dict[str, float]:
    told = p[chosen].tolist(), marks.y[chosen].tolist(), marks.weight[chosen].tolist()
    rate = float((marks.y * marks.weight)[chosen].sum() / marks.weight[chosen].sum())
    found = {"auc": common.auc(*told), "pr_auc": common.average_precision(*told), "base_rate": rate}
    return {name: round(value, 4) for name, value in found.items()}


def measured(shared: Path, folds: int, split: int) -> dict[str, Any]:
    sys.path.insert(0, str(shared / "score"))
    common = importlib.import_module("common")
    with tempfile.TemporaryDirectory(prefix="noc-drives-") as folder:
        url = f"sqlite:///{folder}/noc.db"
        replay([str(shared / "data/devices-backblaze.jsonl.gz")], url)
        reader = open_reader(url)
        try:
            end, window = newest(reader, "default") + 1, ModelSettings().window
            rows, known = (rows_of(reader, "device", "default", until, window) for until in (end, split))
            kept = vectors(reader.predictions(None, None), "device_failure", "default")
            drives = {entity: number for number, entity in enumerate(dict.fromkeys(one.entity for one in kept))}
        finally:
            reader.close()
    marks = Landmarks(shared / "data/devices-backblaze.truth.jsonl.gz", rows, drives)
    looked = rows.matrix[marks.place]
    rule = np.nan_to_num(looked[:, list(rows.names).index("troubles")]).astype(float)
    everything, after = np.ones(len(marks.y), bool), marks.at > split
    p = np.zeros(len(marks.y))
    for fold in range(folds):
        mine = marks.drive % folds == fold
        p[mine] = scorer(rows.pick(rows.entities % folds != fold), end).many(rows.names, looked[mine])
    later = scorer(known, split).many(rows.names, looked)
    return {
        "landmarks": marks.all, "coverage": round(len(marks.y) / marks.all, 4),
        "by_drive": judged(common, p, marks, everything), "rule": judged(common, rule, marks, everything),
        "by_time": judged(common, later, marks, after), "rule_after_the_split": judged(common, rule, marks, after),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--split", type=times.parse, default=times.parse("2024-01-01T22:00:00Z"))
    given = parser.parse_args()
    print(json.dumps(measured(given.shared, given.folds, given.split), indent=1))


if __name__ == "__main__":
    main()
