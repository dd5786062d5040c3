"""Features of the entities that are scored now: one row each in one matrix, so that a tick scores all in one call."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

WIDEST: Final = 256  # features of one kind of model; names beyond are not taken up

Matrix = NDArray[np.float32]


class _State(msgspec.Struct):
    names: list[str]
    ids: list[str]
    body: bytes


class Table:
    """Rows by id; columns by name, in the order of first use. A value that is not known is NaN.

    The order of rows is that of arrival, whatever left in between: what is computed over all of them must not depend on
    which slot was free."""

    def __init__(self, names: Sequence[str] = ()) -> None:
        self.names: list[str] = list(names)
        self._column = {name: place for place, name in enumerate(self.names)}
        self.slots: dict[str, int] = {}  # id -> row of the matrix, in order of arrival
        self._free: list[int] = []
        self.matrix: Matrix = np.full((16, max(8, len(self.names))), np.nan, np.float32)

    def __contains__(self, id: str) -> bool:
        return id in self.slots

    def __len__(self) -> int:
        return len(self.slots)

    def add(self, id: str) -> int:
        """A row of gaps for a new id; gives its slot."""
        slot = self.slots.get(id)
        if slot is not None:
            return slot
        if self._free:
            slot = self._free.pop()
        else:
            slot = len(self.slots)
            if slot == len(self.matrix):
                more = np.full_like(self.matrix, np.nan)
                self.matrix = np.concatenate((self.matrix, more))
        self.slots[id] = slot
        self.matrix[slot] = np.nan
        return slot

    def remove(self, id: str) -> None:
        slot = self.slots.pop(id, None)
        if slot is not None:
            self._free.append(slot)

    def column(self, name: str) -> int:
        """The place of a feature, a new one if need be; -1 where there is no room for more."""
        place = self._column.get(name)
        if place is not None:
            return place
        if len(self.names) >= WIDEST:
            return -1
        place = self._column[name] = len(self.names)
        self.names.append(name)
        if place == self.matrix.shape[1]:
            wider = np.full((len(self.matrix), 2 * place), np.nan, np.float32)
            wider[:, :place] = self.matrix
            self.matrix = wider
        return place

    def row(self, slot: int) -> Matrix:
        """A view of one row, of all named features."""
        view: Matrix = self.matrix[slot, : len(self.names)]
        return view

    def rows(self) -> tuple[list[str], NDArray[np.intp]]:
        """All ids and their slots."""
        return list(self.slots), np.fromiter(self.slots.values(), np.intp, len(self.slots))

    def dump(self) -> bytes:
        ids, slots = self.rows()
        body = self.matrix[slots, : len(self.names)]
        return msgspec.msgpack.encode(_State(self.names, ids, np.ascontiguousarray(body).tobytes()))

    def load(self, dumped: bytes) -> None:
        state = msgspec.msgpack.decode(dumped, type=_State)
        body = np.frombuffer(state.body, np.float32).reshape(len(state.ids), len(state.names))
        self.__init__(state.names)  # type: ignore[misc]
        for id, values in zip(state.ids, body, strict=True):
            self.row(self.add(id))[:] = values


def spread(names: Sequence[str], wanted: Sequence[str]) -> NDArray[np.intp]:
    """For each wanted feature its place in `names`; `len(names)`, one beyond the last, for those that are missing."""
    at = {name: place for place, name in enumerate(names)}
    return np.array([at.get(name, len(names)) for name in wanted], np.intp)
