"""The life of `noc engine`: it serves, answers what it took before it ends, and takes up a new configuration."""

import signal
import socket
import subprocess
import time
from pathlib import Path

import msgspec
import pytest

from tests.service.served import NOC, Served, event, firing, frame, reply


def test_tells_when_it_serves_and_ends_in_good_order(tmp_path: Path) -> None:
    served = Served(tmp_path).start()
    with served.http() as http:
        assert http.get("/healthz").json()["status"] == "ok"
        assert http.get("/readyz").status_code == 200
        assert http.post("/events", json=event("e1")).json()["accepted"] == 1
    assert served.stop() == 0
    assert [row["id"] for row in served.rows("events")] == ["e1"]


def test_answers_everything_that_it_has_read_before_it_ends(tmp_path: Path) -> None:
    """Frames that were sent before the signal: each is acknowledged and there, or neither."""
    served = Served(tmp_path).start()
    acked = set()
    with served.socket("/ws/ingest", "noc.ingest.v1") as sender:
        for seq in range(200):
            sender.send(frame(seq, [event(f"{seq}/{each}") for each in range(20)]).decode())
        acked.add(reply(sender)["ack"])
        assert served.process is not None
        served.process.send_signal(signal.SIGTERM)
        try:
            for message in sender:
                acked.add(msgspec.json.decode(message)["ack"])
        finally:
            assert sender.protocol.close_code == 1001
    assert served.ended() == 0
    there = {row["id"] for row in served.rows("events")}
    assert {f"{seq}/{each}" for seq in acked for each in range(20)} <= there
    assert acked == set(range(len(acked)))
    assert len(there) == 20 * len(acked)


def test_goes_on_where_it_was(tmp_path: Path) -> None:
    with Served(tmp_path) as first, first.http() as http:
        http.post("/events", json=firing("f1"))
    with Served(tmp_path) as second, second.http() as http:
        assert http.post("/events", json=firing("f1")).json() == {"accepted": 0, "duplicates": 1, "rejected": []}
        assert http.post("/events", json=firing("f2")).json()["accepted"] == 1
        (alert,) = second.rows("alerts")
        assert alert["count"] == 2


def test_a_second_engine_is_told_who_has_the_database(served: Served) -> None:
    words = [*NOC, "engine", "--listen", "127.0.0.1:0", "--db", served.url]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 3
    assert "in use by pid" in ran.stderr
    assert ran.stdout == ""


def test_without_a_token_only_this_machine_is_served(tmp_path: Path) -> None:
    words = [*NOC, "engine", "--listen", "0.0.0.0:0", "--db", f"sqlite:///{tmp_path / 'noc.db'}"]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 2
    assert "noc token create" in ran.stderr


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        words = [*NOC, "engine", "--listen", address, "--db", f"sqlite:///{tmp_path / 'noc.db'}"]
        ran = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 3, "a needed thing is unavailable"
    assert ran.stdout == ""
    assert address in ran.stderr


@pytest.mark.parametrize("listen", ["nowhere", "127.0.0.1:http", "127.0.0.1:99999"])
def test_an_address_that_is_none_is_bad_usage(tmp_path: Path, listen: str) -> None:
    words = [*NOC, "engine", "--listen", listen, "--db", f"sqlite:///{tmp_path / 'noc.db'}"]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 2
    assert "HOST:PORT" in ran.stderr


def test_sighup_takes_up_a_good_configuration_and_keeps_the_old_one_otherwise(served: Served) -> None:
    """Under the new one each severity is an alert of its own; the connection that was open stays so."""
    assert served.process is not None
    with served.socket("/ws/ingest", "noc.ingest.v1") as sender:
        sender.send(frame(1, [firing("a", severity="HIGH"), firing("b", severity="LOW")]).decode())
        assert reply(sender)["accepted"] == 2
        assert len(served.rows("alerts")) == 1
        served.config.write_text("alerts: {fingerprint: [{source: '*', fields: [alert_type, severity]}]}\n")
        served.process.send_signal(signal.SIGHUP)
        _wait_for(served, "was read again")
        events = [firing("c", "OTHER", severity="HIGH"), firing("d", "OTHER", severity="LOW")]
        sender.send(frame(2, events).decode())
        assert reply(sender)["accepted"] == 2
        assert len([row for row in served.rows("alerts") if row["alert_type"] == "OTHER"]) == 2
        served.config.write_text("alerts: {expire_after: never}\n")
        served.process.send_signal(signal.SIGHUP)
        _wait_for(served, "not taken up")
        assert "config.yaml:1" in (served.folder / "log").read_text()
        sender.send(frame(3, [firing("e", "THIRD", severity="HIGH"), firing("f", "THIRD", severity="LOW")]).decode())
        assert reply(sender)["accepted"] == 2
        served.config.write_text("")
        assert len([row for row in served.rows("alerts") if row["alert_type"] == "THIRD"]) == 2


def test_metrics_are_in_the_text_format_and_count(served: Served) -> None:
    with served.http() as http:
        http.post("/events", json=event("m1"))
        http.post("/events", json=event("m1"))
        http.post("/events", json={"no": "event"})
        answer = http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    samples = {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
        for line in answer.text.splitlines()
        if not line.startswith("#")
    }
    assert samples["noc_events_ingested_total"] == 1
    assert samples["noc_events_duplicate_total"] == 1
    assert samples["noc_events_rejected_total"] == 1
    assert samples['noc_ack_seconds_bucket{way="http",le="+Inf"}'] == samples['noc_ack_seconds_count{way="http"}'] == 3
    assert samples["noc_ready"] == 1
    typed = [line.split()[2] for line in answer.text.splitlines() if line.startswith("# TYPE")]
    assert len(typed) == len(set(typed))


def _wait_for(served: Served, words: str) -> None:
    """The signal is handled beside us: the log says when."""
    for _ in range(200):
        if words in (served.folder / "log").read_text():
            return
        time.sleep(0.05)
    raise AssertionError((served.folder / "log").read_text())
