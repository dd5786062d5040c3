"""Lessons: on event time, beside the engine; drift is told, a relapse is rolled back, what fails changes nothing."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from data import times
from data.opening import open_reader, open_store
from data.times import DAY, HOUR
from engine.models.adopting import ModelOrder, carry_out, packed
from engine.models.drift import Drift
from engine.predict.history import SPECS
from engine.predict.school import Lesson, Question, lesson
from engine.predict.schooling import Schooling, next_lesson
from engine.predict.training import train
from engine.runtime import Engine
from engine.settings import Config
from engine.settings.models import ModelSettings
from tests.engine.predict.desk import desk, play
from tests.support.recordings import T0

BORDER = T0 + 24 * DAY


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("school")
    play(f"sqlite:///{folder}/noc.db", desk().lines, folder / "desk.jsonl", until=BORDER)
    return folder


def copied(path: Path, to: Path) -> str:
    for file in path.glob("noc.db*"):
        (to / file.name).write_bytes(file.read_bytes())
    return f"sqlite:///{to}/noc.db"


def with_engine(url: str, work: Any, config: Config | None = None) -> Any:
    async def run() -> Any:
        engine = Engine(await open_store(url, "test"), config or Config())
        await engine.recover()
        try:
            return await work(engine)
        finally:
            await engine.close()

    return asyncio.run(run())


def told(url: str) -> tuple[list[str], list[str]]:
    """(types of the feed about models, alerts about models)."""
    reader = open_reader(url)
    try:
        feed = [entry.type for entry in reader.feed(None, None) if entry.type == "model_drifted"]
        alerts = [one.alert_type for one in reader.alerts(None, None) if one.alert_type == "ML_DRIFT_DETECTED"]
        return feed, alerts
    finally:
        reader.close()


def test_lessons_are_at_three_of_event_time() -> None:
    assert times.text(next_lesson(T0)) == "2026-01-05T03:00:00Z"
    assert next_lesson(T0 + 3 * HOUR) == T0 + 27 * HOUR


def test_a_first_model_is_trained_by_itself_in_a_process_of_its_own(path: Path, tmp_path: Path) -> None:
    url = copied(path, tmp_path)

    async def work(engine: Engine) -> Any:
        school = Schooling(engine, url)
        await school.all("default", engine.now("default"))
        await school.one("default", "device", engine.now("default"))  # within the cool-down: not even tried
        return school.told, engine.pipeline.partition("default").foresight.live

    words, live = with_engine(url, work)
    assert list(live) == ["sla"]
    assert sum("sla" in one for one in words) == 1
    assert sum(one.startswith("device:") for one in words) == 1


def test_a_young_version_is_left_alone_until_it_is_old(path: Path, tmp_path: Path) -> None:
    url = copied(path, tmp_path)
    asked: list[Question] = []

    async def work(engine: Engine) -> None:
        school = Schooling(engine, url)

        async def ask(question: Question) -> Lesson:
            asked.append(question)
            return lesson(question)

        school._ask = ask  # type: ignore[method-assign]
        now = engine.now("default")
        await school.one("default", "sla", now)
        await school.one("default", "sla", now + DAY)
        await school.one("default", "sla", now + 8 * DAY)

    with_engine(url, work)
    assert [question.learn for question in asked] == [True, False, True]


@pytest.mark.parametrize(("level", "learns"), [(3, 0), (4, 1), (5, 0)], ids=["medium", "high", "critical"])
def test_drift_is_told_and_high_drift_retrains_but_critical_asks_a_person(
    path: Path, tmp_path: Path, level: int, learns: int
) -> None:
    url = copied(path, tmp_path)
    lessons: list[bool] = []

    async def work(engine: Engine) -> None:
        school = Schooling(engine, url)

        async def ask(question: Question) -> Lesson:
            lessons.append(question.learn)
            drift = Drift("load", "psi", 0.4, level, "load is spread otherwise than in training: PSI 0.40")
            return Lesson([drift], refused="no better than the live one")

        now = engine.now("default")
        await school.one("default", "sla", now)
        school._ask = ask  # type: ignore[method-assign]
        await school.one("default", "sla", now + 2 * DAY)

    with_engine(url, work)
    assert sum(lessons) == learns
    assert told(url) == (["model_drifted"], ["ML_DRIFT_DETECTED"])


def test_a_version_that_relapses_gives_way_to_the_one_before(path: Path, tmp_path: Path) -> None:
    url = copied(path, tmp_path)
    reader = open_reader(url)
    first, second = (train(reader, "sla", "default", BORDER - n * DAY, ModelSettings()).version for n in (4, 0))
    reader.close()

    async def work(engine: Engine) -> Any:
        for version in (first, second):
            await carry_out(engine, ModelOrder("sla", packed(version)), "default")
        school = Schooling(engine, url)

        async def ask(question: Question) -> Lesson:
            return Lesson(
                [Drift("performance", "accuracy", 0.2, 5, "accuracy 60% of 90 settled, 80% when it was made")]
            )

        school._ask = ask  # type: ignore[method-assign]
        await school.one("default", "sla", engine.now("default") + DAY)
        return engine.pipeline.partition("default").foresight.rooms["sla"].looking.version

    assert with_engine(url, work) == first.version


def test_a_lesson_that_breaks_off_changes_nothing(path: Path, tmp_path: Path) -> None:
    url = copied(path, tmp_path)

    async def work(engine: Engine) -> Any:
        school = Schooling(engine, f"sqlite:///{tmp_path}/there-is-none.db")
        await school.all("default", engine.now("default"))
        return school.told, engine.pipeline.partition("default").foresight.live

    words, live = with_engine(url, work)
    assert live == {}
    assert len(words) == len(SPECS)
    assert all("broke off" in one for one in words)


def test_lessons_can_be_switched_off(path: Path, tmp_path: Path) -> None:
    from engine.predict.schooling import lessons

    url = copied(path, tmp_path)
    config = msgspec.structs.replace(Config(), models=ModelSettings(auto_train=False))

    async def work(engine: Engine) -> None:
        await asyncio.wait_for(lessons(engine, url), 5)  # ends at once

    with_engine(url, work, config)
