"""The console over a real SSH: a server of our own on the loopback, and the client that everybody has."""

import base64
import contextlib
import getpass
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pty.inside import ends, words_of
from tests.support.pty_session import PtySession

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
pytestmark = pytest.mark.skipif(
    SSHD is None or shutil.which("ssh") is None or shutil.which("ssh-keygen") is None, reason="OpenSSH is not installed"
)
SEPARATION = Path("/run/sshd")
STRING = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]+)\x07")
CONFIG = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/client.pub
PidFile {folder}/sshd.pid
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
"""


class Server:
    """`sshd` with a host key and one client of its own; it lets in whoever runs the tests, and nobody else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("host", "client"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (folder / "sshd_config").write_text(CONFIG.format(port=self.port, folder=folder))
        key = (folder / "host.pub").read_text().split()[:2]
        (folder / "known").write_text(f"[127.0.0.1]:{self.port} {' '.join(key)}\n")
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([str(SSHD), "-D", "-e", "-f", folder / "sshd_config"], stderr=log)

    def ready(self) -> bool:
        for _ in range(100):
            if self.process.poll() is not None:
                return False
            with socket.socket() as line:
                if line.connect_ex(("127.0.0.1", self.port)) == 0:
                    return True
            time.sleep(0.05)
        return False

    def command(self, words: str) -> list[str]:
        """A client with a terminal of its own; it reads no configuration of whoever runs this."""
        told = ("StrictHostKeyChecking=yes", f"UserKnownHostsFile={self.folder}/known", "IdentitiesOnly=yes",
                "BatchMode=yes", "SendEnv=LC_ALL")  # fmt: skip
        options = [word for one in told for word in ("-o", one)]
        return ["ssh", "-F", "none", "-tt", "-p", str(self.port), "-i", str(self.folder / "client"), *options,
                f"{getpass.getuser()}@127.0.0.1", words]  # fmt: skip

    def tried(self) -> str:
        """Why nobody is let in; empty where somebody is."""
        command = [word for word in self.command("echo in") if word != "-tt"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
        return "" if done.stdout.strip() == "in" else (done.stderr.strip() or self.log.read_text()).splitlines()[-1]


@contextlib.contextmanager
def separation() -> Iterator[None]:
    """Where a server of root's locks up what it does not trust yet; as a service it is made before."""
    made = False
    with contextlib.suppress(OSError):
        SEPARATION.mkdir(mode=0o755)
        made = True
    try:
        yield
    finally:
        if made:
            SEPARATION.rmdir()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="ssh") as made, separation():
        found = Server(Path(made))
        try:
            why = found.tried() if found.ready() else found.log.read_text().strip()[-200:] or "sshd did not come"
            if why:
                print(f"skip: no console over SSH here: {why}", file=sys.stderr)
                pytest.skip(f"sshd cannot be used here: {why}")
            yield found
        finally:
            found.process.terminate()
            found.process.wait(10)


@pytest.fixture
def noted(tmp_path: Path) -> Path:
    return tmp_path / "pid"


@pytest.fixture
def far(server: Server, noted: Path) -> Iterator[PtySession]:
    """The console at the far end of a line."""
    with PtySession(server.command(words_of(noted)), 100, 30) as session:
        session.wait_for("acknowledge", 30)
        yield session


def test_over_ssh_it_is_in_colours_and_takes_keys(far: PtySession) -> None:
    assert b"38;5;" in far.output  # the line hands on TERM, but seldom that there are more colours
    far.send("?")
    far.wait_for("Signs")
    far.send("\x1b")
    far.wait_until(lambda: not far.shows("Signs"))
    far.send("j")
    far.send("a")
    far.wait_for("takes it back")


def test_over_ssh_another_size_is_taken(far: PtySession) -> None:
    far.resize(80, 24)
    far.wait_for("[Board")
    far.resize(120, 40)
    far.wait_for("Heat map")


def test_over_ssh_what_is_copied_comes_to_the_near_end(far: PtySession) -> None:
    far.send("\t")
    far.wait_for("y copy")
    far.wait_for("nobody has taken it")
    far.send("y")
    far.wait_for("copied")
    far.wait_until(lambda: STRING.search(far.output) is not None)
    found = STRING.search(far.output)
    assert found is not None
    copied = base64.b64decode(found[1]).decode()
    assert any(copied[:12] in line for line in far.screen())


def test_over_ssh_q_leaves_the_terminal_as_it_was(far: PtySession) -> None:
    far.send("q")
    assert far.exit_code(20) == 0
    assert far.attributes_now() == far.attributes_before
    assert b"\x1b[?1049l" in far.output


def test_a_line_that_is_cut_ends_the_console(far: PtySession, noted: Path) -> None:
    far.process.kill()  # the client is gone without a word, as with a laptop that is closed
    assert ends(noted), "it lives on without a terminal"
