"""What has gone on for hours and nobody works on does not swallow what happens later."""

from data.times import HOUR
from engine.alerts.clusters import ClusterSettings
from tests.engine.operation import Operation

WORN = ClusterSettings().background_after // HOUR


def going_on(desk: Operation, hours: int) -> None:
    """A link flutters for hours: it never falls silent, and nobody takes it. A door was part of its beginning."""
    desk.fire(0, "LinkDown")
    desk.fire(0.1, "LinkSlow")
    desk.clear(1, "LinkSlow")
    for minute in range(5, hours * 60, 5):
        desk.fire(minute, "LinkDown")


def test_what_returns_to_an_old_unattended_cluster_is_seen_anew() -> None:
    for hours, same in ((WORN - 1, True), (WORN + 1, False)):
        desk = Operation()
        going_on(desk, hours)
        first = next(alert for alert in desk.alerts.values() if alert.alert_type == "LinkSlow")
        again = desk.fire(hours * 60 + 1, "LinkSlow")
        assert (again.cluster == first.cluster) is same, hours
        home = desk.clusters[again.cluster or 0]
        assert home.alert_count > home.suppressed_count


def test_what_somebody_works_on_keeps_what_returns() -> None:
    desk = Operation()
    going_on(desk, WORN - 1)
    lead = next(alert for alert in desk.alerts.values() if alert.alert_type == "LinkDown")
    desk.act((WORN - 1) * 60, "acknowledge", f"alert/{lead.id}")
    for minute in range((WORN - 1) * 60 + 5, (WORN + 2) * 60, 5):
        desk.fire(minute, "LinkDown")
    assert lead.cluster is not None
    assert desk.clusters[lead.cluster].kind == ""
