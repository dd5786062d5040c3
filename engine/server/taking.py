"""From a handler to the engine: may these events come this way, and is the answer back in time?"""

import asyncio
from collections.abc import Sequence

from data.payloads import OperatorAction
from data.times import SECOND
from data.wire import Event
from engine import clock
from engine.access.caller import ACT, Caller
from engine.delivery import Answer, Owned, Refuse
from engine.server.refusal import Refusal
from engine.server.service import Service


def gate(caller: Caller) -> Refuse | None:
    """What refuses the events that this caller may not send; None when it may send all."""
    tenants, acts = caller.tenants, caller.may(ACT)
    if tenants is None and acts:
        return None

    def refuse(event: Owned) -> str | None:
        if tenants is not None and event.tenant not in tenants:
            return f"the token is not for tenant `{event.tenant}` - at `$.tenant`"
        return None if acts or not _allows(event) else "this token may not allow what playbooks do - at `$.data.target`"

    return refuse


def _allows(event: Owned) -> bool:
    """Whether a person's leave for a playbook is in it: a source may tell what people did, but give no leave."""
    data = event.data if isinstance(event, Event) else None
    return isinstance(data, OperatorAction) and data.target.startswith(("run/", "playbook/"))


async def submit(
    service: Service,
    caller: Caller,
    lines: Sequence[bytes],
    way: str,
    sender: str,
    broken: Sequence[tuple[bytes, str]] = (),
) -> Answer:
    """Hands events in and waits until they are durable. Raises Refusal: 429 over the rate, 503 when we are about to
    end, or when they are not durable in time; they may become so later, and a second delivery then is a duplicate."""
    if service.draining:
        raise Refusal(503, "the server is about to end; send again", {"retry-after": "5"})
    bucket = service.buckets.of(sender, service.config.server.rate)
    if bucket is not None and not bucket.spare():
        raise Refusal(429, f"over {bucket.rate:g} events a second", {"retry-after": "1"})
    if bucket is not None:
        bucket.take(len(lines))
    limits, patience = service.engine.limits, service.config.server.request_timeout / SECOND
    if limits.on and (wait := limits.delay(lines)) > patience:
        raise Refusal(429, "the tenant is over its limit; send again", {"retry-after": str(int(wait - patience) + 1)})
    begun = clock.monotonic()
    try:
        async with asyncio.timeout(patience):
            answer = await asyncio.shield(await service.engine.hand_in(lines, way, gate(caller), broken))
    except TimeoutError:
        why = service.ready() or "the engine is behind"
        raise Refusal(503, f"not durable yet ({why}); send again", {"retry-after": "5"}) from None
    except asyncio.CancelledError:
        if service.draining:
            raise Refusal(503, "the server has ended; send again", {"retry-after": "5"}) from None
        raise
    service.counters.timer("ack_seconds", way=way).observe(clock.monotonic() - begun)
    return answer
