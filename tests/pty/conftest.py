"""Starting programs in a pty, and ending what is left of them."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.pty.programs import CHOSEN, CONSOLES, Open, opened
from tests.support.pty_session import PtySession


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.pty)
            item.add_marker(pytest.mark.xdist_group("pty"))  # one after the other: they measure


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Open]:
    """Starts a command in a pty; ends what is left."""
    with contextlib.ExitStack() as stack:

        def run(command: list[str], **options: Any) -> PtySession:
            return stack.enter_context(opened(command, tmp_path, **options))

        yield run


@pytest.fixture
def console(start: Open) -> Open:
    """Starts the console with options of its own and waits until it shows something."""

    def run(*options: str, ready: str = "Feed", **more: Any) -> PtySession:
        session = start([*CONSOLES[CHOSEN], *options], **more)
        session.wait_for(ready)
        return session

    return run


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PtySession]:
    """One console with a living operation, shared by tests that leave it as they found it."""
    with opened(CONSOLES[CHOSEN], tmp_path_factory.mktemp("living")) as session:
        session.wait_for("Feed")
        yield session


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PtySession]:
    """One console in which nothing happens, shared by tests that leave it as they found it."""
    with opened([*CONSOLES["fake"], "--still"], tmp_path_factory.mktemp("still")) as session:
        session.wait_for("Heat map")
        session.wait_quiet()
        yield session
