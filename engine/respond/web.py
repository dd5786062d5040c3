"""One HTTP call to the outside: to an address that was looked at, without redirects, proxies or cookies, and with a
bounded answer."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import msgspec

from engine.respond.addresses import Refused, Resolve, pinned, resolve

if TYPE_CHECKING:
    import httpx2

ANSWER = 64 << 10  # bytes of an answer that are read
AGENT = "noc/1 (operations console)"


class Unreached(OSError):
    """There was no connection, so nothing has arrived there."""


class Reply(msgspec.Struct, frozen=True):
    status: int
    headers: Mapping[str, str]
    body: bytes


class Web:
    """Connections to one receiver. The library is loaded with the first call: most engines tell nobody."""

    def __init__(self, allow: Sequence[str] = (), lookup: Resolve = resolve) -> None:
        self.allow = allow
        self._lookup = lookup
        self._client: httpx2.AsyncClient | None = None

    async def call(self, method: str, url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Reply:
        """Raises Refused for a place that is not allowed; Unreached or another OSError where nobody is reached,
        TimeoutError or httpx2.HTTPError where nobody answers."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme not in ("http", "https") or not host:
            raise Refused("it is no web address")
        if "@" in parts.netloc:
            raise Refused("an address with a user in it is not taken")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = await pinned(host, port, self.allow, self._lookup)
        literal = f"[{address}]" if ":" in address else address
        target = urlunsplit((parts.scheme, f"{literal}:{port}", parts.path or "/", parts.query, ""))
        shown = f"[{host}]" if ":" in host else host
        sent = {"host": f"{shown}:{parts.port}" if parts.port else shown, "user-agent": AGENT, **headers}
        client = self._opened()
        extensions = {"sni_hostname": host} if parts.scheme == "https" else {}
        request = client.build_request(
            method, target, content=body, headers=sent, timeout=seconds, extensions={**extensions}
        )
        reply = await _sent(client, request)
        try:
            return Reply(reply.status_code, dict(reply.headers), await _bounded(reply))
        finally:
            await reply.aclose()

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _opened(self) -> "httpx2.AsyncClient":
        if self._client is None:
            import httpx2

            self._client = httpx2.AsyncClient(follow_redirects=False, trust_env=False)
        return self._client


async def _sent(client: "httpx2.AsyncClient", request: "httpx2.Request") -> "httpx2.Response":
    import httpx2

    try:
        return await client.send(request, stream=True)
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
        raise Unreached(str(error) or "no connection") from error


async def _bounded(reply: "httpx2.Response") -> bytes:
    found = bytearray()
    async for chunk in reply.aiter_raw():
        found += chunk
        if len(found) >= ANSWER:
            break
    return bytes(found[:ANSWER])
