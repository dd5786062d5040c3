"""The engine as a service of systemd: it says when it serves, that it is alive, and that it ends."""

import configparser
import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from noc_tui.cli import COMMANDS
from tests.service.served import Served

UNIT = Path(__file__).parents[2] / "docs" / "noc.service"


class Notified(Served):
    """A server that is started as systemd would, with a socket to say things to."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.line.bind(str(folder / "notify"))
        self.line.settimeout(20)

    def _env(self) -> dict[str, str]:
        return {**super()._env(), "NOTIFY_SOCKET": str(self.folder / "notify"), "WATCHDOG_USEC": "400000"}

    def said(self, word: str) -> bool:
        """Waits until it is said."""
        while self.line.recv(4096).decode() != word:
            pass
        return True


def test_says_when_it_serves_that_it_lives_and_that_it_ends(tmp_path: Path) -> None:
    served = Notified(tmp_path).start()
    assert served.said("READY=1")
    assert served.said("WATCHDOG=1")
    assert served.said("WATCHDOG=1")
    assert served.stop() == 0
    assert served.said("STOPPING=1")
    served.line.close()


def test_the_unit_starts_a_command_that_there_is() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None, comment_prefixes=("#",))
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(UNIT.read_text())
    service = unit["Service"]
    assert service["Type"] == "notify"
    words = service["ExecStart"].split()
    assert words[1] == "noc"
    assert words[2] in COMMANDS
    assert service["ExecReload"].endswith("-HUP $MAINPID")
    for name in ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "RestrictNamespaces", "LockPersonality"):
        assert service[name] == "yes"


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze")
    (tmp_path / "noc.service").write_text(UNIT.read_text())
    found = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / "noc.service")],
        capture_output=True, text=True, timeout=60, env={**os.environ}, check=False,
    )  # fmt: skip
    assert "Unknown" not in found.stderr, found.stderr
    assert "Failed to parse" not in found.stderr, found.stderr
