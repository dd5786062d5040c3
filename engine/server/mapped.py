"""`POST /sources/NAME`: JSON of another system, by the mapping that the configuration has for it."""

from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from engine import clock
from engine.access.caller import INGEST
from engine.delivery import Answer
from engine.server.answers import json_answer, nothing_of, taken
from engine.server.bodies import body_of
from engine.server.doors import admit
from engine.server.ingest import sender_of
from engine.server.refusal import Refusal
from engine.server.service import Service
from engine.server.taking import submit
from engine.settings import Config
from engine.sources.foreign.mapped import BadPayload
from engine.sources.foreign.mapping import MOST, Mapping


class Mappings(NamedTuple):
    """Of one configuration, compiled."""

    config: Config
    by_name: dict[str, Mapping]


async def post_mapped(service: Service, request: Request) -> Response:
    """Answered as `POST /events` is; indexes are those of the items. Raises Refusal."""
    caller = admit(service, request.scope, INGEST)
    name = request.path_params["name"]
    mapping = mappings_of(service).by_name.get(name)
    if mapping is None:
        raise Refusal(404, f"there is no source `{name[:80]}` of kind json")
    body = await body_of(service, request)
    way, arrival = f"json {name}", clock.wall()
    sender = sender_of(request.scope, caller)
    try:
        found = mapping.read(body, arrival, service.ordinals.take(MOST), caller.home())
    except BadPayload as error:
        await submit(service, caller, [], way, sender, [(body, str(error))])
        raise Refusal(400, str(error)) from None
    answer = Answer()
    if found.lines or found.refused:
        broken = [(raw, reason) for _, raw, reason in found.refused]
        answer = await submit(service, caller, found.lines, way, sender, broken)
    places = [*found.places, *(place for place, _, _ in found.refused)]
    answer.rejected = sorted((places[index], reason) for index, reason in answer.rejected)
    return json_answer(taken(answer), 400 if nothing_of(answer) else 200)


def mappings_of(service: Service) -> Mappings:
    """Compiled once for each configuration."""
    known = service.mappings
    if not isinstance(known, Mappings) or known.config is not service.config:
        config = service.config
        wanted = [source for source in config.sources if source.kind == "json" and source.enabled]
        known = Mappings(config, {source.name: Mapping(source, config.foreign) for source in wanted})
        service.mappings = known
    return known
