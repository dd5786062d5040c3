"""`noc replay --auto-train`: lessons at their moments of event time, waited for, the same whatever the way."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data import times
from data.opening import open_reader
from data.times import DAY
from engine.predict.history import SPECS
from engine.predict.schooling import next_lesson
from engine.run import replay
from tests.engine.predict.desk import desk, foreseen
from tests.support.recordings import T0, write


@pytest.fixture(scope="module", autouse=True)
def one_kind() -> Iterator[None]:
    """Each lesson is a process; here those of other kinds would only say that there is nothing to learn from."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.predict.schooling.SPECS", {"sla": SPECS["sla"]})
        yield


def versions(url: str) -> list[tuple[str, str, str]]:
    reader = open_reader(url)
    try:
        return [(one.kind, one.version, times.text(one.made_at)) for one in reader.models()]
    finally:
        reader.close()


def scored(url: str) -> list[tuple[Any, ...]]:
    found = foreseen(url, all_scores=True, kind="sla_breach")
    return [(row["entity"], row["made_at"], row["probability"], row["model_version"]) for row in found]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write(tmp_path_factory.mktemp("desk") / "desk.jsonl", list(desk(days=7).lines)))


@pytest.fixture(scope="module")
def whole(file: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('whole')}/noc.db"
    replay([file], url, auto_train=True)
    return url


def test_a_model_goes_live_at_its_lesson_and_scores_from_then_on(whole: str) -> None:
    [(kind, version, made)] = versions(whole)
    lesson = times.parse(made)
    assert (kind, lesson) == ("sla", next_lesson(lesson - 1))
    lines = scored(whole)
    assert {by for _, at, _, by in lines if at < made} == {None}
    assert {by for _, at, _, by in lines if at > times.text(lesson + DAY // 4)} == {version}


def test_in_two_halves_and_again_it_is_the_same(whole: str, file: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/noc.db"
    words: list[str] = []
    replay([file], url, auto_train=True, until=T0 + 3 * DAY, trouble=words.append)
    replay([file], url, auto_train=True, since=T0 + 3 * DAY, trouble=words.append)
    assert any(one.endswith("is live") for one in words)
    assert scored(url) == scored(whole)
    again = replay([file], url, auto_train=True)
    assert (again.events, versions(url)) == (0, versions(whole))


def test_without_being_asked_a_replay_trains_nothing(file: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/noc.db"
    replay([file], url)
    assert versions(url) == []
