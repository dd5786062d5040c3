"""What surrounded an incident is kept with it: as it was when it opened, and when it was resolved."""

import zlib
from typing import Any

import msgspec
import pytest

from data.records.incident import Incident
from engine.context.item import item_context
from engine.context.kept import FEW, pack, unpack
from engine.items import Items
from engine.reports.incident import incident_report
from engine.views import Fact, Section
from tests.engine.operation import Operation
from tests.engine.reports.test_incident_report import Shelves
from tests.engine.shelf import incident


def desk() -> Operation:
    made = Operation()
    made.event("site.upserted", 0, {"id": "S1", "client": "C1", "in_charge": "P1"})
    made.event("entity.upserted", 0, {"id": "host/a", "site": "S1", "name": "Alpha"})
    made.event("change.recorded", 5, {"kind": "config", "summary": "new firmware", "entity": "host/a", "site": "S1"})
    made.event("ticket.created", 6, {"id": "T1", "site": "S1", "number": "4711", "title": "fan loud", "status": "OPEN"})
    return made


def told(body: bytes) -> dict[str, list[tuple[str, str]]]:
    return {title: facts for title, facts, _ in unpack(body)}


def outage(made: Operation, minute: float = 10) -> Incident:
    return made.incident(made.fire(minute, severity="CRITICAL", ends_at="2026-01-06T08:00:00Z"))


def test_it_is_kept_at_once_when_the_incident_opens_and_not_changed_later() -> None:
    made = desk()
    found = outage(made)
    then = told(found.context_then)
    assert then["Changes just before"][0][1] == "config: new firmware (on it)"
    assert ("4711", "fan loud open") in [(label, text.strip()) for label, text in then["Open tickets there"]]
    assert "Things involved" in then
    made.event("change.recorded", 12, {"kind": "staff", "summary": "later news", "site": "S1"})
    made.fire(13, "Fire", "CRITICAL", ends_at="2026-01-06T08:00:00Z")
    assert told(found.context_then) == then
    assert found.context_after == b""


def test_the_live_page_follows_what_changes() -> None:
    made = desk()
    found = outage(made)
    made.event("change.recorded", 12, {"kind": "staff", "summary": "later news", "site": "S1"})
    page = item_context(made.partition, Items(made.partition), f"incident/{found.id}", 2)
    assert page is not None
    changes = next(one for one in page.sections if one.title == "Changes just before")
    assert any("later news" in fact.text for fact in changes.facts)


def test_at_the_end_it_is_kept_again_and_survives_a_restart() -> None:
    made = desk()
    found = outage(made)
    made.event("ticket.created", 20, {"id": "T2", "site": "S1", "number": "4712", "title": "on it", "status": "OPEN"})
    made.restart()
    made.act(30, "resolve", f"incident/{found.id}", note="replaced")
    after = made.incidents[found.number].context_after
    assert any(label == "4712" for label, _ in told(after)["Open tickets there"])
    assert not any(label == "4712" for label, _ in told(found.context_then)["Open tickets there"])


def test_past_incidents_that_look_alike_are_kept_with_what_solved_them() -> None:
    made = desk()
    first = outage(made)
    made.act(20, "resolve", f"incident/{first.id}", note="replaced the cable")
    made.pass_time(400)
    second = outage(made, 401)
    assert second.number != first.number
    assert "replaced the cable" in told(second.context_then)["Similar before"][0][1]


def test_the_report_tells_both() -> None:
    shelf = Shelves()
    sections = [Section("Open tickets there", tuple(Fact(str(n), f"fan *{n}*") for n in range(FEW + 3)))]
    shelf.put(incident(1, [], context_then=pack(sections)))
    text = incident_report(shelf, "I-0000000001")
    then, after = text.split("## What was known when it opened")[1].split("## What was known when it was resolved")
    assert "**Open tickets there**" in then
    assert r"* 0: fan \*0\*" in then
    assert "* and 3 more" in then
    assert "Nothing was kept." in after


@pytest.mark.parametrize(
    "body", [b"", b"damaged", zlib.compress(b"x"), zlib.compress(msgspec.msgpack.encode({"a": 1}))]
)
def test_what_cannot_be_read_is_nothing(body: Any) -> None:
    assert unpack(body) == []
