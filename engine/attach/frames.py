"""Messages of `noc.console.v1`, both ways. Unknown fields are ignored, unknown messages skipped: later versions add."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import zstandard

from engine.views import Board, Dossier, FeedPage, Health, HeatGrid, ItemContext, Journey, Outcome, Sheet

PROTOCOL: Final = "noc.console.v1"
PLAIN: Final = 600  # bytes; what is shorter is not worth compressing
WAYS: Final = ("at", "by", "speed", "stop")
FARTHEST: Final = 1 << 60
LARGEST: Final = 16 << 20  # bytes of an unpacked message

# What can be watched, the pages that come of it, and what may be asked with it.
PAGES: Final[dict[str, type[msgspec.Struct]]] = {
    "feed": FeedPage,
    "board": Board,
    "item": ItemContext,
    "heat": HeatGrid,
    "health": Health,
    "sheet": Sheet,
    "dossier": Dossier,
    "journey": Journey,
}


class Asked(msgspec.Struct, omit_defaults=True):
    """From the console. `do` is watch, close, act or travel; `id` is the console's own number of the watch or command.
    Who travels does so in a connection of its own, with `?past=1`: `args` are those of `engine.link.Traveller`."""

    do: str
    id: int
    what: str = ""  # watch: one of PAGES
    args: dict[str, Any] = {}
    key: str = ""  # act: the same again is the same command
    action: str = ""
    target: str = ""
    note: str = ""
    params: dict[str, Any] = {}


class Hello(msgspec.Struct, omit_defaults=True):
    """First from the server. `actor` is the name that commands are carried out under."""

    actor: str
    role: str
    tenant: str
    read_only: bool
    version: str = ""


class Told(msgspec.Struct, omit_defaults=True):
    """From the server: a page of the watch `page` (`whole`, or `delta` to the one before), an `error` of it, or the
    `outcome` of the command `done`."""

    hello: Hello | None = None
    page: int = 0
    whole: Any = None
    delta: Any = None
    error: str | None = None
    done: int = 0
    outcome: Outcome | None = None


_encode: Final = msgspec.json.Encoder().encode
_asked: Final = msgspec.json.Decoder(Asked)
_told: Final = msgspec.json.Decoder(Told)


def packed(message: Asked | Told) -> tuple[bytes, bool]:
    """The message for a frame, and whether that is a binary one."""
    body = _encode(message)
    if len(body) <= PLAIN:
        return body, False
    return zstandard.ZstdCompressor(level=1).compress(body), True


def line(message: Asked | Told) -> bytes:
    """The message as a line, for one who sits on the same machine."""
    return _encode(message) + b"\n"


def asked(frame: bytes | str) -> Asked:
    """Raises ValueError for what is no message."""
    return _asked.decode(_unpacked(frame))


def way(args: Mapping[str, Any]) -> dict[str, float]:
    """What a traveller asks for, without what is no part of it. Raises ValueError."""
    found = {name: args[name] for name in WAYS if name in args}
    for name, value in found.items():
        if not isinstance(value, (int, float)) or not abs(value) < FARTHEST:
            raise ValueError(f"`{name}` is a number")
    return found


def told(frame: bytes | str) -> Told:
    """Raises ValueError for what is no message."""
    return _told.decode(_unpacked(frame))


def _unpacked(frame: bytes | str) -> bytes | str:
    if isinstance(frame, str):
        return frame
    try:
        return zstandard.ZstdDecompressor().decompress(frame, max_output_size=LARGEST)
    except zstandard.ZstdError as error:
        raise ValueError(f"not compressed with zstd: {error}") from None
