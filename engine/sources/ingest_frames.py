"""Frames of `noc.ingest.v1`, for the end that takes events: whoever connected to whom."""

from typing import Annotated, Final

import msgspec

BATCHED: Final = "noc.ingest.v1"
SINGLE: Final = "cloudevents.json"
MOST: Final = 40_000
"""Events at once. 4 MiB hold no more of them, the smallest there are; but millions of empty things, each of which would
be refused by itself and kept as such."""


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
    if len(frame.events) > MOST:
        raise NoFrame(f"{len(frame.events)} events in a frame are over {MOST}")
    return frame.seq, [bytes(event) for event in frame.events]
