"""Runs that take an admin: an operator's console is told so, and nothing happens; sources give no leave at all."""

from pathlib import Path

from engine.client import Client
from tests.service.served import Served, event, firing

CONFIG = "playbooks: {auto: true, shipped: false, folder: FOLDER}\n"
BOOK = """
playbook: try
version: 1
title: A try
trigger: {on: alert, types: [DEVICE_OFFLINE]}
mode: approval
approval: {role: admin}
limits: {cool_down: 0s}
steps:
  - {do: acknowledge}
"""


def test_an_operator_neither_allows_nor_begins_what_takes_an_admin(tmp_path: Path) -> None:
    (tmp_path / "try.yaml").write_text(BOOK)
    with Served(tmp_path, CONFIG.replace("FOLDER", str(tmp_path))) as served:
        admin, operator = served.token("admin"), served.token("operator")
        with Client(served.base, token=admin) as boss, Client(served.base, token=operator) as desk:
            boss.send([firing("a")])
            (run,) = served.rows("playbook-runs")
            assert run["state"] == "PROPOSED"
            (alert,) = boss.rows("alerts")
            for action, target, params in (
                ("approve", f"run/{run['id']}", {"plan": run["plan"]}),
                ("approve", "playbook/try", {"op": "run", "on": f"alert/{alert['id']}"}),
            ):
                refused = desk.act(action, target, params=params)
                assert (refused.ok, "it takes an admin" in refused.text) == (False, True)
            with Client(served.base, token=served.token("source")) as gate:
                data = {"target": f"run/{run['id']}", "action": "approve", "actor": "boss"}
                (answer,) = gate.send([event("x", "noc.operator.acted", data)]).rejected
                assert "may not allow" in answer.reason
            assert [one["state"] for one in served.rows("playbook-runs")] == ["PROPOSED"]
            assert boss.act("approve", f"run/{run['id']}", params={"plan": run["plan"]}).ok
            assert [one["state"] for one in served.rows("playbook-runs")] == ["SUCCESS"]
            assert desk.act("reject", "playbook/*", params={"op": "stop"}).ok, "anybody who acts may stop them all"
