"""The life of a headless engine: opened, served, reloaded, drained, closed."""

import asyncio
import contextlib
import logging
import signal
import socket
import ssl
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any

import uvicorn

from data.opening import open_store
from data.records.feed import FeedEntry
from data.store import StoreBroken
from engine import clock
from engine.access.keyring import Keyring
from engine.control import Commander, tokens_of
from engine.control import serve as serve_commands
from engine.metering import metered
from engine.predict.schooling import lessons
from engine.respond.working import digests
from engine.runtime import Engine, settle_memory
from engine.server.app import application
from engine.server.console import Desk
from engine.server.doors import is_loopback
from engine.server.patience import PatientProtocol, PatientSocket
from engine.server.service import Service
from engine.server.systemd import notify, watchdog
from engine.settings import Config, ConfigError
from engine.sources.following import follow_all

MAX_FRAME = 4 << 20  # bytes of a WebSocket message
PING = 20.0  # seconds between signs of life on a WebSocket, and to wait for the answer
_log = logging.getLogger("noc")


class CannotServe(Exception):
    """The server cannot be started as asked; the text says why, and what to do."""


class AddressTaken(CannotServe):
    """It could be started so, but not now or not here: the address cannot be had."""


async def host(
    database: str, config: Config, listen: str, on_ready: Callable[[str], None], reread: Callable[[], Config]
) -> None:
    """Serves until SIGTERM or SIGINT. `reread` reads the configuration again, for SIGHUP; it raises ConfigError.
    Raises CannotServe, and StoreBusy, StoreBroken or OSError."""
    address = _address(listen)
    engine = Engine(await open_store(database, "noc engine"), config, live=True)
    try:
        keys = Keyring(await asyncio.to_thread(tokens_of, database))
        if not is_loopback(address[0]) and not keys.guarded(clock.wall()):
            raise CannotServe(
                f"without a token only this machine is served, and {listen} is open to others: "
                "`noc token create --role admin` makes one"
            )
        with _bound(address) as door:
            await engine.recover()
            service = Service(engine, config, database, keys)
            try:
                await _serve(service, door, on_ready, reread)
            finally:
                service.shelf.close()
    finally:
        await engine.close()


async def _serve(
    service: Service, door: socket.socket, on_ready: Callable[[str], None], reread: Callable[[], Config]
) -> None:
    engine = service.engine
    partitions = engine.pipeline.partitions.items()
    service.hub.begin((name, partition.teller.sequence) for name, partition in partitions)
    service.masks.begin(engine)
    desk = Desk(service, _commander(service))

    def committed(feed: Sequence[FeedEntry]) -> None:
        service.hub.committed(feed)
        desk.publishers.committed(feed)

    engine.on_entities, engine.on_commit = service.masks.changed, committed
    web = _Web(_uvicorn(service, desk))
    settle_memory()
    signals = _Signals()
    async with asyncio.TaskGroup() as tasks:  # what fails ends all of it
        beside = [tasks.create_task(work) for work in _beside(service, desk.commander)]
        serving = tasks.create_task(web.serve([door]))
        await web.up.wait()
        await _listening(service)
        on_ready(f"{'https' if service.config.server.certificate else 'http'}://{_named(door)}")
        notify("READY=1")
        while await signals.next() == signal.SIGHUP:
            await _reload(service, reread)
        notify("STOPPING=1")
        await service.drain()
        web.should_exit = True
        await serving
        await desk.publishers.close()
        for task in beside:
            task.cancel()


def _beside(service: Service, commander: Commander) -> list[Coroutine[Any, Any, None]]:
    """What runs as long as the server does."""
    commands = serve_commands(commander, service.database)
    taught = lessons(service.engine, service.database)
    told = digests(service.engine, service.database)
    measured = metered(service.engine, service.database)
    return [service.engine.run(), commands, watchdog(), _sources(service), taught, told, measured]


async def _sources(service: Service) -> None:
    """The sources of the configuration, and others after it was read again."""
    while True:
        configured = service.config.sources
        following = asyncio.create_task(follow_all(service.engine, configured))
        try:
            while service.config.sources == configured:
                await service.reloaded.wait()
                service.reloaded.clear()
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)


async def _listening(service: Service) -> None:
    """Ready is said when syslog is listened for too: a datagram before that would be lost, and nobody told."""
    standings = service.engine.meters.standings
    for source in service.config.sources:
        if source.kind == "syslog" and source.name in standings:
            await standings[source.name].tried.wait()


def _commander(service: Service) -> Commander:
    commander = Commander(service.engine, service.database)
    commander.keys = service.keys
    return commander


class _Web(uvicorn.Server):
    """uvicorn without its own idea of signals: ours drain first."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _uvicorn(service: Service, desk: Desk) -> uvicorn.Config:
    settings = service.config.server
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    return uvicorn.Config(
        application(service, desk),
        http=PatientProtocol,
        ws=PatientSocket,
        ws_max_size=MAX_FRAME,
        ws_ping_interval=PING,
        ws_ping_timeout=PING,
        ws_per_message_deflate=False,  # frames of events are large already, and a bomb is never unpacked
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=settings.connections,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=max(1, settings.drain // 1_000_000),
        ssl_certfile=settings.certificate or None,
        ssl_keyfile=settings.key or None,
        ssl_ca_certs=settings.client_ca or None,
        ssl_cert_reqs=ssl.CERT_REQUIRED if settings.client_ca else ssl.CERT_NONE,
    )


async def _reload(service: Service, reread: Callable[[], Config]) -> None:
    """Takes up the configuration if it is good; says why not, and goes on with the old one, if it is not."""
    notify("RELOADING=1")
    try:
        config = reread()
        await service.engine.reload(config)
    except (ConfigError, OSError, StoreBroken) as error:
        _log.error("the configuration was not taken up: %s", error)
    else:
        service.take_up(config)
        _log.warning("the configuration was read again")
    notify("READY=1")


class _Signals:
    """SIGTERM, SIGINT and SIGHUP as they come."""

    def __init__(self) -> None:
        self._came: asyncio.Queue[signal.Signals] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._came.put_nowait, number)

    async def next(self) -> signal.Signals:
        return await self._came.get()


def _address(listen: str) -> tuple[str, int]:
    name, colon, port = listen.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise CannotServe(f"`{listen}` is not HOST:PORT; write it such as 127.0.0.1:8642")
    return name.strip("[]") or "127.0.0.1", int(port)


def _bound(address: tuple[str, int]) -> socket.socket:
    name, port = address
    family = socket.AF_INET6 if ":" in name else socket.AF_INET
    # Named as TCP, or asyncio leaves Nagle's algorithm on: an answer in two parts would wait 40 ms for the other side.
    door = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((name, port))
    except OSError as error:
        door.close()
        raise AddressTaken(f"cannot listen on {name}:{port}: {error.strerror or error}") from None
    door.setblocking(False)
    return door


def _named(door: socket.socket) -> str:
    name, port = door.getsockname()[:2]
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
