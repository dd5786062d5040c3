"""Slack: with a bot's token one message for each group that is brought up to date in place, its changes in the thread
below; with an incoming webhook (api.slack.com/messaging/webhooks) a message for each change, since those cannot be
changed. Source: api.slack.com/methods, chat.postMessage and chat.update, Block Kit."""

from typing import Any

import msgspec

from data.times import SECOND
from engine.respond.senders.files import secret
from engine.respond.senders.parcel import Fate, Parcel, Result, judged
from engine.respond.senders.words import headline, lines
from engine.respond.web import Reply, Web
from engine.settings.notify import Receiver

API = "https://slack.com/api"
SECTION = 2900  # letters; they take 3000
REFUSED = frozenset(("msg_too_long", "invalid_blocks", "invalid_blocks_format", "no_text", "too_many_attachments"))
GONE = frozenset(("message_not_found", "cant_update_message", "edit_window_closed"))


class Slack:
    """Implements `parcel.Sender`."""

    digests = True

    def __init__(self, receiver: Receiver, web: Web) -> None:
        self._receiver = receiver
        self._web = web

    async def send(self, parcel: Parcel) -> Result:
        if not self._receiver.channel:
            reply = await self._post(self._receiver.url, message(parcel), {})
            return judged(reply.status, dict(reply.headers), reply.body[:80].decode("utf-8", "replace"))
        known = parcel.handle
        if not known:
            return await self._first(parcel)
        body = {"channel": known["channel"], "ts": known["ts"], **message(parcel)}
        done = await self._call("chat.update", body, known)
        if done.fate is not Fate.DELIVERED:
            return await self._first(parcel) if done.text in GONE else done
        below = {"channel": known["channel"], "thread_ts": known["ts"], "text": "\n".join(_escaped(parcel))}
        return await self._call("chat.postMessage", below, known)

    async def close(self) -> None:
        await self._web.close()

    async def _first(self, parcel: Parcel) -> Result:
        return await self._call("chat.postMessage", {"channel": self._receiver.channel, **message(parcel)}, None)

    async def _call(self, method: str, body: dict[str, Any], known: dict[str, str] | None) -> Result:
        headers = {"authorization": f"Bearer {secret(self._receiver.token_file)}"}
        reply = await self._post(f"{self._receiver.url or API}/{method}", body, headers)
        if reply.status != 200:
            return judged(reply.status, dict(reply.headers))
        said = msgspec.json.decode(reply.body)
        if said.get("ok"):
            handle = known or {"channel": str(said["channel"]), "ts": str(said["ts"])}
            return Result(Fate.DELIVERED, "ok", handle=handle)
        error = str(said.get("error", "no reason given"))
        return Result(Fate.REFUSED if error in REFUSED else Fate.FAILED, error)

    async def _post(self, url: str, body: dict[str, Any], headers: dict[str, str]) -> Reply:
        sent = {"content-type": "application/json; charset=utf-8", **headers}
        return await self._web.call("POST", url, msgspec.json.encode(body), sent, self._receiver.timeout / SECOND)


def message(parcel: Parcel) -> dict[str, Any]:
    """Text for where blocks are not shown, and blocks: what, each alert, and where to look."""
    head = escape(headline(parcel))
    rest = "\n".join(_escaped(parcel))
    blocks: list[dict[str, Any]] = [{"type": "section", "text": {"type": "mrkdwn", "text": f"*{head}*"[:SECTION]}}]
    if rest:
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": rest[:SECTION]}})
    told = f"incident {parcel.incident}" if parcel.incident else parcel.group
    blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": escape(told)[:SECTION]}]})
    if parcel.console.startswith(("http://", "https://")):
        button = {"type": "button", "text": {"type": "plain_text", "text": "Open"}, "url": parcel.console}
        blocks.append({"type": "actions", "elements": [button]})
    return {"text": head, "blocks": blocks}


def _escaped(parcel: Parcel) -> list[str]:
    return [escape(text) for text in lines(parcel)]


def escape(text: str) -> str:
    """Nothing that came from a sender mentions anybody or hides a link: `<!channel>` is text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
