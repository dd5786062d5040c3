"""What people do to a partition: their commands and their verdicts, and who carries them out."""

from typing import TYPE_CHECKING

from data.payloads import OperatorAction, Verdict
from data.records.audit import AuditRow
from data.records.severity import INFO
from data.wire import Event
from engine.commands import as_order
from engine.detect.baselines import orders
from engine.views import Outcome

if TYPE_CHECKING:
    from engine.partition import Partition


class Hands:
    def __init__(self, partition: "Partition") -> None:
        self.partition = partition

    def acted(self, event: Event) -> None:
        """A person's command; what it asks to be muted is judged anew at once."""
        data: OperatorAction = event.data
        answer = self.partition.respond.command(event, self.partition.watermark)
        if answer is not None:
            self.partition.commands.answered(event, answer)
            return
        if data.action == orders.TUNE or data.target.startswith("correlation/"):
            self._ordered(event)
            return
        back = self.partition.commands.taken_back(event)
        if data.action != "silence" and back is None:
            self.partition.commands.apply(event)
            return
        if back is None:
            done, numbers = self.partition.muting.command(event)
            order = done.undo if done.ok else None
            self.partition.commands.answered(event, Outcome(done.ok, done.text, done.target or data.target), order)
        else:
            done, numbers = self.partition.muting.command(as_order(event, *back))
            words = f"undone: {done.text}" if done.ok else f"cannot be undone: {done.text}"
            self.partition.commands.answered(event, Outcome(done.ok, words, done.target or back[0]))
        self.partition.alerts.rejudge(numbers, self.partition.watermark)
        self.tell_turns()

    def _ordered(self, event: Event) -> None:
        """A command on a threshold, or on a correlation."""
        if event.data.action == orders.TUNE:
            outcome = orders.carry_out(self.partition.detectors.baselines, event, self.partition.watermark)
            orders.audited(self.partition.detectors.baselines)  # the command's own row tells of it
        else:
            outcome = self.partition.correlations.command(event)
        self.partition.commands.answered(event, outcome)

    def tell_turns(self) -> None:
        """Silences and windows that began or ended."""
        for turn in self.partition.muting.turned:
            what = "began" if turn.began else "ended"
            data = {"ref": turn.ref, "name": turn.name, "what": what}
            self.partition.teller.tell("maintenance_updated", turn.time, turn.ref, None, INFO, data)
        self.partition.muting.turned.clear()

    def judged(self, event: Event) -> None:
        self.partition.fraud.verdict(event, self.partition.anomalies.verdict(event))
        self.partition.findings.verdict(event)
        self.partition.correlations.verdict(event)
        if event.data.verdict == "confirmed":
            self._exclude(event.data.target)
        self._note_verdict(event)

    def _note_verdict(self, event: Event) -> None:
        """An answer for whoever gave it, and an entry of the audit where a person did."""
        data: Verdict = event.data
        words = "confirmed: it is true" if data.verdict == "confirmed" else "taken as a false alarm"
        out = self.partition.teller.out
        out.outcomes[event.seq] = Outcome(True, f"{data.target} {words}", data.target)
        if data.actor:
            detail = {"verdict": data.verdict, **({"note": data.note} if data.note else {})}
            row = AuditRow(event.time, event.tenant, data.actor, "judge", data.target, words, detail, event.seq)
            out.audit.append(row)

    def _exclude(self, target: str) -> None:
        """What is usual at a site is not learned from the hours of a confirmed alert or incident."""
        item = self.partition.commands.targets.find(target)
        for alert in item.alerts if item is not None else ():
            if alert.site is not None:
                self.partition.detectors.baselines.exclude(
                    alert.site, alert.first_seen, alert.ended_at or self.partition.watermark
                )
