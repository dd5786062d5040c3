"""Replay at a time equals the live snapshot kept then (FEATURES C12)."""

import random
from collections.abc import Iterator

import pytest

from data.opening import open_reader
from data.store import Follower
from engine.past.machine import Machine
from engine.settings import Config
from tests.engine.past.nights import Night, Seen, pages


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
