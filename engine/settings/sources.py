"""Settings of the sources of events."""

from typing import Annotated, Literal

import msgspec

from engine.settings.meta import about


class Source(msgspec.Struct, frozen=True):
    name: Annotated[str, about("what it is called on the screen")]
    kind: Annotated[Literal["websocket", "file", "syslog"], about("how its events come")]
    url: Annotated[str, about("ws:// or wss:// address of a websocket")] = ""
    protocol: Annotated[Literal["noc.ingest.v1", "cloudevents.json"], about("subprotocol of a websocket")] = (
        "noc.ingest.v1"
    )
    token_file: Annotated[str, about("file with the token of a websocket")] = ""
    path: Annotated[str, about("JSON Lines of CloudEvents, plain or .gz")] = ""
    listen: Annotated[str, about("HOST:PORT on which syslog is taken")] = ""
    transport: Annotated[Literal["udp", "tcp"], about("of syslog")] = "udp"
    enabled: Annotated[bool, about("off keeps the entry without using it")] = True
