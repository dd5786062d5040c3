"""A client for programs: events in, lists, the feed and commands of an engine that serves somewhere.

    with Client("https://noc.example:8642", token="noc_...") as noc:
        noc.send([{"specversion": "1.0", "id": "1", ...}])
        for alert in noc.rows("alerts", where="severity>=high"):
            noc.act("acknowledge", f"alert/{alert['id']}")
        for entry in noc.feed(start=1):
            print(entry.sequence, entry.type)

It blocks, and belongs to one thread. What a console shows comes over `engine.attach.remote`, by the same messages.
"""

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Self
from urllib.parse import urlencode, urlsplit

import httpx2
import msgspec
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from engine.attach import frames
from engine.attach.frames import Asked
from engine.exports.signs import FeedEvent
from engine.server.answers import IngestAnswer, Problem
from engine.views import Outcome

TIMEOUT: Final = 40.0  # seconds for an answer; the server gives up after 30
TRIES: Final = 5  # of what is answered by "come again"
WAITS: Final = (0.25, 15.0)  # seconds before the feed is connected to again, the first time and at most
BATCH: Final = 500  # events of a request
_entry = msgspec.json.Decoder(FeedEvent)
_encode = msgspec.json.Encoder().encode


class Refused(Exception):
    """The server did not do it: `status` is that of HTTP, the text its reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Client:
    """Raises Refused where the server refuses, and httpx2.TransportError or OSError where nobody answers."""

    def __init__(self, url: str, *, token: str = "", tenant: str = "", ca: str | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"`{url}` is no address of a server; write it such as https://noc.example:8642")
        self._tenant = tenant
        self._socket_base = ("wss" if parts.scheme == "https" else "ws") + url.removeprefix(parts.scheme).rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._secure = httpx2.create_ssl_context(verify=ca or True) if parts.scheme == "https" else None
        self._http = httpx2.Client(
            base_url=url.rstrip("/"), headers=self._headers, timeout=TIMEOUT, trust_env=False,
            verify=self._secure if self._secure is not None else True,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def send(self, events: Sequence[Mapping[str, Any]]) -> IngestAnswer:
        """Hands events in; back when they are durable. Indexes of the rejected are those of `events`. What is sent
        again, also by the retries of this method, is known by its identity."""
        whole = IngestAnswer(0, 0, [])
        for start in range(0, len(events), BATCH):
            body = _encode(events[start : start + BATCH])
            kind = {"content-type": "application/cloudevents-batch+json"}
            reply = self._asked("POST", "/events", content=body, headers=kind)
            answer = _decoded(reply, IngestAnswer)
            whole.accepted += answer.accepted
            whole.duplicates += answer.duplicates
            whole.rejected += [msgspec.structs.replace(one, index=one.index + start) for one in answer.rejected]
        return whole

    def get(self, path: str, **params: Any) -> Any:
        """The document at `/api/v1/PATH`."""
        given = {name: value for name, value in params.items() if value is not None}
        if self._tenant:
            given["tenant"] = self._tenant
        reply = self._asked("GET", f"/api/v1/{path}", params=given)
        if reply.status_code != 200:
            raise _refused(reply)
        return msgspec.json.decode(reply.content)

    def rows(self, kind: str, *, where: str = "", since: str | None = None, until: str | None = None,
             page: int = 500) -> Iterator[dict[str, Any]]:  # fmt: skip
        """The rows of a list (alerts, incidents, findings, ...) in order of their time, fetched page by page. `where`
        is a filter, times are RFC 3339."""
        after: str | None = None
        while True:
            found = self.get(kind, where=where, since=since, until=until, limit=page, after=after)
            yield from found["rows"]
            after = found["next"]
            if after is None:
                return

    def feed(self, *, start: int | None = None, types: Sequence[str] = (), sites: Sequence[str] = (),
             min_severity: str = "INFO") -> Iterator[FeedEvent]:  # fmt: skip
        """Entries of the feed in order, from sequence `start` on (None: from now on), without an end. After a lost
        connection it goes on behind the last entry."""
        wait = WAITS[0]
        while True:
            asked = {"from": start, "types": ",".join(types), "site": ",".join(sites), "partition": self._tenant,
                     "min_severity": min_severity}  # fmt: skip
            try:
                with self._socket("/ws/feed", asked) as socket:
                    for message in socket:
                        entry = _entry.decode(message)
                        start, wait = entry.sequence + 1, WAITS[0]
                        yield entry
            except (ConnectionClosed, OSError):
                pass
            time.sleep(wait)
            wait = min(wait * 2, WAITS[1])

    def act(self, action: str, target: str, *, note: str = "", params: Mapping[str, Any] | None = None) -> Outcome:
        """Has a command carried out, once, whatever becomes of the connection; back when it is durable."""
        asked = Asked(
            "act", 1, key=uuid.uuid4().hex, action=action, target=target, note=note, params=dict(params or {})
        )
        for tried in range(TRIES):
            try:
                with self._socket("/ws/console", {"tenant": self._tenant}, frames.PROTOCOL) as socket:
                    body, binary = frames.packed(asked)
                    socket.send(body if binary else body.decode())
                    while True:
                        told = frames.told(socket.recv(timeout=TIMEOUT))
                        if told.done and told.outcome is not None:
                            return told.outcome
            except (ConnectionClosed, ConnectionError):
                time.sleep(WAITS[0] * 2**tried)
        raise TimeoutError(f"{target}: the connection was lost {TRIES} times before an answer")

    def _socket(self, path: str, query: Mapping[str, Any], protocol: str = "") -> ClientConnection:
        given = urlencode({name: value for name, value in query.items() if value not in (None, "")})
        try:
            return connect(
                f"{self._socket_base}{path}{'?' + given if given else ''}",
                subprotocols=[protocol] if protocol else None,  # type: ignore[list-item]
                additional_headers=self._headers,
                ssl=self._secure,
                compression=None,
                max_size=frames.LARGEST,
                proxy=None,
            )
        except InvalidStatus as error:
            reason = _decoded_reason(error.response.body or b"")
            raise Refused(error.response.status_code, reason) from None

    def _asked(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """The answer; where the server says when to come again, that of the last try."""
        for tried in range(TRIES):
            reply = self._http.request(method, path, **more)
            later = reply.headers.get("retry-after", "")
            if reply.status_code not in (429, 503) or not later.isdigit() or tried == TRIES - 1:
                break
            time.sleep(min(int(later), TIMEOUT))
        return reply


def _decoded(reply: httpx2.Response, kind: type[IngestAnswer]) -> IngestAnswer:
    """A 400 with an answer tells of events that were all refused."""
    if reply.status_code in (200, 400):
        try:
            return msgspec.json.decode(reply.content, type=kind)
        except msgspec.ValidationError:
            pass
    raise _refused(reply)


def _refused(reply: httpx2.Response) -> Refused:
    return Refused(reply.status_code, _decoded_reason(reply.content))


def _decoded_reason(body: bytes | bytearray) -> str:
    try:
        return msgspec.json.decode(body, type=Problem).error
    except (ValueError, RecursionError):
        return "the server refused, without a reason"
