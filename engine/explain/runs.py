"""Why a playbook ran, and what came of it."""

from data.records.run import Run
from data.store import Reader
from engine.explain.telling import Explanation, history, moment, severity


def explain_run(reader: Reader, run: Run) -> Explanation:
    told = Explanation(f"run/{run.id}", f"{run.playbook} (version {run.version}) on {run.target}: {run.title}")
    told.fact("state", run.state)
    told.fact("severity", severity(run.severity))
    told.fact("site", run.site)
    told.fact("proposed", moment(run.made_at))
    told.fact("asked for by", run.requested_by)
    told.fact("allowed by", run.approved_by)
    told.fact("needs leave until", moment(run.expires_at) if run.expires_at is not None else None)
    told.fact("ended", moment(run.ended_at) if run.ended_at is not None else None)
    told.fact("came back", moment(run.reopened_at) if run.reopened_at is not None else None)
    told.fact("plan", run.plan[:16])
    told.because.append(f"it was triggered by {run.why}" if run.requested_by == "engine" else run.why)
    if run.text:
        told.because.append(run.text)
    for place, step in enumerate(run.steps, 1):
        words = f"{step.name} ({step.action}): {step.state}"
        again = f", attempt {step.attempt}" if step.attempt > 1 else ""
        told.evidence.append((f"step {place}", f"{words}{again}{f': {step.text}' if step.text else ''}"))
    told.timeline = history(reader, told.ref, run.tenant, run.made_at, None)
    return told
