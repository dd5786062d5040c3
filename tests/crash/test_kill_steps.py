"""`kill -9` of the real program in the middle of a step of a playbook: what may not be done twice is not, and waits for
a person; what may is done again under its key. Every action at every moment, without processes: `test_step_crashes`."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.service.test_hub_outage import Program
from tests.support.fakes.http import Answer, Request, Server
from tests.support.recordings import rows

pytestmark = [pytest.mark.crash, pytest.mark.skipif(sys.platform != "linux", reason="kill -9")]

CONFIG = """
playbooks:
  auto: true
  shipped: false
  folder: {folder}
  calls: "{url}/calls"
  programs: [{{name: tool, path: {folder}/tool, arguments: []}}]
"""
BOOK = """
playbook: try
version: 1
title: A try
trigger: {on: alert, types: [OUTAGE]}
mode: auto
steps:
  - {do: create_ticket, with: {title: x}}
  - {do: ACTION, with: {PARAMS}, timeout: 2m, retries: 2, on_failure: continue}
  - {do: acknowledge}
"""
CASES = [
    ("http_request", "url: 'URL/do'", "at it", "UNKNOWN", 1),
    ("http_request", "url: 'URL/do'", "answered", "UNKNOWN", 1),
    ("http_request", "url: 'URL/do', method: PUT", "at it", "DONE", 2),
    ("verification_call", "person: P7, script: are you well", "answered", "UNKNOWN", 1),
    ("run_command", "program: tool", "at it", "UNKNOWN", 1),
]


def written(folder: Path, url: str, action: str, params: str) -> Program:
    program = Program(folder, url)
    (folder / "noc.yaml").write_text(CONFIG.format(folder=folder, url=url))
    book = BOOK.replace("ACTION", action).replace("PARAMS", params).replace("URL", url)
    (folder / "try.yaml").write_text(book)
    tool = folder / "tool"
    tool.write_text(f"#!/bin/sh\necho $$ >> {folder}/marks\nexec /bin/sleep 300\n")
    tool.chmod(0o755)
    return program


def deeds(folder: Path, server: Server) -> int:
    marks = folder / "marks"
    return len(server.got) + (len(marks.read_text().splitlines()) if marks.exists() else 0)


def run_of(folder: Path) -> dict[str, Any] | None:
    found = rows(f"sqlite:///{folder}/noc.db", "playbook-runs")
    return found[0] if found else None


async def until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(40):
        while not holds():  # noqa: ASYNC110  another process makes it true
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(("action", "params", "moment", "state", "times"), CASES)
async def test_killed_while_a_step_is_carried_out(
    action: str, params: str, moment: str, state: str, times: int, tmp_path: Path
) -> None:
    async with Server() as server:
        program = written(tmp_path, server.url, action, params)

        async def behave(request: Request) -> Answer:
            """The first request: taken, and the engine dies before the answer, or before it has read it."""
            server.behave = lambda again: Answer(body=b'{"answer": "CONFIRMED"}')
            if moment == "answered":
                await program.stop()
                return Answer(body=b'{"answer": "CONFIRMED"}')
            return Answer(hang=True)

        server.behave = behave
        try:
            await program.start()
            await program.alert("firing", "OUTAGE")
            await until(lambda: deeds(tmp_path, server) == 1)
            await program.stop()
            await program.start()
            await until(lambda: (run_of(tmp_path) or {})["steps"][1]["state"] == state)
            await program.alert("resolved", "OUTAGE")
        finally:
            await program.stop(signal.SIGTERM)
            _end(tmp_path / "marks")
        assert deeds(tmp_path, server) == times
        assert len({request.headers["idempotency-key"] for request in server.got}) <= 1
    run = run_of(tmp_path)
    assert run is not None
    told = [step["state"] for step in run["steps"]]
    assert (run["state"], told) == (
        ("UNKNOWN", ["DONE", "UNKNOWN", "PLANNED"]) if state == "UNKNOWN" else ("SUCCESS", ["DONE"] * 3)
    )
    assert len(rows(f"sqlite:///{tmp_path}/noc.db", "tickets")) == 1


def _end(marks: Path) -> None:
    """The program of a killed engine outlives it."""
    for line in marks.read_text().split() if marks.exists() else ():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(line), signal.SIGKILL)
