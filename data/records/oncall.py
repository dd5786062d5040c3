"""Who is on call, what an escalation is waiting for, and tickets that the engine opens. Times in microseconds."""

import msgspec


class Turn(msgspec.Struct, frozen=True):
    """One person's unbroken time on call, from `start` until before `end`, in one layer of a schedule."""

    start: int
    end: int
    person: str  # bare id, or the name that a foreign calendar gave
    layer: str
    instead_of: str | None = None  # whom an override replaces


class Step(msgspec.Struct, frozen=True):
    """One step of a policy: after `wait` since the last one (0: the wait of the item's severity) tell `to`.

    Targets: `schedule/NAME`, `person/ID`, `role/NAME`, `oncall` (all schedules), `in_charge`, `everybody`.
    """

    wait: int
    to: tuple[str, ...]


class Policy(msgspec.Struct, frozen=True):
    """What happens while nobody acknowledges. `limits` are the waits of INFO to CRITICAL, 0 for never; the steps are
    gone through `repeat` times more; then everybody is told, once."""

    name: str
    limits: tuple[int, int, int, int, int]
    steps: tuple[Step, ...]
    repeat: int = 0


class Standing(msgspec.Struct):
    """Where the escalation of one open item stands. `policy` is the key of its policy as it was at the opening.

    `number` is that of its record, `serial` the order in which escalations began. `taken` counts steps done, `due` is
    when the next comes (None: none). `held`: somebody has acknowledged. `started_at` begins the wait.
    """

    ref: str
    number: int
    serial: int
    title: str
    severity: int
    sites: tuple[str, ...]
    policy: str
    started_at: int
    due: int | None
    taken: int = 0
    held: bool = False
    told: list[tuple[int, int, tuple[str, ...]]] = msgspec.field(default_factory=list)  # (time, step, some people)


class Escalated(msgspec.Struct, frozen=True):
    """One step was taken. `step` counts from 1 to `steps`; `targets` are references of people, `last`: nobody answered
    and there is nobody left to tell."""

    ref: str
    number: int
    time: int
    step: int
    steps: int
    severity: int
    sites: tuple[str, ...]
    targets: tuple[str, ...]
    policy: str
    last: bool
    text: str


class NewTicket(msgspec.Struct, frozen=True):
    """A ticket that the engine opens. `about` is what it was opened for (`finding/F-...`), `kind` its type there."""

    id: str
    title: str
    site: str | None
    client: str | None
    priority: str  # LOW MEDIUM HIGH
    category: str
    assignee: str | None  # person, bare id
    opened_at: int
    about: str
    kind: str
    source: str = "noc"
