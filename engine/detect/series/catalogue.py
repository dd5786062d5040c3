"""Which series has which row: bounded, the one heard longest ago gives way."""

from typing import NamedTuple

import msgspec


class Series(NamedTuple):
    """What makes a series: name, entity, site and labels (WIRE.md §7)."""

    name: str
    entity: str | None = None
    site: str | None = None
    labels: tuple[tuple[str, str], ...] = ()

    def key(self) -> str:
        """As one text."""
        labels = ",".join(f"{name}={value}" for name, value in self.labels)
        return "/".join(("series", self.name, self.entity or "", self.site or "", labels))


class Catalogue:
    """Rows by series, at most `most`."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.rows: dict[Series, int] = {}  # in the order in which they were heard last
        self.series: list[Series] = []
        self.replaced: list[tuple[int, Series]] = []

    def row(self, key: Series) -> int:
        """The row of the series; a new one takes a free row, or that of the series heard longest ago."""
        rows = self.rows
        row = rows.get(key)
        if row is not None:
            del rows[key]
            rows[key] = row
            return row
        if len(self.series) < self.most:
            row = len(self.series)
            self.series.append(key)
        else:
            oldest = next(iter(rows))
            row = rows.pop(oldest)
            self.series[row] = key
            self.replaced.append((row, oldest))
        rows[key] = row
        return row

    def take_replaced(self) -> list[tuple[int, Series]]:
        """Rows that went to another series since this was asked, and whose they were."""
        taken, self.replaced = self.replaced, []
        return taken

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(list(self.rows.items()))

    def load(self, body: bytes) -> None:
        held = msgspec.msgpack.decode(body, type=list[tuple[Series, int]])
        self.rows = dict(held)
        self.series = [Series("")] * len(held)
        for key, row in self.rows.items():
            self.series[row] = key
