"""The socket that the server listens on."""

import asyncio
import socket

from engine.server.host import _bound


def test_an_answer_in_two_parts_is_not_held_back() -> None:
    """asyncio turns Nagle's algorithm off only where the listening socket says that it is TCP; with it, every small
    answer over a kept connection took 40 ms."""

    async def accepted() -> int:
        found: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        async def met(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            line = writer.get_extra_info("socket")
            found.set_result(line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        with _bound(("127.0.0.1", 0)) as door:
            server = await asyncio.start_server(met, sock=door)
            _, writer = await asyncio.open_connection(*door.getsockname()[:2])
            told = await found
            writer.close()
            server.close()
        return told

    assert asyncio.run(accepted()) != 0
