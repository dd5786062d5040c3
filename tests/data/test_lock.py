"""Who holds a database, and that the dead hold nothing."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from data import lock
from data.store import StoreBusy


def test_the_holder_is_named(tmp_path: Path) -> None:
    database = tmp_path / "noc.db"
    held = lock.take(database, "noc engine")
    try:
        with pytest.raises(StoreBusy) as caught:
            lock.take(database, "noc replay")
        words = str(caught.value)
        assert f"pid {os.getpid()} (noc engine)" in words
        assert f"noc --read-only --db sqlite:///{database}" in words
        found = lock.holder(database)
        assert found is not None
        assert found.since in words
    finally:
        held.release()
    held.release()
    lock.take(database, "noc replay").release()


def test_a_killed_holder_blocks_nobody(tmp_path: Path) -> None:
    database = tmp_path / "noc.db"
    program = (
        "import sys, pathlib; from data import lock; held = lock.take(pathlib.Path(sys.argv[1]), 'noc'); "
        "print('held', flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == b"held\n"
        with pytest.raises(StoreBusy, match=f"pid {child.pid} "):
            lock.take(database, "noc")
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdin.close()
        child.stdout.close()
    lock.take(database, "noc").release()


def test_a_lock_file_with_nonsense_is_only_a_file(tmp_path: Path) -> None:
    database = tmp_path / "noc.db"
    lock.path_of(database).write_text("{")
    held = lock.take(database, "noc")
    try:
        lock.path_of(database).write_text("{")
        with pytest.raises(StoreBusy, match="another process"):
            lock.take(database, "noc")
    finally:
        held.release()
