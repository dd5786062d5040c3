"""What people do to alerts and incidents without moving them: acknowledge, assign, snooze, resolve, and so on.

Every step goes through the tables of `alerts.states`. An item is worked on as a whole: each of its alerts takes the
step if it can, and the incident too; what could not is no obstacle, unless nothing could.
"""

from collections.abc import Callable

import msgspec

from data import times
from data.records.alert import Alert
from data.records.incident import Incident, IncidentState
from engine.alerts import states
from engine.alerts.grouping import Grouping
from engine.alerts.incidents import OVER
from engine.alerts.lifecycle import Lifecycle
from engine.commands.deeds import Deed, Effect, count
from engine.commands.images import Before
from engine.commands.spans import end_of, truth
from engine.commands.targets import Target, Targets
from engine.commands.waits import Waits

SNOOZED_FOR = times.HOUR  # where a command does not say


class Step(msgspec.Struct, frozen=True):
    """One action as the tables know it, the words for it, and what it changes beyond the state."""

    action: str
    word: str
    alert: Callable[[Alert], None]
    incident: Callable[[Incident], None]
    text: str = ""  # for the timeline


class Hands:
    def __init__(self, alerts: Lifecycle, grouping: Grouping, waits: Waits, targets: Targets) -> None:
        self.alerts = alerts
        self.grouping = grouping
        self.waits = waits
        self.targets = targets

    def acknowledge(self, target: Target, deed: Deed, before: Before) -> Effect:
        """Until it ends, gets worse, or `for`/`until`; `sticky` outlasts worsening and short ends. With any of these
        an acknowledgement that stands is given another end."""
        until = end_of(deed.params, deed.time)
        sticky = truth(deed.params.get("sticky"))
        timed = any(deed.params.get(name) not in (None, "") for name in ("for", "until", "sticky"))

        def mark(alert: Alert) -> None:
            alert.acknowledged_by, alert.acknowledged_at = deed.actor, deed.time
            alert.acknowledged_until, alert.sticky, alert.snoozed_until = until, sticky, None

        def mark_incident(incident: Incident) -> None:
            incident.acknowledged_by, incident.acknowledged_until = deed.actor, until
            incident.snoozed_until = None

        text = f"until {times.text(until)}" if until is not None else ""
        word = "acknowledged" + (f" {text}" if text else "") + (", sticky" if sticky else "")
        step = Step("acknowledge", word, mark, mark_incident, text)
        return self._take(target, deed, before, step, "prolong" if timed else None)

    def assign(self, target: Target, deed: Deed, before: Before) -> Effect:
        who = deed.actor if deed.action == "take" else str(deed.params.get("assignee") or deed.actor)
        word = f"taken by {who}" if deed.action == "take" else f"assigned to {who}"

        def mark(alert: Alert) -> None:
            alert.assignee, alert.acknowledged_until, alert.snoozed_until = who, None, None

        def mark_incident(incident: Incident) -> None:
            incident.assignee, incident.acknowledged_until, incident.snoozed_until = who, None, None
            if incident.acknowledged_at is None:
                incident.acknowledged_at, incident.acknowledged_by = deed.time, deed.actor

        return self._take(target, deed, before, Step(deed.action, word, mark, mark_incident, f"to {who}"))

    def release(self, target: Target, deed: Deed, before: Before) -> Effect:
        def mark(alert: Alert) -> None:
            alert.assignee = None
            states.forget_acknowledgement(alert)

        def mark_incident(incident: Incident) -> None:
            incident.assignee = incident.acknowledged_by = incident.acknowledged_until = None

        return self._take(target, deed, before, Step("release", "released", mark, mark_incident))

    def escalate(self, target: Target, deed: Deed, before: Before) -> Effect:
        def mark(alert: Alert) -> None:
            alert.acknowledged_until = alert.snoozed_until = None

        def mark_incident(incident: Incident) -> None:
            incident.snoozed_until = None

        return self._take(target, deed, before, Step("escalate", "escalated", mark, mark_incident))

    def snooze(self, target: Target, deed: Deed, before: Before) -> Effect:
        until = end_of(deed.params, deed.time)
        until = deed.time + SNOOZED_FOR if until is None else until

        def mark(alert: Alert) -> None:
            alert.snoozed_until = until

        def mark_incident(incident: Incident) -> None:
            incident.snoozed_until, incident.snoozed_severity = until, incident.severity

        word = f"snoozed until {times.text(until)}"
        return self._take(target, deed, before, Step("snooze", word, mark, mark_incident, f"until {times.text(until)}"))

    def resolve(self, target: Target, deed: Deed, before: Before) -> Effect:
        if target.incident is not None:
            step = states.incident_step(target.incident.state, "resolve")
            if not isinstance(step, IncidentState):
                return Effect(False, f"{target.title} {step}")
        if not target.alerts and target.incident is None:
            return Effect(False, f"{target.title} is over already")
        for alert in target.alerts:
            before.keep_alert(alert, self.grouping.cluster(alert.cluster))
            self.alerts.end_by_operator(alert, deed.time)
        if target.incident is not None:
            before.keep_incident(target.incident)
            target.incident.snoozed_until = target.incident.acknowledged_until = None
            if target.incident.acknowledged_at is None:  # whoever resolves it has seen it
                target.incident.acknowledged_at, target.incident.acknowledged_by = deed.time, deed.actor
            self.grouping.step(target.incident, IncidentState.RESOLVED, deed.time, deed.actor, deed.note)
        else:
            self._note(target.home, deed, f"resolved {target.title}")
        return Effect(True, f"resolved: {target.title} ({count(len(target.alerts), 'alert')} ended)")

    def reopen(self, target: Target, deed: Deed, before: Before) -> Effect:
        """The incident, and the alerts that a person ended as far as they are still known; others come back when
        their source reports them again."""
        incident = target.incident
        if incident is not None:
            step = states.incident_step(incident.state, "reopen")
            if not isinstance(step, IncidentState):
                return Effect(False, f"{target.title} {step}")
            before.keep_incident(incident)
            self.grouping.step(incident, step, deed.time, deed.actor, deed.note or "reopened")
        back = 0
        for alert in self.targets.ended(target, deed.cause):
            if states.may(alert, "reopen"):
                back += self._reopen(alert, deed, before)
        if incident is None and not back:
            return Effect(False, f"{target.title} has no alert that a person ended lately")
        if incident is None:
            self._note(target.home, deed, f"reopened {target.title}")
        later = "" if back else "; its alerts come back when their source reports them"
        return Effect(True, f"reopened: {target.title} ({count(back, 'alert')} again open{later})")

    def comment(self, target: Target, deed: Deed, before: Before) -> Effect:  # noqa: ARG002
        if not deed.note.strip():
            return Effect(False, f"nothing was said about {target.title}: a comment needs a note")
        about = "" if target.incident is not None else f"{target.title}: "
        self._note(target.incident or target.home, deed, about + deed.note)
        return Effect(True, f"comment added to {target.title}")

    def _reopen(self, alert: Alert, deed: Deed, before: Before) -> bool:
        cluster = self.grouping.cluster(alert.cluster)
        if cluster is None:
            return False
        before.keep_alert(alert, cluster)
        self.alerts.reopen(alert, deed.time)
        states.follow(alert, "reopen")
        self.alerts.told(alert, deed.time, "reopened")
        return True

    def _take(self, target: Target, deed: Deed, before: Before, step: Step, otherwise: str | None = None) -> Effect:
        """The step, or `otherwise`, by every alert and by the incident; refused if by none."""
        incident = target.incident
        if incident is not None and incident.state in OVER:
            return Effect(False, f"{target.title} is {incident.state.value}: reopen it first")
        refusals: list[str] = []
        done = 0
        for alert in target.alerts:
            refusal = self._take_alert(alert, deed, before, step, otherwise)
            if refusal is None:
                done += 1
            else:
                refusals.append(refusal)
        if incident is not None:
            refusal = self._take_incident(incident, deed, before, step, otherwise)
            if refusal is not None:
                refusals.insert(0, refusal)
            elif not done:
                done = 1
        if not done:
            return Effect(False, f"{target.title} {refusals[0] if refusals else 'is over'}")
        if incident is None:
            self._note(target.home, deed, f"{step.word}: {target.title}")
        more = f" ({done} of {count(len(target.alerts), 'alert')})" if 0 < done < len(target.alerts) else ""
        return Effect(True, f"{step.word}: {target.title}{more}")

    def _take_alert(self, alert: Alert, deed: Deed, before: Before, step: Step, otherwise: str | None) -> str | None:
        action = otherwise if otherwise and states.may(alert, otherwise) else step.action
        refusal = states.refusal(alert, action)
        if refusal is None and action == "release" and alert.assignee is None and alert.acknowledged_by is None:
            refusal = "has nobody to be taken from"
        if refusal is not None:
            return refusal
        before.keep_alert(alert)
        step.alert(alert)
        states.follow(alert, action)
        self.waits.watch(alert)
        self.alerts.told(alert, deed.time, step.word)
        return None

    def _take_incident(
        self, incident: Incident, deed: Deed, before: Before, step: Step, otherwise: str | None
    ) -> str | None:
        action, found = step.action, states.incident_step(incident.state, step.action)
        if otherwise and not isinstance(found, IncidentState):
            action, found = otherwise, states.incident_step(incident.state, otherwise)
        if not isinstance(found, IncidentState):
            return found
        before.keep_incident(incident)
        text = ": ".join(part for part in (step.text, deed.note) if part)
        if found is not incident.state or action in ("assign", "take"):
            self.grouping.step(incident, found, deed.time, deed.actor, text)
        else:
            self._note(incident, deed, step.word + (f": {deed.note}" if deed.note else ""))
        step.incident(incident)
        self.waits.watch_incident(incident)
        self.grouping.announce(incident, deed.time)
        return None

    def _note(self, incident: Incident | None, deed: Deed, text: str) -> None:
        if incident is not None:
            self.grouping.note(incident, deed.time, deed.actor, text)
