"""Settings of the server: where it listens, who may come, and how much of anybody's time it gives."""

from typing import Annotated

import msgspec

from data.times import HOUR, MINUTE, SECOND
from engine.settings.meta import about, length


class ServerSettings(msgspec.Struct, frozen=True):
    listen: Annotated[str, about("HOST:PORT, where --listen does not say it")] = "127.0.0.1:8642"
    certificate: Annotated[str, about("file with the TLS certificate and its chain; empty: no TLS", cover="path")] = ""
    key: Annotated[str, about("file with the key of the certificate", cover="path")] = ""
    client_ca: Annotated[
        str, about("file with the authorities whose client certificates are asked for", cover="path")
    ] = ""
    origins: Annotated[
        tuple[str, ...], about("web pages that may connect, besides the server's own", example="[https://noc.example]")
    ] = ()
    body_mb: Annotated[float, about("largest body of a request", least=0.01, most=64)] = 4.0
    request_timeout: Annotated[
        int, length("a request that is not there, or cannot be answered, by then is refused", least=SECOND, most=HOUR)
    ] = 30 * SECOND
    connections: Annotated[int, about("more at once are answered 503", least=1, most=100_000)] = 4_000
    rate: Annotated[
        float, about("events a second that one sender may hand in, on average; 0: no limit", least=0, most=1_000_000)
    ] = 0.0
    stall: Annotated[
        int, length("a reader of feed or console that takes nothing for so long is cut off", least=SECOND, most=HOUR)
    ] = 20 * SECOND
    behind: Annotated[
        int, about("a reader of the feed that is live and falls so many entries behind is cut off", least=100)
    ] = 50_000
    drain: Annotated[int, length("time to answer what was taken, before the end", least=SECOND, most=10 * MINUTE)] = (
        10 * SECOND
    )
    lock_after: Annotated[int, about("wrong tokens from one address, before it has to wait", least=1, most=1000)] = 10
    lock_for: Annotated[int, length("how long it has to wait then", least=SECOND, most=24 * HOUR)] = MINUTE
