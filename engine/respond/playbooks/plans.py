"""A plan: the steps of a playbook with the facts filled in, and the hash by which it is known. What is allowed is this
plan and no other: a run whose steps no longer give its hash is not carried out."""

import hashlib
from typing import Any

import msgspec

from data.records.run import Step
from engine.respond.playbooks.document import Playbook, length
from engine.respond.playbooks.templates import of_action

_ENCODER = msgspec.json.Encoder(order="sorted")


def rendered(book: Playbook, facts: dict[str, Any], run: str) -> list[Step]:
    """Raises TemplateError."""
    steps = []
    for place, one in enumerate(book.steps):
        undo = (one.undo.do, of_action(one.undo.do, one.undo.params, facts)) if one.undo is not None else None
        steps.append(
            Step(
                one.name or one.do, one.do, of_action(one.do, one.params, facts), length(one.timeout), one.retries,
                one.critical, one.on_failure, undo, key=f"{run}/{place + 1}", when=one.when,
            )
        )  # fmt: skip
    return steps


def fingerprint(book: str, version: int, target: str, steps: list[Step]) -> str:
    """SHA-256 over all that the steps will do, in hex; nothing of how they went."""
    plan = [
        (step.name, step.action, step.params, step.timeout, step.retries, step.critical, step.on_failure, step.undo,
         step.key, step.when)
        for step in steps
    ]  # fmt: skip
    return hashlib.sha256(_ENCODER.encode((book, version, target, plan))).hexdigest()
