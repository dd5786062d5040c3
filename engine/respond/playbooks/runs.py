"""Playbooks of one partition: what triggers them, who allows a run, and when each goes on.

Decided on event time like everything in the partition: the same events give the same runs. Where the configuration does
not let playbooks act by themselves, and where a guard wants a person to look, a run is proposed and waits for leave.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from data import ids
from data.own import StepOutcome
from data.records.alert import Alert
from data.records.finding import Finding
from data.records.incident import Incident, IncidentState
from data.records.run import EXPIRED, OPEN, PROPOSED, REJECTED, RUNNING, WAITING, Run
from engine.decisions import Numbers, Teller
from engine.respond.actions.inside import Inside
from engine.respond.actions.outcome import Done, Failed
from engine.respond.playbooks.counts import Counts
from engine.respond.playbooks.document import Playbook, length
from engine.respond.playbooks.facts import Scene, Scenes
from engine.respond.playbooks.guards import Guards
from engine.respond.playbooks.library import Library
from engine.respond.playbooks.plans import fingerprint, rendered
from engine.respond.playbooks.steps import Steps
from engine.respond.playbooks.templates import TemplateError
from engine.respond.playbooks.terms import TermError, compiled
from engine.settings.playbooks import PlaybookSettings

AUTO, ENGINE = "auto", "engine"
RESOLVED = 2_000  # alerts whose end by a playbook is remembered, to see whether they come back


class _State(msgspec.Struct):
    open: list[Run]
    seen: dict[int, int]
    ended: dict[int, int]
    resolved: list[Run]
    incidents: dict[int, int]
    guards: Guards
    counts: Counts
    stopped: str


class Runs:
    """`note` is called for what a run does to an incident's timeline. `stopped` names who pulled the kill switch."""

    def __init__(
        self, tenant: str, settings: PlaybookSettings, library: Library, scenes: Scenes, inside: Inside, teller: Teller,
        numbers: Numbers, mode: Callable[[], str], note: Callable[[Run, int, str], None],
    ) -> None:  # fmt: skip
        self.tenant = tenant
        self.settings = settings
        self.library = library
        self.scenes = scenes
        self.teller = teller
        self.numbers = numbers
        self.note = note
        self.open: dict[int, Run] = {}
        self.guards = Guards()
        self.counts = Counts()
        self.stopped = ""
        self.steps = Steps(scenes, inside, self.counts, mode, self._changed)
        self._seen: dict[int, int] = {}  # firing alert -> severity at which its playbooks were looked for
        self._ended: dict[int, int] = {}  # alert that a run has ended -> number of the run
        self._resolved: dict[int, Run] = {}  # those runs
        self._incidents: dict[int, int] = {}  # open incident -> severity at which its playbooks were looked for
        self._fresh: list[Finding | Incident] = []
        self._due: list[tuple[int, int]] = []  # heap of (due, run); entries that no longer hold stay in
        self._waits: dict[int, str] = {}  # run that waits for a change of its target -> the target
        self._told: dict[int, str] = {}  # run -> state that the feed knows

    # What the partition tells.

    def found(self, finding: Finding) -> None:
        """A new finding; looked at when the event is through."""
        self._fresh.append(finding)

    def incident_changed(self, incident: Incident, _: int) -> None:
        self._fresh.append(incident)

    def look(self, alerts: Iterable[Alert], now: int) -> None:
        """What is new since the last look may be what a playbook waits for."""
        fresh, self._fresh = self._fresh, []
        alerts = list(alerts)
        if self._waits:
            self._wake(fresh, alerts, now)
        for each in fresh:
            if isinstance(each, Incident):
                self._look_at_incident(each, now)
            else:
                self._trigger("finding", self.scenes.of_finding(each), now)
        for alert in alerts:
            self._look_at_alert(alert, now)

    def _wake(self, fresh: list[Finding | Incident], alerts: list[Alert], now: int) -> None:
        """Runs that wait for something of a thing that has changed look again."""
        refs = {f"incident/{each.id}" for each in fresh if isinstance(each, Incident)}
        for alert in alerts:
            refs.add(f"alert/{alert.id}")
            if "finding" in alert.labels:
                refs.add(f"finding/{alert.labels['finding']}")
            home = self.scenes.home(alert)
            if home is not None:
                refs.add(home)
        for run in [self.open[number] for number, ref in self._waits.items() if ref in refs]:
            self.steps.due(run, now)

    @property
    def waiting(self) -> bool:
        return bool(self._fresh)

    def due(self) -> int | None:
        while self._due:
            due, number = self._due[0]
            run = self.open.get(number)
            if run is not None and _due_of(run) == due:
                return due
            heapq.heappop(self._due)
        return None

    def tick(self, now: int) -> None:
        due = self.due()
        if due is None or due > now:
            return
        run = self.open[heapq.heappop(self._due)[1]]
        if run.state == PROPOSED:
            self._over(run, EXPIRED, now, "nobody allowed it in time")
        else:
            self.steps.due(run, now)

    def outcome(self, told: StepOutcome, now: int) -> None:
        """What the runner says of a step that left the engine."""
        run = self.open.get(told.run)
        if run is not None and told.step < len(run.steps) and run.steps[told.step].attempt == told.attempt:
            came = Done(told.text, told.evidence) if told.state == "DONE" else Failed(told.text, told.sure)
            self.steps.told(run, told.step, None if told.state == "UNKNOWN" else came, now)

    # What people ask for (`orders`).

    def propose(self, book: Playbook, scene: Scene, now: int, by: str, why: str, *, auto: bool) -> Run | str:
        """A run, begun at once where `auto`; or why there is none."""
        number = self.numbers.run
        id = ids.derive("R", self.tenant, book.playbook, scene.ref, str(now), str(number))
        about = {"id": id, "playbook": book.playbook, "version": book.version, "requested_by": by}
        try:
            steps = rendered(book, self.scenes.facts(scene, about), id)
        except TemplateError as error:
            return str(error)
        run = Run(
            number=self.numbers.take("run"), id=id, tenant=self.tenant, playbook=book.playbook, version=book.version,
            target=scene.ref, title=scene.title, site=scene.site, severity=scene.severity, state=PROPOSED, made_at=now,
            plan=fingerprint(book.playbook, book.version, scene.ref, steps), steps=steps, requested_by=by, why=why,
            expires_at=now + length(book.approval.within), role=book.approval.role,
            four_eyes=book.approval.four_eyes,
        )  # fmt: skip
        self.open[run.number] = run
        self.guards.ran(book.playbook, scene.subject, now)
        if auto:
            run.approved_by = AUTO if by == ENGINE else by
            self._begin(run, scene.subject, now, by_itself=by == ENGINE)
        else:
            self.counts.of(book.playbook).proposed += 1
            self._changed(run, now)
        return run

    def approve(self, run: Run, by: str, now: int) -> None:
        run.approved_by, run.approved_at = by, now
        scene = self.scenes.find(run.target)
        self._begin(run, scene.subject if scene is not None else run.target, now, by_itself=False)

    def reject(self, run: Run, by: str, now: int, note: str) -> None:
        self._over(run, REJECTED, now, f"refused by {by}{f': {note}' if note else ''}")

    def settle(self, run: Run, now: int, by: str, *, happened: bool) -> None:
        """A person has found out what became of a step whose fate was unknown."""
        came = Done(f"{by} says that it has happened") if happened else Failed(f"{by} says that it has not happened")
        self.steps.told(run, run.at, came, now)

    def stop(self, by: str, now: int) -> int:
        """The kill switch: nothing goes on, nothing begins. How many runs were stopped."""
        self.stopped = by
        stopped = [run for run in list(self.open.values()) if run.state in (RUNNING, WAITING)]
        for run in stopped:
            self.steps.stop(run, now, f"stopped by {by}")
        return len(stopped)

    # How it is decided.

    def _look_at_alert(self, alert: Alert, now: int) -> None:
        if not alert.firing:
            self._seen.pop(alert.number, None)
            return
        number = self._ended.pop(alert.number, None)
        if number is not None:
            self._came_back(number, now)
        if alert.muted is not None or self._seen.get(alert.number, 0) >= alert.severity:
            return
        self._seen[alert.number] = alert.severity
        on = "prediction" if "prediction" in alert.labels else "alert"
        scene: Scene | None = None
        for book in self.library.matching(on, alert.alert_type, alert.severity):
            scene = scene or self.scenes.of_alert(alert)
            self._consider(book, scene, now)

    def _look_at_incident(self, incident: Incident, now: int) -> None:
        if incident.state in (IncidentState.RESOLVED, IncidentState.CLOSED):
            self._incidents.pop(incident.number, None)
        elif self._incidents.get(incident.number, 0) < incident.severity and not incident.candidate:
            self._incidents[incident.number] = incident.severity
            self._trigger("incident", self.scenes.of_incident(incident), now)

    def _trigger(self, on: str, scene: Scene, now: int) -> None:
        for book in self.library.matching(on, scene.kind, scene.severity):
            self._consider(book, scene, now)

    def _consider(self, book: Playbook, scene: Scene, now: int) -> None:
        """The thing is of a type and severity that the playbook is for."""
        name = book.playbook
        if book.trigger.when and not self._holds(book, scene):
            return
        counts = self.counts.of(name)
        counts.matched += 1
        running = [run for run in self.open.values() if run.playbook == name]
        if any(run.target == scene.ref for run in running):
            self.counts.held(name, "a run of it is open")
            return
        why = "stopped" if self.stopped else self.guards.holds_back(
            name, scene.subject, book.limits, self.settings.per_hour, len(running), now
        )  # fmt: skip
        if why is not None:
            self.counts.held(name, why)
            return
        auto = self.settings.auto and book.mode == AUTO
        asks = self.guards.asks(name, scene.subject, scene.site, book.limits, now) if auto else None
        text = f"{scene.kind} {scene.ref}" + (f"; {asks}" if asks else "")
        made = self.propose(book, scene, now, ENGINE, text, auto=auto and asks is None)
        if isinstance(made, str):
            self.counts.held(name, made)

    def _holds(self, book: Playbook, scene: Scene) -> bool:
        try:
            answer = compiled(book.trigger.when).answer(self.scenes.facts(scene, {"playbook": book.playbook}))
        except TermError:
            answer = "cannot be compiled"
        if isinstance(answer, str):
            self.counts.errors[book.playbook] = self.counts.errors.get(book.playbook, 0) + 1
        return answer is True

    def _begin(self, run: Run, subject: str, now: int, *, by_itself: bool) -> None:
        self.counts.of(run.playbook).begun += 1
        if by_itself:
            self.guards.acted(run.playbook, subject, run.site, now)
        self.steps.begin(run, now)

    def _over(self, run: Run, state: str, now: int, text: str) -> None:
        for step in run.steps:
            step.state = "SKIPPED"
        run.state, run.ended_at, run.text, run.expires_at = state, now, text, None
        self.counts.ended(run.playbook, state)
        self._changed(run, now)

    def _changed(self, run: Run, now: int) -> None:
        """The run is written, its next time set, and what others should know is told."""
        self.teller.out.runs[run.number] = run
        self._set(run)
        if self._told.get(run.number) != run.state and run.state != WAITING:
            self._told[run.number] = run.state
            self._tell(run, now)
        if run.state not in OPEN:
            self.open.pop(run.number, None)
            self._told.pop(run.number, None)
            if run.resolved:
                self._remember(run)

    def _tell(self, run: Run, now: int) -> None:
        what = run.state.lower()
        data: dict[str, Any] = {
            "run_id": run.id, "playbook": run.playbook, "state": run.state, "target": run.target, "title": run.title,
            "what": what, "text": run.text, "approved_by": run.approved_by,
        }  # fmt: skip
        self.teller.tell("playbook_updated", now, f"run/{run.id}", run.site, run.severity, data)
        if run.target.startswith("incident/"):
            self.note(run, now, f"playbook {run.playbook} {what}{f': {run.text}' if run.text else ''}")

    def _remember(self, run: Run) -> None:
        """It has ended its target; whether that lasts is seen by its alerts."""
        self._resolved[run.number] = run
        if len(self._resolved) > RESOLVED:
            del self._resolved[next(iter(self._resolved))]
        self.counts.of(run.playbook).resolved += 1
        scene = self.scenes.find(run.target)
        for alert in self._alerts_of(run, scene):
            self._ended.pop(alert, None)
            self._ended[alert] = run.number
            if len(self._ended) > RESOLVED:
                del self._ended[next(iter(self._ended))]

    def _alerts_of(self, run: Run, scene: Scene | None) -> Iterator[int]:
        if scene is not None and scene.alert is not None:
            yield scene.alert.number
        kind, _, home = run.target.partition("/")
        known = self.scenes.targets.alerts.by_number.values()
        if kind == "finding":
            yield from (alert.number for alert in known if alert.labels.get("finding") == home)
        elif kind == "incident":  # also those of its alerts that have ended: any of them may come back
            yield from (alert.number for alert in known if self.scenes.home(alert) == run.target)

    def _came_back(self, number: int, now: int) -> None:
        """What a run had ended fires again within the reopen window: it was not resolved after all."""
        run = self._resolved.pop(number, None)
        if run is not None:
            run.reopened_at = now
            self.counts.of(run.playbook).reopened += 1
            self.teller.out.runs[run.number] = run

    # State.

    def dump(self) -> bytes:
        state = _State(
            list(self.open.values()), self._seen, self._ended, list(self._resolved.values()), self._incidents,
            self.guards, self.counts, self.stopped,
        )  # fmt: skip
        return msgspec.msgpack.encode(state)

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        self.open = {run.number: run for run in state.open}
        self._seen, self._ended, self._incidents = state.seen, state.ended, state.incidents
        self.guards, self.counts, self.stopped = state.guards, state.counts, state.stopped
        self._resolved = {run.number: run for run in state.resolved}
        self.steps.counts = self.counts
        for run in self.open.values():
            self._told[run.number] = RUNNING if run.state == WAITING else run.state
            self._set(run)

    def _set(self, run: Run) -> None:
        """When it goes on by itself, and whether a change of its target lets it go on before."""
        due = _due_of(run)
        if due is not None:
            heapq.heappush(self._due, (due, run.number))
        step = run.steps[run.at] if run.state == WAITING and run.at < len(run.steps) else None
        if step is not None and step.state == "WAITING" and step.action == "wait_for_condition":
            self._waits[run.number] = run.target
        else:
            self._waits.pop(run.number, None)


def _due_of(run: Run) -> int | None:
    if run.state == PROPOSED:
        return run.expires_at
    if run.state == WAITING and run.at < len(run.steps):
        return run.steps[run.at].due
    return None
