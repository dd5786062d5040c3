"""How receivers are told, kind by kind: each writes a parcel as its service wants it, and says what came of it."""

from engine.respond.addresses import Resolve, resolve
from engine.respond.senders.parcel import Fate, Parcel, Result, Sender
from engine.respond.senders.webhook import Webhook
from engine.respond.web import Web
from engine.settings.notify import Notify, Receiver

__all__ = ["Fate", "Parcel", "Result", "Sender", "sender_of"]


def sender_of(receiver: Receiver, notify: Notify, lookup: Resolve = resolve) -> Sender:
    """The sender of a receiver."""
    web = Web(notify.allow, lookup)
    if receiver.kind == "webhook":
        return Webhook(receiver, web)
    raise ValueError(f"receivers of kind {receiver.kind} are not told in this version")
