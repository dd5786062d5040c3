"""Slack: with a bot's token one message for each group that is brought up to date in place, its changes in the thread
below; with an incoming webhook (api.slack.com/messaging/webhooks) a message for each change, since those cannot be
changed. Source: api.slack.com/methods, chat.postMessage and chat.update, Block Kit."""

from typing import Any

import msgspec

from data.records.severity import LEVELS
from data.times import SECOND
from engine.respond.callbacks.slack import buttons
from engine.respond.senders.files import secret
from engine.respond.senders.parcel import Fate, Parcel, Result, judged
from engine.respond.senders.words import headline, lines
from engine.respond.web import Reply, Web
from engine.settings.notify import Receiver

API = "https://slack.com/api"
SECTION = 2900  # letters; they take 3000
SHEETS, LINE = 20, 500  # pieces of a document (they take 50 blocks), and letters of a line in it
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
            reply = await self._post(self._receiver.url, self._message(parcel), {})
            return judged(reply.status, dict(reply.headers), reply.body[:80].decode("utf-8", "replace"))
        known = parcel.handle
        if not known:
            return await self._first(parcel)
        body = {"channel": known["channel"], "ts": known["ts"], **self._message(parcel)}
        done = await self._call("chat.update", body, known)
        if done.fate is not Fate.DELIVERED:
            return await self._first(parcel) if done.text in GONE else done
        text = "\n".join(_escaped(parcel))
        below = {"channel": known["channel"], "thread_ts": known["ts"], "text": text}
        done = await self._call("chat.postMessage", below, known)
        return await self._in_room(parcel, text, done) if done.fate is Fate.DELIVERED else done

    async def close(self) -> None:
        await self._web.close()

    async def _first(self, parcel: Parcel) -> Result:
        body = {"channel": self._receiver.channel, **self._message(parcel)}
        done = await self._call("chat.postMessage", body, None)
        return await self._in_room(parcel, "", done) if done.fate is Fate.DELIVERED else done

    def _message(self, parcel: Parcel) -> dict[str, Any]:
        """With buttons where somebody checks what comes back of them."""
        made = message(parcel)
        if self._receiver.secret_file and parcel.target:
            made["blocks"].append(buttons(parcel.tenant, parcel.target))
        return made

    async def answer(self, channel: str, thread: str, user: str, text: str, *, done: bool) -> None:
        """What came of a click: for everybody below the message, or for the one who clicked."""
        if not self._receiver.channel or not channel:
            return
        method = "chat.postMessage" if done else "chat.postEphemeral"
        body = {"channel": channel, "thread_ts": thread, "text": escape(text), **({} if done else {"user": user})}
        await self._call(method, body, {})

    async def _in_room(self, parcel: Parcel, text: str, done: Result) -> Result:
        """The channel of a grave incident: opened with its first message, told of changes, closed with its end. What
        goes wrong there is said, and holds nothing up: the message itself has arrived."""
        wanted = self._receiver.war_room
        if not wanted or not parcel.incident:
            return done
        room = parcel.handle.get("room", "")
        over = not parcel.firing and not parcel.standing
        said = ""
        if not room and not over and parcel.severity >= LEVELS[wanted]:
            name = f"noc-{parcel.incident}".lower()[:80]
            room, said = await self._asked("conversations.create", {"name": name})
            if room:
                topic = {"channel": room, "topic": escape(headline(parcel))[:250]}
                members = {"channel": room, "users": ",".join(sorted(self._receiver.people))}
                await self._asked("conversations.setTopic", topic)
                if self._receiver.people:
                    _, said = await self._asked("conversations.invite", members)
                await self._asked("chat.postMessage", {"channel": room, **self._message(parcel)})
        elif room:
            await self._asked("chat.postMessage", {"channel": room, "text": text or headline(parcel)})
            if over:
                await self._asked("conversations.archive", {"channel": room})
        handle = {**(done.handle or parcel.handle), **({"room": room} if room else {})}
        return msgspec.structs.replace(done, handle=handle, text=f"ok; war room: {said}" if said else done.text)

    async def _asked(self, method: str, body: dict[str, Any]) -> tuple[str, str]:
        """(id of the channel, why not)."""
        headers = {"authorization": f"Bearer {secret(self._receiver.token_file)}"}
        reply = await self._post(f"{self._receiver.url or API}/{method}", body, headers)
        if reply.status != 200:
            return "", f"{method}: HTTP {reply.status}"
        said = msgspec.json.decode(reply.body)
        if not said.get("ok"):
            return "", f"{method}: {said.get('error', 'no reason given')}"
        channel = said.get("channel")
        return str(channel["id"]) if isinstance(channel, dict) and "id" in channel else "", ""

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
    if parcel.document is not None:
        return {"text": head, "blocks": [_section(f"*{head}*"[:SECTION]), *sheets(parcel.document.text)]}
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


def sheets(text: str) -> list[dict[str, Any]]:
    """A document's text as it stands, in pieces that each fit; how many lines are left out where it is too long."""
    found: list[dict[str, Any]] = []
    piece = ""
    lines = text.replace("`", "'").splitlines()
    for place, line in enumerate(lines):
        safe = f"{escape(line[:LINE])}\n"
        if len(piece) + len(safe) > SECTION:
            found.append(_section(f"```{piece}```"))
            piece = ""
            if len(found) == SHEETS:
                return [*found, _section(f"and {len(lines) - place} more lines")]
        piece += safe
    return [*found, _section(f"```{piece}```")] if piece else found


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _escaped(parcel: Parcel) -> list[str]:
    return [escape(text) for text in lines(parcel)]


def escape(text: str) -> str:
    """Nothing that came from a sender mentions anybody or hides a link: `<!channel>` is text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
