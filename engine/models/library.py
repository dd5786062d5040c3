"""All versions of all models of a database, and those that are at work. One library serves all partitions.

Three versions of a kind are kept with their trees; of older ones what is known of them remains.
"""

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from data.records.model import ModelVersion
from engine.models.document import BadModel
from engine.models.scorer import Scorer

KEPT: Final = 3
LIVE, RETIRED, CANDIDATE, REFUSED = "LIVE", "RETIRED", "CANDIDATE", "REFUSED"


class Library:
    """Versions by number. `fetch` looks for those that were made after loading, where others write the database."""

    def __init__(self) -> None:
        self.versions: dict[int, ModelVersion] = {}
        self.fetch: Callable[[], Iterable[ModelVersion]] = tuple
        self.notes: list[str] = []  # versions that could not be taken up, and why
        self.pinned: dict[str, int | None] = {}  # kind -> version that scores whatever goes live (None: rules); a trial
        self._scorers: dict[int, Scorer] = {}

    def load(self, versions: Iterable[ModelVersion]) -> None:
        for version in versions:
            self.versions[version.number] = version

    def add(self, version: ModelVersion) -> None:
        """Raises BadModel for one that cannot work: it is read at once."""
        self._scorers[version.number] = Scorer(version)
        self.versions[version.number] = version

    def of(self, tenant: str, kind: str) -> list[ModelVersion]:
        """Versions of a kind, newest first."""
        found = [one for one in self.versions.values() if one.tenant == tenant and one.kind == kind]
        return sorted(found, key=lambda one: -one.number)

    def scorer(self, number: int) -> Scorer | None:
        """The version at work; None, with a note, for one that is lost or damaged: rules take its place."""
        known = self._scorers.get(number)
        if known is not None:
            return known
        if number not in self.versions:
            self.load(self.fetch())
        version = self.versions.get(number)
        if version is None or not version.body:
            self.notes.append(f"model version {number} is not there; rules decide in its place")
            return None
        try:
            found = self._scorers[number] = Scorer(version)
        except BadModel as error:
            self.notes.append(f"model {version.kind} {version.version} cannot be used ({error}); rules decide")
            return None
        return found

    def turn(self, number: int) -> list[ModelVersion]:
        """This version goes live. Gives the records that change: itself, the one before, and those beyond the three
        that keep their trees."""
        version = self.versions.get(number)
        if version is None:
            return []
        changed = [msgspec.structs.replace(version, status=LIVE)]
        older = [one for one in self.of(version.tenant, version.kind) if one.number != number]
        for place, one in enumerate(older, 1):
            status = RETIRED if one.status == LIVE else one.status
            body = one.body if place < KEPT else b""
            if (status, body) != (one.status, one.body):
                changed.append(msgspec.structs.replace(one, status=status, body=body))
        self.load(changed)
        for one in changed:
            if not one.body and one.number not in self.pinned.values():
                self._scorers.pop(one.number, None)
        return changed
