"""A small HTTP/1.1 server that remembers what it was sent and answers as it is told, also badly or not at all."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec


class Request(msgspec.Struct):
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class Answer(msgspec.Struct):
    """`hang`: no answer ever; `drop`: the connection is closed without one, after the request was taken."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = {}
    hang: bool = False
    drop: bool = False


class Server:
    """Use as an async context. `behave` may be changed at any time; `got` are the requests, in order of arrival."""

    def __init__(self, behave: Callable[[Request], Answer | Awaitable[Answer]] = lambda request: Answer()) -> None:
        self.behave = behave
        self.got: list[Request] = []
        self.port = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> "Server":
        await self.up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.down()

    async def up(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Nobody listens any more; what is open is cut."""
        if self._server is not None:
            self._server.close()
            for writer in list(self._open):
                writer.transport.abort()
            self._server = None
            await asyncio.sleep(0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def until(self, count: int) -> None:
        """Waits for so many requests."""
        async with asyncio.timeout(20):
            while len(self.got) < count:  # noqa: ASYNC110  polled, so that a test may run the server in any loop
                await asyncio.sleep(0.005)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                request = await _read(head, reader)
                self.got.append(request)
                answer = self.behave(request)
                if isinstance(answer, Awaitable):
                    answer = await answer
                if answer.hang:
                    await asyncio.sleep(3600)
                if answer.drop:
                    break
                writer.write(_written(answer))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()


async def _read(head: bytes, reader: asyncio.StreamReader) -> Request:
    first, *lines = head.decode().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, path, headers, body)


def _written(answer: Answer) -> bytes:
    headers = {"content-length": str(len(answer.body)), "content-type": "application/json", **answer.headers}
    lines = [f"HTTP/1.1 {answer.status} Whatever", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + answer.body
