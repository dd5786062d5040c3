"""Entities: from their first mention on, and patches (WIRE.md §1)."""

import asyncio
from typing import Any

import pytest

from data.records.entity import Entity
from tests.support.memory import MemoryStore
from tests.support.recordings import Decided, Script, at, play, started


def known(script: Script, ref: str) -> Entity | None:
    return Decided(script).pipeline.partition("default").registry.get(ref)


def test_a_missing_field_keeps_its_value_and_null_clears_it() -> None:
    script = Script()
    script.add("site.upserted", at(0), {"id": "S1", "client": "C1", "name": "Dock", "city": "Kochi", "criticality": 4})
    script.add("site.upserted", at(1), {"id": "S1", "client": "C1", "city": None})
    site = known(script, "site/S1")
    assert site is not None
    assert (site.name, site.client) == ("Dock", "C1")
    assert site.attributes == {"client": "C1", "name": "Dock", "criticality": 4}
    script.add("site.upserted", at(2), {"id": "S1", "client": "C1", "name": None})
    assert (again := known(script, "site/S1")) is not None
    assert again.name is None


def test_a_person_can_leave_a_site() -> None:
    script = Script()
    script.add("person.upserted", at(0), {"id": "P1", "site": "site/S1"})
    script.add("person.upserted", at(1), {"id": "P1", "name": "Ann"})
    found = Decided(script)
    person = found.pipeline.partition("default").registry.get("person/P1")
    assert person is not None
    assert person.site == "S1", "a reference is read as a bare id, and stays when it is not named"
    script.add("person.upserted", at(2), {"id": "P1", "site": None})
    found.take(script)
    assert person.site is None


@pytest.mark.parametrize(
    ("kind", "data", "ref"),
    [
        ("attendance.check_in", {"person": "P1", "site": "S1"}, "person/P1"),
        ("alert.firing", {"alert_type": "X", "severity": "LOW", "entity": "host/h"}, "host/h"),
        ("shift.scheduled", {"id": "H1", "site": "S1", "person": "P1", "start": "2026-01-05T00:00:00Z",
                             "end": "2026-01-05T08:00:00Z", "substitute_for": "P2"}, "person/P2"),
        ("link.upserted", {"from": "pod/a", "to": "host/b", "kind": "runs_on"}, "host/b"),
        ("device.telemetry", {"device": "device/D1"}, "device/D1"),
    ],
)  # fmt: skip
def test_a_thing_exists_from_its_first_mention(kind: str, data: dict[str, Any], ref: str) -> None:
    script = Script()
    script.add(kind, at(7), data)
    entity = known(script, ref)
    assert entity is not None
    assert entity.first_seen == at(7)


def test_the_subject_is_a_mention_too() -> None:
    script = Script()
    script.add("phone.activity", at(0), {"person": "P1"}, subject="truck/7")
    assert known(script, "truck/7") is not None


@pytest.mark.parametrize(("word", "status"), [("closed", "CLOSED"), ("updated", "OPEN")])
def test_the_type_says_the_status_where_the_payload_does_not(word: str, status: str) -> None:
    script = Script()
    script.add("ticket.created", at(0), {"id": "T1", "status": "OPEN"})
    script.add(f"ticket.{word}", at(1), {"id": "T1"})
    assert (ticket := known(script, "ticket/T1")) is not None
    assert ticket.attributes["status"] == status


def test_whatever_a_stray_field_holds_the_database_can_be_read_again() -> None:
    """`name` is no field of a ticket nor `site` of a client: kept as they come, never taken for a name or site."""
    script = Script()
    script.add("ticket.created", at(0), {"id": "T1", "name": 5, "client": "C1"})
    script.add("client.upserted", at(0), {"id": "C1", "site": {"a": 1}, "name": "Meridian"})
    store = MemoryStore()

    async def run() -> Entity | None:
        engine = await started(store)
        await play(engine, script.lines)
        await engine.close()
        again = await started(store)
        return again.pipeline.partition("default").registry.get("client/C1")

    client = asyncio.run(run())
    assert client is not None
    assert (client.name, client.site) == ("Meridian", None)
