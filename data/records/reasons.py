"""Why an alert event is not shown; the journal stores the place of a reason in this list, so it only ever grows."""

from typing import Final

REASONS: Final[tuple[str | None, ...]] = (
    None,  # visible
    "duplicate",
    "flapping",
    "burst",
    "cluster",
    "inhibited",
    "maintenance",
    "silence",
    "dependency",
    "late",
)
