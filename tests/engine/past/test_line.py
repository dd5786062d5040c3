"""A console's line to a machine of its own: as `noc --at` uses it, with a real process and a real database."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from data.opening import open_reader
from data.times import HOUR, MINUTE
from engine.past.line import PastLine
from engine.past.machine import Machine
from engine.settings import Config
from engine.views import Outcome
from tests.engine.past.nights import Night, pages


def until(check: Callable[[], Any], within: float = 30) -> Any:
    """What the process brings about; its value."""
    end = time.monotonic() + within
    while not (found := check()):
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)
    return found


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    night = Night(tmp_path_factory.mktemp("night"), 5)
    night.go(0, 1800)
    night.act("acknowledge")
    night.go(1800, len(night.lines))
    night.end()
    return night


@pytest.fixture
def line(night: Night) -> Iterator[PastLine]:
    line = PastLine(night.url, Config())
    yield line
    line.close()
    assert line.failure is None


def standing(line: PastLine) -> Any:
    journey = line.watch_journey()
    until(lambda: journey.page is not None and journey.page.state == "standing" and journey.page.goal)
    return journey


def test_pages_of_a_moment_come_as_the_machine_makes_them(line: PastLine, night: Night) -> None:
    board, feed, heat, health = line.watch_board(), line.watch_feed(), line.watch_heat(), line.watch_health()
    seen = night.seen[0]
    line.travel(at=seen.watermark)
    journey = standing(line)
    assert journey.page.at == seen.watermark
    until(lambda: all(watch.page is not None for watch in (board, feed, heat, health)))
    reader = open_reader(night.url)
    machine = Machine(reader, Config())
    machine.open()
    for _ in machine.seek(seen.watermark):
        pass
    expected = pages(machine, night.url)
    reader.close()
    assert board.page.rows == expected["board"].rows
    assert feed.page.rows == expected["feed"].rows
    assert heat.page.cells == expected["heat"].cells
    assert health.page.state == "past"
    assert health.page.watermark == seen.watermark


def test_steps_count_from_where_one_wanted_to_be(line: PastLine, night: Night) -> None:
    end = night.seen[-1].watermark
    line.travel(at=end - 2 * HOUR)
    line.travel(by=-30 * MINUTE)
    line.travel(by=-30 * MINUTE)
    journey = line.watch_journey()
    until(lambda: journey.page is not None and journey.page.at == end - 3 * HOUR and journey.page.state == "standing")


def test_one_stays_within_the_journal(line: PastLine, night: Night) -> None:
    line.travel(at=0)
    journey = standing(line)
    assert journey.page.at == journey.page.begins
    line.travel(at=1 << 59)
    until(lambda: journey.page.at == night.seen[-1].watermark and journey.page.state == "standing")


def test_playing_goes_on_and_ends_at_the_end(line: PastLine, night: Night) -> None:
    end = night.seen[-1].watermark
    feed = line.watch_feed()
    line.travel(at=end - 20 * MINUTE)
    journey = standing(line)
    before = until(lambda: feed.page).last_sequence
    line.travel(speed=3600.0)
    until(lambda: journey.page.state == "playing")
    until(lambda: journey.page.state == "standing" and journey.page.at == end)
    assert until(lambda: feed.page.last_sequence > before)
    assert journey.page.speed == 0


def test_nothing_can_be_done_there(line: PastLine) -> None:
    outcomes: list[Outcome] = []
    line.act("acknowledge", "incident/I-1", outcomes.append)
    assert [(one.ok, one.text) for one in outcomes] == [(False, "nothing can be changed in the past")]


def test_lists_from_the_database_know_nothing_of_later(line: PastLine, night: Night) -> None:
    audit = line.watch_sheet("audit")
    line.travel(at=night.seen[0].watermark)
    standing(line)
    assert until(lambda: audit.page).total == 0
    line.travel(at=night.seen[0].watermark + 2 * MINUTE)
    until(lambda: audit.page.total == 1)


def test_a_database_that_is_not_there_is_told(tmp_path: Path) -> None:
    line = PastLine(f"sqlite:///{tmp_path}/none.db", Config())
    journey = line.watch_journey()
    assert "there is no database" in str(until(lambda: journey.error))
    line.close()


def test_filters_are_answered_and_wrong_ones_told(line: PastLine, night: Night) -> None:
    board, wrong = line.watch_board("severity>=critical"), line.watch_board("colour:red")
    line.travel(at=night.seen[-1].watermark - HOUR)
    standing(line)
    assert {row.severity for row in until(lambda: board.page).rows} <= {5}
    assert "colour" in str(until(lambda: wrong.error))
