"""How one kind of thing is looked at: scored by its model or by the rules, kept when it changed, warned of once."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.times import HOUR
from engine.alerts.signal import Signal
from engine.models.scorer import Scorer
from engine.models.table import Table
from engine.predict.book import Book, Case, Look
from engine.predict.rules import ALONE, RULES
from engine.predict.sheets import MILLION, Sheet, Sheets

LONG_AGO: Final = -(1 << 62)
HOLDS: Final = HOUR  # an evaluation that did not change to three digits is written again after this
Slots = NDArray[np.intp]
Matrix = NDArray[np.float32]
Floats = NDArray[np.float64]


class Subject:
    """What a look needs to know of an entity beside its features. `key` names the entity and the horizon."""

    __slots__ = ("client", "deadline", "entity", "key", "site")

    def __init__(self, entity: str, key: str, deadline: int | None, site: str | None, client: str | None) -> None:
        self.entity, self.key, self.deadline, self.site, self.client = entity, key, deadline, site, client


class Looking:
    """One kind. `name` is the model's, `kind` that of its predictions; `table` holds the features by id.

    `case(id, row)` says why, when there is something to warn of; `warn_from(scorer)` from which probability on."""

    def __init__(
        self,
        name: str,
        kind: str,
        table: Callable[[], Table],
        book: Book,
        sheets: Sheets,
        subject: Callable[[str, int], Subject],
        case: Callable[[str, Matrix, float], Case],
    ) -> None:
        self.name, self.kind = name, kind
        self.table, self.book, self.sheets = table, book, sheets
        self.subject, self.case = subject, case
        self.scorer: Scorer | None = None
        self.warn_from = 0.6
        self.best = False  # where such odds are never reached: from where precision and recall were best together
        self.kept = 1.0
        self.vector_every = HOUR
        # By slot: probability as last written (thousandths), when; when the next vector is kept; since when.
        self._said = np.zeros((0, 4), np.int64)

    @property
    def threshold(self) -> float:
        """From which probability on there is a warning."""
        if self.best and self.scorer is not None:
            return min(self.warn_from, self.scorer.about.threshold)
        return self.warn_from

    @property
    def version(self) -> str | None:
        return self.scorer.version if self.scorer is not None else None

    def fresh(self, slot: int, now: int) -> None:
        """Nothing has been said yet of what lies in this slot from now on."""
        self._grow()
        self._said[slot] = (-1, LONG_AGO, LONG_AGO, now)

    def last(self, slot: int) -> int:
        """When the last evaluation was written."""
        return int(self._said[slot, 1])

    def unsaid_since(self, slots: Slots, time: int) -> Slots:
        """Those of which nothing was written since `time`."""
        found: Slots = slots[self._said[slots, 1] <= time]
        return found

    def one(
        self, id: str, slot: int, now: int, *, told: bool = True, quiet: bool = False, every: int | None = None
    ) -> list[Signal]:
        """A look at one. `told`: an event changed its features, so the vector is kept; `quiet`: no warning any more;
        `every`: when its next vector is kept, if not as usual."""
        names, row = self.table().names, self.table().row(slot)
        scorer, alone = self.scorer, ALONE.get(self.name)
        if scorer is not None:
            p = scorer.one(names, row)
        else:
            p = alone(row) if alone is not None else float(RULES[self.name](names, row[None, :])[0])
        before, written, due, _ = self._said[slot].tolist()
        thousandths = round(p * 1000)
        keeps = told or now >= due
        subject = self.subject(id, now)
        warn = p >= self.threshold and not quiet
        look = Look(
            self.kind, subject.entity, subject.key, now, subject.deadline, p, subject.site, subject.client, self.version
        )
        signals = self.book.look(look, warn, self.kept, lambda: self.case(id, row.copy(), p))
        if keeps or thousandths != before or now - written >= HOLDS or signals:
            self._write(now, [subject], [p], [0] if keeps else [], row[None, :])
            self._said[slot, :3] = thousandths, now, now + (every or self.vector_every) if keeps else due
        return signals

    def hold(self, id: str, slot: int, now: int) -> None:
        """Opens the next prediction of one with what was said last, without a look."""
        subject, p = self.subject(id, now), max(0.0, float(self._said[slot, 0]) / 1000)
        look = Look(
            self.kind, subject.entity, subject.key, now, subject.deadline, p, subject.site, subject.client, self.version
        )
        self.book.look(look, False, self.kept, lambda: self.case(id, self.table().row(slot).copy(), p))

    def many(self, ids: Sequence[str], slots: Slots, now: int, *, opens: bool = False) -> list[Signal]:
        """A look at all of these at once; those that say the same as before are not written again. `opens`: some may
        have no prediction that stands."""
        if not len(slots):
            return []
        table = self.table()
        rows = table.matrix[slots, : len(table.names)]
        p = self.scorer.many(table.names, rows) if self.scorer is not None else RULES[self.name](table.names, rows)
        said = self._said[slots]
        thousandths = np.rint(p * 1000).astype(np.int64)
        keeps = now >= said[:, 2]
        write = (thousandths != said[:, 0]) | (now - said[:, 1] >= HOLDS) | keeps
        signals: list[Signal] = []
        for place in np.flatnonzero((p >= self.threshold) | opens).tolist():
            found = self._consider(ids[place], rows[place], float(p[place]), now)
            write[place] |= bool(found)
            signals += found
        chosen = np.flatnonzero(write)
        if len(chosen):
            subjects = [self.subject(ids[place], now) for place in chosen.tolist()]
            kept = np.flatnonzero(keeps[chosen])
            self._write(now, subjects, p[chosen].tolist(), kept.tolist(), rows[chosen[kept]])
            at = slots[chosen]
            self._said[at, 0], self._said[at, 1] = thousandths[chosen], now
            # What changes by time only is soon told: after ever longer times another vector is kept.
            self._said[at[kept], 2] = now + np.maximum(self.vector_every, now - said[chosen[kept], 3])
        return signals

    def _consider(self, id: str, row: Matrix, p: float, now: int) -> list[Signal]:
        subject = self.subject(id, now)
        look = Look(
            self.kind, subject.entity, subject.key, now, subject.deadline, p, subject.site, subject.client, self.version
        )
        return self.book.look(look, p >= self.threshold, self.kept, lambda: self.case(id, row.copy(), p))

    def _write(self, now: int, subjects: list[Subject], p: list[float], kept: list[int], vectors: Matrix) -> None:
        warned = [place for place, one in enumerate(subjects) if self.book.warned(one.key)]
        sheet = Sheet(
            self.kind, now, self.version, [one.entity for one in subjects], [round(each * MILLION) for each in p],
            [one.deadline for one in subjects], [one.site for one in subjects], warned, kept,
        )  # fmt: skip
        self.sheets.write(sheet, self.table().names, vectors if kept else None)

    def _grow(self) -> None:
        more = len(self.table().matrix) - len(self._said)
        if more > 0:
            self._said = np.concatenate((self._said, np.full((more, 4), LONG_AGO, np.int64)))

    def dump(self) -> list[tuple[int, int, int, int]]:
        """What was said of each row of the table, in its order."""
        slots = self.table().rows()[1]
        return [(a, b, c, d) for a, b, c, d in self._said[slots].tolist()]

    def load(self, said: list[tuple[int, int, int, int]]) -> None:
        self._grow()
        slots = self.table().rows()[1]
        if len(said):
            self._said[slots] = np.array(said, np.int64)
