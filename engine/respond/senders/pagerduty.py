"""PagerDuty Events API v2 (developer.pagerduty.com/docs/events-api-v2): one incident there for each group here, opened
by its first message, updated by the others, resolved when nothing of it fires any more."""

from typing import Any

import msgspec

from data import ids, times
from data.records.severity import NAMES
from engine.respond.senders.files import secret
from engine.respond.senders.parcel import Parcel, Result, judged
from engine.respond.senders.words import line, plain
from engine.respond.web import Web
from engine.settings.notify import Receiver

URL = "https://events.pagerduty.com/v2/enqueue"
SEVERITIES = ("info", "info", "info", "warning", "error", "critical")
SUMMARY = 1024  # letters that they take
DETAILS = 50  # alerts in the details


class PagerDuty:
    """Implements `parcel.Sender`."""

    digests = False  # the key names the group

    def __init__(self, receiver: Receiver, web: Web) -> None:
        self._receiver = receiver
        self._web = web

    async def send(self, parcel: Parcel) -> Result:
        body = msgspec.json.encode(event(parcel, secret(self._receiver.token_file)))
        headers = {"content-type": "application/json"}
        url = self._receiver.url or URL
        reply = await self._web.call("POST", url, body, headers, self._receiver.timeout / times.SECOND)
        return judged(reply.status, dict(reply.headers))

    async def close(self) -> None:
        await self._web.close()


def event(parcel: Parcel, routing_key: str) -> dict[str, Any]:
    over = bool(parcel.alerts) and not parcel.firing and not parcel.standing
    made: dict[str, Any] = {
        "routing_key": routing_key,
        "event_action": "resolve" if over else "trigger",
        "dedup_key": ids.derive("noc", parcel.tenant, parcel.group),
    }
    if over:
        return made
    first = parcel.alerts[0] if parcel.alerts else None
    details = {"alerts": [line(one) for one in parcel.alerts[:DETAILS]], "incident": parcel.incident, **parcel.labels}
    payload = {
        "summary": plain(parcel).partition("\n")[0][:SUMMARY],
        "source": (first.entity or first.site or "noc") if first else "noc",
        "severity": SEVERITIES[parcel.severity],
        "timestamp": times.text(parcel.made_at),
        "component": first.entity if first else None,
        "group": first.site if first else None,
        "class": first.alert_type if first else None,
        "custom_details": {**details, "severity": NAMES[parcel.severity]},
    }
    made["payload"] = {name: value for name, value in payload.items() if value is not None}
    made["client"] = "noc"
    if parcel.console:
        made["client_url"] = parcel.console
    return made
