"""What somebody outside is told: a row for each message, written with the decision and kept with what came of it."""

import msgspec

PENDING, DELIVERED, DEAD, NOT_SENT, WITHHELD, NOT_OWED = (
    "PENDING", "DELIVERED", "DEAD", "NOT_SENT", "WITHHELD", "NOT_OWED",
)  # fmt: skip
"""Where a message stands. DEAD: given up, can be replayed. NOT_SENT: decided while nobody is contacted (a replay).
WITHHELD: it was over, or muted, before anybody was told. NOT_OWED: an end whose beginning was never delivered."""


class Told(msgspec.Struct, frozen=True):
    """An alert as a message tells it: that it fires, or that it has ended (`ends_at`, microseconds).

    `answers` are the numbers of the messages that told of the problem whose end this is: one of them has to have
    been delivered, or nobody is owed the end."""

    number: int
    id: str
    alert_type: str
    severity: int
    entity: str | None
    site: str | None
    client: str | None
    message: str
    labels: dict[str, str]
    annotations: dict[str, str]
    fingerprint: int
    starts_at: int
    ends_at: int | None = None
    url: str | None = None
    priority: int = 0
    answers: tuple[int, ...] = ()

    @property
    def firing(self) -> bool:
        return self.ends_at is None


class Document(msgspec.Struct, frozen=True):
    """A report, a digest: what a receiver is handed as a whole. `html` and `markdown` are the same again, where there
    is more than the plain text; whoever made them has escaped what came from outside."""

    subject: str
    text: str
    html: str = ""
    markdown: str = ""


class Attempt(msgspec.Struct, frozen=True):
    """One try to deliver: `at` and `took` are of the wall, in microseconds; `text` is what came of it."""

    at: int
    took: int
    ok: bool
    text: str


class Notification(msgspec.Struct):
    """One message to one receiver. `made_at` is event time; `first_at`, `done_at` and attempts count the wall.

    `kind`: change, repeat, message (of a playbook, its `text`), document or test. `group` names what is told together
    and stays the same over its life; `labels` are what its alerts share. `fallback` tells when it went the other way
    (wall), by whom. `handle` is what the receiver gave back to find the message again. `tries` keeps the newest
    attempts. `standing` counts the alerts of the group that the receiver knows to fire, after this message; `earlier`
    is the number of the group's message before this one.
    """

    number: int
    id: str
    tenant: str
    receiver: str
    status: str
    made_at: int
    kind: str
    group: str
    title: str
    severity: int
    labels: dict[str, str] = {}
    alerts: list[Told] = []
    route: str = ""
    reason: str = ""
    text: str = ""
    incident: str | None = None
    first_at: int | None = None
    done_at: int | None = None
    attempts: int = 0
    tries: list[Attempt] = []
    fallback: str | None = None
    fallback_at: int | None = None
    handle: dict[str, str] = {}
    standing: int = 0
    earlier: int | None = None
    document: Document | None = None
