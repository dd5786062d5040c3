"""Activity of people and sites, and activity tied to alerts (reference/original-system.md §6, rows 1-3)."""

from typing import Any

import msgspec

from data.records.correlation import Correlation
from data.store import Follower
from data.times import HOUR
from engine import telemetry
from engine.partition import Partition
from engine.server.api.endpoint import Ask, Endpoint, Param
from engine.server.refusal import Refusal


class PersonAnswer(msgspec.Struct):
    status: str
    data: telemetry.PersonSignals
    cached: bool


class SiteAnswer(msgspec.Struct):
    status: str
    data: telemetry.SiteSignals
    cached: bool


class CorrelationsAnswer(msgspec.Struct):
    status: str
    data: telemetry.CorrelationList
    cached: bool


def answered(data: Any) -> dict[str, Any]:
    """The shape that the original's endpoints share. Nothing is cached here: it would cost more than it saves."""
    return {"status": "success", "data": data, "cached": False}


def partition_of(ask: Ask) -> Partition:
    """The caller's partition; who asks before the first event is told of nothing, as by the lists."""
    return ask.service.engine.pipeline.shown(ask.tenant)


async def person(ask: Ask) -> Any:
    partition = partition_of(ask)
    try:
        found = telemetry.person_signals(partition, ask.path["person"], ask.values["window_minutes"])
    except telemetry.Unknown as error:
        raise Refusal(404, str(error)) from None
    except telemetry.BadQuestion as error:
        raise Refusal(400, str(error)) from None
    if not ask.sight.site(found.site_id):
        raise Refusal(404, f"no person {ask.path['person']} is known")
    return answered(ask.sight.masked(msgspec.to_builtins(found)))


async def site(ask: Ask) -> Any:
    partition = partition_of(ask)
    if not ask.sight.site(ask.path["site"]):
        raise Refusal(404, f"no site {ask.path['site']} is known")
    try:
        found = telemetry.site_signals(partition, ask.path["site"], ask.values["window_minutes"])
    except telemetry.Unknown as error:
        raise Refusal(404, str(error)) from None
    except telemetry.BadQuestion as error:
        raise Refusal(400, str(error)) from None
    return answered(ask.sight.masked(msgspec.to_builtins(found)))


async def correlations(ask: Ask) -> Any:
    partition, values, now = partition_of(ask), ask.values, ask.now
    since = now - round(values["hours"] * HOUR)

    def read(reader: Follower) -> list[Correlation]:
        rows = reader.correlations(since, None)
        return [row for row in rows if row.tenant == ask.tenant and ask.sight.site(row.site)]

    rows = await ask.service.shelf.read(read)
    label = partition.registry.label
    found = telemetry.correlations(rows, label, now, values["site_id"], values["min_severity"], values["hours"])
    return answered(ask.sight.masked(msgspec.to_builtins(found)))


_WINDOW = Param("window_minutes", "integer", "how far back; what is set for the place, if left out", None, 1, 10**6)


def endpoints() -> list[Endpoint]:
    at = "/api/v1/telemetry"
    return [
        Endpoint(f"{at}/signals/site/{{site}}", "sums over everybody at a site", (_WINDOW,), SiteAnswer, site),
        Endpoint(f"{at}/signals/{{person}}", "the five signals of a person", (_WINDOW,), PersonAnswer, person),
        Endpoint(
            f"{at}/correlations",
            "activity of people tied to alerts, newest first, 100 at most",
            (
                Param("site_id", "text", "only of this site"),
                Param("min_severity", "severity", "only of this severity or worse", "MEDIUM"),
                Param("hours", "number", "how far back", 24, 0.01, 87_600),
            ),
            CorrelationsAnswer,
            correlations,
        ),
    ]
