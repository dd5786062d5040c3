"""Seven pillars a day for each client: what is judged, what is unknown, and what becomes a finding."""

from typing import Any

import pytest

from data.records.severity import CRITICAL, HIGH, LOW, MEDIUM
from engine.score.pillars import PILLARS, Day, Violation, judged, overall
from tests.engine.detect.nightwatch import Watch

MORNING = 8 * 60  # 06:00 at the site, in minutes from T0


def cards(watch: Watch) -> list[dict[str, Any]]:
    return [entry.data for entry in watch.feed if entry.type == "scorecard_updated"]


def wrong(count: int, severity: int = MEDIUM) -> list[Violation]:
    return [Violation("X", severity, f"site/{number}", "x") for number in range(count)]


def status(**day: Any) -> dict[int, tuple[int | None, str]]:
    return {each.number: (each.score, each.status) for each in judged(Day(**day))}


def test_nothing_to_judge_is_unknown_and_never_green() -> None:
    assert set(status().values()) == {(None, "unknown")}
    assert overall(judged(Day())) == (None, "unknown")


@pytest.mark.parametrize(
    ("pillar", "day", "expected"),
    [
        (1, {"posts": 20}, (100, "GREEN")),
        (1, {"posts": 20, "posts_wrong": wrong(1, HIGH)}, (95, "GREEN")),
        (1, {"posts": 20, "posts_wrong": wrong(6, MEDIUM)}, (85, "AMBER")),
        (1, {"posts": 4, "posts_wrong": wrong(2, HIGH)}, (50, "RED")),
        (2, {"tours": 9}, (100, "GREEN")),
        (2, {"tours": 9, "tours_wrong": wrong(2, HIGH)}, (85, "AMBER")),
        (2, {"tours": 9, "tours_wrong": wrong(1, CRITICAL)}, (85, "RED")),
        (2, {"tours": 9, "tours_wrong": wrong(5, HIGH)}, (50, "RED")),
        (3, {"serious": 9, "serious_late": wrong(2, HIGH)}, (85, "AMBER")),
        (3, {"serious": 9, "serious_late": wrong(6, HIGH)}, (40, "RED")),
        (4, {"legal": 9, "legal_wrong": wrong(1, HIGH)}, (80, "AMBER")),
        (4, {"legal": 9, "legal_wrong": wrong(1, CRITICAL)}, (75, "RED")),
        (5, {"tickets": 9, "tickets_old": wrong(3)}, (85, "AMBER")),
        (5, {"tickets": 90, "tickets_old": wrong(11)}, (50, "RED")),
        (6, {"records": 9, "records_missing": wrong(6, LOW)}, (60, "RED")),
        (7, {"emergencies": 3}, (100, "GREEN")),
        (7, {"emergencies": 3, "emergencies_late": wrong(1, HIGH)}, (70, "RED")),
        (7, {"emergencies": 9, "emergencies_late": wrong(5, HIGH)}, (30, "RED")),
    ],
)
def test_scores_and_colours(pillar: int, day: dict[str, Any], expected: tuple[int, str]) -> None:
    assert status(**day)[pillar] == expected


def test_a_pillar_that_fails_is_unknown_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(day: Day) -> Any:
        raise ZeroDivisionError("posts")

    monkeypatch.setitem(PILLARS, "Support the field", broken)
    pillars = judged(Day(posts=5))
    assert (pillars[4].score, pillars[4].status) == (None, "unknown")
    assert "could not be judged: posts" in pillars[4].reason
    assert overall(pillars) == (100, "GREEN"), "of the one that could be"


def night() -> Watch:
    watch = Watch()
    watch.site(minute=-900)
    watch.event("client.upserted", -899, id="C1", name="Meridian")
    watch.shift("P1", begin=-600, end=-100, minute=-700)
    watch.shift("P2", begin=-600, end=-100, minute=-700)
    watch.comes("P1", -605)
    watch.comes("P2", -550)
    watch.tour("K1", "P1", due=-400)
    watch.scans("K1", "P1", -410, 5)
    watch.event("attendance.check_out", -95, person="P1", site="S1")
    watch.event("attendance.check_out", -94, person="P2", site="S1")
    return watch


def test_a_card_is_made_at_six_in_the_morning_and_says_what_it_does_not_know() -> None:
    watch = night()
    watch.time(MORNING - 1)
    assert not cards(watch)
    watch.time(MORNING + 1)
    [card] = cards(watch)
    assert (card["client_id"], card["client_name"], card["date"]) == ("C1", "Meridian", "2026-01-05")
    state = {each["pillar"]: each["status"] for each in card["pillars"] if each["pillar"] != 3}
    assert state == {1: "RED", 2: "GREEN", 4: "GREEN", 5: "unknown", 6: "GREEN", 7: "unknown"}
    known = [each["score"] for each in card["pillars"] if each["score"] is not None]
    assert card["overall_score"] == round(sum(known) / len(known))
    [late] = card["pillars"][0]["details"]
    assert "P2" in late["text"]


def test_grave_violations_are_a_finding_of_the_client_until_a_card_is_clean() -> None:
    watch = night()
    watch.shift("P3", begin=-90, end=60, minute=-93)
    watch.time(MORNING + 1)
    found = watch.one("GUARD_POST_EMPTY")
    assert (found.entity, found.evidence["pillar"], found.severity) == ("client/C1", 1, HIGH)
    watch.shift("P1", begin=600, end=900, minute=500)
    watch.comes("P1", 599)
    watch.time(MORNING + 60 * 24 + 1)
    assert watch.one("GUARD_POST_EMPTY").status == "RESOLVED"


def test_reports_that_are_owed_are_missing_only_where_they_are_owed() -> None:
    watch = night()
    for kind in ("compliance_report", "daily_report"):
        watch.event("task.created", -90, id=f"R-{kind}", site="S1", kind=kind, sla_minutes=100_000)
    watch.time(MORNING + 1)
    pillars = cards(watch)[-1]["pillars"]
    assert [each["kind"] for each in pillars[3]["details"]] == ["COMPLIANCE_REPORT_NEVER_GENERATED"]
    assert [each["kind"] for each in pillars[5]["details"]] == ["DAILY_REPORT_MISSING"]
    assert watch.one("COMPLIANCE_REPORT_NEVER_GENERATED").evidence["runbook"]["escalate_after_min"] == 30
    for kind in ("compliance_report", "daily_report"):
        watch.event("task.completed", MORNING + 2, id=f"R-{kind}", site="S1", status="COMPLETED")
    watch.comes("P1", MORNING + 60)
    watch.time(MORNING + 60 * 24 + 1)
    pillars = cards(watch)[-1]["pillars"]
    assert not pillars[3]["details"]
    assert not pillars[5]["details"]


def test_the_hour_is_that_of_most_of_its_sites() -> None:
    watch = Watch()
    for site, zone in (("S1", "UTC"), ("S2", "Asia/Tokyo"), ("S3", "Asia/Tokyo")):
        watch.site(site, timezone=zone)
    watch.shift("P1")
    watch.comes("P1")
    watch.time(MORNING + 60 * 14)
    assert not cards(watch), "06:00 in Tokyo is 21:00 UTC"
    watch.time(60 * 23 + 1)
    assert len(cards(watch)) == 1


def test_a_client_of_which_nothing_is_heard_gets_one_card_of_unknowns_and_then_none() -> None:
    watch = night()
    watch.time(MORNING + 60 * 24 * 10)
    made = cards(watch)
    assert [card["overall_status"] for card in made] == ["RED", "unknown"]
    scorecards = watch.pipeline.partition("default").detectors.fieldwork.scorecards
    assert scorecards.due() is None
    watch.comes("P1", MORNING + 60 * 24 * 11)
    assert scorecards.due() is not None
