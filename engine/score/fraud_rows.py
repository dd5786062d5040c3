"""One row per check-in: how likely it is fraud, as it stands. Evidence that comes later changes the row, a verdict only
its status. A row that is serious opens a ticket, or asks a person where the model is not sure.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from data.payloads import CalendarDay, Verdict
from data.records import severity
from data.records.finding import Anomaly
from data.records.fraud import FraudScore
from data.references import bare
from data.times import DAY
from data.wire import Event
from engine.alerts.lifecycle import Lifecycle
from engine.alerts.signal import Signal, identity
from engine.answering import Answering
from engine.decisions import Numbers, Teller
from engine.detect.attendance import AttendanceRules
from engine.detect.report import Sighting, Withdrawal
from engine.models.scorer import Scorer as ModelScorer
from engine.score.fraud import Rules, Scorer, combined
from engine.score.fraud_features import SHOWN, TWELVE, Histories, whole
from engine.score.fraud_model import ITSELF, Model
from engine.settings.places import Places

_SHOWN = len(TWELVE) + len(SHOWN)
KEPT, KEPT_FOR = 20_000, 4 * DAY  # rows that later evidence and verdicts can reach
SERIOUS = ("HIGH", "CRITICAL")
Key = tuple[str, str]


class _State(msgspec.Struct):
    rows: list[FraudScore]
    histories: bytes
    filed: dict[str, int]


class FraudRows:
    """The newest rows of one partition. `scorer` answers; put another one in its place when a model goes live."""

    def __init__(
        self,
        tenant: str,
        places: Places,
        attendance: AttendanceRules,
        calendar: Callable[[], dict[str, CalendarDay]],
        alerts: Lifecycle,
        answering: Answering,
        teller: Teller,
        numbers: Numbers,
    ) -> None:
        self.tenant = tenant
        self.places = places
        self.attendance = attendance
        self.alerts = alerts
        self.answering = answering
        self.teller = teller
        self.numbers = numbers
        self.scorer: Scorer = Rules()
        self.histories = Histories(attendance.registry, attendance.roster, calendar)
        self.rows: dict[Key, FraudScore] = {}
        self._by_id: dict[str, list[Key]] = {}
        self._early: list[Sighting] = []  # of the check-in that is being taken
        self._filed: dict[str, int] = {}  # person and type -> when a ticket was opened

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(_State(list(self.rows.values()), self.histories.dump(), self._filed))

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        self.rows, self._by_id, self._filed = {}, {}, state.filed
        for row in state.rows:
            self._keep(row)
        self.histories.load(state.histories)

    def check_in(self, event: Event) -> None:
        """A check-in was taken, and what it shows by itself has been sighted."""
        person, site = bare(event.data.person) or "", bare(event.data.site) or ""
        presence = self.attendance.people.get(person)
        turn = presence.turn if presence is not None else None
        limits = self.attendance.settings(site)
        vector = self.histories.vector(event, turn, limits)
        self.histories.note(event, turn)
        row = self._new(event, person, site)
        row.vector = vector
        early, self._early = self._early, []
        for sighting in early:
            if (sighting.event_source, sighting.event_id) == (event.source, event.id):
                _add(row, sighting)
        self._decide(row, event.time)

    def late(self, event: Event) -> None:
        """A check-in that came too late to be judged with what was known then: it has a row, and says so."""
        row = self._new(event, bare(event.data.person) or "", bare(event.data.site) or "")
        row.vector = [None] * _SHOWN
        row.evidence["late"] = "the event came too late; only its row was made"
        self._decide(row, event.time)

    def sight(self, sighting: Sighting) -> None:
        """Evidence, of the check-in that is being taken or of an earlier one."""
        row = self.rows.get((sighting.event_source, sighting.event_id))
        if row is None:
            self._early = [one for one in self._early if one.time == sighting.time]
            self._early.append(sighting)
            return
        _add(row, sighting)
        self._decide(row, sighting.time)

    def withdraw(self, news: Withdrawal) -> None:
        """Later news takes the grounds of one kind of evidence away."""
        row = self.rows.get((news.event_source or "", news.event_id or ""))
        held = row.evidence.get(news.anomaly_type) if row is not None else None
        if row is not None and held is not None and held["confidence"] > 0:
            held["confidence"] = 0.0
            held["withdrawn"] = news.reason
            self._decide(row, news.time)

    def equip(self, scorer: ModelScorer | None) -> None:
        """A version goes live; without one the rules answer."""
        self.scorer = Rules() if scorer is None else Model(scorer)

    def verdict(self, event: Event, anomalies: Iterable[Anomaly] = ()) -> None:
        """`fraud/EVENT_ID`: the newest check-in with that id. `anomalies` are those that were judged; of one that was
        judged by itself the check-in keeps it. Of verdicts that contradict each other the newest counts, also where an
        older one is told after it; what was confirmed and taken back was never found out."""
        verdict: Verdict = event.data
        confirmed = verdict.verdict == "confirmed"
        if verdict.target.startswith("anomaly/"):
            for anomaly in anomalies:
                row = self.rows.get((anomaly.event_source, anomaly.event_id))
                if row is not None and not _outdated(row, anomaly.anomaly_type, event.time):
                    row.judged[anomaly.anomaly_type] = (confirmed, event.time)
                    self.teller.out.fraud[row.number] = row
            return
        kind, _, id = verdict.target.partition("/")
        keys = self._by_id.get(id) if kind == "fraud" else None
        if not keys:
            return
        row = self.rows[keys[-1]]
        if _outdated(row, ITSELF, event.time):
            return
        before, since = row.judged.get(ITSELF, (False, 0))
        row.status = "CONFIRMED" if confirmed else "FALSE_POSITIVE"
        row.judged[ITSELF] = (confirmed, event.time)
        if before:
            self.histories.take_back(row.person, since)
        if confirmed:
            self.histories.note_verdict(row.person, event.time)
        self.teller.out.fraud[row.number] = row

    def _new(self, event: Event, person: str, site: str) -> FraudScore:
        row = FraudScore(
            number=self.numbers.take("fraud"), tenant=self.tenant, event_source=event.source, event_id=event.id,
            person=person, site=site, time=event.time, probability=0.0, score=0.0, level="MINIMAL", anomalies=[],
            reasons=[], decided_at=event.time,
        )  # fmt: skip
        self._keep(row)
        self._forget(event.time)
        return row

    def _decide(self, row: FraudScore, now: int) -> None:
        evidence = {kind: held["confidence"] for kind, held in _kinds(row)}
        score = combined(evidence)
        vector = whole(row.vector[:_SHOWN], evidence, score)
        told = self.scorer.estimate(vector, score)
        least = self.attendance.settings(row.site or "").report_from
        ranked = sorted(_kinds(row), key=lambda one: (-one[1]["confidence"], one[0]))
        row.anomalies = sorted(kind for kind, held in ranked if held["confidence"] >= least)
        row.reasons = [_reason(kind, held) for kind, held in ranked if held["confidence"] >= 0.1 or "withdrawn" in held]
        row.score, row.vector = round(score, 6), vector
        row.probability, row.low, row.high = told.probability, told.low, told.high
        row.level, row.model_version = told.level, self.scorer.version
        row.decided_at = max(row.decided_at, now)
        self.teller.out.fraud[row.number] = row
        if row.level in SERIOUS and row.status == "OPEN":
            self._answer(row, ranked[0][0] if ranked else "FRAUD", now)

    def _answer(self, row: FraudScore, kind: str, now: int) -> None:
        """One ticket a person and type in a day; a model that is not sure asks a person instead."""
        settings = self.places.at(self.tenant, self.alerts.registry.client_of(row.site), row.site).fraud
        key = f"{row.person}\x1f{kind}"
        filed = self._filed.get(key)
        if "ticket" in row.evidence or (filed is not None and now - filed < settings.ticket_within):
            return
        who = self.alerts.registry.label(f"person/{row.person}")
        title = f"{kind} suspected of {who}, {row.probability:.0%}: {'; '.join(row.reasons[:2])}"
        if row.model_version is not None and row.high - row.low > settings.narrow:
            self._ask(row, title, now)
        elif settings.tickets and row.probability >= settings.ticket_from:
            ref = f"fraud/{row.event_id}"
            text = self.answering.ticket_for(
                ref, f"FRAUD_{kind}", severity.CRITICAL, row.site, title, "fraud", now, who=row.person
            )
            if text is not None:
                row.evidence["ticket"] = text
                self._filed[key] = now

    def _ask(self, row: FraudScore, title: str, now: int) -> None:
        entity = f"person/{row.person}"
        level = severity.CRITICAL if row.level == "CRITICAL" else severity.HIGH
        self.alerts.fire(
            Signal(
                firing=True, alert_type="ML_FRAUD_PREDICTION", severity=level, time=now, source="noc/fraud",
                fingerprint=identity("ML_FRAUD_PREDICTION", entity, row.site), cause=row.number, entity=entity,
                site=row.site, message=f"{title} (not sure: {row.low:.0%} to {row.high:.0%})",
                labels={"fraud": row.event_id},
            ),
            0,
        )  # fmt: skip

    def _keep(self, row: FraudScore) -> None:
        key = (row.event_source, row.event_id)
        self.rows[key] = row
        self._by_id.setdefault(row.event_id, []).append(key)

    def _forget(self, now: int) -> None:
        while True:
            key = next(iter(self.rows))
            if len(self.rows) <= KEPT and self.rows[key].time >= now - KEPT_FOR:
                break
            row = self.rows.pop(key)
            left = self._by_id[row.event_id]
            left.remove(key)
            if not left:
                del self._by_id[row.event_id]
        if len(self._filed) > 1_000:
            for name in [name for name, filed in self._filed.items() if now - filed > 30 * DAY]:
                del self._filed[name]


def _add(row: FraudScore, sighting: Sighting) -> None:
    row.evidence[sighting.anomaly_type] = {
        **sighting.evidence, "confidence": sighting.confidence, "text": sighting.text,
    }  # fmt: skip


def _kinds(row: FraudScore) -> Iterator[tuple[str, dict[str, Any]]]:
    """The evidence of each type; what else is noted of a row is text."""
    for kind, held in row.evidence.items():
        if isinstance(held, dict):
            yield kind, held


def _reason(kind: str, held: dict[str, Any]) -> str:
    if "withdrawn" in held:
        return f"{kind} withdrawn: {held['withdrawn']}"
    return f"{kind} {held['confidence']:.0%}: {held['text']}"


def _outdated(row: FraudScore, what: str, time: int) -> bool:
    """Was a newer verdict told already?"""
    known = row.judged.get(what)
    return known is not None and known[1] > time
