from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.served import Served


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path) as server:
        yield server


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all tests of a file that keep out of each other's way."""
    with Served(tmp_path_factory.mktemp("served")) as server:
        yield server
