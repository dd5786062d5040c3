"""`noc export ... | head -1`: whoever reads only the beginning gets it, and nothing else is said."""

import subprocess
import sys

import pytest

from tests.engine.predict.desk import play
from tests.support.recordings import Script, at


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("pipe")
    script = Script()
    for number in range(2_000):
        told = {"alert_type": "T", "severity": "LOW", "entity": f"host/h{number}", "message": "x" * 60}
        script.add("alert.firing", at(number / 60), told)
    url = f"sqlite:///{path}/noc.db"
    play(url, script.lines, path / "a.jsonl")
    return url


@pytest.mark.parametrize("kind", ["alerts", "feed", "events", "assignments"])
def test_a_reader_that_has_enough_ends_it_quietly(url: str, kind: str) -> None:
    words = [sys.executable, "-m", "noc_tui.cli", "export", kind, "--db", url]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as export:
        assert export.stdout is not None
        assert export.stderr is not None
        assert export.stdout.readline().startswith(b"{")
        export.stdout.close()
        said = export.stderr.read()
        assert export.wait(timeout=60) == 0
    assert said == b""
