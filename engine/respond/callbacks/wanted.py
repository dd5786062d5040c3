"""A command that came back from a receiver, and who gave it."""

from typing import Final

import msgspec

from engine.settings.notify import Receiver

DEEDS: Final = ("acknowledge", "assign", "resolve", "reopen", "comment")
SYSTEM: Final = {"slack": "slack", "pagerduty": "pagerduty", "email": "mail"}


class Wanted(msgspec.Struct, frozen=True):
    """`key` is the same for the same deed, however often it comes. `person` is how the other system knows who it is."""

    action: str
    target: str
    tenant: str
    person: str
    key: str
    note: str = ""
    to: str = ""  # of an assignment; empty: to whoever did it


class Unwanted(Exception):
    """It cannot be taken; the text says why, for whoever sent it. `status` is that of the answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def actor_of(receiver: Receiver, person: str) -> str:
    """Who it is here. Raises Unwanted for a stranger, unless they may act under their name over there."""
    known = receiver.people.get(person)
    if known:
        return known
    if receiver.strangers and person:
        return f"{SYSTEM.get(receiver.kind, receiver.kind)}:{person}"[:80]
    raise Unwanted(403, f"{person or 'nobody'} is not known here: add `{person}: NAME` to `people` of {receiver.name}")


def params_of(wanted: Wanted, actor: str) -> dict[str, str]:
    """What the command needs beside its target."""
    return {"assignee": wanted.to or actor} if wanted.action == "assign" else {}
