"""Actions that change only the engine's own state, carried out in the partition at event time. What people could do by
hand goes through the same door as their hands: the commands, with the playbook as actor, an audit row and an undo."""

from collections.abc import Callable
from typing import Any

import msgspec

from data.records.outbox import NOT_SENT, PENDING, Notification
from data.times import SECOND
from engine.oncall.schedule import OnCall
from engine.query import parse_duration
from engine.respond.actions import specs
from engine.respond.actions.looking import Looking
from engine.respond.actions.outcome import Done, Failed, NotSent, Outcome, Wait
from engine.respond.actions.tickets import Tickets
from engine.respond.playbooks.facts import OVER, Scene
from engine.respond.playbooks.terms import TermError, compiled
from engine.views import Outcome as Answer

MOST = 200  # alerts of one target that one step may end or silence
Act = Callable[[str, str, dict[str, Any], str, str, int], Answer]
"""(action, target, parameters, playbook, note, time): a command as a person would give it."""


class Moment(msgspec.Struct, frozen=True):
    """One step of one run, about to be done. `begun` is when its first attempt began."""

    playbook: str
    run: str
    key: str
    now: int
    begun: int
    timeout: int
    facts: dict[str, Any]


class Inside:
    """Carries out steps. `tell` queues a message for receivers, or says why it does not."""

    def __init__(
        self, act: Act, end_finding: Callable[[Scene, int, str], bool], tickets: Tickets, looking: Looking,
        oncall: OnCall, tell: Callable[[specs.SendNotification, Scene, Moment], Outcome],
    ) -> None:  # fmt: skip
        self.act = act
        self.end_finding = end_finding
        self.tickets = tickets
        self.looking = looking
        self.oncall = oncall
        self._ways: dict[str, Callable[[Any, Scene, Moment], Outcome]] = {
            "send_notification": tell,
            "create_ticket": lambda given, scene, at: tickets.create(given, scene, at.key, at.now),
            "update_ticket": lambda given, scene, at: tickets.update(given, scene, at.now),
            "assign_resource": self._assign,
            "collect_diagnostics": self._collect,
            "wait_for_condition": self._wait,
            "resolve": self._resolve,
            "acknowledge": self._acknowledge,
            "silence": self._silence,
        }

    def do(self, action: str, params: dict[str, Any], scene: Scene, at: Moment) -> Outcome:
        """Never raises for what parameters hold: what cannot be done has failed, with the reason."""
        try:
            given = specs.typed(action, params)
        except msgspec.ValidationError as error:
            return Failed(f"the parameters do not fit: {error}")
        return self._ways[action](given, scene, at)

    def _command(self, action: str, scene: Scene, params: dict[str, Any], note: str, at: Moment) -> Outcome:
        refs = [scene.ref] if scene.finding is None else [f"alert/{alert.id}" for alert in scene.alerts]
        if not refs:
            return Failed("it is over already")
        answers = [self.act(action, ref, params, at.playbook, note, at.now) for ref in refs]
        good = [answer.text for answer in answers if answer.ok]
        return Done("; ".join(good)) if good else Failed("; ".join(answer.text for answer in answers))

    def _acknowledge(self, given: specs.Acknowledge, scene: Scene, at: Moment) -> Outcome:
        params = {"for": given.lasts} if given.lasts else {}
        return self._command("acknowledge", scene, params, given.note, at)

    def _assign(self, given: specs.AssignResource, scene: Scene, at: Moment) -> Outcome:
        who = self._person(given.to, scene, at.now)
        if who is None:
            return Failed(f"{given.to} names nobody")
        if scene.over:
            return Failed("it is over already")
        return self._command("assign", scene, {"assignee": who}, "", at)

    def _person(self, to: str, scene: Scene, now: int) -> str | None:
        if to == "in_charge":
            place = self.looking.registry.of("site", scene.site)
            found = place.attributes.get("in_charge") if place is not None else None
            return str(found) if found else None
        if to == "oncall":
            turns = self.oncall.who(now)
            return turns[0].person if turns else None
        return to.removeprefix("person/") or None

    def _collect(self, given: specs.CollectDiagnostics, scene: Scene, at: Moment) -> Outcome:  # noqa: ARG002
        found = self.looking.collect(given.what, scene)
        some = ", ".join(f"{len(value)} {name.replace('_', ' ')}" for name, value in found.items() if value)
        return Done(f"collected: {some or 'nothing is known'}", found)

    def _wait(self, given: specs.WaitForCondition, scene: Scene, at: Moment) -> Outcome:
        if self._met(given, scene, at.facts):
            took = (at.now - at.begun) // SECOND
            return Done(f"{given.expression or given.until} after {took} s")
        if at.now - at.begun >= at.timeout:
            return Failed(f"not {given.expression or given.until} within {at.timeout // SECOND} s")
        end = at.begun + at.timeout
        if given.until == "expression":  # which may depend on anything; all else is seen when the target changes
            end = min(at.now + max(parse_duration(given.poll) or 0, SECOND), end)
        return Wait(end, f"waits until it is {given.expression or given.until}")

    def _met(self, given: specs.WaitForCondition, scene: Scene, facts: dict[str, Any]) -> bool:
        if given.until == "resolved":
            return scene.over
        if given.until == "acknowledged":
            return scene.acknowledged
        if given.until == "assigned":
            return scene.assigned
        try:
            return compiled(given.expression).holds(facts)
        except TermError:
            return False  # told by the check; a run that was planned before goes on to its time-out

    def _resolve(self, given: specs.Resolve, scene: Scene, at: Moment) -> Outcome:
        if given.if_quiet and scene.alerts:
            return Failed(f"{len(scene.alerts)} of its alerts still fire")
        if len(scene.alerts) > MOST:
            return Failed(f"{len(scene.alerts)} alerts are more than a playbook may end ({MOST})")
        if scene.finding is not None and self.end_finding(scene, at.now, given.note or f"resolved by {at.playbook}"):
            return Done(f"finding {scene.finding.id} is resolved")
        if scene.over and (scene.incident is None or str(scene.incident.state) in OVER):
            return Done("it is over already")
        return self._command("resolve", scene, {}, given.note, at)

    def _silence(self, given: specs.Silence, scene: Scene, at: Moment) -> Outcome:
        matchers = given.matchers or _own_matchers(scene)
        if matchers is None:
            return Failed("it has neither a type nor a thing to silence")
        params = {
            "op": "add", "matchers": matchers, "duration": (parse_duration(given.lasts) or 0) / SECOND,
            "comment": given.note or f"run {at.run}", "author": f"playbook/{at.playbook}",
        }  # fmt: skip
        answer = self.act("silence", "silence/new", params, at.playbook, given.note, at.now)
        return Done(answer.text, {"silence": answer.target}) if answer.ok else Failed(answer.text)


def _own_matchers(scene: Scene) -> str | None:
    """Its own alert on its own thing, and nothing wider."""
    if scene.alert is None or (scene.entity is None and scene.site is None):
        return None
    where = f'entity="{_quoted(scene.entity)}"' if scene.entity else f'site="{_quoted(scene.site or "")}"'
    return f'alertname="{_quoted(scene.alert.alert_type)}",{where}'


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def message(
    given: specs.SendNotification, scene: Scene, at: Moment, receiver: str, number: int, id: str, mode: str, tenant: str
) -> Notification:
    """A message of a playbook, as a row of the outbox."""
    live = mode == "live"
    return Notification(
        number, id, tenant, receiver, PENDING if live else NOT_SENT, at.now, "message", f"run/{at.run}",
        given.title or scene.title, scene.severity, {"playbook": at.playbook, "target": scene.ref}, [], "",
        "" if live else f"not sent: {mode}", given.text,
        scene.incident.id if scene.incident is not None else None,
    )  # fmt: skip


__all__ = ["Act", "Inside", "Moment", "NotSent", "message"]
