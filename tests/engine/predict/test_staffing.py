"""Shifts: looked at every half hour in the four hours before, settled half an hour after their start."""

from pathlib import Path

import pytest

from data import times
from data.times import HOUR
from tests.engine.predict.desk import foreseen, play
from tests.support.recordings import Script, at


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/noc.db"


def shift(script: Script, id: str, person: str, told: float = 0, start: float = 600, **more: object) -> None:
    data = {
        "id": id,
        "site": "S1",
        "person": person,
        "start": times.text(at(start)),
        "end": times.text(at(start) + 8 * HOUR),
    }
    script.add("shift.scheduled", at(told), data | more)


def come(script: Script, minute: float, person: str, **more: object) -> None:
    script.add("attendance.check_in", at(minute), {"person": person, "site": "S1", **more})


def outcomes(url: str) -> dict[str, object]:
    return {row["entity"]: row["outcome"] for row in foreseen(url)}


def test_a_shift_is_looked_at_every_half_hour_before_it(url: str, tmp_path: Path) -> None:
    script = Script()
    shift(script, "H1", "P1")
    script.tick(at(700))
    play(url, script.lines, tmp_path / "a.jsonl")
    found = foreseen(url, all_scores=True)
    assert [row["made_at"][11:16] for row in found] == [
        "06:00", "06:30", "07:00", "07:30", "08:00", "08:30", "09:00", "09:30",
    ]  # fmt: skip
    assert all(row["deadline"] == times.text(at(600)) for row in found)
    assert all(row["kind"] == "staffing_gap" for row in found)


@pytest.mark.parametrize(
    ("came", "gap"),
    [
        ([(590, "P1", {}), (600, "P2", {})], False),
        ([(590, "P1", {})], True),
        ([(590, "P1", {}), (590.5, "P1", {})], True),
        ([(590, "P1", {}), (629, "P2", {})], False),
        ([(590, "P1", {}), (631, "P2", {})], True),
        ([(509, "P1", {}), (590, "P2", {})], True),  # P1 came 91 minutes before: for the shift before
        ([(590, "P1", {}), (595, "P9", {"shift": "H2"})], False),  # somebody stands in
    ],
    ids=["both", "one", "one twice", "late but there", "too late", "too early", "stand-in"],
)
def test_a_gap_is_fewer_people_than_were_scheduled(
    url: str, tmp_path: Path, came: list[tuple[float, str, dict[str, object]]], gap: bool
) -> None:
    script = Script()
    shift(script, "H1", "P1")
    shift(script, "H2", "P2")
    for minute, person, more in came:
        come(script, minute, person, **more)
    script.tick(at(700))
    play(url, script.lines, tmp_path / "a.jsonl")
    assert outcomes(url) == {"shift/H1": gap, "shift/H2": gap}


def test_a_cancelled_shift_has_no_outcome_and_its_substitute_has(url: str, tmp_path: Path) -> None:
    script = Script()
    shift(script, "H1", "P1")
    script.add("shift.cancelled", at(420), {"id": "H1"})
    shift(script, "H2", "P2", told=420.5, substitute_for="P1")
    come(script, 595, "P2")
    script.tick(at(700))
    play(url, script.lines, tmp_path / "a.jsonl")
    assert outcomes(url) == {"shift/H1": None, "shift/H2": False}


@pytest.mark.parametrize(("minute", "gap"), [(626, False), (None, True)], ids=["came in time", "did not come"])
def test_a_shift_given_away_after_its_start_ends_as_its_substitute_does(
    url: str, tmp_path: Path, minute: float | None, gap: bool
) -> None:
    script = Script()
    shift(script, "H1", "P1")
    script.add("shift.cancelled", at(620), {"id": "H1"})
    shift(script, "H2", "P2", told=620.5, substitute_for="P1")
    if minute is not None:
        come(script, minute, "P2")
    script.tick(at(700))
    play(url, script.lines, tmp_path / "a.jsonl")
    assert outcomes(url)["shift/H1"] is gap


def test_who_lets_others_stand_in_after_the_start_counts_as_having_stayed_away(url: str, tmp_path: Path) -> None:
    script = Script()
    for day in range(10):
        shift(script, f"A{day}", "P1", told=100 + day * 1440, start=600 + day * 1440)
        if day < 9:
            script.add("shift.cancelled", at(615 + day * 1440), {"id": f"A{day}"})
            shift(script, f"B{day}", "P2", told=616 + day * 1440, start=600 + day * 1440, substitute_for="P1")
            come(script, 625 + day * 1440, "P2")
    script.tick(at(11 * 1440))
    play(url, script.lines, tmp_path / "a.jsonl")
    last = {row["entity"]: row["probability"] for row in foreseen(url, all_scores=True)}
    assert last["shift/A9"] > last["shift/A0"] + 0.1


def test_who_stays_away_makes_the_next_shift_less_sure(url: str, tmp_path: Path) -> None:
    script = Script()
    for day in range(10):
        for id, person in ((f"A{day}", "P1"), (f"B{day}", "P2")):
            start = 600 + day * 1440
            data = {"id": id, "site": f"S{person}", "person": person}
            data |= {"start": times.text(at(start)), "end": times.text(at(start + 480))}
            script.add("shift.scheduled", at(start - 500), data)
        if day:
            script.add("attendance.check_in", at(600 + day * 1440), {"person": "P1", "site": "SP1"})
    script.tick(at(11 * 1440))
    play(url, script.lines, tmp_path / "a.jsonl")
    last = {row["entity"]: row["probability"] for row in foreseen(url, all_scores=True)}
    assert last["shift/B9"] > 0.6 > 0.45 > last["shift/A9"]
