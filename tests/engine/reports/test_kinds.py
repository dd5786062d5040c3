"""Reports of a simulated operation: their figures are those of the exports, their texts cannot do anything."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from data import times
from engine.reports.document import WRITERS, Grid, Part, Report, masked
from noc_tui.cli import main
from noc_tui.commands.report import KINDS as TOLD
from tests.support.recordings import Script, at, rows, simulated, write


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("reports")
    url = f"sqlite:///{path}/noc.db"
    assert main(["replay", str(write(path / "a.jsonl", simulated())), "--db", url]) == 0
    return url


def report(url: str, capsys: pytest.CaptureFixture[str], kind: str, *more: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["report", kind, "--json", "--db", url, *more]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def part(found: dict[str, Any], title: str) -> list[list[str]]:
    (section,) = [one for one in found["parts"] if one["title"] == title]
    return section["grid"]["rows"] if section["grid"] else []


def test_every_kind_is_a_command_and_the_other_way_round() -> None:
    from engine.reports.kinds import REPORTS

    assert set(TOLD) == set(REPORTS)


@pytest.mark.parametrize("kind", TOLD)
@pytest.mark.parametrize("form", sorted(WRITERS))
def test_every_report_is_written_in_every_form(
    url: str, capsys: pytest.CaptureFixture[str], kind: str, form: str
) -> None:
    capsys.readouterr()
    assert main(["report", kind, "--format", form, "--db", url]) == 0
    text = capsys.readouterr().out
    assert len(text) > 100
    if form == "html":
        assert text.startswith("<!doctype html>")
    if form == "csv":
        assert len({len(row) for row in csv.reader(io.StringIO(text))}) >= 1


def test_the_handover_tells_of_all_that_is_open_and_who_has_it(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = report(url, capsys, "handover")
    open_now = [one for one in rows(url, "incidents") if one["state"] not in ("RESOLVED", "CLOSED")]
    listed = part(found, "Open")
    assert {row[1] for row in listed} <= {one["title"] for one in open_now}
    assert len(listed) == min(30, len(open_now)) > 0
    assert all(row[3] for row in listed)


def test_service_counts_what_the_export_has(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = report(url, capsys, "service")
    listed = part(found, "By severity")
    assert sum(int(row[1]) for row in listed) == len(rows(url, "incidents"))
    for row in listed:
        assert int(row[1]) == int(row[2]) + int(row[3])  # acknowledged, and not yet
        assert int(row[1]) == int(row[6]) + int(row[7])


def test_times_to_acknowledge_are_those_of_the_records(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script, url = Script(), f"sqlite:///{tmp_path}/noc.db"
    for number, minutes in enumerate((2, 5, 12)):
        start = number * 300
        data = {"alert_type": f"T{number}", "severity": "CRITICAL", "entity": f"host/h{number}", "site": f"S{number}"}
        script.add("alert.firing", at(start), data)
        script.add("alert.firing", at(start + 3), data)
        script.add("alert.resolved", at(start + 60 + minutes), data)
    write(tmp_path / "a.jsonl", script.lines)
    assert main(["replay", str(tmp_path / "a.jsonl"), "--db", url]) == 0
    opened = {one["id"]: times.parse(one["opened_at"]) for one in rows(url, "incidents")}
    assert len(opened) == 3
    deeds = Script("hands")
    for (id, time), minutes in zip(sorted(opened.items(), key=lambda one: one[1]), (2, 5, 12), strict=True):
        data = {"target": f"incident/{id}", "action": "acknowledge", "actor": "ann"}
        deeds.add("operator.acted", time + minutes * 60_000_000, data)
    later = f"sqlite:///{tmp_path}/again.db"
    write(tmp_path / "b.jsonl", sorted([*script.lines, *deeds.lines], key=lambda line: json.loads(line)["time"]))
    assert main(["replay", str(tmp_path / "b.jsonl"), "--db", later]) == 0
    (row,) = part(report(later, capsys, "service"), "By severity")
    assert row[:6] == ["CRITICAL", "3", "3", "0", "5 min", "12 min"]


def test_noise_adds_up_to_the_firing_events(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = report(url, capsys, "noise", "--since", times.text(at(-100_000)))
    firings = sum(one["count"] for one in rows(url, "alerts"))
    assert f"{firings:,} firings" in found["summary"][0]


def test_the_scorecard_holds_the_newest_card_of_each_client(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["scorecard", "--json", "--db", url]) == 0
    cards = {one["client_name"]: one for one in json.loads(capsys.readouterr().out)}
    found = report(url, capsys, "scorecard", "--since", times.text(at(-100_000)))
    listed = part(found, "Clients, the worst first")
    assert {row[0] for row in listed} == set(cards)
    for name, day, overall, *pillars in listed:
        card = cards[name]
        judged = [card["overall_score"], *(one["score"] for one in card["pillars"])]
        marks = ["unknown" if score is None else str(score) for score in judged]
        assert (day, [mark.split()[0] for mark in (overall, *pillars)]) == (card["date"], marks)
    violated = sum(len(pillar["details"]) for card in cards.values() for pillar in card["pillars"])
    assert len(part(found, "Violated")) == min(40, violated)
    assert report(url, capsys, "scorecard", "--until", "2019-01-02T00:00:00Z")["summary"] == []


def test_a_time_without_anything_says_so(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    since, until = "2019-01-01T00:00:00Z", "2019-01-02T00:00:00Z"
    capsys.readouterr()
    assert main(["report", "digest", "--since", since, "--until", until, "--db", url]) == 0
    assert "Nothing." in capsys.readouterr().out
    assert main(["report", "digest", "--since", until, "--until", since, "--db", url]) == 2


def test_names_are_masked_where_that_is_asked(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    names = {json.loads(line)["data"]["name"] for line in simulated() if b"person.upserted" in line}
    whole = json.dumps(report(url, capsys, "attendance"))
    hidden = json.dumps(report(url, capsys, "attendance", "--mask"))
    assert any(name in whole for name in names)
    assert not any(name in hidden for name in names)


EVIL = "<script>alert(1)</script> | [x](http://y) =SUM(A1) \x1b[31m"


def test_hostile_text_is_text_in_every_form() -> None:
    grid = Grid(("a", "b"), ((EVIL, "=1+1"),))
    found = Report("x", EVIL, "s", "u", (Part(EVIL, (EVIL,), grid),), (EVIL,))
    page = WRITERS["html"](found)
    assert "<script>" not in page
    assert not re.search(r"(?<!\\)\[x\]\(http", WRITERS["md"](found))
    assert all(not cell.startswith("=") for row in csv.reader(io.StringIO(WRITERS["csv"](found))) for cell in row)
    assert masked(found, lambda text: text.replace("alert", "")).title == EVIL.replace("alert", "")


def test_exports_are_masked_too(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    names = {json.loads(line)["data"]["name"] for line in simulated() if b"person.upserted" in line}
    for form in ("jsonl", "csv"):
        capsys.readouterr()
        assert main(["export", "events", "--mask", "--format", form, "--db", url]) == 0
        told = capsys.readouterr().out
        assert not any(name in told for name in names)
        assert "P0001" in told
