"""Whose leave a run takes: what a caller's role has to be, looked at where callers are known."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.partition import Partition

REFUSED = "it takes an admin to allow this: the playbook says so"


def refused(partition: "Partition | None", action: str, target: str, params: dict[str, Any], *, admin: bool) -> str:
    """Why this caller may not allow a run, or begin one that would need leave; empty if the role is no hindrance."""
    if partition is None or admin or action != "approve":
        return ""
    kind, _, name = target.partition("/")
    runs = partition.playbooks
    if kind == "run":
        run = next((run for run in runs.open.values() if run.id == name), None)
        return REFUSED if run is not None and run.role == "admin" else ""
    book = runs.library.playbooks.get(name) if kind == "playbook" and params.get("op") == "run" else None
    return REFUSED if book is not None and book.mode == "approval" and book.approval.role == "admin" else ""
