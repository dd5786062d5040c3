"""`noc playbook` beside a running engine: what is proposed, looked at, rehearsed, allowed, and what came of it."""

from pathlib import Path

import msgspec

from tests.service.served import Served, event


def test_a_proposal_is_looked_at_and_allowed(tmp_path: Path) -> None:
    with Served(tmp_path) as noc:
        assert "sound" in noc.run("playbook", "check")
        data = {"alert_type": "NO_SHOW", "severity": "HIGH", "site": "S1", "entity": "person/P1", "message": "nobody"}
        with noc.http() as http:
            assert http.post("/events", json=event("e1", "noc.alert.firing", data)).json()["accepted"] == 1
        (row,) = noc.rows("playbook-runs")
        assert (row["playbook"], row["state"], row["requested_by"]) == ("staffing_gap", "PROPOSED", "engine")
        (alert,) = noc.rows("alerts")
        told = noc.run("playbook", "test", "staffing_gap", "--on", f"alert/{alert['id']}")
        assert "would create_ticket" in told
        assert "Find a substitute for S1" in told
        noc.run("playbook", "test", "battery_low", "--on", f"alert/{alert['id']}", fails=1)
        noc.run("playbook", "test", "battery", "--on", f"alert/{alert['id']}", fails=2)
        assert [one["source"] for one in noc.rows("tickets")].count("noc") == 1, "that of the incident, and no other"
        noc.run("playbook", "approve", row["id"], "--plan", "f" * 64, fails=1)
        noc.run("playbook", "approve", row["id"], "--author", "ann")
        (row,) = noc.rows("playbook-runs")
        assert (row["state"], row["approved_by"]) == ("SUCCESS", "ann")
        assert [step["state"] for step in row["steps"]] == ["DONE", "NOT_SENT", "DONE"]
        assert "allowed by" in noc.run("explain", f"run/{row['id']}")
        noc.run("playbook", "reject", row["id"], fails=1)
        listed = {one["playbook"]: one for one in msgspec.json.decode(noc.run("playbook", "list", "--json"))}
        assert listed["staffing_gap"]["begun"] == 1
        assert len(listed) >= 10
        noc.run("playbook", "stop")
        noc.run("playbook", "run", "staffing_gap", "--on", f"alert/{alert['id']}", fails=1)
        noc.run("playbook", "go")
        noc.run("playbook", "run", "staffing_gap", "--on", f"alert/{alert['id']}", "--author", "bob")
        assert len(msgspec.json.decode(noc.run("playbook", "runs", "--json"))) == 2


def test_check_names_file_and_line(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(
        "playbook: bad\nversion: 1\ntitle: x\ntrigger: {on: alert, when: 'foo == 1'}\nsteps: [{do: resolve}]\n"
    )
    noc = Served(tmp_path)
    assert "bad.yaml:4: trigger.when: undeclared reference to 'foo'" in noc.run("playbook", "check", str(bad), fails=1)
