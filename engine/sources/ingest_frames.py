"""Frames of `noc.ingest.v1`, for the end that takes events: whoever connected to whom."""

from typing import Annotated, Final

import msgspec

BATCHED: Final = "noc.ingest.v1"
SINGLE: Final = "cloudevents.json"


class NoFrame(ValueError):
    """What came is no frame; the text says why."""


class Frame(msgspec.Struct):
    """What a sender sends."""

    seq: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    events: list[msgspec.Raw]


class Rejected(msgspec.Struct):
    index: int
    reason: str


class Ack(msgspec.Struct):
    """What it is answered, once the events are durable."""

    ack: int
    accepted: int
    duplicates: int
    rejected: list[Rejected]


_frame = msgspec.json.Decoder(Frame)


def lines_of(raw: bytes) -> tuple[int, list[bytes]]:
    """The number of a frame and its events as JSON. Raises NoFrame."""
    try:
        frame = _frame.decode(raw)
    except RecursionError:
        raise NoFrame('not {"seq": N, "events": [...]}: nested too deeply') from None
    except ValueError as error:
        raise NoFrame(f'not {{"seq": N, "events": [...]}}: {error}') from None
    return frame.seq, [bytes(event) for event in frame.events]
