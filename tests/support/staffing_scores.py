"""How well gaps in shifts are foreseen on simulated operations, by model and by rules.

    python -m tests.support.staffing_scores [--seeds 1,2,3] [--sites 12] [--days 28] [--teach 21]

Each operation is replayed into a database of its own until day `teach`, a version is trained on it, and the rest is
replayed. Every shift that was looked at from then on counts once, by its first look (four hours before) and by its last
(before it begins), with what truly became of it.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from data.opening import open_reader
from data.times import DAY
from engine.models import metrics
from engine.models.spec import Refused, Rows
from engine.predict.history import SPECS, rows_of
from engine.predict.rehearsal import Rehearsal, history
from engine.predict.training import backtest, newest
from engine.run import replay
from engine.settings.models import ModelSettings
from engine.sources.simulate import MONDAY

KIND = "staffing"


def rows_after(rows: Rows, split: int) -> tuple[Rows, Rows]:
    """First and last look at each shift that was first looked at from `split` on and has an outcome."""
    known = rows.pick(np.isfinite(rows.labels))
    order = np.lexsort((known.times, known.entities))
    known = known.pick(order)
    _, first, seen = np.unique(known.entities, return_index=True, return_counts=True)
    later = known.times[first] >= split
    return known.pick(first[later]), known.pick((first + seen - 1)[later])


def measured(seed: int, sites: int, days: int, teach: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="noc-staffing-") as folder:
        file, url = Path(folder) / "days.jsonl", f"sqlite:///{folder}/noc.db"
        start = MONDAY - days * DAY
        lines = (line for line in history(Rehearsal(seed, sites, days)) if b'"type":"noc.device.' not in line)
        file.write_bytes(b"\n".join(lines) + b"\n")
        replay([str(file)], url)
        reader = open_reader(url)
        try:
            split = start + teach * DAY
            found = backtest(reader, KIND, "default", split, ModelSettings())
            rows = rows_of(reader, KIND, "default", newest(reader, "default", KIND) + 1, ModelSettings().window)
        finally:
            reader.close()
    opening, last = rows_after(rows, split)
    trivial = opening.matrix[:, list(rows.names).index(SPECS[KIND].trivial)].astype(float)
    return {
        "seed": seed, "model_opening": found["opening"]["scores"]["auc"], "model_all": found["all"]["scores"]["auc"],
        "model_pr_auc": found["opening"]["scores"]["pr_auc"], "base_rate": found["opening"]["base_rate"],
        "shifts": found["opening"]["rows"], "rules_opening": round(metrics.auc(opening.rules, opening.labels), 5),
        "rules_last": round(metrics.auc(last.rules, last.labels), 5),
        "trivial_opening": round(metrics.auc(np.nan_to_num(trivial), opening.labels), 5),
        "trained": found["trained"], "looks_at": found["importances"][:6],
    }  # fmt: skip


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", default="1,2,3")
    asked.add_argument("--sites", type=int, default=12)
    asked.add_argument("--days", type=int, default=28)
    asked.add_argument("--teach", type=int, default=21)
    options = asked.parse_args()
    for seed in options.seeds.split(","):
        try:
            print(json.dumps(measured(int(seed), options.sites, options.days, options.teach)), flush=True)
        except Refused as refused:
            print(json.dumps({"seed": seed, "refused": str(refused)}), flush=True)


if __name__ == "__main__":
    main()
