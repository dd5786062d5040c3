"""`/ws/console`: an operator's console, attached over the network (`engine.attach` tells the protocol)."""

import asyncio
import contextlib
from collections import OrderedDict
from importlib import metadata
from typing import Any, Final

import msgspec
from starlette.datastructures import QueryParams

from engine.access.caller import ACT, MANAGE, READ, Caller
from engine.attach import frames
from engine.attach.deltas import delta
from engine.attach.frames import Asked, Hello, Told
from engine.control import Commander, Request
from engine.link import Watch
from engine.publisher import Publisher
from engine.respond.playbooks.leave import refused
from engine.running_jobs import ACTION as RUN_JOB
from engine.server.doors import Scope, admit
from engine.server.refusal import Refusal
from engine.server.service import Service
from engine.server.sight import Sight
from engine.server.socket import GOING_AWAY, INVALID, POLICY, TRY_LATER, Gone, Socket
from engine.server.watching import Publishers, Veil, begin
from engine.server.watching import Told as ToldWatch
from engine.views import Fact, Health, ItemContext, Outcome, Section

WATCHES: Final = 64  # of one console
PEOPLE: Final = 20  # who are named as being here
REMEMBERED: Final = 4_096  # outcomes, for commands that are sent again


class Desk:
    """What all attached consoles share: publishers, commands with their outcomes, and who is here."""

    def __init__(self, service: Service, commander: Commander) -> None:
        self.service = service
        self.commander = commander
        self.publishers = Publishers(service.engine, service.database)
        self.consoles: set[Console] = set()
        self._outcomes: OrderedDict[tuple[str, str], asyncio.Future[Outcome]] = OrderedDict()

    async def carry_out(self, caller: Caller, tenant: str, actor: str, asked: Asked) -> Outcome:
        """Once for each key, however often it is sent."""
        mark = (actor, asked.key)
        known = self._outcomes.get(mark) if asked.key else None
        if known is None:
            data = {
                "target": asked.target, "action": asked.action, "actor": actor, "note": asked.note,
                "params": asked.params,
            }  # fmt: skip
            request = Request(data, tenant, key=f"{caller.token or 'owner'}/{asked.key}" if asked.key else "")
            known = asyncio.ensure_future(self.commander.carry_out(request))
            if asked.key:
                self._outcomes[mark] = known
                while len(self._outcomes) > REMEMBERED:
                    self._outcomes.popitem(last=False)
        return await asyncio.shield(known)

    def others(self, me: "Console", ref: str) -> list["Console"]:
        """Who else looks at this item."""
        return [one for one in self.consoles if one is not me and one.tenant == me.tenant and ref in one.looking_at()]

    def here(self, me: "Console") -> tuple[str, ...]:
        """Everybody else, each once, by name; who cannot act is marked."""
        others = [one for one in self.consoles if one is not me and one.tenant == me.tenant]
        names = {one.actor if one.acts else f"{one.actor} ({one.sight.caller.role})" for one in others}
        return tuple(sorted(names)[:PEOPLE])

    def moved(self, tenant: str) -> None:
        """Somebody came, left or looks at something else: pages that tell of that are told anew."""
        for one in self.consoles:
            if one.tenant == tenant:
                one.look_again()


class Console:
    """One console. Its pages are conflated: while it takes one, only the newest of each watch is kept."""

    def __init__(self, desk: Desk, socket: Socket, sight: Sight, actor: str) -> None:
        self.desk = desk
        self.socket = socket
        self.sight = sight
        self.actor = actor
        self.tenant = sight.tenant
        self._watches: dict[int, tuple[str, Watch[Any], Veil, dict[str, Any]]] = {}
        self._sent: dict[int, Any] = {}
        self._errors: dict[int, str | None] = {}
        self._news = asyncio.Event()
        self._outbox: list[Told] = []
        self._acts: set[asyncio.Task[None]] = set()
        self._main: asyncio.Task[Any] | None = None
        self._ending = False
        self._publisher: Publisher | None = None

    @property
    def acts(self) -> bool:
        return self.sight.caller.may(ACT)

    def looking_at(self) -> set[str]:
        return {str(args.get("ref")) for what, _, _, args in self._watches.values() if what == "item"}

    def look_again(self) -> None:
        self._news.set()

    def drain(self) -> None:
        self._ending = True
        self._news.set()

    async def run(self) -> None:
        service = self.desk.service
        service.joined(self)
        self.desk.consoles.add(self)
        self.desk.moved(self.tenant)
        reading = asyncio.create_task(self._read())
        sending = asyncio.create_task(self._send())
        try:
            await asyncio.wait((reading, sending), return_when=asyncio.FIRST_COMPLETED)
            code, reason = _end_of(sending if sending.done() else reading, service)
            await self.socket.close(code, reason)
        finally:
            for task in (reading, sending, *self._acts):
                task.cancel()
            await asyncio.gather(reading, sending, *self._acts, return_exceptions=True)
            for _, watch, _, _ in self._watches.values():
                watch.close()
            self.desk.consoles.discard(self)
            self.desk.moved(self.tenant)
            service.left(self)

    async def _read(self) -> tuple[int, str]:
        await self.prepare()
        while True:
            frame = await self.socket.receive()
            try:
                asked = frames.asked(frame)
            except (ValueError, RecursionError) as error:
                return INVALID, f"no message of {frames.PROTOCOL}: {error}"
            if not self.desk.service.keys_hold(self.sight.caller):
                return POLICY, "the token has ended"
            if asked.do == "watch":
                self._watch(asked)
            elif asked.do == "close":
                self._close(asked.id)
            elif asked.do == "travel":
                try:
                    self.travel(asked)
                except ValueError as error:
                    return INVALID, str(error)
            elif asked.do == "act":
                task = asyncio.create_task(self._act(asked))
                self._acts.add(task)
                task.add_done_callback(self._acts.discard)

    async def prepare(self) -> None:
        """Before anything is asked."""
        self._publisher = await self.desk.publishers.of(self.tenant)

    def begin(self, asked: Asked) -> Watch[Any]:
        """Raises ValueError for what cannot be watched so."""
        publisher = self._publisher
        assert publisher is not None
        watch = ToldWatch(lambda: publisher.close(watch), self._news.set)
        begin(publisher, watch, asked.what, asked.args, self.sight)
        return watch

    def travel(self, asked: Asked) -> None:
        """Raises ValueError. This console shows how things are, and stays there."""

    def _watch(self, asked: Asked) -> None:
        self._close(asked.id)
        try:
            if len(self._watches) >= WATCHES:
                raise ValueError(f"more than {WATCHES} watches at once")
            watch = self.begin(asked)
        except ValueError as error:
            self._tell(Told(page=asked.id, error=str(error)))
            return
        self._watches[asked.id] = (asked.what, watch, Veil(self.sight), asked.args)
        self._news.set()
        if asked.what == "item":
            self.desk.moved(self.tenant)

    def _close(self, id: int) -> None:
        known = self._watches.pop(id, None)
        self._sent.pop(id, None)
        self._errors.pop(id, None)
        if known is not None:
            known[1].close()
            if known[0] == "item":
                self.desk.moved(self.tenant)

    async def _act(self, asked: Asked) -> None:
        problem = self.forbidden(asked)
        if problem:
            outcome = Outcome(False, problem, asked.target)
        else:
            outcome = await self.desk.carry_out(self.sight.caller, self.tenant, self.actor, asked)
        outcome = msgspec.structs.replace(outcome, text=self.sight.text(outcome.text))
        self._tell(Told(done=asked.id, outcome=outcome))

    @property
    def read_only(self) -> bool:
        return not self.sight.caller.may(ACT)

    def forbidden(self, asked: Asked) -> str:
        """Why this may not be done; empty if it may."""
        caller = self.sight.caller
        if not caller.may(ACT):
            return f"the role `{caller.role}` only looks on"
        if asked.action == RUN_JOB and not caller.may(MANAGE):
            return "running a job takes the role `admin`"
        partition = self.desk.service.engine.pipeline.partitions.get(self.tenant)
        leave = refused(partition, asked.action, asked.target, asked.params, admin=caller.may(MANAGE))
        if leave or caller.clients is None:
            return leave
        item = partition.grouping.item(asked.target) if partition is not None else None
        sites = {alert.site for alert in item.alerts} if item is not None else set()
        if item is None or not all(map(self.sight.site, sites)):
            return f"{asked.target} is not of your clients"
        return ""

    def _tell(self, told: Told) -> None:
        self._outbox.append(told)
        self._news.set()

    async def _send(self) -> tuple[int, str]:
        caller = self.sight.caller
        hello = Hello(self.actor, caller.role, self.tenant, self.read_only, metadata.version("noc"))
        self._tell(Told(hello=hello))
        while True:
            await self._news.wait()
            self._news.clear()
            if self._ending:
                return GOING_AWAY, "the server is about to end"
            outbox, self._outbox = self._outbox, []
            for told in (*outbox, *self._changes()):
                body, binary = frames.packed(told)
                await self.socket.send(body, binary=binary)
                self.desk.service.counters.add("console_bytes_total", len(body))

    def _changes(self) -> list[Told]:
        """What this console does not know yet, of each watch the newest only."""
        found = []
        for id, (_, watch, veil, _) in list(self._watches.items()):
            if watch.error != self._errors.get(id):
                self._errors[id] = watch.error
                found.append(Told(page=id, error=watch.error or ""))
            if watch.page is None:
                continue
            page = self._with_others(veil.page(watch.page))
            last = self._sent.get(id)
            if page is None or page == last:
                continue
            self._sent[id] = page
            if last is None or type(last) is not type(page):
                found.append(Told(page=id, whole=msgspec.to_builtins(page)))
            else:
                found.append(Told(page=id, delta=delta(last, page)))
        return found

    def _with_others(self, page: Any) -> Any:
        """An item tells who else looks at it, the health page who else is here at all."""
        if isinstance(page, Health):
            return msgspec.structs.replace(page, here=self.desk.here(self))
        if not isinstance(page, ItemContext):
            return page
        others = self.desk.others(self, page.item.ref)
        if not others:
            return page
        facts = tuple(Fact(one.actor, f"looks at this too ({one.sight.caller.role})") for one in others)
        return msgspec.structs.replace(page, sections=(Section("Here now", facts), *page.sections))


def _end_of(task: "asyncio.Task[tuple[int, str]]", service: Service) -> tuple[int, str]:
    try:
        return task.result()
    except Gone:
        return 1000, ""
    except TimeoutError:
        service.counters.add("feed_cut_off_total", why="console")
        return TRY_LATER, "nothing was taken for too long"


class ConsoleDoor:
    """The ASGI application behind `/ws/console`. The owner of the machine says in `?as=` who he is."""

    def __init__(self, service: Service, desk: Desk) -> None:
        self.service = service
        self.desk = desk

    async def __call__(self, scope: Scope, receive: object, send: object) -> None:
        service = self.service
        socket = Socket(scope, receive, send, service.config.server.stall / 1_000_000)
        query = QueryParams(scope["query_string"])
        try:
            if service.draining:
                raise Refusal(503, "the server is about to end")
            caller = admit(service, scope, READ)
            protocol = socket.protocol((frames.PROTOCOL,))
            tenant = service.tenant_of(caller, query.get("tenant"))
            kind = self._kind(caller, query)
        except Refusal as refusal:
            service.counters.add("refused_total", status=str(refusal.status))
            await socket.refuse(refusal)
            return
        actor = caller.name if caller.token else query.get("as", caller.name)[:80]
        with contextlib.suppress(Gone):
            await socket.accept(protocol)
            await kind(self.desk, socket, service.sight(caller, tenant), actor).run()

    def _kind(self, caller: Caller, query: QueryParams) -> type[Console]:
        """Raises Refusal."""
        if not query.get("past"):
            return Console
        from engine.server.travelling import PastConsole, may_travel

        may_travel(caller, self.desk)
        return PastConsole
