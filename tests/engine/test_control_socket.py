"""The socket beside a database, by which commands of other programs come."""

import asyncio
from pathlib import Path

from engine.control import Commander, serve, socket_path
from engine.runtime import Engine
from engine.settings import Config
from tests.support.memory import MemoryStore


async def test_who_is_cancelled_at_once_leaves_no_socket_behind(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'noc.db'}"
    path = socket_path(url)
    assert path is not None
    serving = asyncio.create_task(serve(Commander(Engine(MemoryStore(), Config())), url))
    await asyncio.sleep(0)  # so far it has come: the socket is there
    assert path.exists()
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
    assert not path.exists()
