"""`noc source test` shows what a payload becomes; syslog is read by both its standards."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.settings.sources import ForeignSettings
from engine.sources.foreign.mapped import BadPayload
from engine.sources.foreign.syslog import KEPT, mapped, parse, parse_strictly
from engine.sources.foreign.trial import Unreadable, trial
from noc_tui.cli import main
from tests.support.recordings import SHARED

ARRIVAL = 1_800_000_000_000_000


def test_every_case_of_go_syslog_is_judged_as_there() -> None:
    path = SHARED / "payloads/syslog/go_syslog_cases.jsonl"
    if not path.exists():
        pytest.skip("the shared recordings are not here")
    cases = [msgspec.json.decode(line) for line in path.read_bytes().splitlines()]
    assert len(cases) > 90
    for case in cases:
        raw = case["input"].encode("utf-8", "surrogatepass")
        if case["rfc"] == "5424":
            assert (parse_strictly(raw) is not None) == case["valid"], case
        elif case["valid"]:
            assert parse(raw).text, case


def test_rfc_5424_in_full() -> None:
    elements = b'[ex@32473 iut="3" q="a \\"b\\" \\]"][y@1]'
    raw = b"<165>1 2003-10-11T22:14:15.003Z web-1 evntslog 77 ID47 " + elements + b" \xef\xbb\xbfAn event"
    found = parse(raw)
    assert (found.facility, found.level, found.host, found.program) == (20, 5, "web-1", "evntslog")
    assert (found.process, found.id, found.text) == ("77", "ID47", "An event")
    assert found.data == {"ex@32473.iut": "3", "ex@32473.q": 'a "b" ]', "ex@32473": "", "y@1": ""}
    assert found.time == 1065910455003000


def test_rfc_3164_as_it_is_written() -> None:
    found = parse(b"<34>Oct 11 22:14:15 mymachine su[12]: 'su root' failed for lonvick on /dev/pts/8")
    assert (found.facility, found.level, found.host, found.program) == (4, 2, "mymachine", "su")
    assert found.process == "12"
    assert found.time is None  # neither year nor zone
    assert parse(b"<13>just words").text == "just words"


def test_severity_entity_and_type_of_a_message() -> None:
    settings = ForeignSettings()
    line = b"<163>Oct 11 22:14:15 sw-1 link: Port 7 of 10.0.0.1 is down"
    became = mapped(parse(line), "10.0.0.9", settings, site="S1")
    assert became.type == "noc.alert.firing"
    assert became.data["severity"] == "HIGH"
    assert became.data["entity"] == "host/sw-1"
    assert became.data["alert_type"] == "link: Port # of # is down"
    assert became.data["site"] == "S1"
    quiet = mapped(parse(b"<166>Oct 11 22:14:15 sw-1 link: Port 7 is up"), "", settings)
    assert quiet.type == KEPT


@given(st.binary(max_size=300))
def test_no_message_breaks_the_reader(raw: bytes) -> None:
    for line in (raw, b"<13>" + raw, b"<13>1 " + raw, b"<13>1 - - - - - [" + raw):
        try:
            found = parse(line)
        except BadPayload:
            continue
        events, refused = trial("syslog", line.replace(b"\n", b" "), ARRIVAL, ForeignSettings())
        assert len(events) + len(refused) <= 1
        assert "\x1b" not in found.text


def test_shows_the_event_of_a_payload(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = [{"labels": {"alertname": "Down", "instance": "a:9100", "team": "net"}, "startsAt": "2026-01-01T00:00:00Z"}]
    (tmp_path / "push.json").write_bytes(msgspec.json.encode([*body, {"labels": {}}]))
    (tmp_path / "config.yaml").write_text("foreign: {severity_labels: [team], severities: {net: CRITICAL}}\n")
    code = main(
        [
            "source",
            "test",
            "prometheus",
            str(tmp_path / "push.json"),
            "--json",
            "--config",
            str(tmp_path / "config.yaml"),
        ]
    )
    shown = msgspec.json.decode(capsys.readouterr().out)
    assert code == 1  # one of them would be refused
    (event,) = shown["events"]
    assert event["type"] == "noc.alert.firing"
    assert event["data"]["severity"] == "CRITICAL"
    assert event["data"]["entity"] == "host/a"
    assert shown["rejected"][0]["index"] == 1


def test_every_kind_tells_what_is_wrong_with_a_payload() -> None:
    for kind in ("prometheus", "alertmanager"):
        with pytest.raises(Unreadable):
            trial(kind, b"{", ARRIVAL, ForeignSettings())
    assert trial("pagerduty", b'{"event_action": "trigger"}', ARRIVAL, ForeignSettings())[1]
    assert "specversion" in trial("cloudevents", b'{"id": "x"}', ARRIVAL, ForeignSettings())[1][0][1]
    assert trial("syslog", b"no priority", ARRIVAL, ForeignSettings())[1]
