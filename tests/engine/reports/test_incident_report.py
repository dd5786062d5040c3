"""The post-incident report: all that is known, nothing guessed, and no text of others becomes markup."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import times
from data.records.alert import Alert
from data.records.audit import AuditRow
from data.records.entity import Entity
from data.records.incident import Cause, IncidentState, Note
from data.times import HOUR, MINUTE
from engine.explain import UnknownRefError
from engine.reports.incident import incident_report
from engine.reports.markdown import plain, table
from tests.engine.shelf import T0, Shelf, alert, cluster, incident, line


class Shelves(Shelf):
    def alerts_in(self, cluster: int) -> Iterator[Alert]:
        return iter([one for one in self.alerts(None, None) if one.cluster == cluster])


@pytest.fixture
def shelf() -> Shelves:
    shelf = Shelves()
    note = [
        Note(T0 + 1, "engine", "opened: severity CRITICAL"),
        Note(T0 + 10 * MINUTE, "P1", "NEW -> ACKNOWLEDGED"),
        Note(T0 + 50 * MINUTE, "P1", "ACKNOWLEDGED -> RESOLVED: swapped the fibre"),
    ]
    whole, part = "incident/I-0000000001", "cluster/C-0000000001"
    shelf.put(
        incident(
            1, [1], state=IncidentState.RESOLVED, opened_at=T0, acknowledged_at=T0 + 10 * MINUTE, acknowledged_by="P1",
            resolved_at=T0 + 50 * MINUTE, timeline=note, causes=[Cause("host/web-1", "LinkDown", 0.8, "it was first")],
        ),
        cluster(1, 1), cluster(2, None, merged_into=1), cluster(3),
        alert(1, 1, ended_at=T0 + 40 * MINUTE, end_reason="resolved"),
        alert(2, 2, alert_type="DiskFull", severity=5, ended_at=T0 + 45 * MINUTE, end_reason="expired"),
        alert(3, 3, alert_type="Elsewhere"),
        Entity("site/S1", "default", T0, 1, None, "C1", "North", {"criticality": 5, "in_charge": "P1"}),
        Entity("person/P1", "default", T0, 1, name="Ana Lima"),
        Entity("ticket/T1", "default", T0 + MINUTE, 1, site="S1", attributes={"number": "4711"}),
        AuditRow(T0 + 10 * MINUTE, "default", "P1", "acknowledge", whole, "acknowledged: Uplink", {}, 1),
        AuditRow(T0 + 20 * MINUTE, "default", "P1", "comment", part, "comment added", {"note": "call ISP"}, 2),
        AuditRow(T0 + 20 * MINUTE, "other", "P9", "resolve", whole, "not ours", {}, 3),
    )  # fmt: skip
    change = {"kind": "config", "summary": "new | route", "site": "S1", "actor": "bo"}
    shelf.take(line("c1", "noc.change.recorded", T0 - HOUR, data=change))
    shelf.take(line("c2", "noc.change.recorded", T0 - HOUR, data=change | {"site": "S2", "summary": "elsewhere"}))
    shelf.take(line("c3", "noc.change.recorded", T0 - HOUR, data=change | {"summary": "foreign"}, tenant="other"))
    return shelf


def test_it_tells_what_happened_who_did_what_and_how_long_it_took(shelf: Shelves) -> None:
    text = incident_report(shelf, "I-0000000001")
    assert incident_report(shelf, "incident/I-0000000001") == text
    for part in (
        "# Incident I-0000000001: Uplink of S1",
        "It was resolved after 50 min. Its probable cause is host/web-1 (80% sure).",
        "| Acknowledged | 2026-01-05 00:10:00 by Ana Lima |",
        "* Critical sites among them: North",
        "* 1 ticket opened there meanwhile: 4711",
        "| 2026-01-05 00:50:00 | Ana Lima | ACKNOWLEDGED -> RESOLVED: swapped the fibre |",
        "* 1 h before: config: new \\| route (S1)",
        "| 2026-01-05 00:20:00 | Ana Lima | comment | comment added | call ISP |",
        "| To acknowledge | 10 min |",
        "| To resolve | 50 min |",
        "| CRITICAL | DiskFull | host/web-1 | S1 |",
    ):
        assert part in text
    for part in ("Elsewhere", "elsewhere", "foreign", "not ours"):
        assert part not in text


def test_open_questions_follow_from_the_records(shelf: Shelves) -> None:
    text = incident_report(shelf, "I-0000000001")
    assert "* 1 alert never cleared by the source ran out. Is that really over?" in text
    assert "* 1 change made shortly before. Had one of them to do with it?" in text
    assert "Nobody acknowledged it" not in text
    bare = Shelves().put(incident(1, [], causes=[], timeline=[Note(T0, "engine", "RESOLVED -> NEW: fires again")]))
    text = incident_report(bare, "I-0000000001")
    for question in (
        "Nobody acknowledged it. Who saw it, and when?",
        "No cause was found. What broke first?",
        "It came back 1 time after it was resolved. Was the cause removed?",
        "It is not over: 0 alerts still fire.",
    ):
        assert f"* {question}" in text
    assert "Nothing was done by a person" in text


def test_an_unknown_incident_is_said_with_the_nearest_and_other_things_are_refused(shelf: Shelves) -> None:
    with pytest.raises(UnknownRefError) as unknown:
        incident_report(shelf, "I-0000000002")
    assert unknown.value.nearest == ["incident/I-0000000001"]
    with pytest.raises(ValueError, match="no incident"):
        incident_report(shelf, "alert/A-0000000001")


def test_a_long_timeline_is_cut_in_the_middle_and_says_so() -> None:
    notes = [Note(T0 + number * MINUTE, "engine", f"line {number}") for number in range(500)]
    text = incident_report(Shelves().put(incident(1, [], timeline=notes)), "I-0000000001")
    assert "300 lines left out" in text
    assert "line 0 |" in text
    assert "line 499 |" in text
    assert "line 250 |" not in text


@given(st.text(max_size=80))
def test_no_text_breaks_out_of_its_cell_or_becomes_a_link(text: str) -> None:
    row = table(("a", "b"), [(text, "end")])[2]
    assert "\n" not in row
    bare = row.replace("\\\\", "").replace("\\|", "").replace("\\[", "").replace("\\<", "").replace("\\`", "")
    assert bare.count("|") == 3
    assert "[" not in bare
    assert "<" not in bare
    assert "`" not in bare


def test_plain_words_stay_readable() -> None:
    assert plain("DEVICE_OFFLINE on S1 -> down") == "DEVICE_OFFLINE on S1 -> down"
    assert plain("_now_ *here*") == "\\_now\\_ \\*here\\*"
    assert plain("# head") == "\\# head"
    assert plain("1. list") == "1\\. list"
    assert times.text(T0).startswith("2026")
