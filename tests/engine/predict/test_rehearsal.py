"""Before a demonstration: each version goes to work as soon as it is learned, not when the whole rehearsal is over."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from data.opening import open_store
from engine.models.adopting import unpacked
from engine.predict import rehearsal
from engine.predict.rehearsal import Rehearsal, equip
from engine.runtime import Engine
from engine.settings import Config
from tests.engine.predict.desk import desk

CHILD = """
import sys, pathlib, time
asked = sys.stdin.buffer.read()
sys.stdout.buffer.write(pathlib.Path(sys.argv[1]).read_bytes() + b"\\n")
sys.stdout.buffer.flush()
time.sleep(600)
"""


def test_kinds_of_which_too_little_happened_have_no_version() -> None:
    script = desk()
    (made,) = rehearsal._learned(script.lines, ["pairs", "sla", "device"])
    version = unpacked(made)
    assert version.kind == "sla"
    assert version.about["model"]["pr_auc"] > version.about["rules"]["pr_auc"]


def test_a_version_is_live_while_the_rehearsal_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = desk()
    (made,) = rehearsal._learned(script.lines, ["sla"])
    (tmp_path / "line").write_bytes(msgspec.json.encode(made))
    monkeypatch.setattr(rehearsal, "CHILD", ("-c", CHILD, str(tmp_path / "line")))

    async def play() -> tuple[str, str | None]:
        engine = Engine(await open_store(f"sqlite:///{tmp_path}/noc.db", "test"), Config())
        await engine.recover()
        serving = asyncio.create_task(engine.run())
        await engine.submit(script.lines[:40], "test")
        told: asyncio.Queue[str] = asyncio.Queue()
        preparing = asyncio.create_task(equip(engine, Rehearsal(), told.put_nowait))
        words = await asyncio.wait_for(told.get(), 60)
        assert not preparing.done()
        preparing.cancel()
        serving.cancel()
        await asyncio.wait_for(asyncio.gather(preparing, serving, return_exceptions=True), 60)  # the child is ended
        live = engine.pipeline.partition("default").foresight.rooms["sla"].looking.version
        await engine.close()
        return words, live

    words, live = asyncio.run(play())
    assert live == unpacked(made).version
    assert words == f"sla {live} is live"
