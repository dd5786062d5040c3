"""Commands to a running engine over a Unix socket beside its database, and the same commands without one.

The socket has mode 0600 and the caller's user is checked by the kernel's word (SO_PEERCRED), so no token is needed.
A request and its answer are one line of JSON each; a request is the `data` of a `noc.operator.acted` event.
"""

import asyncio
import contextlib
import os
import socket
import struct
from pathlib import Path
from typing import Any

import msgspec

from data import times
from data.opening import open_reader, open_store
from data.records import DEFAULT_TENANT
from data.records.token import Token
from data.store import StoreBroken, StoreBusy, StoreFull
from engine import clock
from engine.access.keyring import Keyring
from engine.access.orders import Order, decide
from engine.models.adopting import ModelOrder, carry_out
from engine.personal.orders import PersonOrder
from engine.personal.orders import carry_out as about_person
from engine.running import Running
from engine.running_jobs import ACTION, run_now
from engine.runtime import Engine
from engine.settings import Config
from engine.views import Outcome

ANSWER_WITHIN = 10.0  # seconds
ERASED_WITHIN = 3600.0  # seconds: all that is stored is read
JUDGE = "judge"  # the command whose journalled event is a verdict; its parameter `verdict` says which
_LONGEST = 100  # bytes of a socket's path; the kernel takes 108
_LINE = 1 << 20


class Request(msgspec.Struct):
    """One command. `data` is the payload of a `noc.operator.acted` event; `order` is about tokens instead, `model`
    about a version of a model, `person` about somebody whose data are here."""

    data: dict[str, Any]
    tenant: str = DEFAULT_TENANT
    order: Order | None = None
    key: str = ""  # the same again is the same command
    model: ModelOrder | None = None
    person: PersonOrder | None = None


class Unanswered(Exception):
    """An engine holds the database, but nobody answers at its socket."""


def socket_path(database: str) -> Path | None:
    """Where the socket of a SQLite database lies; None for other databases."""
    scheme, _, rest = database.partition("://")
    return Path(rest[1:].partition("?")[0] + ".sock") if scheme.startswith("sqlite") and len(rest) > 1 else None


class Commander:
    """Makes events of commands; their ids never repeat, also after a restart, since the journal has grown."""

    def __init__(self, engine: Running, database: str = "") -> None:
        self.engine = engine
        self.database = database
        self.keys: Keyring | None = None  # of a server, which has to know at once; else they are read when needed
        self._count = 0

    async def carry_out(self, request: Request) -> Outcome:
        """Journals and carries out one command; answers when it is durable."""
        if request.order is not None:
            return await self._about_tokens(request.order)
        if request.model is not None:
            return await self._about_models(request.model, request.tenant)
        if request.person is not None:
            return await self._about_people(request.person)
        self._count += 1
        data = request.data
        actor = str(data.get("actor") or "operator")
        event = {
            "specversion": "1.0",
            "id": request.key or f"{actor}/{self.engine.pipeline.seq}/{self._count}",
            "source": "noc/console",
            "type": "noc.operator.acted",
            "time": times.text(self.engine.now(request.tenant)),
            "tenant": request.tenant,
            "data": {**data, "actor": actor},
        }
        if data.get("action") == JUDGE:
            told = {"target": data.get("target"), "actor": actor, "note": data.get("note")}
            event |= {"type": "noc.verdict.recorded", "data": {**told, **(data.get("params") or {})}}
        answer = await self.engine.submit([msgspec.json.encode(event)], "console")
        if answer.outcomes:
            done = answer.outcomes[0]
            return await self._run_job(request, done) if done.ok and data.get("action") == ACTION else done
        if request.key and answer.duplicates:
            return Outcome(True, "was carried out already", str(data.get("target", "")))
        refusal = answer.rejected[0][1] if answer.rejected else "the command was known already"
        return Outcome(False, refusal, str(data.get("target", "")))

    async def _run_job(self, request: Request, asked: Outcome) -> Outcome:
        """What was asked for is in the journal; now it is done."""
        if not isinstance(self.engine, Engine):
            return Outcome(False, "read-only", asked.target)
        try:
            name = asked.target.partition("/")[2]
            return await run_now(self.engine, self.database, request.tenant, name)
        except (StoreBroken, StoreBusy, StoreFull, LookupError, ValueError) as error:
            return Outcome(False, str(error), asked.target)

    async def _about_models(self, order: ModelOrder, tenant: str) -> Outcome:
        if not isinstance(self.engine, Engine):
            return Outcome(False, "read-only", "")
        return await carry_out(self.engine, order, tenant)

    async def _about_people(self, order: PersonOrder) -> Outcome:
        if not isinstance(self.engine, Engine):
            return Outcome(False, "read-only", "")
        try:
            return await about_person(self.engine, order)
        except (StoreBroken, StoreBusy, StoreFull) as error:
            return Outcome(False, str(error), f"person/{order.id}")

    async def _about_tokens(self, order: Order) -> Outcome:
        engine = self.engine
        if not isinstance(engine, Engine):
            return Outcome(False, "read-only", "")
        if self.keys is None:
            self.keys = Keyring(await asyncio.to_thread(tokens_of, self.database))
        outcome, commit, changed = decide(self.keys, order, clock.wall())
        if commit is not None:
            await engine.store.commit(commit)
            for token in changed:
                self.keys.put(token)
        return outcome


def tokens_of(database: str) -> list[Token]:
    """All tokens that a database holds."""
    reader = open_reader(database)
    try:
        return list(reader.tokens())
    finally:
        reader.close()


async def serve(commander: Commander, database: str) -> None:
    """Answers at the socket until cancelled; the socket is removed then."""
    commander.database = database
    path = socket_path(database)
    if path is None:
        return
    with contextlib.suppress(FileNotFoundError):
        path.unlink()  # of an engine that was killed: we hold the lock now
    before = os.umask(0o177)
    try:
        # It begins to serve below: whoever is cancelled here would otherwise leave an open socket behind.
        server = await asyncio.start_unix_server(
            lambda reader, writer: _converse(commander, reader, writer), _short(path), limit=_LINE, start_serving=False
        )
    finally:
        os.umask(before)
    try:
        async with server:
            await server.serve_forever()
    finally:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()


async def ask(database: str, request: Request, config: Config, command: str) -> Outcome:
    """One command from outside: to the engine that runs on the database, else by an engine of our own for a moment.
    Raises Unanswered, StoreBusy, StoreBroken."""
    path = socket_path(database)
    if path is not None and path.exists():
        with contextlib.suppress(ConnectionError, FileNotFoundError):
            return await _ask_running(path, request)
    try:
        store = await open_store(database, command)
    except StoreBusy as busy:
        raise Unanswered(f"{busy}; it does not answer at its socket") from None
    engine = Engine(store, config)
    try:
        await engine.recover()
        serving = asyncio.create_task(engine.run())
        outcome = await Commander(engine, database).carry_out(request)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        return outcome
    finally:
        await engine.close()


async def _converse(commander: Commander, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        if _peer(writer.get_extra_info("socket")) not in (os.getuid(), 0):
            return
        while line := await reader.readline():
            try:
                outcome = await commander.carry_out(msgspec.json.decode(line, type=Request))
            except msgspec.MsgspecError as error:
                outcome = Outcome(False, f"not a request: {error}", "")
            writer.write(msgspec.json.encode(outcome) + b"\n")
            await writer.drain()
    except (ConnectionError, ValueError):
        pass  # a caller that went away, or a line without an end
    finally:
        writer.close()


async def _ask_running(path: Path, request: Request) -> Outcome:
    try:
        within = ANSWER_WITHIN if request.person is None else ERASED_WITHIN
        async with asyncio.timeout(within):
            reader, writer = await asyncio.open_unix_connection(_short(path), limit=_LINE)
            try:
                writer.write(msgspec.json.encode(request) + b"\n")
                await writer.drain()
                line = await reader.readline()
            finally:
                writer.close()
    except TimeoutError:
        raise Unanswered(f"the engine at {path} did not answer in {within:.0f} s") from None
    if not line:
        raise Unanswered(f"the engine at {path} refused to answer: another user runs it")
    return msgspec.json.decode(line, type=Outcome)


def _peer(connection: socket.socket) -> int:
    """The user at the other end, as the kernel tells it."""
    packed = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    user: int = struct.unpack("3i", packed)[1]
    return user


def _short(path: Path) -> str:
    """The path, by way of an open folder where it is too long for a socket address."""
    if len(os.fsencode(path)) <= _LONGEST:
        return str(path)
    folder = os.open(path.parent, os.O_PATH)
    return f"/proc/self/fd/{folder}/{path.name}"
