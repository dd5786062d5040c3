"""Runs of playbooks: what was planned, who allowed it, what each step came to. Times are event time, microseconds."""

from typing import Any

import msgspec

PROPOSED, RUNNING, WAITING = "PROPOSED", "RUNNING", "WAITING"
SUCCESS, PARTIAL, FAILED, UNKNOWN = "SUCCESS", "PARTIAL", "FAILED", "UNKNOWN"
REJECTED, EXPIRED, CANCELLED = "REJECTED", "EXPIRED", "CANCELLED"
OPEN = (PROPOSED, RUNNING, WAITING, UNKNOWN)
"""States of a run that is not over. WAITING: for a condition, a retry, or somebody outside. UNKNOWN: a step may or may
not have happened, and a person has to say so."""


class Step(msgspec.Struct):
    """One step, rendered. `state`: PLANNED, INTENT (written down, carried out after the commit), WAITING, DONE, FAILED,
    SKIPPED, UNKNOWN, NOT_SENT, UNDONE. `attempt` counts from 1; `key` is the same for every attempt, so that a receiver
    can know a second one. `due` ends its wait. `undoes`: the place of the step that this one takes back."""

    name: str
    action: str
    params: dict[str, Any]
    timeout: int
    retries: int = 0
    critical: bool = False
    on_failure: str = "stop"  # stop, continue, compensate
    undo: tuple[str, dict[str, Any]] | None = None
    state: str = "PLANNED"
    attempt: int = 0
    begun_at: int | None = None
    ended_at: int | None = None
    due: int | None = None
    text: str = ""
    key: str = ""
    when: str = ""  # an expression; where it does not hold the step is skipped
    evidence: dict[str, Any] = {}
    undoes: int | None = None


class Run(msgspec.Struct):
    """One run of one playbook on one thing (`target`: `finding/F-..`, `alert/A-..`, `incident/I-..`, ...).

    `plan` is the hash of the rendered steps: what is approved is what is carried out. `requested_by` is `engine` or a
    person. `resolved`: it ended its target; `reopened_at`: which came back within the reopen window after all."""

    number: int
    id: str
    tenant: str
    playbook: str
    version: int
    target: str
    title: str
    site: str | None
    severity: int
    state: str
    made_at: int
    plan: str
    steps: list[Step]
    requested_by: str = "engine"
    why: str = ""
    started_at: int | None = None
    ended_at: int | None = None
    expires_at: int | None = None
    approved_by: str | None = None
    approved_at: int | None = None
    role: str = ""
    four_eyes: bool = False
    at: int = 0  # the step it is at
    text: str = ""
    resolved: bool = False
    reopened_at: int | None = None
