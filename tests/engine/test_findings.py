"""A continuing deviation is one finding that grows and ends, with one alert and at most one ticket."""

from data.records.severity import CRITICAL, HIGH, MEDIUM
from data.times import MINUTE
from engine.detect.report import Found, Over
from engine.findings import Findings
from tests.engine.operation import T0, Operation


def silent(minute: float, severity: int = MEDIUM, *, lasts: bool = True, **evidence: int) -> Found:
    return Found(
        "SILENT_SITE/S1", "SILENT_SITE", "OPERATIONAL", severity, T0 + round(minute * MINUTE), "no sign of life",
        evidence, site="S1", lasts=lasts,
    )  # fmt: skip


class Desk(Operation):
    def report(self, report: Found | Over) -> None:
        partition = self.partition
        partition.advance(report.time)
        partition._decide(report, 0)
        self.findings = dict(partition.teller.out.findings)
        self._collect()

    def told(self, type: str) -> int:
        return sum(entry.type == type for entry in self.feed)


def test_what_is_told_again_grows_and_what_ends_resolves() -> None:
    desk = Desk()
    for minute in (0, 5, 40):
        desk.report(silent(minute, quiet_min=60 + minute))
    [held] = desk.partition.findings.open.values()
    finding = desk.partition.findings.kept[held.number]
    assert (finding.window_start, finding.window_end) == (T0, T0 + 40 * MINUTE)
    assert finding.evidence["quiet_min"] == 100
    assert desk.told("finding_created") == 1
    [alert] = desk.alerts.values()
    assert (alert.firing, alert.count) == (True, 3)
    desk.report(Over("SILENT_SITE/S1", T0 + 50 * MINUTE, "a phone was heard"))
    assert finding.status == "RESOLVED"
    assert not alert.firing
    desk.report(silent(60))
    assert len(desk.partition.findings.kept) == 2


def test_one_look_grows_while_its_alert_stands_and_is_a_new_finding_after() -> None:
    desk = Desk()
    for minute in (0, 10, 40):
        desk.report(silent(minute, lasts=False))
    assert [each.window_end - T0 for each in desk.partition.findings.kept.values()] == [10 * MINUTE, 40 * MINUTE]
    assert desk.told("finding_created") == 2


def test_a_serious_finding_is_owed_one_ticket_and_a_worse_turn_is_told_on_the_same_row() -> None:
    desk = Desk()
    desk.report(silent(0, MEDIUM))
    assert not desk.partition.registry.kinds.get("ticket")
    desk.report(silent(5, CRITICAL))
    desk.report(silent(10, HIGH))
    [finding] = desk.partition.findings.kept.values()
    assert finding.severity == CRITICAL
    assert len(desk.partition.registry.kinds["ticket"]) == 1
    assert "ticket" in finding.evidence


def test_a_verdict_marks_it_and_a_dump_carries_it_on() -> None:
    desk = Desk()
    desk.report(silent(0))
    [finding] = desk.partition.findings.kept.values()
    desk.event("verdict.recorded", 1, {"target": f"finding/{finding.id}", "verdict": "false_positive", "actor": "eve"})
    again = Desk()
    rooms = again.partition
    rooms.findings.load(desk.partition.findings.dump())
    [kept] = rooms.findings.kept.values()
    assert (kept.status, kept.evidence["verdict"]) == ("FALSE_POSITIVE", "false_positive by eve")
    assert isinstance(rooms.findings, Findings)
    assert list(rooms.findings.open) == ["SILENT_SITE/S1"]
