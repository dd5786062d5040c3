"""Many small runs become few larger ones: what live batches of a few events leave behind compresses badly one by one.

Neither journal positions nor feed sequences change; the rows of a run are replaced in one transaction.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from data import journal

SMALL: Final = 512  # events; a run that long is left alone
NEIGHBOURS: Final = 64  # so many small ones are worth the work

Row = tuple[Any, ...]
_RAW: Final = msgspec.msgpack.Decoder(list[msgspec.Raw])
_ENCODER: Final = msgspec.msgpack.Encoder()


class Tail:
    """The small runs at the end of one journal (or of one partition's feed): (first, count) each."""

    def __init__(self) -> None:
        self.runs: list[tuple[int, int]] = []
        self._ripe: list[list[tuple[int, int]]] = []  # small neighbours that a large run has closed in

    def add(self, first: int, count: int) -> None:
        if count < SMALL and (not self.runs or sum(self.runs[-1]) == first):
            self.runs.append((first, count))
            return
        if len(self.runs) > 1:
            self._ripe.append(self.runs)
        self.runs = [(first, count)] if count < SMALL else []

    def due(self, *, closing: bool = False) -> list[tuple[int, int]]:
        """Neighbours to be merged now; empty when it is not worth it yet. They are taken out: `put_back` what is
        left of them, or all of them after a failure."""
        if self._ripe:
            return self._ripe.pop(0)
        if len(self.runs) >= (2 if closing else NEIGHBOURS):
            runs, self.runs = self.runs, []
            return runs
        return []

    def put_back(self, runs: Sequence[tuple[int, int]]) -> None:
        if self.runs and runs and sum(runs[-1]) != self.runs[0][0]:
            return  # no longer neighbours
        self.runs = [*runs, *self.runs]


def _chunks(rows: Iterable[Row], count: int) -> Iterator[list[Row]]:
    """Neighbours, together at least SMALL events but for the last. Column `count` tells how many each row holds."""
    chunk: list[Row] = []
    held = 0
    for row in rows:
        chunk.append(row)
        held += row[count]
        if held >= SMALL:
            yield chunk
            chunk, held = [], 0
    if chunk:
        yield chunk


def merge_segments(rows: Sequence[Row]) -> list[Row]:
    """Rows of the table `segments`, neighbours in order, as fewer rows."""
    return [
        chunk[0]
        if len(chunk) == 1
        else journal.row(journal.pack(journal.join([journal.unpack(journal.Packed(*row)) for row in chunk])))
        for chunk in _chunks(rows, 1)
    ]


def merge_packs(rows: Sequence[Row]) -> list[Row]:
    """Rows of the table `feed` of one partition, neighbours in order, as fewer rows."""
    merged: list[Row] = []
    for chunk in _chunks(rows, 2):
        bodies = [journal.decompress(row[5]) for row in chunk]
        if len(chunk) == 1 or len({body[:1] for body in bodies}) > 1:  # written with different lists of fields
            merged += chunk
            continue
        entries = [entry for body in bodies for entry in _RAW.decode(memoryview(body)[1:])]
        body = journal.compress(bodies[0][:1] + _ENCODER.encode(entries))
        count = sum(row[2] for row in chunk)
        merged.append(
            (chunk[0][0], chunk[0][1], count, min(row[3] for row in chunk), max(row[4] for row in chunk), body)
        )
    return merged
