"""A console's end of the line to an engine elsewhere: the same interface as an engine of its own.

Watches outlive the connection: after a reconnect each is asked for again, and commands that were not answered are sent
again under their keys. Meanwhile pages stay as they were, and the health page says how old they are.
"""

import asyncio
import contextlib
import random
import threading
import uuid
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote, urlsplit

import msgspec

from engine import clock
from engine.attach import frames
from engine.attach.deltas import applied
from engine.attach.frames import PAGES, Asked, Hello, Told
from engine.link import CannotAttach, Watch
from engine.views import Health, Outcome

FIRST_WAIT, LONGEST_WAIT = 0.25, 15.0  # seconds between two tries
AGE = 1.0  # seconds between two looks at how old what is shown is
FATAL: Final = (400, 401, 403, 404)  # answers that a further try would get again


class Remote:
    """Implements `engine.link.Link`. Nothing happens before `start`."""

    def __init__(self, url: str, *, token: str = "", user: str = "", tenant: str = "", read_only: bool = False) -> None:
        self.read_only = read_only
        self.failure: BaseException | None = None
        self.hello: Hello | None = None
        self._url, self._token, self._user, self._tenant = url, token, user, tenant
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[None] | None = None
        self._news: asyncio.Event | None = None
        self._next = 0
        self._watches: dict[int, tuple[Asked, Watch[Any]]] = {}
        self._acts: dict[int, tuple[Asked, Callable[[Outcome], None]]] = {}
        self._outbox: list[Asked] = []
        self._connected = False
        self._last = clock.monotonic()  # when something was heard

    # what a console asks for

    def watch_feed(self, where: str = "", limit: int = 500) -> Watch[Any]:
        return self._watch("feed", where=where, limit=limit)

    def watch_board(self, where: str = "", limit: int = 500, order: str = "priority") -> Watch[Any]:
        return self._watch("board", where=where, limit=limit, order=order)

    def watch_item(self, ref: str) -> Watch[Any]:
        return self._watch("item", ref=ref)

    def watch_heat(self, hours: int = 24, by: str = "hour") -> Watch[Any]:
        return self._watch("heat", hours=hours, by=by)

    def watch_health(self) -> Watch[Any]:
        return self._watch("health")

    def watch_sheet(self, kind: str, where: str = "", limit: int = 500, order: str = "") -> Watch[Any]:
        return self._watch("sheet", kind=kind, where=where, limit=limit, order=order)

    def watch_dossier(self, ref: str, span: str = "") -> Watch[Any]:
        return self._watch("dossier", ref=ref, span=span)

    def act(
        self,
        action: str,
        target: str,
        done: Callable[[Outcome], None],
        *,
        note: str = "",
        params: dict[str, str] | None = None,
    ) -> None:
        if self.read_only:
            done(Outcome(False, "this console is read-only", target))
            return
        with self._guard:
            self._next += 1
            asked = Asked("act", self._next, key=uuid.uuid4().hex, action=action, target=target, note=note,
                          params=dict(params or {}))  # fmt: skip
            self._acts[asked.id] = (asked, done)
            self._outbox.append(asked)
        self._wake()

    def set_speed(self, factor: float) -> None:
        """An engine elsewhere is live."""

    def start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="link", daemon=True)
            self._thread.start()

    def close(self) -> None:
        if self._loop is not None and self._main is not None:
            with contextlib.suppress(RuntimeError):  # the loop may have ended by itself
                self._loop.call_soon_threadsafe(self._main.cancel)
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _watch(self, what: str, **args: Any) -> Watch[Any]:
        with self._guard:
            self._next += 1
            asked = Asked("watch", self._next, what=what, args=args)
            watch: Watch[Any] = Watch(lambda: self._forget(asked.id))
            self._watches[asked.id] = (asked, watch)
            self._outbox.append(asked)
        self._wake()
        return watch

    def _forget(self, id: int) -> None:
        with self._guard:
            if self._watches.pop(id, None) is not None:
                self._outbox.append(Asked("close", id))
        self._wake()

    def _wake(self) -> None:
        loop, news = self._loop, self._news
        if loop is not None and news is not None:
            with contextlib.suppress(RuntimeError):  # a console that closes after the line
                loop.call_soon_threadsafe(news.set)

    # the line

    def _serve(self) -> None:
        try:
            asyncio.run(self._run())
        except asyncio.CancelledError:
            pass
        except BaseException as error:
            self.failure = error
            self._show_age(f"the line broke: {error}")

    async def _run(self) -> None:
        self._loop, self._main = asyncio.get_running_loop(), asyncio.current_task()
        self._news = asyncio.Event()
        ageing = asyncio.create_task(self._age())
        try:
            await self._stay_connected()
        finally:
            ageing.cancel()

    async def _stay_connected(self) -> None:
        from websockets.exceptions import InvalidHandshake, InvalidStatus, WebSocketException

        wait = FIRST_WAIT
        while True:
            before = self._last
            try:
                await self._converse()
            except InvalidStatus as error:
                if error.response.status_code in FATAL:
                    raise CannotAttach(f"{self._url}: {_reason(error.response.body)}") from None
            except (OSError, TimeoutError, WebSocketException, InvalidHandshake):
                pass
            self._connected = False
            wait = FIRST_WAIT if self._last != before else min(wait * 2, LONGEST_WAIT)
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 (consoles should not all come at once)

    async def _converse(self) -> None:
        from websockets.asyncio.client import connect

        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        async with connect(
            _address(self._url, self._user, self._tenant),
            subprotocols=[frames.PROTOCOL],  # type: ignore[list-item]
            additional_headers=headers,
            compression=None,  # long messages are compressed already
            max_size=frames.LARGEST,
            open_timeout=10,
            close_timeout=2,
            proxy=None,
        ) as socket:
            with self._guard:  # all over again: the server knows nothing of the connection before
                acts = [asked for asked, _ in self._acts.values()]
                self._outbox = [*(asked for asked, _ in self._watches.values()), *acts]
            sending = asyncio.create_task(self._send(socket))
            try:
                async for frame in socket:
                    self._last = clock.monotonic()
                    self._connected = True
                    self._take(frames.told(frame))
            finally:
                sending.cancel()

    async def _send(self, socket: Any) -> None:
        assert self._news is not None
        while True:
            with self._guard:
                outbox, self._outbox = self._outbox, []
            for asked in outbox:
                body, binary = frames.packed(asked)
                await socket.send(body if binary else body.decode())
            await self._news.wait()
            self._news.clear()

    def _take(self, told: Told) -> None:
        if told.hello is not None:
            self.hello = told.hello
            self.read_only = self.read_only or told.hello.read_only
        if told.done and told.outcome is not None:
            known = self._acts.pop(told.done, None)
            if known is not None:
                known[1](told.outcome)
        found = self._watches.get(told.page)
        if found is None:
            return
        asked, watch = found
        if told.error is not None:
            watch.error = told.error or None
        if told.whole is not None:
            watch.page = msgspec.convert(told.whole, PAGES[asked.what])
        elif told.delta is not None and watch.page is not None:
            watch.page = applied(watch.page, told.delta)

    # how old it is

    async def _age(self) -> None:
        while True:
            await asyncio.sleep(AGE)
            if not self._connected:
                age = clock.monotonic() - self._last
                self._show_age(f"no connection to {self._url} for {age:.0f} s: this is how it was then")

    def _show_age(self, note: str) -> None:
        for asked, watch in list(self._watches.values()):
            if asked.what == "health":
                known = watch.page or _nothing(self._url)
                watch.page = msgspec.structs.replace(
                    known, revision=known.revision - 1, state="stale", rate=0.0, note=note
                )


def _address(url: str, user: str, tenant: str) -> str:
    """The address of the WebSocket for that of a server. Raises CannotAttach."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    scheme = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}.get(parts.scheme)
    if scheme is None or not parts.hostname:
        raise CannotAttach(f"`{url}` is no address of a server; write it such as https://noc.example:8642")
    query = "&".join(f"{name}={quote(value)}" for name, value in (("as", user), ("tenant", tenant)) if value)
    return f"{scheme}://{parts.netloc}{parts.path.rstrip('/')}/ws/console{'?' + query if query else ''}"


def _reason(body: bytes | bytearray | None) -> str:
    try:
        return str(msgspec.json.decode(body or b"")["error"])
    except (ValueError, KeyError, TypeError):
        return "the server refused, without a reason"


def _nothing(url: str) -> Health:
    """Before anything was heard."""
    return Health(
        revision=-1, state="stale", watermark=0, partition="", events=0, rejected=0, duplicates=0, late=0, rate=0.0,
        history=(), commit_ms=0.0, lag_ms=0.0, open_alerts=0, open_items=0, by_severity=(0, 0, 0, 0, 0), sources=(),
        database=url, speed=1.0,
    )  # fmt: skip
