"""Events in: what is taken, what is refused, and how the refusal names the field."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import times
from data.payloads import TYPES
from data.references import bare
from data.wire import MAX_EVENT, BadEvent, decode, document, identity, patch_of

CHECK_IN = {"person": "P", "site": "S"}


def event(type: str = "noc.phone.activity", data: Any = None, **changes: Any) -> bytes:
    body = {
        "specversion": "1.0",
        "id": "e1",
        "source": "test",
        "type": type,
        "time": "2024-01-01T00:00:00Z",
        "data": {"person": "P1"} if data is None else data,
    } | changes
    return json.dumps({name: value for name, value in body.items() if value is not ...}).encode()


def refusal(line: bytes) -> str:
    with pytest.raises(BadEvent) as caught:
        decode(line)
    return str(caught.value)


def test_a_good_event_is_typed() -> None:
    found = decode(event("noc.site.upserted", {"id": "S1", "client": "C1", "lat": 1, "colour": "red"}, tenant="t"))
    assert (found.tenant, found.source, found.id, found.time) == (
        "t",
        "test",
        "e1",
        times.parse("2024-01-01T00:00:00Z"),
    )
    assert found.data.lat == 1.0
    assert found.identity == identity("t", "test", "e1")
    assert document(found.line)["data"]["colour"] == "red", "a field we do not know stays with the event"


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type", "time", "data"])
def test_a_missing_attribute_is_named(name: str) -> None:
    assert f"`{name}`" in refusal(event(**{name: ...}))


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (event(time="2024-01-01T00:00:00"), "$.time"),
        (event(time=5), "$.time"),
        (event(type="noc.unheard.of"), "$.type"),
        (event(type="noc.engine.clock", data={}), "$.type"),
        (event(data=[]), "$.data"),
        (event(data={}), "person"),
        (event(data={"person": ""}), "$.data.person"),
        (event("noc.device.telemetry", {"device": "D", "battery_pct": 101}), "$.data.battery_pct"),
        (event("noc.device.telemetry", {"device": "D", "metrics": {"a": "b"}}), "$.data.metrics"),
        (event("noc.attendance.check_in", CHECK_IN | {"face": {"liveness": 2}}), "$.data.face.liveness"),
        (event("noc.alert.firing", {"alert_type": "X", "severity": "SEVERE"}), "$.data.severity"),
        (event("noc.alert.firing", {"alert_type": "X", "severity": "LOW", "entity": "web-1"}), "$.data.entity"),
        (event("noc.metric.sampled", {"name": "cpu"}), "value"),
        (event("noc.shift.scheduled", CHECK_IN | {"id": "H", "start": "x", "end": "y"}), "$.data.start"),
        (event("noc.heartbeat", {"period_s": 0}), "$.data.period_s"),
        (event("noc.verdict.recorded", {"target": "alert/1", "verdict": "maybe"}), "$.data.verdict"),
        (event("noc.link.upserted", {"from": "a/b", "to": "c", "kind": "connects"}), "$.data.to"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_field(line: bytes, named: str) -> None:
    assert named in refusal(line)


@pytest.mark.parametrize(
    "line", [b"", b"nonsense", b"[]", b"{", b"\xff\xfe", b'"x"', b"[" * 100_000, b'{"a":' * 50_000]
)
def test_what_is_no_event_is_refused_in_words(line: bytes) -> None:
    assert refusal(line)


def test_an_oversized_event_is_refused() -> None:
    assert "256 KiB" in refusal(event(data={"person": "P" * MAX_EVENT}))


def test_hostile_text_is_clean_before_anybody_sees_it() -> None:
    found = decode(event("noc.change.recorded", {"kind": "config", "summary": "\x1b]0;owned\x07 \u202eevil\u009b31m"}))
    assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 or letter == "\u202e" for letter in found.data.summary)
    assert b"\\u001b" not in found.line
    assert b"\x1b" not in found.line


def test_a_patch_tells_null_from_nothing() -> None:
    assert patch_of(decode(event("noc.site.upserted", {"id": "S", "client": "C", "city": None}))) == {
        "id": "S", "client": "C", "city": None,
    }  # fmt: skip


def test_a_foreign_type_is_taken_as_it_is() -> None:
    assert decode(event("com.example.thing", {"any": [1]})).data == {"any": [1]}
    assert decode(event("com.example.thing", data=..., id="x")).data == {}


def test_readers_accept_a_reference_for_a_bare_id() -> None:
    assert bare("site/S1") == "S1"
    assert bare("S1") == "S1"
    assert bare(None) is None


def test_only_what_begins_with_a_kind_is_a_reference() -> None:
    assert bare("ge-0/0/1") == "ge-0/0/1"
    assert bare("device/ge-0/0/1") == "ge-0/0/1"
    assert bare("site/") == "site/"


@pytest.mark.parametrize("field", ["site", "person", "parent"])
def test_a_reference_to_an_id_of_full_length_is_taken(field: str) -> None:
    task, kind = {"id": "K1", "site": "S1"}, {"parent": "task"}.get(field, field)
    longest = "x" * 128
    assert getattr(decode(event("noc.task.created", task | {field: f"{kind}/{longest}"})).data, field) == longest
    assert "128" in refusal(event("noc.task.created", task | {field: f"{kind}/{longest}x"}))
    assert "128" in refusal(event("noc.task.created", task | {field: f"other/{longest}"}))


def test_a_leap_second_is_a_time() -> None:
    found = decode(event(time="2016-12-31T23:59:60.5Z"))
    assert times.parse("2016-12-31T23:59:59Z") < found.time < times.parse("2017-01-01T00:00:00Z")
    assert document(found.line)["time"] == times.text(found.time)
    end = decode(event("noc.alert.firing", {"alert_type": "A", "severity": "LOW", "ends_at": "2016-12-31T23:59:60Z"}))
    assert end.data.ends_at.year == 2016
    assert "$.time" in refusal(event(time="2016-12-31T23:60:60Z"))


@pytest.mark.parametrize("word", ["updated", "completed"])
def test_a_task_that_changes_names_its_site_too(word: str) -> None:
    line = event(f"noc.task.{word}", {"id": "K1", "status": "IN_PROGRESS"})
    assert "`site`" in refusal(line)
    assert decode(line, own=True).data.site is None, "journals written before go on being read"


@pytest.mark.parametrize(
    ("type", "data", "field"),
    [
        ("noc.phone.activity", {"person": "P", "count": 10**30}, "count"),
        ("noc.alert.firing", {"alert_type": "A", "severity": "LOW", "entity": "host/" + "a" * 129}, "entity"),
        ("noc.calendar.day", {"date": "2026-13-01", "kind": "holiday"}, "date"),
        ("noc.metric.sampled", {"name": "m", "samples": [["soon", 1]]}, "samples"),
        ("noc.metric.sampled", {"name": "m", "samples": [[1e30, 1]]}, "samples"),
        ("noc.site.upserted", {"id": "S", "client": "C", "timezone": "../../etc/passwd"}, "timezone"),
        ("noc.site.upserted", {"id": "S", "client": "C", "timezone": ""}, "timezone"),
        ("noc.attendance.check_in", {"person": "P", "site": "S", "photo": {"lat": 95}}, "lat"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(type: str, data: Any, field: str) -> None:
    with pytest.raises(BadEvent, match=f"{field}`$"):
        decode(event(type, data))


def test_null_for_a_field_with_a_default_is_nothing_said() -> None:
    assert decode(event("noc.phone.activity", {"person": "P", "count": None})).data.count is None


leaves = st.none() | st.booleans() | st.floats() | st.text()
anything: st.SearchStrategy[Any] = st.deferred(
    lambda: leaves | st.lists(anything, max_size=3) | st.dictionaries(st.text(), anything, max_size=3)
)


@given(st.sampled_from(sorted(TYPES)), anything)
def test_nothing_but_an_event_or_a_reason(type: str, data: Any) -> None:
    line = event(type, data)
    try:
        assert decode(line).type == type
    except BadEvent as bad:
        assert str(bad)  # noqa: PT017 (either ending is right)
