"""A version at work: vectors in, probabilities out. Nothing of XGBoost is loaded."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.records.model import ModelVersion
from engine.models.about import about_of
from engine.models.document import BadModel, read
from engine.models.forest import Forest
from engine.models.table import spread

Floats = NDArray[np.float64]


def fault_of(version: ModelVersion) -> str:
    """Why a version cannot work; empty for one that can."""
    try:
        Scorer(version)
    except BadModel as error:
        return str(error)
    return ""


class Scorer:
    """Of one version. Vectors come with the names of their places; those the version does not know are not looked at,
    those it misses are gaps. Raises BadModel for a body or metadata that cannot be used."""

    def __init__(self, version: ModelVersion) -> None:
        self.version = version.version
        self.number = version.number
        self.body = version.body
        try:
            self.about = about_of(version)
        except msgspec.ValidationError as error:
            raise BadModel(f"metadata of another shape: {error}") from None
        if not (self.about.calibration.sound and self.about.interval.sound):
            raise BadModel("metadata whose calibration or interval is not whole")
        self.forest = Forest(read(version.body, version.checksum))
        if tuple(self.forest.names) != self.about.features:
            raise BadModel("the trees and the metadata name different features")
        self._places: NDArray[np.intp] = np.zeros(0, np.intp)
        self._known: tuple[int, str] = (-1, "")

    def one(self, names: Sequence[str], row: NDArray[np.float32]) -> float:
        """The probability of a single vector."""
        places = self._spread(names)
        wide = np.empty(len(row) + 1, np.float32)
        wide[:-1] = row
        wide[-1] = np.nan
        return self.about.calibration.one(self.forest.one(wide[places]))

    def many(self, names: Sequence[str], rows: NDArray[np.float32]) -> Floats:
        """One probability a row."""
        return self.about.calibration(self.margins(names, rows))

    def margins(self, names: Sequence[str], rows: NDArray[np.float32]) -> Floats:
        return self.forest.margins(self.aligned(names, rows))

    def aligned(self, names: Sequence[str], rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """The rows with the version's own features, in its order."""
        wide = np.concatenate((rows, np.full((len(rows), 1), np.nan, np.float32)), axis=1)
        return wide[:, self._spread(names)]

    def bounds(self, p: float, cover: float = 0.9) -> tuple[float, float]:
        return self.about.interval.of(p, cover)

    def _spread(self, names: Sequence[str]) -> NDArray[np.intp]:
        """Names only grow, so their number and the last one tell whether they are the same."""
        key = (len(names), names[-1] if names else "")
        if key != self._known:
            self._places, self._known = spread(names, self.forest.names), key
        return self._places
