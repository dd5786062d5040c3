"""Microsoft Teams by the webhook of a workflow ("When a Teams webhook request is received"), which posts adaptive
cards (adaptivecards.io, schema 1.4). Such messages cannot be changed afterwards, so each change is one."""

import re
from typing import Any

import msgspec

from data.records.severity import NAMES
from data.times import SECOND
from engine.respond.senders.parcel import Parcel, Result, judged
from engine.respond.senders.words import headline, lines
from engine.respond.web import Web
from engine.settings.notify import Receiver

COLOURS = ("default", "default", "accent", "warning", "attention", "attention")
TITLE, FACT, FACTS = 500, 200, 10  # letters of the headline, of a fact, and facts
LONGEST = 15_000  # bytes of texts in a card; they take 28 KB
_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-!|<>])")


class Teams:
    """Implements `parcel.Sender`."""

    digests = True

    def __init__(self, receiver: Receiver, web: Web) -> None:
        self._receiver = receiver
        self._web = web

    async def send(self, parcel: Parcel) -> Result:
        body = msgspec.json.encode(envelope(parcel))
        headers = {"content-type": "application/json"}
        reply = await self._web.call("POST", self._receiver.url, body, headers, self._receiver.timeout / SECOND)
        return judged(reply.status, dict(reply.headers))

    async def close(self) -> None:
        await self._web.close()


def envelope(parcel: Parcel) -> dict[str, Any]:
    content = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card(parcel)}
    return {"type": "message", "attachments": [content]}


def card(parcel: Parcel) -> dict[str, Any]:
    colour = COLOURS[parcel.severity] if parcel.firing or not parcel.alerts else "good"
    body: list[dict[str, Any]] = [_text(headline(parcel)[:TITLE], weight="bolder", size="medium", color=colour)]
    room = LONGEST
    for line in lines(parcel):
        block = _text(line) if parcel.document is None else _text(line, fontType="monospace", spacing="none")
        room -= len(msgspec.json.encode(block))
        if room > 0:
            body.append(block)
    facts = [{"title": name, "value": escape(value[:FACT])} for name, value in list(parcel.labels.items())[:FACTS]]
    facts.append({"title": "severity", "value": NAMES[parcel.severity]})
    body.append({"type": "FactSet", "facts": facts})
    made: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
        "body": body,
    }  # fmt: skip
    if parcel.console.startswith(("http://", "https://")):
        made["actions"] = [{"type": "Action.OpenUrl", "title": "Open", "url": parcel.console}]
    return made


def _text(text: str, **more: str) -> dict[str, Any]:
    return {"type": "TextBlock", "text": escape(text), "wrap": True, **more}


def escape(text: str) -> str:
    """Markdown of a sender is text."""
    return _MARKS.sub(r"\\\1", text)
