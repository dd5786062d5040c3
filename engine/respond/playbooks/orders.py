"""What people ask of playbooks: allow or refuse a run, begin one, stop them all. Each is a journalled command.

`run/ID` is allowed with `approve` (and the hash of the plan that was looked at), refused or cancelled with `reject`;
`playbook/NAME` with `op: run` and `on` begins one; `playbook/*` with `op: stop` and `op: go` is the kill switch.
"""

from data.payloads import OperatorAction
from data.records.run import PROPOSED, UNKNOWN, Run
from data.wire import Event
from engine.query.errors import did_you_mean
from engine.respond.playbooks.runs import AUTO, Runs
from engine.views import Outcome

ALL = "playbook/*"


def command(runs: Runs, event: Event, now: int) -> Outcome | None:
    """The answer; None for what does not concern playbooks."""
    data: OperatorAction = event.data
    kind, _, name = data.target.partition("/")
    by = data.actor or "operator"
    if kind == "run":
        run = next((run for run in runs.open.values() if run.id == name), None)
        if run is None:
            return Outcome(False, f"{data.target} is not open: it is over, or there is no such run", data.target)
        if data.action == "approve":
            return _approve(runs, run, by, now, str((data.params or {}).get("plan") or ""))
        if data.action == "reject":
            return _reject(runs, run, by, now, data.note or "")
        return Outcome(False, f"a run is allowed or refused; {data.action} is not for runs", data.target)
    if kind == "playbook":
        return _of_playbook(runs, data, by, now)
    return None


def _approve(runs: Runs, run: Run, by: str, now: int, plan: str) -> Outcome:
    ref = f"run/{run.id}"
    if run.state == UNKNOWN:
        runs.settle(run, now, by, happened=True)
        return Outcome(True, f"{ref}: taken as done; it is {run.state}", ref)
    if run.state != PROPOSED:
        return Outcome(False, f"{ref} has been allowed already: it is {run.state}", ref)
    if plan and plan != run.plan:
        return Outcome(False, f"{ref}: that is the hash of another plan; look at it again: noc playbook runs", ref)
    if run.four_eyes and run.requested_by == by:
        return Outcome(False, f"{ref}: {by} asked for it, so somebody else has to allow it (four eyes)", ref)
    runs.approve(run, by, now)
    return Outcome(True, f"{ref} is allowed: {run.state}{f', {run.text}' if run.text else ''}", ref)


def _reject(runs: Runs, run: Run, by: str, now: int, note: str) -> Outcome:
    ref = f"run/{run.id}"
    if run.state == UNKNOWN:
        runs.settle(run, now, by, happened=False)
        return Outcome(True, f"{ref}: taken as not done; it is {run.state}", ref)
    if run.state == PROPOSED:
        runs.reject(run, by, now, note)
        return Outcome(True, f"{ref} is refused", ref)
    runs.steps.stop(run, now, f"stopped by {by}")
    return Outcome(True, f"{ref} is stopped", ref)


def _of_playbook(runs: Runs, data: OperatorAction, by: str, now: int) -> Outcome:
    params = data.params or {}
    op = params.get("op")
    if data.target == ALL and op == "stop":
        count = runs.stop(by, now)
        return Outcome(True, f"playbooks are stopped, {count} runs with them; noc playbook go lets them act again", ALL)
    if data.target == ALL and op == "go":
        runs.stopped = ""
        return Outcome(True, "playbooks may act again", ALL)
    name = data.target.partition("/")[2]
    book = runs.library.playbooks.get(name)
    if book is None or op != "run":
        hint = did_you_mean(name, list(runs.library.playbooks))
        return Outcome(False, f"there is no playbook '{name}'{f'; {hint}' if hint else ''}", data.target)
    if runs.stopped:
        return Outcome(False, f"playbooks are stopped, by {runs.stopped}; noc playbook go", data.target)
    scene = runs.scenes.find(str(params.get("on") or ""))
    if scene is None:
        return Outcome(False, f"'{params.get('on')}' is not open; name an alert, finding or incident", data.target)
    at_once = book.mode == AUTO or not book.approval.four_eyes
    made = runs.propose(book, scene, now, by, f"{by} asked for it", auto=at_once)
    if isinstance(made, str):
        return Outcome(False, f"{name}: {made}", data.target)
    words = "waits for somebody else to allow it" if made.state == PROPOSED else f"is {made.state}"
    return Outcome(True, f"run/{made.id} {words}", f"run/{made.id}")
