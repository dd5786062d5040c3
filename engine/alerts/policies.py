"""Which escalation policy an item gets, from the configuration; and what an item is to escalation."""

from operator import attrgetter

import msgspec

from data import ids
from data.records.cluster import Cluster
from data.records.incident import Incident
from data.records.oncall import Policy, Step
from engine.query import Field, Kind, Match, Schema, parse
from engine.settings.oncall import EscalationSettings

ON_CALL, IN_CHARGE, EVERYBODY = "oncall", "in_charge", "everybody"
WORDS = (ON_CALL, IN_CHARGE, EVERYBODY)
KINDS = ("schedule", "person", "role")

# What the original did one after the other at its single step, here in steps of their own.
USUAL = (Step(0, (ON_CALL,)), Step(0, (IN_CHARGE,)))


class Subject(msgspec.Struct, frozen=True):
    """An open item as far as escalation looks at it."""

    ref: str
    number: int
    title: str
    severity: int
    sites: tuple[str, ...] = ()
    client: str | None = None
    alert_types: tuple[str, ...] = ()
    tenant: str = "default"


SUBJECTS = Schema(
    "items to escalate",
    [
        Field("kind", Kind.CHOICE, lambda one: one.ref.partition("/")[0], values=("incident", "cluster")),
        Field("severity", Kind.SEVERITY, attrgetter("severity"), ("sev",)),
        Field("site", Kind.NAME, attrgetter("sites"), ("sites",), many=True),
        Field("client", Kind.NAME, attrgetter("client")),
        Field("type", Kind.NAME, attrgetter("alert_types"), ("alert_type",), many=True),
        Field("tenant", Kind.NAME, attrgetter("tenant")),
    ],
    lambda one: (one.title, *one.sites),
)


def of_incident(incident: Incident, client: str | None, alert_types: tuple[str, ...] = ()) -> Subject:
    return Subject(
        f"incident/{incident.id}", incident.number, incident.title, incident.severity, tuple(incident.sites), client,
        alert_types, incident.tenant,
    )  # fmt: skip


def of_cluster(cluster: Cluster, client: str | None) -> Subject:
    return Subject(
        f"cluster/{cluster.id}", cluster.number, cluster.title, cluster.severity, tuple(cluster.sites), client,
        tuple(cluster.alert_types), cluster.tenant,
    )  # fmt: skip


class Policies:
    """Answers which policy holds for an item. Raises QueryError for a `match` that cannot be read.

    `scheduled`: there are schedules; without any the usual policy does not ask who is on call.
    """

    def __init__(self, settings: EscalationSettings, *, scheduled: bool = True) -> None:
        limits = (0, settings.low, settings.medium, settings.high, settings.critical)
        self.usual = Policy("default", limits, USUAL if scheduled else USUAL[1:])
        self._own: list[tuple[Match, Policy]] = []
        for one in settings.policies:
            steps = tuple(Step(step.wait, step.to) for step in one.steps)
            match = parse(one.match).compile(SUBJECTS)
            self._own.append((match, Policy(one.name, limits, steps, one.repeat)))

    def choose(self, subject: Subject) -> Policy:
        """The first that matches, else the usual one."""
        return next((policy for match, policy in self._own if match(subject, 0)), self.usual)


def key_of(policy: Policy) -> str:
    """Names a policy by all that it says."""
    return f"{ids.fingerprint(msgspec.json.encode(policy).decode()):x}"


def length(policy: Policy) -> int:
    """How many steps there are in all, the last one to everybody included."""
    own = len(policy.steps) * (policy.repeat + 1)
    return own if policy.steps and EVERYBODY in policy.steps[-1].to else own + 1


def step_of(policy: Policy, taken: int) -> Step:
    """The step after `taken` others."""
    own = len(policy.steps) * (policy.repeat + 1)
    return policy.steps[taken % len(policy.steps)] if taken < own else Step(0, (EVERYBODY,))


def wait_of(policy: Policy, taken: int, severity: int) -> int:
    """How long nobody must have acknowledged before that step; 0: it never comes."""
    limit = policy.limits[severity - 1]
    return (step_of(policy, taken).wait or limit) if limit else 0
