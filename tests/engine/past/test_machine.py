"""Replay at a time equals the live snapshot kept then (FEATURES C12)."""

import asyncio
import contextlib
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.opening import open_reader, open_store
from data.own import CLOCK_HOLD
from data.store import Follower
from data.wire import Event, decode, own_entry
from engine.past.machine import Machine, decoded
from engine.settings import Config
from tests.engine.past.nights import Night, Seen, pages
from tests.support.recordings import Script, at, play, started


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    night = Night(tmp_path_factory.mktemp("night"))
    night.go(0, 1500)
    night.go(1500, 2700, 7)
    night.act("acknowledge")
    night.act("assign", assignee="bea")
    night.keep(2700)
    night.wall(4)
    night.keep(2700)
    night.restart(cleanly=True)
    night.go(2700, 4100)
    night.act("snooze", **{"for": "1h"})
    night.go(4100, 5000, 1)
    night.restart(cleanly=False)
    night.wall(9)
    night.go(5000, 6300)
    night.act("resolve")
    night.go(6300, len(night.lines) - 40)
    night.end()
    return night


@pytest.fixture
def reader(night: Night) -> Iterator[Follower]:
    reader = open_reader(night.url)
    yield reader
    reader.close()


@pytest.fixture
def machine(reader: Follower) -> Machine:
    machine = Machine(reader, Config())
    machine.open()
    return machine


def go(machine: Machine, time: int) -> None:
    for done, todo in machine.seek(time):
        assert 0 < done <= todo


def same(machine: Machine, url: str, seen: Seen) -> None:
    now = pages(machine, url)
    assert list(now) == list(seen.pages)
    for name, page in seen.pages.items():
        assert now[name] == page, name


def test_every_moment_is_shown_as_it_was_then(machine: Machine, night: Night) -> None:
    moments = [seen for seen in night.seen if seen.whole]
    assert len(moments) > 5
    for seen in moments:
        go(machine, seen.watermark)
        same(machine, night.url, seen)


def test_going_back_and_on_shows_the_same(machine: Machine, night: Night) -> None:
    moments = [seen for seen in night.seen if seen.whole] * 3
    random.Random(5).shuffle(moments)
    for seen in moments:
        go(machine, seen.watermark)
        assert machine.pipeline.seq == seen.seq
        same(machine, night.url, seen)
    assert machine.jumps


def lines_of(reader: Follower) -> list[Event]:
    found: list[Event] = []
    while segments := reader.tail(len(found)):
        found += [event for segment in segments for event in decoded(segment)]
    return found


def test_known_at_a_moment_is_what_came_before_the_watermark_passed_it(machine: Machine, reader: Follower) -> None:
    """Also what came late and tells of earlier, and nothing of what came after."""
    events = lines_of(reader)
    times = sorted({event.time for event in events})
    for time in [*times[:: len(times) // 40], *(time - 1 for time in times[:: len(times) // 40])]:
        go(machine, time)
        known = next((place for place, event in enumerate(events) if event.time > time), len(events))
        assert machine.pipeline.seq == known
        assert machine.now() == max(time, events[known - 1].time if known else 0)


def test_between_events_time_stands_where_one_is(machine: Machine, night: Night) -> None:
    seen = next(one for one in night.seen if one.whole)
    go(machine, seen.watermark)
    before = pages(machine, night.url)
    go(machine, seen.watermark + 1)
    assert machine.now() == seen.watermark + 1
    assert pages(machine, night.url)["feed"] == before["feed"]


def test_a_way_that_was_given_up_can_be_gone_on(
    machine: Machine, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.past.machine.SLICE", 0.0)
    seen = [one for one in night.seen if one.whole][2]
    way = machine.seek(seen.watermark)
    for _ in range(5):
        next(way)
    assert 0 < machine.pipeline.seq < seen.seq
    assert machine.at < seen.watermark
    go(machine, seen.watermark)
    same(machine, night.url, seen)


def test_late_moments_start_from_the_snapshot_of_the_engine(machine: Machine, night: Night) -> None:
    go(machine, night.seen[-1].watermark)
    assert machine.jumps == 1
    assert machine.meters.events < 100


def test_the_database_is_only_read(machine: Machine, night: Night) -> None:
    path = Path(night.url.removeprefix("sqlite:///"))
    before = path.read_bytes()
    go(machine, night.seen[2].watermark)
    go(machine, night.seen[0].watermark)
    assert path.read_bytes() == before


def test_an_event_ahead_of_the_wall_is_known_from_its_arrival_on(tmp_path: Path) -> None:
    """It was taken and did not move the watermark: its own time says nothing of when it was known."""
    url = f"sqlite:///{tmp_path}/noc.db"
    script = Script()
    for minute in range(4):
        script.fire(at(minute), f"T{minute}", entity=f"host/{minute}")
    ahead = Script(prefix="a")
    ahead.fire(at(600), "AHEAD", entity="host/ahead")

    async def run() -> None:
        engine = await started(await open_store(url, "test"))
        await play(engine, script.lines[:2])
        held = [own_entry(CLOCK_HOLD, "default", at(600)), decode(ahead.lines[0])]
        await engine.store.commit(engine.pipeline.run(held, 0).commit)
        await play(engine, script.lines[2:])
        await engine.close()

    asyncio.run(run())
    reader = open_reader(url)
    machine = Machine(reader, Config())
    machine.look()
    for minute, known in ((0, 1), (1, 4), (2, 5), (3, 6)):
        go(machine, at(minute))
        assert machine.pipeline.seq == known
    go(machine, at(0))
    assert machine.pipeline.seq == 1
    reader.close()


def test_of_a_journal_that_was_cut_what_is_left_can_be_travelled(night: Night, tmp_path: Path) -> None:
    """Retention lets old events go: what they led to is not known, and nothing wrong is shown in its place."""
    copy = tmp_path / "noc.db"
    copy.write_bytes(Path(night.url.removeprefix("sqlite:///")).read_bytes())
    with contextlib.closing(sqlite3.connect(copy)) as database, database:
        database.execute("DELETE FROM segments WHERE first + count <= 3000")
    url = f"sqlite:///{copy}"
    reader = open_reader(url)
    machine = Machine(reader, Config())
    machine.open()
    first = machine.outline.first
    assert first > 1000
    seen = next(one for one in night.seen if one.whole and one.seq > 9_000)
    go(machine, seen.watermark)
    assert machine.pipeline.seq == seen.seq
    shown, then = pages(machine, url), seen.pages
    known = {row.ref for row in then["board"].rows}
    assert len(known & {row.ref for row in shown["board"].rows}) > len(known) // 2
    assert all(row.time <= seen.watermark for row in shown["feed"].rows)
    assert len(shown["rows of fraud"]) == len(then["rows of fraud"])
    go(machine, machine.outline.begins)
    assert machine.pipeline.seq >= first - 1
    reader.close()
