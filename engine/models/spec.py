"""What a model is about, said once: its name, what a positive label means, what the domain knows of its features."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.times import DAY


class ModelSpec(msgspec.Struct, frozen=True):
    """One kind of model.

    `signs` holds what the domain knows: +1 where more of a feature never makes the outcome less likely, -1 the other
    way; a key that ends in `*` stands for all names that begin so. Features are named by the data (a metric that a
    device reports, a label that a ticket bears): a model has those that its rows had. `words` are sentences for single
    features, with `{value}` for the entity's own figure and `{name}` for what stands behind `:` or `.` in its name.
    `half_life` is the age (microseconds) at which a row counts half, 0 for never. `lift` is how many times the base
    rate the PR-AUC has to be on data of some size.
    """

    name: str
    outcome: str
    signs: Mapping[str, int] = {}
    words: Mapping[str, str] = {}
    trivial: str = ""  # the feature that the simplest rule looks at
    trivial_sign: int = 1
    per_entity: int = 8  # rows of one entity in training, at most
    limit: int = 200_000  # rows, newest first
    depth: int = 4
    trees: int = 120  # at most, and never more than some 2,400 leaves in all: what one row may cost
    rate: float = 0.08
    half_life: int = 0
    lift: float = 1.2
    evenly: bool = False  # each entity weighs the same, however often it was seen
    events_only: bool = False  # learn from looks that an event of the entity caused, not from those at their time
    lasting: int = (
        0  # a row weighs as long as it was the newest of its entity, at most so many microseconds; 0: all alike
    )
    left_out: tuple[str, ...] = ()  # features that are logged and shown, but mislead a model (they drift); `*END` too

    def sign(self, feature: str) -> int:
        found = self.signs.get(feature)
        if found is not None:
            return found
        return next((s for key, s in self.signs.items() if key[-1] == "*" and feature.startswith(key[:-1])), 0)

    def leaves_out(self, feature: str) -> bool:
        """Is this a feature that the model does not look at?"""
        return any(feature == key or (key[0] == "*" and feature.endswith(key[1:])) for key in self.left_out)


class Rows(msgspec.Struct):
    """Rows to learn from, in any order. `matrix` (rows, features) has NaN for what was not known, `labels` are 0, 1 or
    NaN (not known), `times` (microseconds) say when each row was seen, `known` when its label was told, `entities` whom
    it is of (a number each), `rules` (0-1) what the rules said then."""

    names: Sequence[str]
    matrix: NDArray[np.float32]
    labels: NDArray[np.float64]
    times: NDArray[np.int64]
    entities: NDArray[np.int64]
    rules: NDArray[np.float64]

    def pick(self, chosen: NDArray[np.intp] | NDArray[np.bool_]) -> "Rows":
        return Rows(
            self.names, self.matrix[chosen], self.labels[chosen], self.times[chosen], self.entities[chosen],
            self.rules[chosen],
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.labels)


class Refused(Exception):
    """Nothing was learned, or what was learned may not go live; the text says why."""


FEW: Final = 40  # labelled entities below which nothing is learned
RARER: Final = 8  # of the rarer class
FIFTH: Final = 100  # labelled entities from which on the latest fifth judges, with ...
FIFTH_RARER: Final = 20  # ... so many of the rarer class; below, cross-validation by time does
LARGE: Final = 500  # labelled entities from which on the absolute gates count
WINDOW: Final = 180 * DAY
