"""`noc train` and what follows: a version goes live by an entry in the journal, and everything repeats it."""

import asyncio
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from data import times
from data.opening import open_reader, open_store
from data.times import DAY
from engine.doctor import examine
from engine.models.adopting import ModelOrder, carry_out, packed
from engine.predict.history import rows_of
from engine.predict.training import train
from engine.run import replay
from engine.runtime import Engine
from engine.settings import Config
from noc_tui.cli import main
from tests.engine.predict.desk import desk, foreseen, play
from tests.support.recordings import T0, Script, write

BORDER = T0 + 24 * DAY


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    return desk().lines


@pytest.fixture(scope="module")
def trained(lines: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database: 24 days, then a model, then six days more."""
    path = tmp_path_factory.mktemp("trained")
    url = f"sqlite:///{path}/noc.db"
    play(url, lines, path / "desk.jsonl", until=BORDER)
    assert main(["train", "sla", "--until", times.text(BORDER), "--db", url]) == 0
    play(url, lines, path / "desk.jsonl", since=BORDER)
    return path


def url_of(path: Path) -> str:
    return f"sqlite:///{path}/noc.db"


def test_scores_change_from_the_event_time_of_going_live_on(trained: Path) -> None:
    found = foreseen(url_of(trained), all_scores=True, kind="sla_breach")
    before = {row["model_version"] for row in found if row["made_at"] < times.text(BORDER - DAY)}
    after = {row["model_version"] for row in found if row["made_at"] >= times.text(BORDER)}
    assert before == {None}
    assert len(after) == 1
    assert None not in after


def test_the_model_ranks_better_than_the_rules_on_what_came_later(trained: Path) -> None:
    from engine.models.metrics import auc, calibration_error, np

    found = [row for row in foreseen(url_of(trained), since=BORDER) if row["outcome"] is not None]
    p, y = np.array([row["probability"] for row in found]), np.array([float(row["outcome"]) for row in found])
    opening = foreseen(url_of(trained), all_scores=True, since=BORDER)
    first: dict[str, float] = {}
    for row in opening:
        first.setdefault(row["entity"], row["probability"])
    p = np.array([first[row["entity"]] for row in found])
    assert auc(p, y) > 0.85
    assert calibration_error(p, y) < 0.12


def test_an_engine_that_starts_again_goes_on_with_the_same_model(
    trained: Path, lines: list[bytes], tmp_path: Path
) -> None:
    """In one run over the journal, in parts, and after a kill: the same rows."""
    url = f"sqlite:///{tmp_path}/noc.db"
    play(url, lines, tmp_path / "desk.jsonl", until=BORDER)
    assert main(["train", "sla", "--until", times.text(BORDER), "--db", url]) == 0
    middle = BORDER + 2 * DAY
    asyncio.run(_feed_and_die(url, [line for line in lines if BORDER <= _time(line) < middle]))
    play(url, lines, tmp_path / "desk.jsonl", since=middle)
    assert foreseen(url, all_scores=True) == foreseen(url_of(trained), all_scores=True)
    assert foreseen(url) == foreseen(url_of(trained))


async def _feed_and_die(url: str, lines: list[bytes]) -> None:
    from tests.support.recordings import play as feed

    engine = Engine(await open_store(url, "test"), Config())
    await engine.recover()
    await feed(engine, lines, 90)
    await engine.store.close()  # no snapshot is left


def _time(line: bytes) -> int:
    return times.parse(msgspec.json.decode(line)["time"])


def test_what_was_known_later_is_not_learned_from(trained: Path, lines: list[bytes], tmp_path: Path) -> None:
    """Rows until a moment are the same, labels too, before and after what came later was taken in."""
    url, until = f"sqlite:///{tmp_path}/noc.db", BORDER - 3 * DAY
    play(url, lines, tmp_path / "desk.jsonl", until=until)
    found = []
    for each in (url, url_of(trained)):
        reader = open_reader(each)
        found.append(rows_of(reader, "sla", "default", until, 365 * DAY))
        reader.close()
    early, late = found
    shared = [list(late.names).index(name) for name in early.names]
    assert np.array_equal(early.matrix, late.matrix[:, shared], equal_nan=True)
    assert np.array_equal(early.labels, late.labels, equal_nan=True)
    assert np.isnan(early.labels).any(), "the newest were not settled yet"


def test_too_little_history_is_refused_and_changes_nothing(
    lines: list[bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path}/noc.db"
    play(url, lines[:60], tmp_path / "desk.jsonl")
    assert main(["train", "sla", "--db", url]) == 1
    assert "too little to learn from" in capsys.readouterr().err
    assert main(["train", "device", "--db", url]) == 1
    reader = open_reader(url)
    assert list(reader.models()) == []
    reader.close()


def test_the_registry_lists_versions_with_what_they_are_worth(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "--json", "--db", url_of(trained)]) == 0
    (version,) = json.loads(capsys.readouterr().out)
    assert version["status"] == "LIVE"
    assert version["model"]["auc"] > version["rules"]["auc"]
    assert version["until"] < BORDER
    assert {gate["name"] for gate in version["gates"]} >= {"rules", "calibration"}
    assert all(gate["passed"] for gate in version["gates"])


def test_a_backtest_judges_by_what_came_after(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    split = times.text(BORDER)
    assert main(["backtest", "sla", "--split", split, "--db", url_of(trained)]) == 0
    report = json.loads(capsys.readouterr().out)
    opening = report["opening"]
    assert 100 <= opening["rows"] <= 120
    assert opening["scores"]["auc"] > 0.85
    assert 0.3 < opening["base_rate"] < 0.5
    assert opening["trivial"]["rule"] == "low time_until_sla_deadline_minutes"


def _changed(url: str, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["backtest", "change", "--since", times.text(BORDER), "--json", "--db", url, *more]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_history_is_tried_with_rules_in_place_of_the_model(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = url_of(trained)
    (score,) = _changed(url, capsys, "--model", "sla=rules")["scores"]
    assert (score["kind"], score["known"] > 50) == ("sla_breach", True)
    assert score["differ"] == score["both"] > 100
    assert score["before"]["auc"] > 0.85
    assert score["before"]["pr_auc"] > score["after"]["pr_auc"]
    assert score["before"]["recall"] is not None
    (version,) = rows_of_models(url)
    assert _changed(url, capsys, "--model", f"sla={version}")["same"]  # it was at work in that time
    until = f"sla=until:{times.text(BORDER)}"  # no better than the live one: it would not have gone live
    assert main(["backtest", "change", "--model", until, "--db", url]) == 1
    assert "which is live" in capsys.readouterr().err
    assert main(["backtest", "change", "--model", "sla=9", "--db", url]) == 1
    assert version in capsys.readouterr().err


def rows_of_models(url: str) -> list[str]:
    reader = open_reader(url)
    try:
        return [one.version for one in reader.models()]
    finally:
        reader.close()


async def _versions(url: str, work: Any) -> Any:
    engine = Engine(await open_store(url, "test"), Config())
    await engine.recover()
    try:
        return await work(engine)
    finally:
        await engine.close()


def test_rollback_brings_the_version_before_back(trained: Path, lines: list[bytes], tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/noc.db"
    play(url, lines, tmp_path / "desk.jsonl", until=BORDER)
    reader = open_reader(url)
    made = [train(reader, "sla", "default", BORDER - days * DAY, Config().models).version for days in (6, 3, 1, 0)]
    reader.close()

    async def work(engine: Engine) -> list[str]:
        for version in made:
            assert (await carry_out(engine, ModelOrder("sla", packed(version)), "default")).ok
        back = await carry_out(engine, ModelOrder("sla"), "default")
        assert back.ok
        partition = engine.pipeline.partition("default")
        room = partition.foresight.rooms["sla"]
        assert room.looking.version == made[2].version
        return [back.text]

    asyncio.run(_versions(url, work))
    reader = open_reader(url)
    kept = list(reader.models())
    reader.close()
    assert [one.status for one in kept] == ["RETIRED", "RETIRED", "LIVE", "RETIRED"]
    assert [bool(one.body) for one in kept] == [False, True, True, True]  # three keep their trees


def test_a_live_version_that_was_damaged_is_told_of_and_rules_decide(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = url_of(tmp_path)
    shutil.copy(trained / "noc.db", tmp_path / "noc.db")
    with sqlite3.connect(tmp_path / "noc.db") as base:
        (body,) = base.execute("SELECT body FROM models").fetchone()
        place = body.index(b"split_conditions") + 20
        spoilt = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        base.execute("UPDATE models SET body = ?", (spoilt,))
    base.close()
    assert main(["models", "--db", url]) == 0
    assert "cannot be used: the model does not have the checksum" in capsys.readouterr().err
    assert main(["models", "drift", "sla", "--db", url]) == 0
    assert "no version of sla that can be used is live" in capsys.readouterr().err
    assert [check.text for check in examine(url, None) if check.name == "models"]
    told: list[str] = []
    script = Script("later")
    opened = T0 + 40 * DAY
    data = {"id": "N1", "priority": "HIGH", "deadline": times.text(opened + DAY), "status": "NEW", "group": "slow"}
    script.add("ticket.created", opened, data, subject="ticket/N1")
    replay([str(write(tmp_path / "later.jsonl", script.lines))], url, trouble=told.append)
    assert len(told) == 1
    assert "rules decide" in told[0]
    newest = [row for row in foreseen(url, all_scores=True, kind="sla_breach") if row["entity"] == "ticket/N1"]
    assert {row["model_version"] for row in newest} == {None}


@pytest.mark.parametrize("harm", ["flip", "pickle", "metadata"])
def test_a_damaged_or_foreign_version_is_refused_and_the_live_one_stays(
    trained: Path, harm: str, tmp_path: Path
) -> None:
    reader = open_reader(url_of(trained))
    (good,) = list(reader.models())
    reader.close()
    body = bytearray(good.body)
    body[len(body) // 3] ^= 4
    bad = {
        "flip": msgspec.structs.replace(good, body=bytes(body)),
        "pickle": msgspec.structs.replace(good, body=b"\x80\x04K\x01."),
        "metadata": msgspec.structs.replace(good, about={"features": []}),
    }[harm]

    async def work(engine: Engine) -> Any:
        outcome = await carry_out(engine, ModelOrder("sla", packed(bad)), "default")
        garbage = await carry_out(engine, ModelOrder("sla", b"garbage"), "default")
        return outcome.ok, garbage.ok, engine.pipeline.partition("default").foresight.rooms["sla"].looking.version

    assert asyncio.run(_versions(url_of(trained), work)) == (False, False, good.version)


def test_after_a_clock_that_jumped_ahead_the_reason_tells_where_the_history_lies(
    lines: list[bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, script = url_of(tmp_path), Script("jump")
    data = {"id": "J1", "priority": "HIGH", "deadline": times.text(T0 + 3651 * DAY), "status": "NEW", "group": "slow"}
    script.add("ticket.created", T0 + 3650 * DAY, data, subject="ticket/J1")
    play(url, [*lines, *script.lines], tmp_path / "desk.jsonl")
    assert main(["train", "sla", "--db", url]) == 1
    told = capsys.readouterr().err
    assert "nothing that was seen has an outcome yet, in the 180 days before 203" in told
    until = told.partition("`--until ")[2].partition("`")[0]
    assert main(["train", "sla", "--until", until, "--db", url]) == 0
