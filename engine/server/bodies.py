"""Bodies of requests: bounded in size and in time."""

import asyncio

from starlette.requests import ClientDisconnect, Request

from data.times import SECOND
from engine.server.refusal import Refusal
from engine.server.service import Service

DISCARDED = 16 << 20  # bytes beyond the limit that are read and thrown away, before the connection is cut


async def body_of(service: Service, request: Request) -> bytes:
    """The whole body. Raises Refusal: 408 for one that does not come, 413 for too much of it, 415 for a coded one."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Refusal(415, "bodies are taken without content-encoding")
    settings = service.config.server
    most = int(settings.body_mb * (1 << 20))
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > most + DISCARDED:
        raise Refusal(413, f"a body of {length[:20]} bytes is over {most}")
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(settings.request_timeout / SECOND):
            async for part in request.stream():
                size += len(part)
                if size > most + DISCARDED:
                    break
                if size > most:
                    parts.clear()  # read on, so that the sender is there to read the answer
                else:
                    parts.append(part)
    except TimeoutError:
        raise Refusal(408, "the body did not arrive in time") from None
    except ClientDisconnect:
        raise Refusal(400, "the sender went away before the end of the body") from None
    if size > most:
        raise Refusal(413, f"the body is over {most} bytes")
    return b"".join(parts)
