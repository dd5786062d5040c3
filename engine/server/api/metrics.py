"""Metric history (WIRE.md §7): one figure a bucket, for groups of series."""

from typing import Any, Final

from data.references import bare
from data.store import Follower
from data.times import DAY
from engine.history.kept import Known
from engine.history.query import Answer, UnknownMetric, ask
from engine.history.select import AGGREGATES, GROUPS, STEPS, Wanted
from engine.server.api.endpoint import Ask, Endpoint, Param
from engine.server.api.telemetry import partition_of
from engine.server.refusal import Refusal


def _bare(id: str) -> str:
    """A reference is taken too, as in events."""
    return bare(id) or id


_STEPS: Final = ("auto", *STEPS, "range")


async def query(ask_: Ask) -> Any:
    partition, values = partition_of(ask_), ask_.values
    until = values["until"] if values["until"] is not None else ask_.now + 1
    since = values["since"] if values["since"] is not None else until - DAY
    if since > until:
        raise Refusal(400, "`since` lies after `until`")
    by = tuple(word for word in values["group_by"].split(",") if word)
    for word in by:
        if word not in GROUPS and not (word.startswith("label.") and len(word) > 6):
            raise Refusal(400, f"`group_by` knows {', '.join(GROUPS)} and label.NAME, not `{word[:40]}`")
    wanted = Wanted(
        since, until, tuple(map(_bare, values["site"])), tuple(map(_bare, values["client"])),
        tuple(one if "/" in one else f"device/{one}" for one in values["entity"]), values["label."],
        _one_of(values["step"], "step", _STEPS),
    )  # fmt: skip
    aggregate = _one_of(values["aggregate"], "aggregate", AGGREGATES)
    waiting, zone = partition.history.waiting(values["name"]), partition.zone

    def visible(one: Known) -> bool:
        return bool(ask_.sight.site(one.site))

    def read(reader: Follower) -> Answer:
        name, registry = values["name"], partition.registry
        return ask(reader, registry, ask_.tenant, name, wanted, aggregate, by, waiting, zone, visible)

    try:
        return await ask_.service.shelf.read(read)
    except UnknownMetric as error:
        raise Refusal(404, str(error), suggestions=error.suggestions) from None


def _one_of(text: str, name: str, known: tuple[str, ...]) -> Any:
    if text not in known:
        raise Refusal(400, f"`{name}` is one of {', '.join(known)}, not `{text[:40]}`")
    return text


def endpoints() -> list[Endpoint]:
    params = (
        Param("name", "text", "the metric", needed=True),
        Param("site", "text", "only at this site; may be repeated", (), many=True),
        Param("client", "text", "only of this client; may be repeated", (), many=True),
        Param("entity", "text", "only of this entity (a reference); may be repeated", (), many=True),
        Param("label.", "text", "`label.NAME=VALUE`: only with this label; may be repeated", (), many=True),
        Param("since", "time", "buckets that overlap this time or later; the last 24 h, if left out"),
        Param("until", "time", "buckets that begin before this time"),
        Param("step", "text", f"length of a bucket: {', '.join(_STEPS)}", "auto"),
        Param("aggregate", "text", f"the figure: {', '.join(AGGREGATES)}", "avg"),
        Param("group_by", "text", f"comma-separated: {', '.join(GROUPS)}, label.NAME; all as one, if left out", ""),
    )
    return [Endpoint("/api/v1/metrics/query", "the history of a metric", params, Answer, query)]
