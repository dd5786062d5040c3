"""What predictions were worth: how often they were right, how early, how well they knew how sure they were, and what
was prevented.

*Prevented* is counted only against cases in which nobody acted: warnings that were held back by lot
(`predict.held_back`), or, where policy holds none back, past warnings that nobody took up. Both are compared within
bands of equal probability, so that a desk which acts on the gravest first is not praised or blamed for that
(post-stratification; Rosenbaum and Rubin 1984). A difference within its own 95 % interval is called none.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import sqrt
from typing import Final

import msgspec
import numpy as np

from data.records.prediction import Prediction
from data.times import MINUTE
from engine.predict.history import KINDS, Endings
from engine.predict.sheets import MILLION, SCORES, Kept, unpack

BANDS: Final = 10  # of probability, for calibration
COARSE: Final = (0.0, 0.6, 0.7, 0.8, 0.9, 1.01)  # of warnings, for what was prevented
_NO_VECTOR: Final = np.zeros(0, np.float32)
ENOUGH: Final = 20  # warnings on either side, below which nothing is said of prevention


class Band(msgspec.Struct, frozen=True):
    """Evaluations that said a probability in [`low`, `high`): how many, what they said on average, what came true."""

    low: float
    high: float
    count: int
    said: float
    happened: float


class Leads(msgspec.Struct, frozen=True):
    """Minutes between a right warning and what it warned of."""

    count: int
    least: float
    tenth: float
    median: float
    most: float


class Prevented(msgspec.Struct, frozen=True):
    """`share` of the acted-on warnings that would have come true and did not, with its 95 % interval. `against`:
    `held back` or `nobody acted`. `share` None: too few on one side."""

    against: str
    acted: int
    others: int
    share: float | None
    low: float | None
    high: float | None
    text: str


class Account(msgspec.Struct, frozen=True):
    """Of the predictions of one kind that were settled in a span of event time. `missed` came true without a warning;
    quiet predictions of which only a share is kept are weighed up, so `quiet` is an estimate there."""

    kind: str
    open: int
    warned: int
    right: int
    wrong: int
    missed: int
    quiet: float
    held_back: int
    untold: int  # ended without anybody knowing how
    base_rate: float | None
    precision: float | None
    recall: float | None
    leads: Leads | None
    calibration: tuple[Band, ...]
    calibration_error: float | None
    prevented: Prevented


def accounts(rows: Iterable[Prediction], tenant: str, until: int, quiet_kept: float) -> list[Account]:
    """One for each kind that predicted anything. `rows` are all rows of the span, sheets too; `until` the event time
    up to which outcomes are known; `quiet_kept` the share of quiet device predictions whose end is kept."""
    mine = [row for row in rows if row.tenant == tenant]
    found = []
    for kind in KINDS.values():
        of_kind = [row for row in mine if row.kind == kind]
        if of_kind:
            bands = calibration(evaluations(mine, kind), Endings(of_kind, kind, tenant, until))
            weight = 1 / quiet_kept if kind == "device_failure" and quiet_kept > 0 else 1.0
            found.append(_account(kind, of_kind, bands, weight))
    return found


def evaluations(rows: Iterable[Prediction], kind: str) -> Iterator[tuple[Kept, float]]:
    """Every evaluation of a kind with what it said, as the sheets keep them."""
    for row in rows:
        if row.kind == SCORES and row.entity == kind:
            sheet = unpack(row.sheet)
            for entity, p, deadline in zip(sheet.entities, sheet.p, sheet.deadlines, strict=True):
                yield Kept(kind, entity, sheet.time, deadline, [], _NO_VECTOR), p / MILLION


def calibration(said: Iterable[tuple[Kept, float]], endings: Endings) -> list[Band]:
    """Of the first look at each thing that ends once, and of every look at a device: said against happened."""
    sums = [[0, 0.0, 0.0] for _ in range(BANDS)]
    seen: set[tuple[str, int | None]] = set()
    for look, p in said:
        if look.kind == "device_failure":
            label = endings.within(look)
        elif (look.entity, look.deadline) in seen:
            continue
        else:
            seen.add((look.entity, look.deadline))
            label = endings.once(look)
        if label == label:
            band = sums[min(BANDS - 1, int(p * BANDS))]
            band[0] += 1
            band[1] += p
            band[2] += label
    return [
        Band(place / BANDS, (place + 1) / BANDS, int(count), p / count, true / count)
        for place, (count, p, true) in enumerate(sums)
        if count
    ]


def _account(kind: str, rows: list[Prediction], bands: list[Band], quiet_weight: float) -> Account:
    settled = [row for row in rows if row.outcome is not None]
    warned = [row for row in settled if row.alerted]
    right = [row for row in warned if row.outcome]
    missed = sum(1 for row in settled if row.outcome and not row.alerted and not row.held_back)
    quiet = quiet_weight * sum(1 for row in settled if not (row.outcome or row.alerted or row.held_back))
    held = [row for row in settled if row.held_back]
    true = len(right) + missed + sum(1 for row in held if row.outcome)
    total = len(warned) + missed + quiet + len(held)
    looks = sum(band.count for band in bands)
    error = sum(band.count * abs(band.said - band.happened) for band in bands) / looks if looks else None
    return Account(
        kind=kind, open=sum(row.settled_at is None for row in rows), warned=len(warned), right=len(right),
        wrong=len(warned) - len(right), missed=missed, quiet=quiet, held_back=len(held),
        untold=sum(row.outcome is None and row.settled_at is not None for row in rows),
        base_rate=true / total if total else None,
        precision=len(right) / len(warned) if warned else None,
        recall=len(right) / (len(right) + missed) if right or missed else None,
        leads=leads(right), calibration=tuple(bands), calibration_error=error, prevented=prevented(warned, held),
    )  # fmt: skip


def leads(right: Iterable[Prediction]) -> Leads | None:
    """A device fails when its prediction is settled; a ticket or shift at its deadline."""
    minutes = sorted(
        (end - row.made_at) / MINUTE
        for row in right
        if (end := row.settled_at if row.kind == "device_failure" else row.deadline) is not None
    )
    if not minutes:
        return None
    count = len(minutes)
    return Leads(count, minutes[0], minutes[count // 10], minutes[count // 2], minutes[-1])


def prevented(warned: Iterable[Prediction], held: list[Prediction]) -> Prevented:
    """How many of the warnings that somebody acted on would have come true, less those that did."""
    acted, idle = _split(warned)
    against = "held back" if held else "nobody acted"
    others = held or idle
    if len(acted) < ENOUGH or len(others) < ENOUGH:
        text = f"too few to compare: {len(acted)} warnings were acted on, {len(others)} were not ({against})"
        return Prevented(against, len(acted), len(others), None, None, None, text)
    share = variance = compared = 0.0
    for low, high in pairwise(COARSE):
        one = [bool(row.outcome) for row in acted if low <= row.probability < high]
        other = [bool(row.outcome) for row in others if low <= row.probability < high]
        if one and other:
            weight = len(one) / len(acted)
            compared += weight
            share += weight * (sum(other) / len(other) - sum(one) / len(one))
            variance += weight * weight * (_spread(one) + _spread(other))
    if not compared:
        text = "warnings that were acted on and those that were not have no probability in common"
        return Prevented(against, len(acted), len(others), None, None, None, text)
    share, reach = share / compared, 1.96 * sqrt(variance) / compared
    low_end, high_end = max(-1.0, share - reach), min(1.0, share + reach)
    found = f"{share:.0%} of {len(acted)} warnings that were acted on were prevented ({low_end:.0%} to {high_end:.0%})"
    none = f"no difference that is beyond chance: {share:.0%} ({low_end:.0%} to {high_end:.0%})"
    return Prevented(against, len(acted), len(others), share, low_end, high_end, found if low_end > 0 else none)


def _split(warned: Iterable[Prediction]) -> tuple[list[Prediction], list[Prediction]]:
    acted: list[Prediction] = []
    idle: list[Prediction] = []
    for row in warned:
        (acted if row.action_taken else idle).append(row)
    return acted, idle


def _spread(outcomes: list[bool]) -> float:
    """Variance of a share, with the Agresti-Coull correction, so that 0 of 3 is not taken for certainty."""
    count = len(outcomes) + 4
    share = (sum(outcomes) + 2) / count
    return share * (1 - share) / count
