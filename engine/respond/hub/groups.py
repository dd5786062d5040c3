"""A group: alerts that one receiver is told of together, and what it has been told already."""

import msgspec

from data.records.alert import Alert
from data.records.outbox import Told

KEPT = 20  # messages about one problem that are remembered; one of them delivered means that its end is owed


class Known(msgspec.Struct):
    """A problem that a receiver was told of: in which messages, and as how grave."""

    messages: list[int]
    severity: int

    def again(self, message: int, severity: int) -> None:
        self.severity = severity
        self.messages.append(message)
        if len(self.messages) > KEPT:
            del self.messages[1]


class Group(msgspec.Struct):
    """`changed` are numbers of alerts with something to tell, in order; `over` those of them that have ended, as they
    were then. `last` is when it was told of last (None: never), `due` when it is looked at next."""

    key: str
    channel: str
    serial: int
    labels: dict[str, str]
    born: int
    changed: dict[int, None] = {}
    over: dict[int, Told] = {}
    known: dict[int, Known] = {}
    last: int | None = None
    message: int | None = None  # number of the last one
    due: int | None = None

    @property
    def empty(self) -> bool:
        return not self.changed and not self.known


def told(alert: Alert, answers: tuple[int, ...] = ()) -> Told:
    """The alert as it is now."""
    return Told(
        alert.number, alert.id, alert.alert_type, alert.severity, alert.entity, alert.site, alert.client, alert.message,
        dict(alert.labels), dict(alert.annotations), alert.fingerprint, alert.started_at, alert.ended_at,
        alert.generator_url, alert.priority, answers,
    )  # fmt: skip
