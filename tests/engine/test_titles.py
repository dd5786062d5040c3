"""Titles on the board: names for references, and nothing said twice."""

import pytest

from engine.titles import humane
from tests.engine.operation import Operation


@pytest.fixture(scope="module")
def desk() -> Operation:
    made = Operation()
    made.event("person.upserted", 0, {"id": "P1", "name": "Esther Desai"})
    made.event("client.upserted", 0, {"id": "C1", "name": "Acme"})
    made.event("ticket.created", 0, {"id": "T1", "title": "Door stays locked"})
    made.event("device.upserted", 0, {"id": "S5-router", "site": "S5"})
    return made


@pytest.mark.parametrize(
    ("title", "sites", "shown"),
    [
        ("NO_SHOW on person/P1 at S2", ["S2"], "NO_SHOW on Esther Desai (P1)"),
        ("NO_SHOW on person/P9 at S2", ["S2"], "NO_SHOW on person P9"),
        ("SLA_BREACH on ticket/T1 at S2", ["S2"], "SLA_BREACH on ticket T1 (Door stays locked)"),
        ("device/S5-router: 20 alerts: UPLINK_DOWN on 12 devices at S5", ["S5"],
         "S5-router: 20 alerts: UPLINK_DOWN on 12 devices"),
        ("COVERAGE_LOW on site/S2 at S2", ["S2"], "COVERAGE_LOW"),
        ("client/C1: 3 alerts at S1, S2", ["S1", "S2"], "Acme: 3 alerts at S1, S2"),
        ("disk /dev/sda1 is full on host/web-1", [], "disk /dev/sda1 is full on web-1"),
    ],
)  # fmt: skip
def test_references_become_names(desk: Operation, title: str, sites: list[str], shown: str) -> None:
    assert humane(title, sites, desk.partition.registry) == shown


def test_the_board_shows_them_and_the_record_keeps_the_reference(desk: Operation) -> None:
    from engine.items import incident_row

    incident = desk.incident(desk.fire(5, "NO_SHOW", "CRITICAL", entity="person/P1", site="S2"))
    assert incident_row(desk.partition, incident).title == "NO_SHOW on Esther Desai (P1)"
    assert "person/P1" in incident.title
