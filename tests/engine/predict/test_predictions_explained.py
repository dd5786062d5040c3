"""`noc explain prediction/ID` tells by whose figures, and Shapley values sum to what was said."""

from pathlib import Path

import numpy as np
import pytest

from data import times
from data.opening import open_reader
from data.times import DAY
from engine.explain import explain
from engine.models.fit import fit
from engine.models.scorer import Scorer
from engine.models.shapley import shapley
from engine.predict.reasons import minutes, sentence, sentences
from engine.predict.sla import SPEC
from noc_tui.cli import main
from tests.engine.models.samples import NAMES, planted, version
from tests.engine.models.samples import SPEC as SAMPLE
from tests.engine.predict.desk import desk, foreseen, play
from tests.support.recordings import T0


def test_shapley_values_and_paths_both_sum_to_the_margin() -> None:
    scorer = Scorer(version(fit(planted(500), SAMPLE, 10**15)))
    rows = scorer.aligned(NAMES, planted(5, seed=9).matrix)
    for row in rows:
        shares, base = shapley(scorer, row)
        margin = scorer.forest.one(row)
        assert base + shares.sum() == pytest.approx(margin, abs=1e-4)
        assert int(np.argmax(np.abs(shares))) == int(np.argmax(np.abs(scorer.forest.contributions(row))))


def test_sentences_bear_the_entitys_own_figures() -> None:
    assert sentence("assignee_current_workload", 11.0, SPEC) == "its assignee has 11 open tickets"
    assert sentence("breach:label:channel", 1.1, SPEC) == (
        "tickets of the same channel missed their deadline 3.0 times more often than others"
    )
    assert sentence("assigned_status", 0.0, SPEC) == "nobody is assigned"
    assert sentence("smart_5", 8.0, SPEC) == "its smart 5 is 8"
    assert "not known" in sentence("reopened", float("nan"), SPEC)
    assert [minutes(each) for each in (5, 200, 5000, -30)] == ["5 minutes", "3.3 hours", "3.5 days", "minus 30 minutes"]
    names, row = ["reassignments", "hour"], np.array([3.0, 9.0], np.float32)
    assert sentences(names, row, np.array([0.4, -0.2]), SPEC) == ["it was reassigned 3 times"]


def test_a_prediction_is_explained_before_and_after_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, lines, border = f"sqlite:///{tmp_path}/noc.db", desk().lines, T0 + 24 * DAY
    play(url, lines, tmp_path / "a.jsonl", until=border)
    assert main(["train", "sla", "--until", times.text(border), "--db", url]) == 0
    play(url, lines, tmp_path / "a.jsonl", since=border)
    capsys.readouterr()
    by_rule = foreseen(url)[0]["id"]
    likeliest = max(foreseen(url, since=border), key=lambda row: (row["probability"], row["id"]))
    reader = open_reader(url)
    told = explain(reader, f"prediction/{by_rule}")
    assert any("by rule" in reason for reason in told.because)
    told = explain(reader, f"prediction/{likeliest['id']}")
    reader.close()
    assert "group" in " ".join(told.because)
    assert dict(told.lines)["by"].startswith("model sla-")
    assert main(["explain", likeliest["id"], "--db", url]) == 0
    assert "raises the odds" in capsys.readouterr().out
