"""What is simulated: size, length, seed and mood of an operation."""

from typing import Final

import msgspec

from data.times import DAY

MONDAY: Final = 1_767_571_200_000_000  # 2026-01-05T00:00:00Z


class Operation(msgspec.Struct, frozen=True):
    """One simulated operation; two equal ones give the same events, byte for byte.

    `start` is in microseconds since 1970 UTC; `days` None never ends. `hardness` from 0 to 1 makes frauds subtler,
    nuisance thicker, incidents more frequent (so that they overlap) and cascades patchier. A `lively` operation has
    an incident and a fraud within its first 20 minutes, whatever the hour.
    """

    sites: int = 12
    days: int | None = 7
    seed: int | str = 1
    start: int = MONDAY
    hardness: float = 0.0
    lively: bool = False

    def __post_init__(self) -> None:
        if self.sites < 1:
            raise ValueError("sites must be at least 1")
        if self.days is not None and self.days < 1:
            raise ValueError("days must be at least 1")
        if not 0.0 <= self.hardness <= 1.0:
            raise ValueError("hardness must be between 0 and 1")

    @property
    def end(self) -> int | None:
        """First microsecond after the operation, or None."""
        return None if self.days is None else self.start + self.days * DAY
