"""Slack, PagerDuty and Teams as far as messages need them, from their published interfaces. Each is a `behave` for
`tests.support.fakes.http.Server` that refuses what the real one would refuse."""

from typing import Any

import msgspec

from tests.support.fakes.http import Answer, Request


def json(document: Any, status: int = 200, **headers: str) -> Answer:
    return Answer(status, msgspec.json.encode(document), headers)


class FakeSlack:
    """chat.postMessage and chat.update of one workspace, and an incoming webhook. `messages` by (channel, ts)."""

    def __init__(self, token: str = "xoxb-1", channels: tuple[str, ...] = ("#night",)) -> None:
        self.token, self.channels = token, channels
        self.messages: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.threads: dict[str, list[str]] = {}
        self.rooms: dict[str, list[str]] = {}
        self.whispers: list[tuple[str, str]] = []
        self.error: str | None = None
        self.limit: int | None = None
        self.hooked: list[dict[str, Any]] = []

    def __call__(self, request: Request) -> Answer:
        if self.limit is not None:
            return json({"ok": False, "error": "ratelimited"}, 429, **{"retry-after": str(self.limit)})
        body = request.json
        assert all(len(block["text"]["text"]) <= 3000 for block in body.get("blocks", []) if block["type"] == "section")
        if request.path.startswith("/services/"):
            self.hooked.append(body)
            return Answer(200, b"ok", {"content-type": "text/plain"})
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return json({"ok": False, "error": "invalid_auth"})
        if self.error is not None:
            return json({"ok": False, "error": self.error})
        method = request.path.rpartition("/")[2]
        if method.startswith("conversations."):
            return self._room(method, body)
        if method == "chat.postEphemeral":
            self.whispers.append((body["user"], body["text"]))
            return json({"ok": True, "message_ts": "1.8"})
        return self._post(body) if method == "chat.postMessage" else self._update(body)

    def _room(self, method: str, body: dict[str, Any]) -> Answer:
        """Channels of incidents: `rooms` by id, what happened to them in order."""
        if method == "conversations.create":
            if any(room[0] == body["name"] for room in self.rooms.values()):
                return json({"ok": False, "error": "name_taken"})
            id = f"R{len(self.rooms) + 1}"
            self.rooms[id] = [body["name"]]
            self.channels = (*self.channels, id)
            return json({"ok": True, "channel": {"id": id, "name": body["name"]}})
        told = body.get("topic") or body.get("users") or ""
        self.rooms[body["channel"]].append(f"{method.partition('.')[2]} {told}".strip())
        return json({"ok": True, "channel": {"id": body["channel"]}})

    def _post(self, body: dict[str, Any]) -> Answer:
        known = {key[0] for key in self.messages} | set(self.channels)
        if body["channel"] not in known:
            return json({"ok": False, "error": "channel_not_found"})
        if "thread_ts" in body:
            self.threads.setdefault(body["thread_ts"], []).append(body["text"])
            return json({"ok": True, "ts": "1.9", "channel": "C1"})
        ts = f"1700000000.{len(self.messages):06d}"
        self.messages["C1", ts] = [body]
        return json({"ok": True, "ts": ts, "channel": "C1"})

    def _update(self, body: dict[str, Any]) -> Answer:
        found = self.messages.get((body["channel"], body["ts"]))
        if found is None:
            return json({"ok": False, "error": "message_not_found"})
        found.append(body)
        return json({"ok": True, "ts": body["ts"], "channel": body["channel"]})


class FakePagerDuty:
    """Events API v2. `open` are the incidents by dedup key, `log` every event taken."""

    def __init__(self, key: str = "R123") -> None:
        self.key = key
        self.open: dict[str, dict[str, Any]] = {}
        self.log: list[dict[str, Any]] = []

    def __call__(self, request: Request) -> Answer:
        body = request.json
        if request.path != "/v2/enqueue" or body.get("routing_key") != self.key:
            return json({"status": "invalid event", "errors": ["routing_key"]}, 400)
        payload = body.get("payload")
        if body["event_action"] == "trigger":
            wrong = (
                not payload or not {"summary", "source", "severity"} <= set(payload) or len(payload["summary"]) > 1024
            )
            if wrong or payload["severity"] not in ("critical", "error", "warning", "info"):
                return json({"status": "invalid event", "errors": ["payload"]}, 400)
            self.open[body["dedup_key"]] = body
        else:
            self.open.pop(body["dedup_key"], None)
        self.log.append(body)
        return json({"status": "success", "message": "Event processed", "dedup_key": body["dedup_key"]}, 202)


class FakeTeams:
    """A workflow that takes adaptive cards."""

    def __init__(self) -> None:
        self.cards: list[dict[str, Any]] = []

    def __call__(self, request: Request) -> Answer:
        if len(request.body) > 28 * 1024:
            return Answer(413)
        (attachment,) = request.json["attachments"]
        assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
        assert attachment["content"]["type"] == "AdaptiveCard"
        self.cards.append(attachment["content"])
        return Answer(202)
