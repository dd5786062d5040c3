"""Findings: recorded once, grown while they last, ended by what ends them, judged by verdicts.

A finding raises an alert of its type; a serious one is owed a ticket. One open finding a key: a continuing deviation is
one row that grows, never one a sample.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from data import ids, times
from data.payloads import Verdict
from data.records.finding import Finding
from data.wire import Event
from engine.alerts.lifecycle import Lifecycle
from engine.alerts.signal import UNTIL_CLEARED, Signal, identity
from engine.answering import Answering
from engine.decisions import Numbers, Teller
from engine.detect.report import Found, Over
from engine.runbooks import shipped

KEPT = 5_000  # findings that are over and that a verdict can still reach; older ones stand as they are
SUMMARY = 200  # letters of evidence in the feed
OPEN = ("NEW", "ACKNOWLEDGED", "IN_PROGRESS")


class _Open(msgspec.Struct):
    """An open finding and the signal that keeps its alert up; `until` 0: it lasts until an `Over`."""

    number: int
    signal: Signal
    until: int = 0


class _State(msgspec.Struct):
    open: dict[str, _Open]
    kept: list[Finding]


class Findings:
    """The open findings of one partition by key, and the newest of all by number."""

    def __init__(self, tenant: str, alerts: Lifecycle, answering: Answering, teller: Teller, numbers: Numbers) -> None:
        self.tenant = tenant
        self.alerts = alerts
        self.answering = answering
        self.teller = teller
        self.numbers = numbers
        self.open: dict[str, _Open] = {}
        self.kept: dict[int, Finding] = {}
        self.watcher: Callable[[Finding], None] | None = None  # who is told of new ones

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(_State(self.open, list(self.kept.values())))

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        self.open = state.open
        self.kept = {each.number: each for each in state.kept}

    def tell(self, found: Found) -> None:
        """Opens a finding, or lets the open one with the same key grow."""
        held = self.open.get(found.key)
        if held is not None and held.until and found.time > held.until:
            self._close(found.key, held, "RESOLVED")
            held = None
        if held is None:
            held = self._begin(found)
        else:
            self._grow(self.kept[held.number], found)
        if not found.lasts:
            held.until = found.time + self.alerts.settings.expire_after
        signal = held.signal
        signal.time, signal.severity = found.time, max(signal.severity, found.severity)
        signal.message = self._message(found)
        self.alerts.fire(signal, 0)

    def end(self, over: Over) -> None:
        """What was found holds no longer; its alert ends with it. A key that is not open is no error."""
        held = self.open.get(over.key)
        if held is None:
            return
        finding = self.kept[held.number]
        finding.window_end = max(finding.window_end, over.time)
        finding.evidence |= {**over.evidence, "ended": over.reason}
        self._close(over.key, held, "RESOLVED")
        held.signal.firing, held.signal.time, held.signal.message = False, over.time, over.reason
        self.alerts.clear(held.signal, 0)

    def verdict(self, event: Event) -> None:
        """`finding/ID` was judged by a person. A false one is over."""
        verdict: Verdict = event.data
        kind, _, id = verdict.target.partition("/")
        if kind != "finding":
            return
        for finding in self.kept.values():
            if finding.id == id:
                finding.evidence["verdict"] = " ".join(
                    word for word in (verdict.verdict, f"by {verdict.actor}" if verdict.actor else "") if word
                )
                finding.status = "IN_PROGRESS" if verdict.verdict == "confirmed" else "FALSE_POSITIVE"
                self.teller.out.findings[finding.number] = finding

    def by_id(self, id: str) -> Finding | None:
        """The finding, while it is remembered."""
        return next((each for each in reversed(self.kept.values()) if each.id == id), None)

    def _begin(self, found: Found) -> _Open:
        number = self.numbers.take("finding")
        finding = Finding(
            number=number,
            id=ids.derive("F", self.tenant, found.key, str(found.time)),
            tenant=self.tenant,
            finding_type=found.finding_type,
            category=found.category,
            severity=found.severity,
            status="NEW",
            site=found.site,
            person=found.person,
            entity=found.entity,
            detected_at=found.time,
            window_start=found.window_start or found.time,
            window_end=found.time,
            title=found.title,
            evidence=dict(found.evidence),
        )
        book = shipped().match(finding.finding_type, finding.category, finding.severity)
        finding.evidence.setdefault("runbook", book.as_evidence())
        self.kept[number] = finding
        held = self.open[found.key] = _Open(number, self._signal(found, finding))
        self._ticket(finding, found.time)
        self._forget()
        self._tell(finding)
        if self.watcher is not None:
            self.watcher(finding)
        self.teller.out.findings[number] = finding
        return held

    def _grow(self, finding: Finding, found: Found) -> None:
        worse = found.severity > finding.severity
        finding.window_end = max(finding.window_end, found.time)
        finding.severity = max(finding.severity, found.severity)
        finding.title = found.title
        finding.evidence |= found.evidence
        if worse:
            self._ticket(finding, found.time)
        self.teller.out.findings[finding.number] = finding

    def _close(self, key: str, held: _Open, status: str) -> None:
        finding = self.kept[held.number]
        if finding.status in OPEN:
            finding.status = status
        del self.open[key]
        self.teller.out.findings[finding.number] = finding

    def _forget(self) -> None:
        """Drops the oldest that are over; open ones are bounded by what there is to watch."""
        if len(self.kept) <= KEPT + len(self.open):
            return
        standing = {held.number for held in self.open.values()}
        for number in [number for number in self.kept if number not in standing][: KEPT // 10]:
            del self.kept[number]

    def _ticket(self, finding: Finding, now: int) -> None:
        ref = f"finding/{finding.id}"
        site, title = finding.site, finding.title
        kind, category = finding.finding_type, finding.category.lower()
        text = self.answering.ticket_for(ref, kind, finding.severity, site, title, category, now)
        if text is not None:
            finding.evidence["ticket"] = text

    def _message(self, found: Found) -> str:
        ref = found.entity or (f"person/{found.person}" if found.person else None) or f"site/{found.site}"
        label = self.alerts.registry.label(ref)
        told = found.title.startswith((f"{label}: ", f"{ref.partition('/')[2]}: "))
        return found.title if told else f"{label}: {found.title}"

    def _signal(self, found: Found, finding: Finding) -> Signal:
        entity = found.entity or (f"person/{found.person}" if found.person else None)
        if entity is None and found.site is not None:
            entity = f"site/{found.site}"
        return Signal(
            firing=True,
            alert_type=found.finding_type,
            severity=found.severity,
            time=found.time,
            source=found.source,
            fingerprint=identity(found.finding_type, found.key, found.site),
            cause=ids.fingerprint(finding.id),
            entity=entity,
            site=found.site,
            labels={"finding": finding.id, **found.labels},
            ends_at=UNTIL_CLEARED if found.lasts else None,
        )

    def _tell(self, finding: Finding) -> None:
        label = self.alerts.registry.label
        data: dict[str, Any] = {
            "finding_id": finding.id,
            "finding_type": finding.finding_type,
            "category": finding.category,
            "site_id": finding.site,
            "site_name": label(f"site/{finding.site}") if finding.site else None,
            "title": finding.title,
            "evidence_summary": _summary(finding.evidence),
            "detected_at": times.text(finding.detected_at),
        }
        ref = f"finding/{finding.id}"
        self.teller.tell("finding_created", finding.detected_at, ref, finding.site, finding.severity, data)


def _summary(evidence: dict[str, Any]) -> str:
    words = ", ".join(f"{name} {value}" for name, value in evidence.items() if not isinstance(value, (dict, list)))
    return words if len(words) <= SUMMARY else words[: SUMMARY - 1] + "…"
