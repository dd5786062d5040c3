"""The book of what was planted: rows are opened when something starts and handed over when it is done."""

from collections.abc import Callable
from typing import Any

from data.times import text

Row = dict[str, Any]
Plant = Callable[[Row], None]


class Ledger:
    """Rows of the truth. Without a reader nothing is kept, so an endless demo stays small."""

    def __init__(self, plant: Plant | None) -> None:
        self._plant = plant
        self._open: dict[int, Row] = {}
        self._count = 0

    def open(self, kind: str, start: int, end: int, *, site: str | None = None, **more: Any) -> Row:
        """A new row; append ids of events to its `event_ids` as they are sent, then `close` it."""
        self._count += 1
        row: Row = {"kind": kind, "id": f"T{self._count:06d}", "start": text(start), "end": text(end), "site": site}
        row.update(more)
        row.setdefault("event_ids", [])
        row.setdefault("detail", {})
        if self._plant is not None:
            self._open[self._count] = row
        return row

    def close(self, row: Row, end: int | None = None) -> None:
        """Hand `row` over; `end` replaces the end that was planned."""
        if end is not None:
            row["end"] = text(end)
        if self._plant is not None and self._open.pop(int(row["id"][1:]), None) is not None and row["event_ids"]:
            self._plant(row)

    def note(self, kind: str, start: int, end: int, *, site: str | None = None, **more: Any) -> None:
        """A row that is complete at once."""
        self.close(self.open(kind, start, end, site=site, **more))

    def finish(self) -> None:
        """The recording ends: hand over what is open and has been seen in at least one event."""
        for row in list(self._open.values()):
            self.close(row)
