"""What a step came to."""

from typing import Any

import msgspec


class Done(msgspec.Struct, frozen=True):
    text: str
    evidence: dict[str, Any] = {}


class Failed(msgspec.Struct, frozen=True):
    """`sure`: it has certainly not been done; without an answer nobody knows."""

    text: str
    sure: bool = True


class Wait(msgspec.Struct, frozen=True):
    """Not yet: look again at `until` (event time)."""

    until: int
    text: str


class NotSent(msgspec.Struct, frozen=True):
    text: str


Outcome = Done | Failed | Wait | NotSent
