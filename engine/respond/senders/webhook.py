"""Webhooks: Alertmanager's body of version 4, or CloudEvents; signed as Standard Webhooks describe it.

Sources: prometheus.io/docs/alerting/latest/configuration (webhook_config), cloudevents.io (HTTP binding 1.0,
structured mode), standardwebhooks.com (headers webhook-id, webhook-timestamp, webhook-signature)."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import msgspec

from data import times
from data.records.outbox import Told
from data.records.severity import NAMES
from engine import clock
from engine.respond.senders.files import secret
from engine.respond.senders.parcel import Parcel, Result, judged
from engine.respond.web import Web
from engine.settings.notify import Receiver

NOT_YET = "0001-01-01T00:00:00Z"  # how Alertmanager writes the end of what still fires
LOOP = "noc-notification"  # marks our own messages, so that none of them is taken for an alert
PREFIX = "whsec_"  # of a key in base64


class Webhook:
    """Implements `parcel.Sender`."""

    digests = True

    def __init__(self, receiver: Receiver, web: Web, wall: Callable[[], int] = clock.wall) -> None:
        self._receiver = receiver
        self._web = web
        self._wall = wall

    async def send(self, parcel: Parcel) -> Result:
        receiver = self._receiver
        events = receiver.format == "cloudevents"
        body = msgspec.json.encode(cloudevent(parcel) if events else version_4(parcel))
        headers = {
            "content-type": "application/cloudevents+json" if events else "application/json",
            "idempotency-key": parcel.id,
            LOOP: parcel.tenant,
        }
        if receiver.token_file:
            headers["authorization"] = f"Bearer {secret(receiver.token_file)}"
        if receiver.secret_file:
            headers |= signed(secret(receiver.secret_file), parcel.id, self._wall() // times.SECOND, body)
        reply = await self._web.call("POST", receiver.url, body, headers, receiver.timeout / times.SECOND)
        return judged(reply.status, dict(reply.headers))

    async def close(self) -> None:
        await self._web.close()


def signed(key: str, id: str, moment: int, body: bytes) -> dict[str, str]:
    """Headers that prove who wrote `body`, and when (seconds)."""
    raw = base64.b64decode(key[len(PREFIX) :]) if key.startswith(PREFIX) else key.encode()
    digest = hmac.digest(raw, f"{id}.{moment}.".encode() + body, hashlib.sha256)
    return {
        "webhook-id": id,
        "webhook-timestamp": str(moment),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def version_4(parcel: Parcel) -> dict[str, Any]:
    """Alertmanager's webhook body. Labels of an alert are its own, with alertname, severity, entity, site and client
    beside them where it has none of that name."""
    listed = [alert_4(alert) for alert in parcel.alerts]
    return {
        "version": "4",
        "groupKey": parcel.group,
        "truncatedAlerts": 0,
        "status": "firing" if parcel.firing else "resolved",
        "receiver": parcel.receiver,
        "groupLabels": parcel.labels,
        "commonLabels": common([alert["labels"] for alert in listed]),
        "commonAnnotations": common([alert["annotations"] for alert in listed]),
        "externalURL": parcel.console,
        "alerts": listed,
        "notificationId": parcel.id,
        "title": parcel.title,
        "message": parcel.text,
        "repeat": parcel.kind == "repeat",
        "incidentId": parcel.incident,
        **({} if parcel.document is None else {"document": msgspec.to_builtins(parcel.document)}),
    }


def alert_4(alert: Told) -> dict[str, Any]:
    return {
        "status": "firing" if alert.firing else "resolved",
        "labels": labels(alert),
        "annotations": {"summary": alert.message, **alert.annotations} if alert.message else dict(alert.annotations),
        "startsAt": times.text(alert.starts_at),
        "endsAt": NOT_YET if alert.ends_at is None else times.text(alert.ends_at),
        "generatorURL": alert.url or "",
        "fingerprint": f"{alert.fingerprint & ((1 << 64) - 1):016x}",
        "alertId": alert.id,
        "priority": alert.priority,
    }


def labels(alert: Told) -> dict[str, str]:
    known = {
        "alertname": alert.alert_type, "severity": NAMES[alert.severity], "entity": alert.entity, "site": alert.site,
        "client": alert.client,
    }  # fmt: skip
    return {**{name: value for name, value in known.items() if value is not None}, **alert.labels}


def common(sets: list[dict[str, str]]) -> dict[str, str]:
    """What all of them say alike."""
    if not sets:
        return {}
    first, *others = sets
    return {name: value for name, value in first.items() if all(other.get(name) == value for other in others)}


def _kind(parcel: Parcel) -> str:
    if parcel.document is not None:
        return "document"
    return "firing" if parcel.firing else "resolved" if parcel.alerts else "message"


def cloudevent(parcel: Parcel) -> dict[str, Any]:
    """Structured mode; the id is that of the message, so a repeated delivery is the same event."""
    return {
        "specversion": "1.0",
        "id": parcel.id,
        "source": "noc/notifications",
        "type": f"noc.notification.{_kind(parcel)}",
        "time": times.text(parcel.made_at),
        "subject": f"incident/{parcel.incident}" if parcel.incident else parcel.group,
        "tenant": parcel.tenant,
        "datacontenttype": "application/json",
        "data": version_4(parcel),
    }
