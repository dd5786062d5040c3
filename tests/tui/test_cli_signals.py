"""A command that is stopped, or whose reader has gone, ends quietly and leaves nothing half-written."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

# An export without end, which says on standard error when its first rows are out.
ENDLESS = """
import sys
from itertools import count
import data.opening
from noc_tui.cli import main
from tests.engine.shelf import Shelf, alert

def alerts(since, until):
    for number in count(1):
        if number == 5000:
            print("ready", file=sys.stderr, flush=True)
        yield alert(number)

shelf = Shelf()
shelf.alerts = alerts
data.opening.open_reader = lambda url: shelf
sys.argv[1:] = ["export", "alerts", *sys.argv[1:]]
sys.exit(main())
"""
ROOT = Path(__file__).parents[2]


def endless(*words: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    )
    assert process.stderr is not None
    return process


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)],
    ids=lambda value: str(value),
)
def test_a_stopped_export_leaves_nothing(tmp_path: Path, number: signal.Signals, code: int) -> None:
    with endless("--out", str(tmp_path / "rows.jsonl")) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"ready\n"
        assert [path.suffix for path in tmp_path.iterdir()] == [".part"]
        process.send_signal(number)
        assert process.stderr.read() == b""
        assert process.wait() == code
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_has_seen_enough() -> None:
    with endless() as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b'{"id":"A-0000000001"')
        process.stdout.close()
        assert process.stderr.read() in (b"", b"ready\n")
        assert process.wait() == 0
