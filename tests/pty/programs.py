"""Which program the pty tests drive. `NOC_PTY=demo` runs the shared ones over `noc demo` instead of the fake engine."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.pty_session import PtySession

ROOT = Path(__file__).resolve().parents[2]
CONSOLES: dict[str, list[str]] = {
    "fake": [sys.executable, "-m", "tests.pty.console"],
    "demo": [str(Path(sys.executable).with_name("noc")), "demo"],
}
CHOSEN = os.environ.get("NOC_PTY", "fake")
PROBE = [sys.executable, "-m", "tests.support.probe_console"]

Open = Callable[..., PtySession]
Record = Callable[[str, object], None]


def opened(command: list[str], home: Path, environ: dict[str, str] | None = None, **options: Any) -> PtySession:
    """`command` in a pty, run from the root of the checkout, with a home of its own."""
    homes = {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_DATA_HOME": str(home), "XDG_STATE_HOME": str(home)}
    return PtySession(command, environ={**homes, **(environ or {})}, cwd=ROOT, **options)


def needs_fake() -> pytest.MarkDecorator:
    """For tests with options that only the console over the fake engine has."""
    return pytest.mark.skipif(CHOSEN != "fake", reason="needs the console over the fake engine")
