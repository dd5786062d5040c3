"""The feed tells of a ticket when it is new and when its status changes, and not otherwise."""

from tests.support.recordings import Decided, Script, at


def statuses(*events: tuple[str, dict[str, object]]) -> list[tuple[object, object]]:
    script = Script()
    for minute, (word, data) in enumerate(events):
        script.add(f"ticket.{word}", at(minute), {"id": "T1", **data})
    told = [entry.data for entry in Decided(script).feed if entry.type == "ticket_updated"]
    return [(one["old_status"], one["new_status"]) for one in told]


def test_a_new_ticket_whose_status_nobody_tells_is_told_once() -> None:
    assert statuses(("created", {}), ("created", {}), ("updated", {"title": "more"})) == [(None, "NEW")]


def test_what_changes_beside_the_status_is_not_told() -> None:
    opened = ("created", {"status": "OPEN"})
    assert statuses(opened, ("updated", {"priority": "HIGH"}), ("updated", {"status": "OPEN"})) == [(None, "OPEN")]


def test_each_change_names_the_status_before() -> None:
    assert statuses(("created", {"status": "NEW"}), ("closed", {}), ("updated", {"status": "OPEN"})) == [
        (None, "NEW"),
        ("NEW", "CLOSED"),
        ("CLOSED", "OPEN"),
    ]
