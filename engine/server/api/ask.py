"""`POST /api/v1/ask`: a question in plain words (WIRE.md §7). Asking changes nothing."""

from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from data.store import Follower
from engine import clock
from engine.access.caller import READ, Caller
from engine.ask import Desk, Scope, proposer_of
from engine.ask.names import Names, gathered
from engine.server.answers import json_answer
from engine.server.bodies import body_of
from engine.server.counters import observed
from engine.server.doors import admit
from engine.server.refusal import Refusal
from engine.server.service import Service

LONGEST: Final = 16_384  # bytes of a request
OLD: Final = 30.0  # seconds after which the names of a tenant are gathered anew


class Question(msgspec.Struct):
    """`follows` is the question that this one refines."""

    question: str
    follows: str | None = None


class Understood(msgspec.Struct):
    """What was understood, and the answer; or, with `understood` false, why not. `proposed_by` names the model that
    put the question into the filter language, where the rules could not."""

    understood: bool
    question: str
    rows: list[dict[str, Any]]
    interpretation: str | None = None
    kind: str | None = None
    filters: dict[str, Any] | None = None
    since: str | None = None
    until: str | None = None
    group_by: list[str] | None = None
    order_by: str | None = None
    limit: int | None = None
    total: int | None = None
    summary: str | None = None
    insights: list[str] | None = None
    cached: bool | None = None
    proposed_by: str | None = None
    reason: str | None = None
    message: str | None = None
    suggestions: list[str] | None = None


_decoder = msgspec.json.Decoder(Question)


class Asking:
    """Answers questions of callers; keeps the names of a tenant for half a minute."""

    def __init__(self) -> None:
        self._names: dict[str, tuple[float, Names]] = {}

    async def post(self, service: Service, request: Request) -> Response:
        caller = admit(service, request.scope, READ)
        tenant = service.tenant_of(caller, request.query_params.get("tenant"))
        return json_answer(await self.answer(service, caller, tenant, await body_of(service, request)))

    async def answer(self, service: Service, caller: Caller, tenant: str, body: bytes) -> dict[str, Any]:
        """Raises Refusal for a body that is no question."""
        if len(body) > LONGEST:
            raise Refusal(413, f"a question has at most {LONGEST} bytes")
        try:
            asked = _decoder.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise Refusal(400, f'wanted {{"question": ...}}: {error}') from None
        partition = service.engine.pipeline.shown(tenant)
        sight, now = service.sight(caller, tenant), service.engine.now(tenant)
        scope = Scope(tenant, sight.row, sight.masked)
        waiting = {name: partition.history.waiting(name) for name in partition.history.names()}

        def work(reader: Follower) -> dict[str, Any]:
            gathered_at, names = self._names.get(tenant, (0.0, None))
            if names is None or clock.monotonic() - gathered_at > OLD:
                names = gathered(reader, tenant, now, waiting)
                self._names[tenant] = clock.monotonic(), names
            if not caller.pii:
                names = names.veiled()
            desk = Desk(
                reader, partition.registry, scope, now, partition.zone, caller.name,
                lambda name: waiting.get(name) or partition.history.waiting(name), names,
                proposer_of(service.config.ask),
            )  # fmt: skip
            last = None
            if asked.follows:
                desk.ask(asked.follows)
                last = desk.last
            return desk.ask(asked.question, last)

        with observed(service.counters.timer("question_seconds")):
            document = await service.shelf.read(work)
        service.engine.meters.asked(document)
        return document
