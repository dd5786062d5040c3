"""Rows of what was foreseen: one for each prediction that is followed to its end or, asked for all, each evaluation."""

from bisect import bisect_right
from collections.abc import Iterator

import msgspec

from data import ids, times
from data.records.prediction import Prediction
from data.store import Reader
from engine.exports.selection import Selection
from engine.predict.sheets import MILLION, SCORES, Sheet, unpack


class PredictionRow(msgspec.Struct):
    """`outcome`, `settled_at` null while it is open; `low`, `high` the interval of a warning; `held_back`: a warning
    that was not given, so that its effect can be measured; `model_version` null: by rules."""

    id: str
    kind: str
    entity: str
    made_at: str
    deadline: str | None
    probability: float
    alerted: bool
    model_version: str | None
    outcome: bool | None
    settled_at: str | None
    action_taken: bool
    site: str | None
    tenant: str
    low: float | None = None
    high: float | None = None
    held_back: bool = False
    reasons: list[str] = []
    advice: str = ""


def predictions(reader: Reader, selection: Selection) -> Iterator[PredictionRow]:
    """In order of `made_at`."""
    if selection.all_scores:
        yield from _scores(reader, selection)
        return
    for row in reader.predictions(selection.since, selection.until):
        if row.kind != SCORES and selection.allows(row.tenant) and selection.kind in (None, row.kind):
            yield _row(row)


def _row(row: Prediction) -> PredictionRow:
    warned = row.alerted or row.held_back
    return PredictionRow(
        row.id, row.kind, row.entity, times.text(row.made_at), times.text_or_none(row.deadline), row.probability,
        row.alerted, row.model_version, row.outcome, times.text_or_none(row.settled_at), row.action_taken, row.site,
        row.tenant, row.low if warned else None, row.high if warned else None, row.held_back, row.reasons, row.advice,
    )  # fmt: skip


class _Ends:
    """What became of things, to be joined with evaluations. Of a ticket or shift it is the end of its one prediction;
    of a device, whether it failed within the window."""

    def __init__(self, reader: Reader) -> None:
        self.single: dict[tuple[str, str, str], Prediction] = {}
        self.many: dict[tuple[str, str], list[int]] = {}
        self.newest: dict[str, int] = {}
        for row in reader.predictions(None, None):
            last = max(row.made_at, row.settled_at or 0)
            self.newest[row.tenant] = max(self.newest.get(row.tenant, 0), last)
            if row.kind == "device_failure":
                if row.outcome and row.settled_at is not None:
                    self.many.setdefault((row.tenant, row.entity), []).append(row.settled_at)
            elif row.kind != SCORES:
                self.single[row.tenant, row.kind, row.entity] = row
        for happened in self.many.values():
            happened.sort()

    def of(self, tenant: str, sheet: Sheet, place: int) -> tuple[bool | None, int | None, bool]:
        """(outcome, when it was settled, whether somebody acted)."""
        entity, deadline = sheet.entities[place], sheet.deadlines[place]
        if sheet.kind == "device_failure":
            happened = self.many.get((tenant, entity), [])
            at = bisect_right(happened, sheet.time)
            if at < len(happened) and deadline is not None and happened[at] <= deadline:
                return True, happened[at], False
            over = deadline is not None and deadline <= self.newest[tenant]
            return (False, deadline, False) if over else (None, None, False)
        row = self.single.get((tenant, sheet.kind, entity))
        return (None, None, False) if row is None else (row.outcome, row.settled_at, row.action_taken)


def _scores(reader: Reader, selection: Selection) -> Iterator[PredictionRow]:
    ends = _Ends(reader)
    for row in reader.predictions(selection.since, selection.until):
        if row.kind != SCORES or not selection.allows(row.tenant) or selection.kind not in (None, row.entity):
            continue
        sheet = unpack(row.sheet)
        made_at, warned = times.text(sheet.time), set(sheet.warned)
        for place, entity in enumerate(sheet.entities):
            outcome, settled, acted = ends.of(row.tenant, sheet, place)
            yield PredictionRow(
                ids.derive("E", row.tenant, sheet.kind, entity, made_at), sheet.kind, entity, made_at,
                times.text_or_none(sheet.deadlines[place]), sheet.p[place] / MILLION, place in warned, sheet.version,
                outcome, times.text_or_none(settled), acted, sheet.sites[place], row.tenant,
            )  # fmt: skip
