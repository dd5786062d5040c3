"""The console started by something else, such as `screen` or `sshd`: its process id, and whether it lives."""

import shlex
import time
from pathlib import Path

from tests.pty.programs import CONSOLES, ROOT


def words_of(noted: Path) -> str:
    """For a shell: become the console over the fake engine, after its process id was written to `noted`."""
    return f"cd {shlex.quote(str(ROOT))} && echo $$ > {shlex.quote(str(noted))} && exec {shlex.join(CONSOLES['fake'])}"


def ends(noted: Path, seconds: float = 15.0) -> bool:
    """Whether the console of `noted` ends by itself in that time; it is not helped."""
    pid = int(noted.read_text())
    deadline = time.monotonic() + seconds
    while Path(f"/proc/{pid}").exists():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
