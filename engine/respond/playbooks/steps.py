"""How a run goes from step to step: what a step came to decides whether the next comes, the same again, or the end."""

from collections.abc import Callable
from typing import Any

from data.records.run import (
    CANCELLED,
    FAILED,
    PARTIAL,
    RUNNING,
    SUCCESS,
    UNKNOWN,
    WAITING,
    Run,
    Step,
)  # fmt: skip
from data.times import MINUTE, SECOND
from engine.respond.actions.inside import Inside, Moment
from engine.respond.actions.outcome import Done, Failed, NotSent, Outcome, Wait
from engine.respond.actions.specs import SPECS, repeatable
from engine.respond.playbooks.counts import Counts
from engine.respond.playbooks.facts import Scene, Scenes
from engine.respond.playbooks.plans import fingerprint
from engine.respond.playbooks.terms import TermError, compiled

GRACE = MINUTE  # beyond a step's time-out, after which nobody will tell what became of it
RETRY = 10 * SECOND  # before a second attempt; doubled each time
OVER = ("DONE", "FAILED", "SKIPPED", "NOT_SENT", "UNDONE")


class Steps:
    """Carries runs on. `ended` is told of each run that is over, `mode` says whether anybody outside is contacted."""

    def __init__(
        self,
        scenes: Scenes,
        inside: Inside,
        counts: Counts,
        mode: Callable[[], str],
        changed: Callable[[Run, int], None],
    ) -> None:
        self.scenes = scenes
        self.inside = inside
        self.counts = counts
        self.mode = mode
        self.changed = changed

    def begin(self, run: Run, now: int) -> None:
        """Carries it out, if it is still what was planned."""
        if fingerprint(run.playbook, run.version, run.target, run.steps) != run.plan:
            self._end(run, CANCELLED, now, "its steps are no longer what was planned, so nothing was done")
            return
        run.state, run.started_at, run.expires_at = RUNNING, now, None
        self.changed(run, now)
        self.go_on(run, now)

    def go_on(self, run: Run, now: int) -> None:
        """Step after step, until one has to wait or all are done."""
        while run.state == RUNNING:
            if run.at >= len(run.steps):
                self._finish(run, now)
                return
            step = run.steps[run.at]
            if step.state in OVER:
                run.at += 1
            elif step.when and step.begun_at is None and not self._needed(run, step):
                step.state, step.text = "SKIPPED", f"not needed: {step.when}"
                self.counts.step(step.action, "SKIPPED")
            else:
                self._take(run, step, now)

    def due(self, run: Run, now: int) -> None:
        """The wait of its step is over: looked at again, tried again, or nobody knows what became of it."""
        step = run.steps[run.at]
        step.due = None
        if step.state == "INTENT":
            late = "nobody has told what became of it"
            if repeatable(step.action, step.params):
                self.told(run, run.at, Failed(late), now)
            else:
                self._unknown(run, step, late, now)
            return
        run.state = RUNNING
        self.go_on(run, now)

    def told(self, run: Run, place: int, outcome: Outcome | None, now: int) -> None:
        """What came of a step that left the engine; None: nobody knows."""
        step = run.steps[place]
        if step.state not in ("INTENT", "UNKNOWN") or place != run.at:
            return
        if outcome is None:
            self._unknown(run, step, "the engine stopped while it was carried out", now)
            return
        run.state = RUNNING
        self._took(run, step, outcome, now)
        self.go_on(run, now)

    def stop(self, run: Run, now: int, why: str) -> None:
        """No further step, whatever state it is in."""
        step = run.steps[run.at] if run.at < len(run.steps) else None
        if step is not None and step.state == "INTENT":
            step.state, step.text = "UNKNOWN", f"{why}, while it was carried out"
        self._end(run, CANCELLED, now, why)

    def _take(self, run: Run, step: Step, now: int) -> None:
        if step.begun_at is None:
            step.begun_at = now
        if step.state != "WAITING" or step.action != "wait_for_condition":
            step.attempt += 1
        if SPECS[step.action].outside:
            if self.mode() != "live":
                self._took(run, step, NotSent(f"not sent: {self.mode()}"), now)
                return
            step.state, step.due = "INTENT", now + step.timeout + GRACE
            run.state = WAITING
            self.changed(run, now)
            return
        self._took(run, step, self._inside(run, step, step.action, step.params, now), now)

    def _needed(self, run: Run, step: Step) -> bool:
        try:
            return compiled(step.when).holds(self.scenes.facts(self._scene(run), about(run)))
        except TermError:
            return False

    def _scene(self, run: Run) -> Scene:
        """The target, or what is left of one that is over for so long that it is forgotten."""
        return self.scenes.find(run.target) or Scene(run.target, "", run.severity, run.title, run.site, None)

    def _inside(self, run: Run, step: Step, action: str, params: dict[str, Any], now: int) -> Outcome:
        scene = self._scene(run)
        facts = self.scenes.facts(scene, about(run))
        at = Moment(run.playbook, run.id, step.key, now, step.begun_at or now, step.timeout, facts)
        return self.inside.do(action, params, scene, at)

    def _took(self, run: Run, step: Step, outcome: Outcome, now: int) -> None:
        step.text = outcome.text
        if isinstance(outcome, Wait):
            step.state, step.due, run.state = "WAITING", outcome.until, WAITING
            self.changed(run, now)
            return
        if isinstance(outcome, Failed) and _again(step, outcome):
            step.state, step.due = "WAITING", now + RETRY * 2 ** (step.attempt - 1)
            run.state = WAITING
            self.counts.retried(step.action)
            self.changed(run, now)
            return
        step.ended_at, step.due = now, None
        step.state = {Done: "DONE", NotSent: "NOT_SENT"}.get(type(outcome), "FAILED")
        step.evidence = outcome.evidence if isinstance(outcome, Done) else {}
        self.counts.step(step.action, step.state)
        run.resolved = run.resolved or (step.state == "DONE" and step.action == "resolve")
        if step.undoes is not None:
            self._undone(run.steps[step.undoes], step.action, outcome)
        run.at += 1
        if step.state == "FAILED":
            self._failed(run, step, now)

    def _failed(self, run: Run, step: Step, now: int) -> None:
        if step.undoes is not None:
            return  # the others are taken back all the same
        if step.on_failure == "compensate":
            self._undo(run, now)
        elif step.critical:
            self._end(run, FAILED, now, f"{step.name}: {step.text}")
        elif step.on_failure == "stop":
            self._finish(run, now)

    def _undo(self, run: Run, now: int) -> None:
        """Backwards through what was done, as far as it has an undo. As soon as one of them leaves the engine all
        become further steps of the run, so that each is written down before it is done."""
        done = [(place, step) for place, step in enumerate(run.steps[: run.at]) if step.state == "DONE" and step.undo]
        if not any(SPECS[step.undo[0]].outside for _, step in done if step.undo):
            for _, step in reversed(done):
                assert step.undo is not None
                action, params = step.undo
                self._undone(step, action, self._inside(run, step, action, params, now))
            self._finish(run, now)
            return
        for step in run.steps[run.at :]:
            step.state = "SKIPPED"
        for place, step in reversed(done):
            assert step.undo is not None
            action, params = step.undo
            key = f"{run.id}/{len(run.steps) + 1}"
            run.steps.append(
                Step(f"undo {step.name}", action, params, step.timeout, step.retries, key=key, undoes=place)
            )  # fmt: skip

    def _undone(self, step: Step, action: str, outcome: Outcome) -> None:
        done = isinstance(outcome, Done)
        step.state = "UNDONE" if done else step.state
        step.text += f"; undone: {outcome.text}" if done else f"; could not be undone: {outcome.text}"
        self.counts.step(f"undo {action}", "DONE" if done else "FAILED")

    def _unknown(self, run: Run, step: Step, why: str, now: int) -> None:
        """Whether it happened, a person has to find out: it is never simply done again."""
        step.state, step.text, step.due = "UNKNOWN", why, None
        run.state, run.text = UNKNOWN, f"{step.name}: {why}; approve: it has happened, reject: it has not"
        self.counts.step(step.action, "UNKNOWN")
        self.changed(run, now)

    def _finish(self, run: Run, now: int) -> None:
        back = next((step for step in run.steps if step.state == "FAILED" and step.on_failure == "compensate"), None)
        if back is not None:
            self._end(run, FAILED, now, f"{back.name}: {back.text}; what was done before is undone")
            return
        states = [step.state for step in run.steps]
        failed = [step for step in run.steps if step.state == "FAILED"]
        good = any(state in ("DONE", "NOT_SENT") for state in states)
        state = SUCCESS if not failed else PARTIAL if good else FAILED
        self._end(run, state, now, "; ".join(f"{step.name}: {step.text}" for step in failed))

    def _end(self, run: Run, state: str, now: int, text: str) -> None:
        for step in run.steps:
            if step.state in ("PLANNED", "WAITING"):
                step.state, step.due = "SKIPPED", None
        run.state, run.ended_at, run.text, run.expires_at = state, now, text, None
        self.counts.ended(run.playbook, state)
        self.changed(run, now)


def _again(step: Step, failed: Failed) -> bool:
    """Whether it is tried once more: never where it may have been done, and twice is not the same as once."""
    if step.attempt > step.retries or step.action == "wait_for_condition":
        return False
    return failed.sure or repeatable(step.action, step.params)


def about(run: Run) -> dict[str, Any]:
    """What templates and expressions may know of the run itself."""
    return {"id": run.id, "playbook": run.playbook, "version": run.version, "requested_by": run.requested_by}
