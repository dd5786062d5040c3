"""A model of fraud: learned from verdicts only, in the rules' place once it is live, explained in sentences."""

import asyncio
from pathlib import Path
from random import Random

import pytest

from data.opening import open_reader
from data.records.fraud import FraudScore
from data.times import DAY, HOUR, MINUTE
from data.wire import decode
from engine.explain import explain
from engine.models.adopting import ModelOrder, carry_out, packed
from engine.models.spec import Refused
from engine.pipeline import Pipeline
from engine.predict.training import Trained, backtest, train
from engine.runtime import Engine
from engine.score.fraud_model import ITSELF, fraud_rows, label
from engine.settings import Config
from engine.settings.models import ModelSettings
from tests.engine.detect.test_attendance import scripted
from tests.support.recordings import T0, Script, at, replayed, rows

END = T0 + 40 * DAY


def judged_days() -> Script:
    """Check-ins of which those with a face less alive than others are fraud, which the rules do not see; people judge
    each of them an hour later."""
    script, lots = scripted(), Random(5)
    for number in range(400):
        time, fraud = T0 + number * 2 * HOUR, lots.random() < 0.3
        liveness = lots.uniform(0.72, 0.84) if fraud else lots.uniform(0.8, 1.0)
        face = {"confidence": round(lots.uniform(0.8, 1.0), 3), "liveness": round(liveness, 3), "verified": True}
        data = {"person": f"P{number % 8 + 1}", "site": "S1", "face": face}
        name = script.add("attendance.check_in", time, data, id=f"c{number}")
        script.add("attendance.check_out", time + 40 * MINUTE, {"person": data["person"], "site": "S1"})
        told = {"target": f"fraud/{name}", "verdict": "confirmed" if fraud else "false_positive"}
        script.add("verdict.recorded", time + HOUR, told)
    return script


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    made = f"sqlite:///{tmp_path_factory.mktemp('verdicts')}/noc.db"
    asyncio.run(replayed(made, judged_days().lines))
    return made


@pytest.fixture(scope="module")
def trained(url: str) -> Trained:
    reader = open_reader(url)
    try:
        return train(reader, "fraud", "default", None, ModelSettings())
    finally:
        reader.close()


def put_to_work(pipeline: Pipeline, trained: Trained) -> None:
    pipeline.library.versions[1] = trained.version
    partition = pipeline.partition("default")
    partition.foresight.library.versions[1] = trained.version
    partition.foresight.live["fraud"] = 1
    partition.foresight.equip("fraud")


def check_in(liveness: float, id: str = "new") -> bytes:
    script = Script()
    face = {"confidence": 0.9, "liveness": liveness, "verified": True}
    data = {"person": "P1", "site": "S1", "face": face}
    script.add("attendance.check_in", END, data, id=id)
    return script.lines[0]


def row(judged: dict[str, tuple[bool, int]]) -> FraudScore:
    return FraudScore(1, "t", "s", "e", "P", None, at(0), 0.1, 0.1, "LOW", [], [], at(0), judged=judged)


def test_it_learns_what_the_verdicts_say_and_the_rules_do_not(trained: Trained) -> None:
    about = trained.about
    assert (about.entities, about.judged_by) == (400, "latest fifth")
    assert about.model.pr_auc > about.rules.pr_auc + 0.1
    assert about.importances[0][0] == "face_liveness"
    assert 0.6 < about.model.auc <= 1


def test_only_verdicts_are_labels_and_only_those_told_by_then() -> None:
    assert label(row({}), at(9)) != label(row({}), at(9))
    assert label(row({ITSELF: (True, at(5))}), at(9)) == 1
    assert label(row({ITSELF: (True, at(5))}), at(5)) != 1
    assert label(row({ITSELF: (False, at(5)), "GPS_SPOOFING": (True, at(2))}), at(9)) == 0
    assert label(row({"GPS_SPOOFING": (False, at(2)), "BUDDY_PUNCHING": (True, at(2))}), at(9)) == 1
    assert label(row({"LATE_ARRIVAL": (True, at(2))}), at(9)) != 1


def test_without_verdicts_it_says_so() -> None:
    with pytest.raises(Refused, match="nobody has judged"):
        fraud_rows([row({})], "t", at(9))


def test_rules_answer_until_it_is_live_then_it_does(trained: Trained) -> None:
    pipeline = Pipeline(Config())
    pipeline.run([decode(line) for line in scripted().lines], 0)
    before = pipeline.run([decode(check_in(0.75, "one"))], 0).commit.fraud[-1]
    assert before.model_version is None
    put_to_work(pipeline, trained)
    after = pipeline.run([decode(check_in(0.75, "two"))], 0).commit.fraud[-1]
    assert after.model_version == trained.version.version
    assert after.low <= after.probability <= after.high
    assert after.probability > before.probability
    honest = pipeline.run([decode(check_in(0.97, "three"))], 0).commit.fraud[-1]
    assert honest.probability < after.probability


def test_it_goes_live_by_the_journal_and_is_explained_in_sentences(trained: Trained, url: str, tmp_path: Path) -> None:
    for file in Path(url.removeprefix("sqlite:///")).parent.glob("noc.db*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    copy = f"sqlite:///{tmp_path}/noc.db"

    async def live_then_more() -> None:
        from data.opening import open_store

        engine = Engine(await open_store(copy, "test"), Config())
        await engine.recover()
        try:
            outcome = await carry_out(engine, ModelOrder("fraud", packed(trained.version), "a test"), "default")
            assert outcome.ok, outcome.text
        finally:
            await engine.close()

    asyncio.run(live_then_more())
    asyncio.run(replayed(copy, [check_in(0.75)]))
    newest = rows(copy, "fraud")[-1]
    assert (newest["event_id"], newest["model_version"]) == ("new", trained.version.version)
    reader = open_reader(copy)
    try:
        why = explain(reader, "fraud/new")
    finally:
        reader.close()
    assert any(line.startswith("the face looked alive by 75%: raises the odds") for line in why.because)
    assert "by the model" in dict(why.lines)["probability"]


def test_a_backtest_stands_beside_rules_and_the_fence(url: str) -> None:
    reader = open_reader(url)
    try:
        found = backtest(reader, "fraud", "default", None, ModelSettings())
    finally:
        reader.close()
    assert found["all"]["scores"]["pr_auc"] > found["all"]["rules"]["pr_auc"]
    assert found["all"]["trivial"]["rule"] in ("high outside_m", "none")
    assert 0 < found["all"]["base_rate"] < 1


def test_a_version_that_is_sure_reaches_high_but_not_for_the_honest(trained: Trained) -> None:
    pipeline = Pipeline(Config())
    pipeline.run([decode(line) for line in scripted().lines], 0)
    put_to_work(pipeline, trained)
    levels = [
        pipeline.run([decode(check_in(liveness, f"c{number}"))], 0).commit.fraud[-1].level
        for number, liveness in enumerate((0.73, 0.74, 0.95, 0.99))
    ]
    assert set(levels[:2]) <= {"HIGH", "CRITICAL"}
    assert not set(levels[2:]) & {"HIGH", "CRITICAL"}
