"""What was counted in a window: the five signals as numbers that add up exactly."""

from collections.abc import Mapping
from typing import Final

import msgspec

# In the order in which they are told everywhere.
SIGNALS: Final = (
    "phone_events_count",
    "location_updates_count",
    "movement_distance_meters",
    "tasks_completed_count",
    "tour_checkpoints_scanned",
)


_METRES: Final = "movement_distance_meters"


class Counts(msgspec.Struct):
    """Sums over one window; `moved_mm` is a whole number of millimetres, so that no order of adding changes it."""

    phone: int = 0
    fixes: int = 0
    moved_mm: int = 0
    tasks: int = 0
    checkpoints: int = 0

    def add(self, other: "Counts") -> None:
        self.phone += other.phone
        self.fixes += other.fixes
        self.moved_mm += other.moved_mm
        self.tasks += other.tasks
        self.checkpoints += other.checkpoints

    @property
    def any(self) -> bool:
        return bool(self.phone or self.fixes or self.tasks or self.checkpoints)

    def signals(self) -> dict[str, int | float]:
        """By their names; metres to a tenth."""
        values = (self.phone, self.fixes, round(self.moved_mm / 1000, 1), self.tasks, self.checkpoints)
        return dict(zip(SIGNALS, values, strict=True))


def told(signals: Mapping[str, float]) -> dict[str, int | float]:
    """As a record keeps them, in numbers that are whole where counts are."""
    return {name: value if name == _METRES else int(value) for name, value in signals.items()}
