"""How receivers are told, kind by kind: each writes a parcel as its service wants it, and says what came of it."""

from importlib import import_module

from engine.respond.addresses import Resolve, resolve
from engine.respond.senders.parcel import Fate, Parcel, Result, Sender
from engine.settings.notify import Notify, Receiver

__all__ = ["Fate", "Parcel", "Result", "Sender", "sender_of"]

KINDS = {
    "webhook": ("webhook", "Webhook"),
    "slack": ("slack", "Slack"),
    "teams": ("teams", "Teams"),
    "pagerduty": ("pagerduty", "PagerDuty"),
}
"""Kinds of receivers that are told over the web: module and class."""


def sender_of(receiver: Receiver, notify: Notify, lookup: Resolve = resolve) -> Sender:
    """The sender of a receiver. What a kind needs is loaded with the first receiver of it."""
    if receiver.kind == "email":
        from engine.respond.senders.email import Email

        return Email(receiver, notify, lookup)
    if receiver.kind == "apprise":
        from engine.respond.senders.anything import Anything

        return Anything(receiver)
    from engine.respond.web import Web

    module, name = KINDS[receiver.kind]
    made: Sender = getattr(import_module(f"engine.respond.senders.{module}"), name)(receiver, Web(notify.allow, lookup))
    return made
