"""JSON of any other system becomes events by rules; what is wrong with a rule or a payload is told with its place."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.wire import decode
from engine.settings import Config, ConfigError, load
from engine.settings.mapping import Rule, TypeRule
from engine.settings.sources import ForeignSettings, Source
from engine.sources.foreign.mapped import BadPayload
from engine.sources.foreign.mapping import Items, Mapping, Types
from noc_tui.cli import main

ARRIVAL = 1_800_000_000_000_000
CONFIG = """
sources:
  - name: scada
    kind: json
    each: payload.alarms
    map:
      - type: noc.alert.resolved
        when: item.state == 'OK'
        id: item.uuid
        data: {alert_type: item.code, severity: "'INFO'", entity: "'device/' + item.tag"}
      - type: noc.alert.firing
        when: item.state == 'ALARM'
        id: item.uuid
        time: item.at
        subject: "'device/' + item.tag"
        data:
          alert_type: item.code
          severity: item.prio
          entity: "'device/' + item.tag"
          site: "has(item.plant) ? item.plant : null"
          labels: "{'line': string(item.line)}"
foreign:
  types:
    - match: com.acme.*
      type: noc.alert.firing
      when: data.level > 3
      data: {alert_type: event.type, severity: "data.level > 7 ? 'critical' : 'warning'", entity: "'host/' + data.node"}
"""


def config(tmp_path: Path, text: str = CONFIG) -> Config:
    (tmp_path / "config.yaml").write_text(text)
    return load(tmp_path / "config.yaml", {})


def alarm(**more: Any) -> dict[str, Any]:
    return {
        "state": "ALARM",
        "uuid": 7,
        "at": 1_767_225_600.5,
        "tag": "P1",
        "code": "HOT",
        "prio": "major",
        "line": 3,
    } | more


def mapped(tmp_path: Path, *items: Any) -> Items:
    chosen = config(tmp_path)
    body = msgspec.json.encode({"alarms": items})
    return Mapping(chosen.sources[0], chosen.foreign).read(body, ARRIVAL, 0)


def test_an_item_becomes_an_event_by_the_first_rule_that_is_for_it(tmp_path: Path) -> None:
    found = mapped(tmp_path, alarm(plant="S4"), {"state": "TEST"}, alarm(state="OK", uuid="b"))
    assert (found.places, found.refused, found.skipped) == ([0, 2], [], 1)
    fired, resolved = map(msgspec.json.decode, found.lines)
    assert fired == {
        "specversion": "1.0", "id": "7", "source": "scada", "type": "noc.alert.firing", "subject": "device/P1",
        "time": "2026-01-01T00:00:00.500Z", "tenant": "default",
        "data": {"alert_type": "HOT", "severity": "HIGH", "entity": "device/P1", "site": "S4", "labels": {"line": "3"}},
    }  # fmt: skip
    assert (resolved["type"], resolved["id"], resolved["time"]) == ("noc.alert.resolved", "b", "2027-01-15T08:00:00Z")


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"state": "ALARM"}, 'map[1].data.alert_type: there is no "code"'),
        (alarm(prio=5), "at `$.data.severity`"),
        (alarm(tag=9), "map[1].data.entity: "),
        (alarm(at="yesterday"), "map[1].time: Expected an RFC 3339 time or a number, got `yesterday`"),
        (alarm(at=-4), "map[1].time: -4 is no time since 1970"),
        (alarm(uuid=[1]), "map[1].id: Expected a text, got [1]"),
    ],
)  # fmt: skip
def test_what_cannot_be_an_event_is_refused_with_the_field(tmp_path: Path, item: Any, reason: str) -> None:
    found = mapped(tmp_path, alarm(), item)
    assert found.places == [0], "the good one lands"
    ((place, raw, why),) = found.refused
    assert (place, msgspec.json.decode(raw)) == (1, item)
    assert reason in why


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "this is no JSON"),
        (b'{"alarms": 1}\n{"x"', "line 2 is no JSON"),
        (b'{"other": []}', 'each: there is no "alarms"'),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"alarms":[' + b"1," * 20_000 + b"1]}", "20001 items are over 20000"),
    ],
)
def test_a_payload_that_is_none_is_refused_whole(tmp_path: Path, body: bytes, reason: str) -> None:
    chosen = config(tmp_path)
    with pytest.raises(BadPayload) as told:
        Mapping(chosen.sources[0], chosen.foreign).read(body, ARRIVAL, 0)
    assert reason in str(told.value)


json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "state", "at", "uuid"]), inner),
    max_leaves=12,
)


@given(json)
def test_no_payload_breaks_a_mapping(payload: Any) -> None:
    rule = Rule("noc.phone.activity", id="item.uuid", time="item.at", data={"person": "item.a", "count": "item.state"})
    source = Source("any", "json", map=(rule, Rule("com.other", when="item.a")))
    found = Mapping(source, ForeignSettings()).read(msgspec.json.encode(payload), ARRIVAL, 0)
    items = payload if isinstance(payload, list) else [payload]
    assert len(found.lines) + len(found.refused) + found.skipped == len(items)
    for line in found.lines:
        assert decode(line).type == "noc.phone.activity"


def test_events_of_foreign_types_become_ours_and_keep_what_they_were(tmp_path: Path) -> None:
    chosen = config(tmp_path)
    types = Types(chosen.foreign.types, chosen.foreign)
    event = decode(foreign("e1", {"level": 9, "node": "n1"}))
    became = types.mapped(event)
    assert (became.type, became.id, became.source, became.time, became.identity) == (
        "noc.alert.firing", "e1", "acme", event.time, event.identity,
    )  # fmt: skip
    assert (became.data.severity, became.data.entity) == ("CRITICAL", "host/n1")
    kept = msgspec.json.decode(became.line)["data"]["original"]
    assert kept == {"type": "com.acme.fault", "data": {"level": 9, "node": "n1"}}
    quiet = decode(foreign("e2", {"level": 1, "node": "n1"}))
    assert types.mapped(quiet) is quiet
    with pytest.raises(BadPayload, match="entity"):
        types.mapped(decode(foreign("e3", {"level": 5})))


def foreign(id: str, data: dict[str, Any]) -> bytes:
    return msgspec.json.encode(
        {"specversion": "1.0", "id": id, "source": "acme", "type": "com.acme.fault", "time": "2026-01-01T00:00:00Z",
         "data": data}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("broken", "line", "words"),
    [
        (("item.state == 'OK'", "item.state = 'OK'"), 8, "sources[0].map[0].when"),
        (("alert_type: item.code, ", ""), 7, "noc.alert.resolved needs 'alert_type' in its data"),
        (("site: \"has(item.plant) ? item.plant : null\"", "site: plant"), 20, "undeclared reference to 'plant'"),
        (("- type: noc.alert.firing\n        when: item.state == 'ALARM'", "- type: noc.alert.fired"), 11, "firing"),
        (("match: com.acme.*", "match: noc.*"), 24, "lies inside noc."),
        (("kind: json", "kind: syslog\n    listen: 127.0.0.1:5514"), 8, "a source of kind syslog has no 'map'"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_used_is_told_with_its_line(
    tmp_path: Path, broken: tuple[str, str], line: int, words: str
) -> None:
    assert CONFIG.count(broken[0]) == 1
    with pytest.raises(ConfigError) as told:
        config(tmp_path, CONFIG.replace(*broken))
    assert f"config.yaml:{line}: " in str(told.value)
    assert words in str(told.value)


def test_source_test_shows_what_a_payload_becomes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config(tmp_path)
    (tmp_path / "body.json").write_bytes(msgspec.json.encode({"alarms": [alarm(), {"state": "ALARM"}, {}]}))
    words = [
        "source",
        "test",
        "scada",
        str(tmp_path / "body.json"),
        "--json",
        "--config",
        str(tmp_path / "config.yaml"),
    ]
    assert main(words) == 1
    shown = capsys.readouterr()
    document = msgspec.json.decode(shown.out)
    assert document["events"][0]["data"]["alert_type"] == "HOT"
    ((refused),) = document["rejected"]
    assert refused["index"] == 1
    assert refused["reason"].startswith('map[1].data.alert_type: there is no "code"')
    assert "config.yaml:17" in refused["reason"]
    assert "1 items have no rule" in shown.err
    assert main(["source", "test", "nobody", "-", "--config", str(tmp_path / "config.yaml")]) == 2
    assert "scada" in capsys.readouterr().err


def test_a_foreign_type_without_a_rule_is_nothing_to_complain_of() -> None:
    types = Types(
        [TypeRule("com.acme.*", "noc.change.recorded", data={"kind": "'other'", "summary": "'x'"})], ForeignSettings()
    )
    other = decode(foreign("e1", {}).replace(b"com.acme", b"org.else"))
    assert types.mapped(other) is other
