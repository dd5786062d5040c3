"""Questions: what is understood, what is refused and why, and that answers are the rows of the exports."""

import contextlib
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import times
from data.times import DAY
from engine.ask.asked import KINDS, NotUnderstood, read_written
from engine.ask.moments import Clock, find
from engine.ask.reading import read
from noc_tui.cli import main
from tests.engine.predict.desk import play
from tests.support.ask_scores import NOW, WORLD, wrong
from tests.support.recordings import Script, at

SETS = ("intents", "paraphrases", "afterwards", "figures", "later")
TEXTS = [(Path(__file__).parent / f"{name}.jsonl").read_text() for name in SETS]
LINES = [json.loads(line) for text in TEXTS for line in text.splitlines()]
UTC = Clock(NOW, ZoneInfo("UTC"))


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["q"])
def test_it_is_understood_as_meant(line: dict[str, Any]) -> None:
    assert wrong(line) == ""


@pytest.mark.parametrize(
    ("words", "since", "until"),
    [
        ("between 22:00 and 02:00", "2026-01-04T22:00:00Z", "2026-01-05T02:00:00Z"),
        ("from 2 to 4 pm yesterday", "2026-01-04T14:00:00Z", "2026-01-04T16:00:00Z"),
        ("last night", "2026-01-04T20:00:00Z", "2026-01-05T06:00:00Z"),
        ("yesterday", "2026-01-04T00:00:00Z", "2026-01-05T00:00:00Z"),
        ("last week", "2025-12-29T00:00:00Z", "2026-01-05T00:00:00Z"),
        ("last month", "2025-12-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("on saturday", "2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z"),
        ("between 2026-01-01 and 2026-01-02", "2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z"),
        ("2 hours ago", "2026-01-05T08:30:00Z", "2026-01-05T09:30:00Z"),
        ("at 03:00", "2026-01-05T03:00:00Z", "2026-01-05T04:00:00Z"),
    ],
)
def test_ranges_are_half_open_and_of_the_day_that_is_meant(words: str, since: str, until: str) -> None:
    found, rest = find(f"alerts {words}", UTC)
    assert found is not None
    assert (times.text(found.since), times.text(found.until)) == (since, until)
    assert rest.split()[0] == "alerts"


def test_times_of_day_are_those_of_the_zone_also_over_a_change_of_the_clock() -> None:
    berlin = Clock(times.parse("2026-03-29T10:00:00Z"), ZoneInfo("Europe/Berlin"))
    found, _ = find("today", berlin)
    assert found is not None
    assert times.text(found.since) == "2026-03-28T23:00:00Z"
    night, _ = find("last night", berlin)
    assert night is not None
    assert night.until - night.since == 9 * 3600 * 1_000_000  # an hour was left out


@pytest.mark.parametrize(
    "words", ["incidents above 5", "alerts over 5 sites", "check-ins lasting longer than 4 hours", "alerts tomorrow"]
)
def test_a_bound_that_bounds_nothing_is_told_instead_of_dropped(words: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        read(words, WORLD, UTC)
    assert caught.value.reason == "invalid"


@pytest.mark.parametrize(
    "words", ["alerts lasting:x by:site", "alerts lasting:-5s by:site", "alerts having:>x by:site"]
)
def test_an_edited_interpretation_that_is_wrong_is_told(words: str) -> None:
    with pytest.raises(NotUnderstood):
        read_written(words, NOW, DAY)


def test_a_bound_stays_in_the_question_that_follows() -> None:
    first = read("sites with more than 10 alerts today", WORLD, UTC)
    second = read("and yesterday?", WORLD, UTC, last=first)
    assert (second.group_by, second.having) == (["site"], ">10")
    assert second.since < first.since


def test_older_than_looks_behind_the_age_that_is_named() -> None:
    asked = read("open incidents older than 60 days", WORLD, UTC)
    assert asked.since < asked.until == NOW - 60 * DAY


def test_what_may_mean_two_things_asks_back_with_both() -> None:
    with pytest.raises(NotUnderstood) as caught:
        read("alerts at Mill Lane", WORLD, UTC)
    assert caught.value.reason == "ambiguous"
    assert caught.value.suggestions == ["S3", "S4"]


def test_a_question_that_follows_changes_only_what_it_says() -> None:
    first = read("critical alerts at S1 last night", WORLD, UTC)
    second = read("and high ones?", WORLD, UTC, last=first)
    assert (second.kind, second.since, second.filters["site"]) == ("alerts", first.since, ["S1"])
    assert second.filters["severity"] == ["HIGH"]
    assert "site:S1" in second.where
    assert "severity:CRITICAL" not in second.where
    third = read("by hour", WORLD, UTC, last=second)
    assert (third.kind, third.of, third.group_by) == ("trends", "alerts", ["hour"])


@pytest.mark.parametrize(("name", "most"), [("stranger", 1), ("stranger2", 6)])
def test_questions_of_some_who_had_not_seen_the_grammar(name: str, most: int) -> None:
    """Written blind, 200 and 120. At first look 79 and 78 % were taken as meant; this holds what was learned since."""
    lines = (Path(__file__).parent / f"{name}.jsonl").read_text().splitlines()
    missed = [line["q"] for line in map(json.loads, lines) if wrong(line)]
    assert len(missed) <= most, missed


@pytest.mark.parametrize(
    ("words", "term"),
    [
        ("incidents that aren't closed", "!state:RESOLVED,CLOSED"),
        ("incidents that are not open", "state:RESOLVED,CLOSED"),
        ("alerts that were never escalated", "!status:ESCALATED"),
        ("alerts that haven't been muted", "!status:SUPPRESSED"),
        ("don't show me info and low alerts", "severity:MEDIUM,HIGH,CRITICAL"),
    ],
)
def test_what_is_denied_is_never_what_is_shown(words: str, term: str) -> None:
    assert read(words, WORLD, UTC).where == [term]


@pytest.mark.parametrize(
    ("words", "during"),
    [
        ("open incidents", True),
        ("my tickets", True),
        ("overdue tickets", True),
        ("alerts nobody has acknowledged", True),
        ("open incidents since midnight", False),
        ("incidents", False),
        ("open alerts per hour", False),
    ],
)
def test_how_things_stand_counts_whenever_they_began(words: str, during: bool) -> None:
    assert read(words, WORLD, UTC, "me").during is during


@pytest.mark.parametrize(
    "word",
    ["access", "battery", "board", "camera", "door", "equipment", "fence", "fire", "flood", "help", "intrusion", "lift",
     "medical", "network", "panic", "point", "power", "smoke", "stand", "tamper", "turn", "vehicle", "water"],
)  # fmt: skip
def test_a_word_that_says_which_alerts_is_never_dropped(word: str) -> None:
    plain = read("alerts today", WORLD, UTC).where
    for words in (f"{word} alerts today", f"alerts about {word} today"):
        taken = plain
        with contextlib.suppress(NotUnderstood):
            taken = [*read(words, WORLD, UTC).where, "understood"]
        assert taken != [*plain, "understood"]


@pytest.mark.parametrize("words", ["alerts since the merger", "incidents of the past eon", "alerts until doomsday"])
def test_a_time_that_is_not_understood_is_told_instead_of_dropped(words: str) -> None:
    with pytest.raises(NotUnderstood) as told:
        read(words, WORLD, UTC)
    assert told.value.reason == "unknown_name"


@pytest.mark.parametrize("line", [line for line in LINES if "kind" in line], ids=lambda line: line["q"])
def test_the_interpretation_asks_the_same_again(line: dict[str, Any]) -> None:
    asked = read(line["q"], WORLD, UTC, "me")
    again = read_written(asked.written(), NOW, DAY)
    assert again is not None
    for name in (
        "kind",
        "since",
        "until",
        "where",
        "of",
        "during",
        "group_by",
        "order_by",
        "limit",
        "metric",
        "having",
        "lasted",
    ):
        assert getattr(again, name) == getattr(asked, name), name
    if asked.kind == "metrics":  # the others are filtered by `where`
        assert again.filters == {name: value for name, value in asked.filters.items() if name != "_terms"}


@given(st.text(max_size=80))
def test_nothing_that_is_typed_breaks_it(text: str) -> None:
    found: Any = None
    try:
        found = read(text, WORLD, UTC).kind
    except NotUnderstood as error:
        found = error.reason
    known = ("ambiguous", "unknown_name", "out_of_scope", "read_only", "invalid", *KINDS)
    assert found in known


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("ask")
    script = Script()
    script.add("site.upserted", at(0), {"id": "S1", "client": "C1", "name": "Harbour Gate"})
    script.add("site.upserted", at(0), {"id": "S2", "client": "C2", "name": "Northfield Mall"})
    for minute in range(0, 300, 20):
        site = "S1" if minute % 60 else "S2"
        told = {"alert_type": "LinkDown", "severity": "HIGH" if minute % 40 else "CRITICAL", "site": site,
                "entity": f"host/h{minute}", "message": "down"}  # fmt: skip
        script.add("alert.firing", at(minute), told)
        script.add("metric.sampled", at(minute), {"name": "load", "site": site, "value": minute / 10})
    url = f"sqlite:///{path}/noc.db"
    play(url, script.lines, path / "a.jsonl")
    return url


def asked(url: str, capsys: pytest.CaptureFixture[str], question: str, *more: str, code: int = 0) -> Any:
    assert main(["ask", question, "--db", url, "--json", *more]) == code
    return json.loads(capsys.readouterr().out)


def exported(url: str, capsys: pytest.CaptureFixture[str], kind: str) -> list[dict[str, Any]]:
    assert main(["export", kind, "--db", url]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_rows_are_those_of_the_export(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = [row for row in exported(url, capsys, "alerts") if row["severity"] == "CRITICAL" and row["site"] == "S1"]
    found = asked(url, capsys, "critical alerts at Harbour Gate in the last 24 hours")
    assert wanted
    assert found["total"] == len(wanted)
    assert sorted(found["rows"], key=lambda row: row["first_seen"]) == wanted
    assert found["rows"][0]["first_seen"] == wanted[-1]["first_seen"]  # the newest first
    assert not found["cached"]


def test_open_ones_are_all_that_are_open(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Also those that began before the last day."""
    still = [row for row in exported(url, capsys, "alerts") if row["status"] != "RESOLVED"]
    late = "2026-01-08T00:00:00Z"
    assert len(asked(url, capsys, "open alerts", "--now", late)["rows"]) == len(still) > 0
    assert asked(url, capsys, "open alerts since yesterday", "--now", late)["rows"] == []


def test_groups_and_lengths_can_be_bounded(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    every = asked(url, capsys, "alerts by site in the last 24 hours")["rows"]
    counts = {row["site"]: row["count"] for row in every}
    assert len(set(counts.values())) == 2
    found = asked(url, capsys, f"sites with more than {min(counts.values())} alerts in the last 24 hours")["rows"]
    assert found == [row for row in every if row["count"] > min(counts.values())]
    least = asked(url, capsys, "quietest sites in the last 24 hours")["rows"]
    assert [row["site"] for row in least] == sorted(counts, key=lambda site: counts[site])
    begun_before = len(exported(url, capsys, "alerts")) - 1  # the newest has only just begun
    assert asked(url, capsys, "alerts lasting longer than 14 minutes in the last 24 hours")["total"] == begun_before
    assert asked(url, capsys, "alerts lasting longer than 6 hours in the last 24 hours")["total"] == 0
    loads = asked(url, capsys, "sites with load below 12 in the last 24 hours")
    assert loads["kind"] == "metrics"
    assert all(row["value"] < 12 for row in loads["rows"])


def test_a_limit_cuts_rows_and_not_the_total(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(url, capsys, "3 newest alerts")
    assert (found["limit"], len(found["rows"]), found["total"]) == (3, 3, 15)


def test_groups_are_counted(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(url, capsys, "which sites have the most alerts")["rows"] == [
        {"site": "S1", "count": 10}, {"site": "S2", "count": 5}
    ]  # fmt: skip
    hours = asked(url, capsys, "alerts per hour since midnight")["rows"]
    assert [row["count"] for row in hours] == [3, 3, 3, 3, 3]
    assert hours[0]["bucket"] == times.text(at(0))


def test_metrics_are_told_by_group(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    rows = asked(url, capsys, "maximum load by site today")["rows"]
    assert rows == [{"site": "S1", "value": 28.0, "count": 10}, {"site": "S2", "value": 24.0, "count": 5}]


def test_what_a_question_about_a_metric_was_taken_for_gives_the_same_rows(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    first = asked(url, capsys, "maximum load at S2 today")
    again = asked(url, capsys, first["interpretation"])
    assert again["rows"] == first["rows"] == [{"value": 24.0, "count": 5}]
    assert again["filters"] == first["filters"] == {"site": ["S2"]}
    told = asked(url, capsys, "metrics metric:load severity:HIGH", code=1)
    assert "metrics have site, client and entity" in told["message"]


def test_a_refusal_says_why_and_what_is_near(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(url, capsys, "alerts at Harbuor", code=1)
    assert (found["understood"], found["reason"], found["rows"]) == (False, "unknown_name", [])
    assert "Harbour Gate" in found["suggestions"]
    assert main(["ask", "delete all alerts", "--db", url]) == 1
    assert "asking changes nothing" in capsys.readouterr().err
    assert len(exported(url, capsys, "alerts")) == 15


def test_a_file_of_questions_is_answered_line_by_line(
    url: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    lines = [{"id": "1", "question": "alerts at S1"}, {"id": "2", "question": "critical ones", "follows": "1"},
             {"id": "3", "question": "tell me a joke"}]  # fmt: skip
    file = tmp_path / "q.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    assert main(["ask", "--file", str(file), "--db", url]) == 1
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["id"], one["exit"]) for one in found] == [("1", 0), ("2", 0), ("3", 1)]
    assert found[1]["filters"] == {"site": ["S1"], "severity": ["CRITICAL"]}
    file.write_text("no json\n")
    assert main(["ask", "--file", str(file), "--db", url]) == 2
    assert "line 1" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", ["except those at S1", "not at S1", "other than S1", "outside site S1", "but not at harbour gate"]
)
def test_what_is_to_be_left_out_is_never_what_is_shown(words: str) -> None:
    asked = read(f"open alerts {words}", WORLD, UTC)
    assert "!site:S1" in asked.where
    assert "site" not in asked.filters
