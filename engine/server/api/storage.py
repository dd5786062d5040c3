"""`GET /api/v1/storage`: what takes how much room, as `noc db storage` tells it: of all tenants."""

from typing import Any, Final

from data.storage import Storage
from data.store import Follower
from engine.access.caller import MANAGE
from engine.server.api.endpoint import Ask, Endpoint
from engine.server.refusal import Refusal

WHO: Final = "only an admin of all tenants may see what takes how much room"


async def report(ask: Ask) -> Any:
    """Raises Refusal 403."""
    caller = ask.caller
    if not caller.may(MANAGE) or caller.tenants is not None or caller.clients is not None:
        raise Refusal(403, WHO)

    def read(reader: Follower) -> Storage:
        return reader.storage()

    return await ask.service.shelf.read(read)


def endpoints() -> list[Endpoint]:
    summary = "tables with what is oldest in them, metrics tier by tier, and what tiers save; for admins of all tenants"
    return [Endpoint("/api/v1/storage", summary, (), Storage, report)]
