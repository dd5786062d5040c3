"""Webhooks v3 of PagerDuty (developer.pagerduty.com/docs/webhooks/v3-overview): what people do to incidents there."""

from typing import Any, Final

import msgspec

from engine.respond.callbacks.wanted import Unwanted, Wanted

DEEDS: Final = {
    "incident.acknowledged": "acknowledge", "incident.resolved": "resolve", "incident.reassigned": "assign",
    "incident.delegated": "assign", "incident.reopened": "reopen", "incident.annotated": "comment",
}  # fmt: skip
OURS: Final = frozenset(("inbound_integration_reference", "integration_reference", "service_reference"))


class _Agent(msgspec.Struct):
    id: str = ""
    type: str = ""
    summary: str = ""


class _Event(msgspec.Struct):
    id: str
    event_type: str
    data: dict[str, Any] = {}
    agent: _Agent | None = None


class _Webhook(msgspec.Struct):
    event: _Event


class Change(msgspec.Struct, frozen=True):
    """`key` is the deduplication key that we have given to the incident; the rest as in `Wanted`."""

    key: str
    wanted: Wanted


def changed(body: bytes) -> Change | None:
    """None for what is no business of ours: other kinds of events, other people's incidents, and what we have caused
    ourselves, which would go round for ever. Raises Unwanted: 400."""
    try:
        event = msgspec.json.decode(body, type=_Webhook).event
    except (ValueError, RecursionError) as error:
        raise Unwanted(400, f"no webhook of PagerDuty, version 3: {error}") from None
    deed = DEEDS.get(event.event_type)
    agent = event.agent or _Agent()
    if deed is None or agent.type in OURS:
        return None
    key = _text(event.data.get("incident_key")) or _text(_inner(event.data).get("incident_key"))
    if not key:
        return None
    to = ""
    if deed == "assign":
        listed = event.data.get("assignees")
        to = _text(listed[0].get("id")) if isinstance(listed, list) and listed and isinstance(listed[0], dict) else ""
    note = _text(event.data.get("content"))[:2000]
    return Change(key, Wanted(deed, "", "", agent.id, f"pagerduty/{event.id}", note, to))


def _inner(data: dict[str, Any]) -> dict[str, Any]:
    """Of a note the incident is told inside."""
    found = data.get("incident")
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
