"""The only door through which people change things. A command is a journalled event; here it is carried out.

Each has an outcome in words that names its target and what came of it, an audit row, an entry in the timeline of its
incident, and, where possible, an undo. A command on several targets (`targets` among its parameters) does exactly what
the same command on each of them in turn would do, and is undone as one.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from data.payloads import OperatorAction
from data.records.alert import Alert
from data.records.audit import AuditRow
from data.wire import Event
from engine.alerts.grouping import Grouping
from engine.alerts.lifecycle import Lifecycle
from engine.commands.clocks import Clocks
from engine.commands.deeds import Deed, Effect, names
from engine.commands.hands import Hands
from engine.commands.images import Before
from engine.commands.regroup import Regrouping
from engine.commands.spans import BadSpan
from engine.commands.targets import Target, Targets
from engine.commands.undoing import Undoing
from engine.commands.waits import Waits
from engine.decisions import Teller
from engine.settings.sections import ServiceTargets
from engine.views import Outcome, Result

__all__ = ["Commands", "as_order"]

UNDOABLE = 500  # commands that can still be undone
MOST = 10_000  # targets of one command

_Carries = Callable[[Target, Deed, Before], Effect]


class Commands:
    """Carries out commands on one partition, and ends by itself what they began for a time."""

    def __init__(
        self,
        alerts: Lifecycle,
        grouping: Grouping,
        teller: Teller,
        targets: ServiceTargets = ServiceTargets(),  # noqa: B008
    ) -> None:
        self.alerts = alerts
        self.grouping = grouping
        self.teller = teller
        self.choosing: Callable[[OperatorAction], dict[str, Any] | None] = lambda data: None  # what is learned from it
        self.done: dict[str, Before] = {}  # by id of the command's event, oldest first
        self.targets = Targets(alerts, grouping)
        self.waits = Waits(alerts, grouping)
        self.clocks = Clocks(targets, grouping)
        grouping.on_incident.append(self.clocks.changed)
        self.undoing = Undoing(alerts, grouping, self.waits)
        hands = Hands(alerts, grouping, self.waits, self.targets)
        regrouping = Regrouping(alerts, grouping, self.targets)
        self._actions: dict[str, _Carries] = {
            "acknowledge": hands.acknowledge,
            "assign": hands.assign,
            "take": hands.assign,
            "release": hands.release,
            "escalate": hands.escalate,
            "resolve": hands.resolve,
            "reopen": hands.reopen,
            "snooze": hands.snooze,
            "comment": hands.comment,
            "merge": regrouping.merge,
            "move": regrouping.move,
            "split": regrouping.split,
            "approve": regrouping.approve,
            "reject": regrouping.reject,
        }

    def apply(self, event: Event) -> None:
        """One `noc.operator.acted`. Never raises for what it holds: what is not possible is answered in words."""
        data: OperatorAction = event.data
        actor = data.actor or "operator"
        deed = Deed(event.identity, data.action, event.time, actor, data.note or "", data.params or {})
        detail: dict[str, Any] = {"note": data.note, "params": data.params} if data.note or data.params else {}
        chosen = self.choosing(data)
        if chosen is not None:
            detail |= {"id": event.id, "choice": chosen}
        if data.action == "undo":
            outcome = self._undo(data.target, deed)
        elif data.action == "run_job":  # it is carried out at the rim, after this is durable
            outcome = Outcome(data.target.startswith("job/"), "asked for", data.target)
        else:
            outcome = self._carry_out(event.id, data.target, deed, detail)
        if outcome.results:
            detail["results"] = [[one.target, one.ok, one.text] for one in outcome.results]
        self.grouping.regrouped(event.time)
        self.teller.out.outcomes[event.seq] = outcome
        self.teller.out.audit.append(
            AuditRow(event.time, event.tenant, actor, data.action, data.target, outcome.text, detail, event.seq)
        )

    def taken_back(self, event: Event) -> tuple[str, dict[str, Any]] | None:
        """Target and parameters of the order that an `undo` of a silence or window asks for; None for all else. It is
        asked once: whatever comes of it, the command cannot be undone again."""
        data: OperatorAction = event.data
        if data.action != "undo":
            return None
        id = str((data.params or {}).get("action") or data.target)
        before = self.done.get(id)
        if before is None or before.order is None:
            return None
        del self.done[id]
        return before.target, before.order

    def answered(self, event: Event, outcome: Outcome, order: dict[str, Any] | None = None) -> None:
        """A command that another room carried out: its answer and its audit row. `order` takes it back."""
        data: OperatorAction = event.data
        if order is not None:
            self._keep(event.id, Before(data.action, outcome.target, order=order))
            outcome = msgspec.structs.replace(outcome, undo=event.id)
        detail: dict[str, Any] = {"note": data.note, "params": data.params} if data.note or data.params else {}
        self.grouping.hands += 1
        self.teller.out.outcomes[event.seq] = outcome
        row = AuditRow(
            event.time,
            event.tenant,
            data.actor or "operator",
            data.action,
            outcome.target,
            outcome.text,
            detail,
            event.seq,
        )
        self.teller.out.audit.append(row)

    def due(self) -> int | None:
        """When the next snooze or acknowledgement ends, or a service target is missed."""
        first, second = self.waits.due(), self.clocks.due()
        return second if first is None or (second is not None and second < first) else first

    def tick(self, now: int) -> None:
        """Runs the first timer, which must be due."""
        (self.waits if self.waits.due() == self.due() else self.clocks).tick(now)
        self.grouping.regrouped(now)

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(self.done)

    def load(self, body: bytes) -> None:
        """After the records were restored."""
        self.waits.restore(self.alerts.by_number.values(), self.grouping.open_incidents())
        self.clocks.restore(self.grouping.open_incidents())
        self.done = msgspec.msgpack.decode(body, type=dict[str, Before])

    def _carry_out(self, id: str, target: str, deed: Deed, detail: dict[str, Any]) -> Outcome:
        carries = self._actions.get(deed.action)
        if carries is None:
            return Outcome(False, f"{deed.action} is not possible in this version", target)
        before = Before(deed.action, target)
        refs = names(deed.params["targets"]) if deed.params.get("targets") is not None else None
        verdicts: list[dict[str, Any]] = []
        if refs is None:
            effect = self._one(carries, target, deed, before)
            verdicts += effect.verdicts
            results: list[Result] = []
        elif len(refs) > MOST:
            return Outcome(False, f"{len(refs)} targets are too many: {MOST} at once is the most", target)
        else:
            results = []
            for ref in refs:
                one = self._one(carries, ref, deed, before)
                results.append(Result(ref, one.ok, one.text))
                verdicts += one.verdicts
            effect = _together(results, deed.action)
        if verdicts:
            detail["verdicts"] = verdicts
            seen, find = self.grouping.clusters.seen, self._known
            pairs = [pair for one in verdicts for pair in seen.pairs(one, find, deed.time)]
            if pairs:
                detail |= {"id": id, "pairs": msgspec.to_builtins(pairs)}
        self.undoing.finish(before)
        if before.empty:
            return Outcome(effect.ok, effect.text, target, None, tuple(results))
        self._keep(id, before)
        return Outcome(effect.ok, effect.text, target, id, tuple(results))

    def _keep(self, id: str, before: Before) -> None:
        self.done[id] = before
        if len(self.done) > UNDOABLE:
            del self.done[next(iter(self.done))]

    def _known(self, ref: str) -> Alert | None:
        return self.targets.alert(ref.partition("/")[2])

    def _one(self, carries: _Carries, ref: str, deed: Deed, before: Before) -> Effect:
        target = self.targets.find(ref)
        if target is None:
            return Effect(False, f"{ref} is not open")
        try:
            return carries(target, deed, before)
        except BadSpan as problem:
            return Effect(False, f"{target.title}: {problem}")

    def _undo(self, target: str, deed: Deed) -> Outcome:
        """`target`, or `action` among the parameters, is the id of the command's event."""
        id = str(deed.params.get("action") or target)
        before = self.done.pop(id, None)
        if before is None:
            return Outcome(False, "nothing to undo: too long ago, or undone already", target)
        done, left = self.undoing.take_back(before, deed.time, deed.actor)
        if not done:
            return Outcome(False, f"{before.action} of {before.target} cannot be undone: it has changed since", target)
        but = f"; {left} changed since and stay as they are" if left else ""
        return Outcome(True, f"undone: {before.action} of {before.target}{but}", before.target)


def as_order(event: Event, target: str, params: dict[str, Any]) -> Event:
    """The command as if it asked for this of a silence or window."""
    data = msgspec.structs.replace(event.data, action="silence", target=target, params=params)
    return msgspec.structs.replace(event, data=data)


def _together(results: list[Result], action: str) -> Effect:
    good = [one for one in results if one.ok]
    bad = [one for one in results if not one.ok]
    if not results:
        return Effect(False, f"{action}: no target was named")
    if len(results) == 1:
        return Effect(results[0].ok, results[0].text)
    text = f"{action}: {len(good)} of {len(results)} done"
    if bad:
        text += f"; not: {'; '.join(one.text for one in bad[:3])}" + (
            f" and {len(bad) - 3} more" if len(bad) > 3 else ""
        )
    return Effect(bool(good), text)
