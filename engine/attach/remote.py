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
from engine.attach.asking import Asking
from engine.attach.frames import Asked, Hello, Told
from engine.link import CannotAttach
from engine.views import Health, Outcome

FIRST_WAIT, LONGEST_WAIT = 0.25, 15.0  # seconds between two tries
AGE = 1.0  # seconds between two looks at how old what is shown is
FATAL: Final = (400, 401, 403, 404, 429)  # answers that a further try would get again


class Remote(Asking):
    """Implements `engine.link.Link`. Nothing happens before `start`."""

    def __init__(self, url: str, *, token: str = "", user: str = "", tenant: str = "", read_only: bool = False,
                 past: bool = False) -> None:  # fmt: skip
        super().__init__()
        self.read_only = read_only
        self.failure: BaseException | None = None
        self.hello: Hello | None = None
        self._url, self._token, self._user, self._tenant = url, token, user, tenant
        self._way: Asked | None = None
        self._past = past  # a line to what was known at another moment
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[None] | None = None
        self._news: asyncio.Event | None = None
        self._acts: dict[int, tuple[Asked, Callable[[Outcome], None]]] = {}
        self._outbox: list[Asked] = []
        self._connected = self._closed = False
        self._last = clock.monotonic()  # when something was heard

    @property
    def actor(self) -> str:
        """The name that commands are carried out under; empty until the server has told it."""
        return self.hello.actor if self.hello is not None else ""

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
        asked = Asked("act", self._number(), key=uuid.uuid4().hex, action=action, target=target, note=note,
                      params=dict(params or {}))  # fmt: skip
        with self._guard:
            self._acts[asked.id] = (asked, done)
            self._post(asked)

    def set_speed(self, factor: float) -> None:
        """An engine elsewhere is live."""

    def start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="link", daemon=True)
            self._thread.start()

    def close(self) -> None:
        with self._guard:  # the thread may still be on its way to its loop: it looks there
            self._closed, loop, main = True, self._loop, self._main
        if loop is not None and main is not None:
            with contextlib.suppress(RuntimeError):  # the loop may have ended by itself
                loop.call_soon_threadsafe(main.cancel)
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _post(self, asked: Asked) -> None:
        with self._guard:
            self._outbox.append(asked)
            if "at" in asked.args:
                self._way = asked
        self._wake()

    def past(self) -> "Remote":
        """See `engine.link.Link`."""
        other = Remote(
            self._url, token=self._token, user=self._user, tenant=self._tenant, read_only=True, past=True
        )  # fmt: skip
        other.start()
        return other

    def _way_back(self) -> list[Asked]:
        """To the moment where a traveller stood when the connection was lost, or wanted to be when there was none."""
        for asked, watch in self._watches.values():
            if asked.what == "journey" and watch.page is not None and watch.page.goal:
                return [Asked("travel", self._number(), args={"at": watch.page.goal})]
        return [self._way] if self._way is not None else []

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
            if self._past:
                self._break(str(error))

    async def _run(self) -> None:
        with self._guard:
            self._loop, self._main = asyncio.get_running_loop(), asyncio.current_task()
            if self._closed:
                return
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
            _address(self._url, self._user, self._tenant, self._past),
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
                self._outbox = [*(asked for asked, _ in self._watches.values()), *acts, *self._way_back()]
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
        self._answered(told)

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


def _address(url: str, user: str, tenant: str, past: bool = False) -> str:
    """The address of the WebSocket for that of a server. Raises CannotAttach."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    scheme = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}.get(parts.scheme)
    if scheme is None or not parts.hostname:
        raise CannotAttach(f"`{url}` is no address of a server; write it such as https://noc.example:8642")
    asked = (("as", user), ("tenant", tenant), ("past", "1" if past else ""))
    query = "&".join(f"{name}={quote(value)}" for name, value in asked if value)
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
