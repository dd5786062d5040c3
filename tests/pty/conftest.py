"""Starting programs in a pty, and ending what is left of them."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.pty.programs import CHOSEN, CONSOLES, Open
from tests.support.pty_session import PtySession

ROOT = Path(__file__).resolve().parents[2]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.pty)
            item.add_marker(pytest.mark.xdist_group("pty"))  # one after the other: they measure


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Starts a command in a pty from the root of the checkout, with a home of its own."""
    monkeypatch.chdir(ROOT)
    home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    with contextlib.ExitStack() as stack:

        def run(command: list[str], environ: dict[str, str] | None = None, **options: Any) -> PtySession:
            return stack.enter_context(PtySession(command, environ={**home, **(environ or {})}, **options))

        yield run


@pytest.fixture
def console(start: Open) -> Open:
    """Starts the console with options of its own and waits until it shows something."""

    def run(*options: str, ready: str = "Feed", **more: Any) -> PtySession:
        session = start([*CONSOLES[CHOSEN], *options], **more)
        session.wait_for(ready)
        return session

    return run
