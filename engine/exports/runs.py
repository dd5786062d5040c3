"""Rows of playbook runs: what was planned, who allowed it, and what each step came to."""

from collections.abc import Iterator
from typing import Any

import msgspec

from data import times
from data.records.run import Run
from data.records.severity import NAMES
from data.store import Reader
from engine.exports.selection import Selection


class RunRow(msgspec.Struct):
    """`plan` is the hash that leave is given for. A step's `state` is DONE FAILED SKIPPED NOT_SENT UNKNOWN UNDONE, or
    PLANNED INTENT WAITING while the run goes on."""

    id: str
    playbook: str
    version: int
    target: str
    title: str
    site: str | None
    severity: str
    state: str
    made_at: str
    started_at: str | None
    ended_at: str | None
    expires_at: str | None
    requested_by: str
    approved_by: str | None
    why: str
    text: str
    resolved: bool
    reopened_at: str | None
    plan: str
    steps: list[dict[str, Any]]
    tenant: str


def runs(reader: Reader, selection: Selection) -> Iterator[RunRow]:
    for run in reader.runs(selection.since, selection.until):
        if selection.allows(run.tenant):
            yield row_of(run)


def row_of(run: Run) -> RunRow:
    steps = [
        {
            "name": step.name, "action": step.action, "params": step.params, "state": step.state,
            "attempts": step.attempt, "begun_at": times.text_or_none(step.begun_at),
            "ended_at": times.text_or_none(step.ended_at), "text": step.text, "evidence": step.evidence,
        }
        for step in run.steps
    ]  # fmt: skip
    return RunRow(
        run.id, run.playbook, run.version, run.target, run.title, run.site, NAMES[run.severity], run.state,
        times.text(run.made_at), times.text_or_none(run.started_at), times.text_or_none(run.ended_at),
        times.text_or_none(run.expires_at), run.requested_by, run.approved_by, run.why, run.text, run.resolved,
        times.text_or_none(run.reopened_at), run.plan, steps, run.tenant,
    )  # fmt: skip
