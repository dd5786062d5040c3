"""Digests: due at a time of day of a zone, also across changes of the clocks; handed over once; with what they tell."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from data import times
from data.opening import open_store
from data.records.outbox import PENDING, Notification
from data.times import MINUTE
from engine.intake import read
from engine.jobs import jobs
from engine.respond.contacts import LIVE
from engine.respond.hub.digests import Digests, last_due, next_due
from engine.running_jobs import run_now
from engine.runtime import Engine
from engine.settings import Config
from engine.settings.notify import Digest, Notify, Receiver, Route
from engine.settings.whole import read_whole
from tests.engine.respond.test_dispatch import ALERTS
from tests.support.recordings import Script, at, rows

BERLIN = Digest("morning", ("desk",), at="02:30", timezone="Europe/Berlin")


@pytest.mark.parametrize(
    ("now", "due", "following"),
    [
        ("2026-01-05T01:29:59Z", "2026-01-04T01:30:00Z", "2026-01-05T01:30:00Z"),
        ("2026-01-05T01:30:00Z", "2026-01-05T01:30:00Z", "2026-01-06T01:30:00Z"),
        ("2026-03-29T12:00:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"),  # 02:30 is left out: 03:30
        ("2026-10-25T12:00:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),  # 02:30 comes twice: the first
    ],
)
def test_it_is_due_at_a_time_of_day(now: str, due: str, following: str) -> None:
    moment = times.parse(now)
    assert times.text(last_due(BERLIN, "UTC", moment)) == due
    assert times.text(next_due(BERLIN, "UTC", moment)) == following


def test_a_weekly_one_is_due_on_its_day() -> None:
    weekly = Digest("week", ("desk",), every="weekly", day="fri", at="18:00")
    moment = times.parse("2026-01-05T00:00:00Z")  # a Monday
    assert times.text(last_due(weekly, "UTC", moment)) == "2026-01-02T18:00:00Z"
    assert times.text(next_due(weekly, "UTC", moment)) == "2026-01-09T18:00:00Z"


DAILY = Digest("morning", ("desk", "boss"), at="07:00")
RECEIVERS = (Receiver("desk", "webhook", "http://127.0.0.1/"), Receiver("boss", "webhook", "http://127.0.0.1/"))
ROUTES = (Route(to=("desk",), match="severity>=high", group_wait=0),)
CONFIG = Config(notify=Notify(receivers=RECEIVERS, routes=ROUTES, digests=(DAILY,)), alerts=ALERTS)


@asynccontextmanager
async def opened(url: str, config: Config = CONFIG) -> AsyncIterator[tuple[Engine, Digests]]:
    engine = Engine(await open_store(url, "test"), config, contacts=LIVE)
    await engine.recover()
    try:
        yield engine, Digests(engine, url)
    finally:
        await engine.close()


async def take(engine: Engine, script: Script) -> None:
    lines, script.lines = script.lines, []
    await engine.process([read(lines, "test", at())], at())


async def papers(engine: Engine) -> list[Notification]:
    return [row for row in await engine.store.notifications() if row.kind == "document"]


async def test_it_is_handed_over_once_with_what_is_open_and_what_happened(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/noc.db"
    script = Script()
    async with opened(url) as (engine, digests):
        script.fire(at(60), "GRAVE", "CRITICAL", entity="device/D1", message="<b>smoke</b>")
        script.fire(at(61), "PASSED", "HIGH", entity="device/D2")
        script.clear(at(70), "PASSED", "HIGH", entity="device/D2")
        script.fire(at(62), "SMALL", "LOW", entity="device/D3")
        script.tick(at(6 * 60))
        await take(engine, script)
        await digests.look(DAILY)
        assert await papers(engine) == []
        script.tick(at(7 * 60 + 1))
        await take(engine, script)
        for _ in range(3):
            await digests.look(DAILY)
    async with opened(url) as (engine, digests):
        await digests.look(DAILY)
        script.tick(at(7 * 60 + 20))
        await take(engine, script)
        await digests.look(DAILY)
        desk, boss = await papers(engine)
    assert (desk.receiver, desk.status, desk.title) == ("desk", PENDING, "morning: daily digest, 2026-01-05")
    assert desk.document is not None
    assert "1 open now. 2 alerts began, 1 of them have ended" in desk.document.text
    assert re.search(r"GRAVE +device/D1 +6 ?h", desk.document.text)
    assert "SMALL" not in desk.document.text, "no route leads it there"
    assert "&lt;b&gt;smoke" in desk.document.html
    assert "desk was told " in desk.document.text
    assert boss.document is not None
    assert "2 open now" in boss.document.text, "no route names boss: all"


async def test_one_that_was_missed_for_long_is_let_go(tmp_path: Path) -> None:
    script = Script()
    async with opened(f"sqlite:///{tmp_path}/noc.db") as (engine, digests):
        script.tick(at(20 * 60))
        await take(engine, script)
        await digests.look(DAILY)
        assert await papers(engine) == []


async def test_nobody_is_handed_anything_in_a_replay(tmp_path: Path) -> None:
    script = Script()
    engine = Engine(await open_store(f"sqlite:///{tmp_path}/noc.db", "test"), CONFIG)
    await engine.recover()
    script.tick(at(7 * 60 + 1))
    await take(engine, script)
    await Digests(engine, f"sqlite:///{tmp_path}/noc.db").look(DAILY)
    await engine.close()
    assert rows(f"sqlite:///{tmp_path}/noc.db", "notifications") == []


async def test_its_own_filter_counts_before_the_routes(tmp_path: Path) -> None:
    own = Digest("small", ("desk",), at="07:00", match="type=SMALL")
    script = Script()
    async with opened(f"sqlite:///{tmp_path}/noc.db") as (engine, digests):
        script.fire(at(60), "GRAVE", "CRITICAL", entity="device/D1")
        script.fire(at(62), "SMALL", "LOW", entity="device/D3")
        script.tick(at(7 * 60 + 1))
        await take(engine, script)
        await digests.look(own)
        (row,) = await papers(engine)
    assert row.document is not None
    assert "SMALL" in row.document.text
    assert "GRAVE" not in row.document.text


async def test_a_report_goes_out_by_the_clock_without_names_where_that_is_wanted(tmp_path: Path) -> None:
    shift = Digest("shift", ("desk",), at="07:00", report="handover", mask=True)
    config = Config(notify=Notify(receivers=RECEIVERS, routes=ROUTES, digests=(shift,)), alerts=ALERTS)
    script = Script()
    async with opened(f"sqlite:///{tmp_path}/noc.db", config) as (engine, digests):
        script.add("person.upserted", at(0), {"id": "P1", "name": "Anna Bergstrom"})
        script.fire(at(60), "GRAVE", "CRITICAL", entity="device/D1", message="Anna Bergstrom saw smoke")
        script.tick(at(7 * 60 + 1))
        await take(engine, script)
        partition, now = engine.pipeline.partitions["default"], at(7 * 60 + 1)
        (job,) = [one for one in jobs(None, partition, now, config.notify.digests) if one.name == "report: shift"]
        assert (times.text(job.next or 0), job.late) == ("2026-01-05T07:00:00Z", MINUTE)
        await digests.look(shift)
        (row,) = await papers(engine)
        (job,) = [one for one in jobs(None, partition, now, config.notify.digests) if one.name == "report: shift"]
        assert (times.text(job.next or 0), job.result) == ("2026-01-06T07:00:00Z", "handed over")
    assert row.document is not None
    assert "handover" in row.document.subject.lower()
    assert "GRAVE" in row.document.text
    assert "Bergstrom" not in row.document.text + row.document.html + row.document.markdown


async def test_one_that_is_asked_for_goes_out_at_once_and_the_next_at_its_time(tmp_path: Path) -> None:
    url, script = f"sqlite:///{tmp_path}/noc.db", Script()
    async with opened(url) as (engine, digests):
        script.fire(at(5 * 60), "GRAVE", "CRITICAL", entity="device/D1")
        script.tick(at(6 * 60))
        await take(engine, script)
        outcome = await run_now(engine, url, "default", "report: morning")
        assert outcome.ok, outcome.text
        assert len(await papers(engine)) == 2
        script.tick(at(7 * 60 + 1))
        await take(engine, script)
        await digests.look(DAILY)
        assert len(await papers(engine)) == 4


WRONG = """
notify:
  receivers:
    - {name: desk, kind: webhook, url: "http://127.0.0.1:9911/hook"}
    - {name: pager, kind: pagerduty, url: "http://127.0.0.1:9911/v2", token_file: /tmp/x}
  digests:
    - {name: morning, to: [desk, pager, dsk], at: "7:00", match: "severty=high", timezone: Mars/Olympus}
    - {name: morning, to: []}
"""


def test_what_is_wrong_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "noc.yaml").write_text(WRONG)
    _, problems = read_whole(tmp_path / "noc.yaml", {}, named=True)
    told = [(problem.line, str(problem)) for problem in problems if "digests" in str(problem)]
    assert [line for line, _ in told] == [7, 7, 7, 7, 7, 8, 8]
    words = " ".join(text for _, text in told)
    for text in ("'severty'", "'7:00' is no time of day", "takes incidents only", "no receiver 'dsk'", "no time zone",
                 "a second digest", "goes to nobody"):  # fmt: skip
        assert text in words
