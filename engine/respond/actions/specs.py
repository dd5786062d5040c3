"""The actions: their parameters, whether they leave the engine, and whether doing one twice is the same as once."""

from typing import Any, Literal

import msgspec

Ticket = Literal["NEW", "OPEN", "ASSIGNED", "IN_PROGRESS", "ONHOLD", "RESOLVED", "CLOSED", "CANCELLED"]
Priority = Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"]
What = Literal["device_telemetry", "sensor_readings", "related_tickets", "alert_context", "recent_changes"]


class _Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class SendNotification(_Params, frozen=True):
    """A message to receivers of the configuration; without names to all of them."""

    text: str
    to: tuple[str, ...] = ()
    title: str = ""


class CreateTicket(_Params, frozen=True):
    """A ticket of the engine, tied to the target; one that is open for it already is used instead."""

    title: str
    priority: Priority = "MEDIUM"
    category: str = ""
    assignee: str = ""


class UpdateTicket(_Params, frozen=True):
    """The ticket of the target, or the one named."""

    ticket: str = ""
    status: Ticket | None = None
    priority: Priority | None = None
    assignee: str = ""
    note: str = ""


class AssignResource(_Params, frozen=True):
    """`to`: in_charge (of the site), oncall, or a person by id."""

    to: str = "in_charge"


class CollectDiagnostics(_Params, frozen=True):
    what: tuple[What, ...] = ("alert_context", "device_telemetry", "related_tickets", "recent_changes")


class WaitForCondition(_Params, frozen=True):
    """Until the target is resolved, acknowledged or assigned, or until an expression holds; as long as the step's
    time-out. It is looked at whenever the target changes, an expression every `poll` too."""

    until: Literal["resolved", "acknowledged", "assigned", "expression"] = "resolved"
    expression: str = ""
    poll: str = "10s"


class Resolve(_Params, frozen=True):
    """Ends the target. `if_quiet`: only where its alerts have ended by themselves; else the step fails."""

    note: str = ""
    if_quiet: bool = False


class Acknowledge(_Params, frozen=True):
    lasts: str = ""
    note: str = ""


class Silence(_Params, frozen=True):
    """Of the target's alert on its thing, unless `matchers` say otherwise."""

    lasts: str = "30m"
    matchers: str = ""
    note: str = ""


class VerificationCall(_Params, frozen=True):
    """Calls a person by the telephone gateway, which answers CONFIRMED, ASSISTANCE, DENIED or nothing."""

    person: str
    script: str
    language: str = "en"


class HttpRequest(_Params, frozen=True):
    url: str
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    headers: dict[str, str] = {}
    body: str = ""
    expect: tuple[int, ...] = ()  # statuses; any of 2xx when empty


class RunCommand(_Params, frozen=True):
    """A program of the configuration, by its name there, with arguments that its patterns take."""

    program: str
    arguments: tuple[str, ...] = ()


class Spec(msgspec.Struct, frozen=True):
    """`outside` leaves the engine; `again`: a second time is the same as once, as far as the receiver knows the key."""

    params: type[msgspec.Struct]
    outside: bool = False
    again: bool = True


SPECS: dict[str, Spec] = {
    "send_notification": Spec(SendNotification),  # a row of the outbox, whose delivery is the hub's care
    "create_ticket": Spec(CreateTicket),
    "update_ticket": Spec(UpdateTicket),
    "assign_resource": Spec(AssignResource),
    "collect_diagnostics": Spec(CollectDiagnostics),
    "wait_for_condition": Spec(WaitForCondition),
    "resolve": Spec(Resolve),
    "acknowledge": Spec(Acknowledge),
    "silence": Spec(Silence),
    "verification_call": Spec(VerificationCall, outside=True, again=False),
    "http_request": Spec(HttpRequest, outside=True, again=False),
    "run_command": Spec(RunCommand, outside=True, again=False),
}
SAFE = frozenset(("GET", "PUT", "DELETE"))  # methods that may be repeated (RFC 9110)


def repeatable(action: str, params: dict[str, Any]) -> bool:
    """Whether a step whose fate is unknown may simply be done again."""
    if action == "http_request":
        return params.get("method", "POST") in SAFE
    return SPECS[action].again


def typed(action: str, params: dict[str, Any]) -> Any:
    """The parameters as the action takes them. Raises msgspec.ValidationError, KeyError for an unknown action."""
    return msgspec.convert(params, SPECS[action].params)
