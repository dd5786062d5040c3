"""`noc person` as people meet it: the real program, beside an engine that runs and without one."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from data import times
from engine import clock
from tests.service.test_hub_outage import HEADERS, Program
from tests.support.grepping import found
from tests.support.recordings import rows

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a Unix socket beside the database")
WORDS = ("ZQ77", "Zoe Quill", "+49 170 5559801", "zoe.quill@guards.example")


def environment(folder: Path) -> dict[str, str]:
    own = {name: str(folder / "home") for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "HOME")}
    return {**os.environ, **own}


async def noc(folder: Path, *words: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "noc_tui.cli", *words, "--db", f"sqlite:///{folder}/noc.db",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environment(folder),
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


def events() -> list[dict[str, Any]]:
    told: list[tuple[str, dict[str, Any]]] = [
        ("person.upserted", {"id": WORDS[0], "name": WORDS[1], "phone": WORDS[2], "email": WORDS[3], "site": "S1"}),
        ("attendance.check_in", {"person": WORDS[0], "site": "S1", "lat": 48.12345, "lon": 11.54321}),
        ("alert.firing", {"alert_type": "PANIC", "severity": "HIGH", "site": "S1", "entity": f"person/{WORDS[0]}",
                          "message": f"{WORDS[1]} calls"}),
        ("ticket.created", {"id": "T1", "site": "S1", "assignee": WORDS[0], "title": "lost key"}),
    ]  # fmt: skip
    return [
        {"specversion": "1.0", "id": f"e{place}", "source": "test", "type": f"noc.{kind}", "data": data,
         "time": times.text(clock.wall())}
        for place, (kind, data) in enumerate(told)
    ]  # fmt: skip


async def post(url: str, event: dict[str, Any]) -> None:
    async with httpx2.AsyncClient(trust_env=False) as client:
        reply = await client.post(f"{url}/events", json=event, headers=HEADERS)
    assert reply.json()["accepted"] == 1, reply.text


def view(folder: Path) -> Path:
    """A saved view of this user that names the person."""
    path = folder / "home" / "noc" / "views.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"mine": {"pane": "board", "where": "person:ZQ77", "order": ""}}))
    return path


async def test_beside_an_engine_that_runs(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    program, views = Program(data, "http://127.0.0.1:9/hook"), view(data)
    try:
        await program.start()
        for event in events():
            await post(program.url, event)
        code, out, err = await noc(data, "person", "export", "ZQ77", "--out", str(tmp_path / "zq.json"), "--json")
        assert (code, json.loads(out)["counts"]["events"]) == (0, 4), err
        document = json.loads((tmp_path / "zq.json").read_text())
        assert (tmp_path / "zq.json").stat().st_mode & 0o777 == 0o600
        counts = {name: len(listed) for name, listed in document["sections"].items()}
        assert counts == document["counts"]
        assert min(counts[name] for name in ("master_data", "fraud", "alerts", "tickets", "feed", "consoles")) >= 1
        assert document["phones"] == [WORDS[2]]

        code, out, err = await noc(data, "person", "erase", "person/ZQ77", "--reason", "asked", "--json")
        assert (code, json.loads(out)["dry_run"], json.loads(out)["events"]) == (0, True, 4), err
        assert found(data, ["ZQ77"]), "nothing was changed"

        code, out, err = await noc(data, "person", "erase", "ZQ77", "--reason", "asked", "--yes", "--json")
        assert code == 0, err
        done = json.loads(out)
        assert done["ok"]
        assert done["wiped"]
        assert done["consoles"] == [str(views)]
        name = done["pseudonym"]
        assert found(data, WORDS) == []
        assert name in views.read_text()
        await post(program.url, {**events()[1], "id": "later", "data": {"person": "OT1", "site": "S1"}})
        assert found(data, WORDS) == [], "nothing of them was left in mind"
    finally:
        await program.stop(signal.SIGTERM)
    assert found(data, WORDS) == []
    url = f"sqlite:///{data}/noc.db"
    assert {row["person"] for row in rows(url, "fraud")} == {name, "OT1"}
    assert (await noc(data, "audit", "verify"))[0] == 0
    assert (await noc(data, "db", "check"))[0] == 0
    told = [(row["action"], row["target"]) for row in rows(url, "audit") if row["action"].startswith("person.")]
    assert told == [("person.export", f"person/{name}"), ("person.erase", f"person/{name}")]


async def test_without_an_engine_and_what_is_refused(tmp_path: Path) -> None:
    lines = tmp_path / "told.jsonl"
    lines.write_text("".join(json.dumps(event) + "\n" for event in events()))
    assert (await noc(tmp_path, "replay", str(lines)))[0] == 0
    lines.unlink()
    assert (await noc(tmp_path, "db", "backup", str(tmp_path / "noc.db.old.bak")))[0] == 0
    code, out, err = await noc(tmp_path, "person", "export", "nobody")
    assert (code, out) == (1, "")
    assert "nothing is held about a person nobody" in err
    assert (await noc(tmp_path, "person", "export", "site/S1"))[0] == 2
    assert (await noc(tmp_path, "person", "erase", "ZQ77"))[0] == 2, "a reason is needed"
    code, out, err = await noc(tmp_path, "person", "export", "ZQ77")
    assert (code, json.loads(out)["person"]) == (0, "person/ZQ77"), err
    (head,) = [one["head"] for one in json.loads((await noc(tmp_path, "audit", "verify", "--json"))[1])]
    code, out, err = await noc(tmp_path, "person", "erase", "ZQ77", "--reason", "asked", "--yes")
    assert code == 0, err
    code, _, said = await noc(tmp_path, "audit", "verify", "--head", head)
    assert (code, "linked anew, when a person was erased" in said) == (1, True), "the entry of the export named them"
    assert out.startswith("person/erased-")
    assert f"to be deleted by hand: {tmp_path}/noc.db.old.bak" in err
    (tmp_path / "noc.db.old.bak").unlink()
    assert found(tmp_path, WORDS) == []
    code, out, err = await noc(tmp_path, "person", "erase", "ZQ77", "--reason", "asked", "--yes")
    assert (code, "nothing is known of a person ZQ77" in err) == (1, True)
