"""The predictions that stand: one for an entity and horizon, from the first look to what became of it.

A warning raises an alert with advice and the time that is left. What was not warned of is kept too, all of it or a
stated share, so that it is known what was missed. At its end each is settled by what truly happened; the alert goes.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from data import ids, times
from data.records import severity
from data.records.prediction import Prediction
from data.times import MINUTE
from engine.alerts.signal import UNTIL_CLEARED, Signal, identity
from engine.decisions import Numbers, Teller

WARNED: Final = {
    "sla_breach": "SLA_BREACH_PREDICTED",
    "device_failure": "DEVICE_FAILURE_PREDICTED",
    "staffing_gap": "STAFFING_GAP_PREDICTED",
}


class Look(msgspec.Struct):
    """One evaluation of one entity. `key` names entity and horizon; `deadline` ends the window (None: none)."""

    kind: str
    entity: str
    key: str
    time: int
    deadline: int | None
    p: float
    site: str | None
    client: str | None
    version: str | None


class Case(msgspec.Struct):
    """What is said with a warning, made only when there is one."""

    reasons: list[str]
    advice: str
    what: str  # what will happen, in words: `will miss its deadline`
    label: str  # what people call the entity
    low: float = 0.0
    high: float = 1.0


class Standing(msgspec.Struct):
    """An open prediction. `kept`: its row is written; `fingerprint` of its alert, 0 without one."""

    row: Prediction
    kept: bool
    warned: bool = False
    fingerprint: int = 0
    peak: float = 0.0


class Book:
    """The open predictions of one partition, by key. `acted` says whether somebody took up the alert with this
    fingerprint."""

    def __init__(self, tenant: str, teller: Teller, numbers: Numbers, held_back: float) -> None:
        self.tenant = tenant
        self.teller = teller
        self.numbers = numbers
        self.held_back = held_back
        self.acted: Callable[[int], bool] = lambda fingerprint: False
        self.open: dict[str, Standing] = {}
        self.made = 0  # predictions begun

    def look(self, look: Look, warn: bool, kept: float, case: Callable[[], Case]) -> list[Signal]:
        """Takes an evaluation: opens the prediction, or warns once. `kept` is the share of quiet ones that is kept."""
        held = self.open.get(look.key)
        if held is None:
            held = self.open[look.key] = self._begin(look, kept)
        if look.kind != "device_failure":  # a ticket's deadline may be moved; the hour of a device is over when it is
            held.row.deadline = look.deadline
        held.peak = max(held.peak, look.p)
        if not warn or held.warned:
            return []
        return self._warn(held, look, case())

    def warned(self, key: str) -> bool:
        held = self.open.get(key)
        return held is not None and held.warned and not held.row.held_back

    def settle(self, key: str, outcome: bool | None, time: int, *, still: bool = False) -> list[Signal]:
        """It is over: what became of it, and when that was known. `still`: the alert goes on with the next one."""
        held = self.open.pop(key, None)
        if held is None:
            return []
        row = held.row
        row.outcome, row.settled_at = outcome, time
        row.action_taken = bool(held.fingerprint) and self.acted(held.fingerprint)
        row.evidence["peak"] = round(held.peak, 6)
        if held.kept or outcome:
            self._write(held)
        if held.warned:
            self._tell_settled(row)
        return [] if still or not held.fingerprint else [self.clear(held, time, outcome)]

    def correct(self, row: Prediction, outcome: bool, time: int) -> None:
        """The source's own word on one that was settled before."""
        row.outcome, row.settled_at = outcome, time
        self.teller.out.predictions[row.number] = row

    def calm(self, key: str, time: int, why: str) -> list[Signal]:
        """The alert goes, the prediction stands until it is settled."""
        held = self.open.get(key)
        if held is None or not held.fingerprint:
            return []
        signal = self._signal(held, time, firing=False, text=why)
        held.fingerprint = 0
        return [signal]

    def _begin(self, look: Look, kept: float) -> Standing:
        id = ids.derive("P", self.tenant, look.key, times.text(look.time))
        self.made += 1
        row = Prediction(
            number=self.numbers.take("prediction"), id=id, tenant=self.tenant, kind=look.kind, entity=look.entity,
            made_at=look.time, deadline=look.deadline, probability=round(look.p, 6), alerted=False, site=look.site,
            client=look.client, model_version=look.version,
        )  # fmt: skip
        held = Standing(row, _share(id, "kept") < kept)
        if held.kept:
            self._write(held)
        return held

    def _warn(self, held: Standing, look: Look, case: Case) -> list[Signal]:
        row = held.row
        held.warned = held.kept = True
        row.made_at, row.probability, row.model_version = look.time, round(look.p, 6), look.version
        row.deadline = look.deadline
        row.low, row.high = round(case.low, 6), round(case.high, 6)
        row.reasons, row.advice = case.reasons, case.advice
        row.held_back = _share(row.id, "held back") < self.held_back
        row.alerted = not row.held_back
        self._write(held)
        left = None if row.deadline is None else row.deadline - look.time
        by = "" if left is None else f" in {_span(left)}"
        text = f"{case.label} {case.what}{by}: {look.p:.0%} likely"
        data: dict[str, Any] = {
            "prediction_id": row.id, "kind": row.kind, "entity": row.entity, "probability": row.probability,
            "deadline": times.text_or_none(row.deadline), "reasons": row.reasons, "advice": row.advice,
            "held_back": row.held_back, "model_version": row.model_version,
        }  # fmt: skip
        self.teller.tell("prediction_made", look.time, f"prediction/{row.id}", row.site, _severity(look.p), data)
        if row.held_back:
            return []
        held.fingerprint = identity(WARNED[row.kind], row.entity, None)
        signal = self._signal(held, look.time, firing=True, text=text)
        signal.annotations = {"advice": case.advice, "because": "; ".join(case.reasons)}
        if left is not None:
            signal.annotations["minutes_left"] = str(left // MINUTE)
        return [signal]

    def _signal(self, held: Standing, time: int, *, firing: bool, text: str) -> Signal:
        row = held.row
        return Signal(
            firing=firing, alert_type=WARNED[row.kind], severity=_severity(row.probability), time=time,
            source="noc/predict", fingerprint=held.fingerprint, cause=ids.fingerprint(row.id), entity=row.entity,
            site=row.site, message=text, labels={"prediction": row.id}, ends_at=UNTIL_CLEARED if firing else None,
        )  # fmt: skip

    def clear(self, held: Standing, time: int, outcome: bool | None) -> Signal:
        """What ends the alert of a prediction that is over."""
        words = {True: "it happened", False: "it did not happen", None: "it cannot be told"}[outcome]
        return self._signal(held, time, firing=False, text=f"the time of the prediction is over: {words}")

    def _write(self, held: Standing) -> None:
        self.teller.out.predictions[held.row.number] = held.row

    def _tell_settled(self, row: Prediction) -> None:
        data = {
            "prediction_id": row.id, "kind": row.kind, "entity": row.entity, "probability": row.probability,
            "outcome": row.outcome, "action_taken": row.action_taken, "held_back": row.held_back,
        }  # fmt: skip
        assert row.settled_at is not None
        self.teller.tell("prediction_settled", row.settled_at, f"prediction/{row.id}", row.site, severity.INFO, data)

    def dump(self) -> bytes:
        return msgspec.msgpack.encode((self.made, self.open))

    def load(self, body: bytes) -> None:
        self.made, self.open = msgspec.msgpack.decode(body, type=tuple[int, dict[str, Standing]])


def _severity(p: float) -> int:
    return severity.CRITICAL if p >= 0.9 else severity.HIGH if p >= 0.75 else severity.MEDIUM


def _share(id: str, purpose: str) -> float:
    """A number in 0-1 that follows from the id: drawing lots that come out the same in every replay."""
    return (ids.fingerprint(purpose, id) >> 11) / (1 << 53)


def _span(micros: int) -> str:
    minutes = max(0, micros) // MINUTE
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours < 48 else f"{hours // 24} days"
