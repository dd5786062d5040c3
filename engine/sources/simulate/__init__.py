"""A simulated operation: believable events of a facility-security NOC, with the truth of what was planted in them.

`events(operation)` is a lazy stream that may run for ever; `truth(operation)` are the rows of what was planted.
`begin` opens the picture in the middle of a running operation: everyone and everything is told of first, then ten
hours of what people did (thinned), then all of it from `begin` on.

**Truth.** One row per planted thing, in the order in which they are over: `{"kind", "id", "start", "end", "site",
"person" or "entity", "event_ids", "detail"}`. Times are RFC 3339, `site` and `person` bare ids, `entity` a reference,
`event_ids` ids of events that were really sent (ids are unique over all sources and tell nothing of the truth).
Kinds:

| kind | event_ids | detail |
|---|---|---|
| `fraud:TYPE` (anomaly types of WIRE.md) | the fraudulent check-in first, then other traces | how, who was expected |
| `honest:KIND` bad_gps dead_phone swap late_swap night_bus poor_light lent | the odd but honest check-in | |
| `honest:declined_device` | errors of a device that recovered | |
| `no_show`, `late_arrival` | the booking; the check-in | shift; minutes |
| `incident:CAUSE` | every alert event, firing and resolved; `entity` is the root | sites, change |
| `nuisance:flapping` | its alert events | alert_type |
| `device_failure` | errors before, then `device.failed`; `start` to `end` is the decline | warning_s |
| `sla_breach` | `ticket.created`; `end` is the deadline | priority, category |
| `staffing_gap` | the bookings of the turn; `entity` is its first shift | shifts, scheduled, present |
| `missed_tour` | `task.created` of the tour | done, of, why |
| `inactivity` | the check-in of the guard; `start` to `end` is the silence | how |
| `silence` | the last heartbeat of a source that is then not heard of; `entity` is `source/NAME` | |
| `sensor` | telemetry in which it lied | how: stuck drift spikes |

A check-in that is in no `fraud:` row is honest.
"""

from collections.abc import Callable, Iterator
from typing import Any

from engine.sources.simulate.ledger import Ledger
from engine.sources.simulate.opening import RUN_UP, lively, opening
from engine.sources.simulate.operation import MONDAY, Operation
from engine.sources.simulate.weave import Loom
from engine.sources.simulate.world import World

__all__ = ["MONDAY", "Operation", "events", "truth"]


def events(
    operation: Operation, begin: int | None = None, plant: Callable[[dict[str, Any]], None] | None = None
) -> Iterator[tuple[int, bytes]]:
    """(time in microseconds, one CloudEvent as JSON without a newline), in order of time, made while you read.

    `plant` is called with each row of the truth when what it tells of is over, and at the end with what is still
    going on.
    """
    floor = operation.start if begin is None else begin - RUN_UP
    loom, ledger = Loom(floor), Ledger(plant)
    world = World(operation, loom, ledger, floor if begin is None else begin)
    loom.add(world.introduce(floor))
    loom.add(opening(world))
    if operation.lively:
        loom.add(lively(world))
    yield from loom.run(operation.end)
    ledger.finish()


def truth(operation: Operation, begin: int | None = None) -> Iterator[dict[str, Any]]:
    """The rows of `events(operation, begin)`, lazily too; an endless operation has endless rows."""
    rows: list[dict[str, Any]] = []
    for _ in events(operation, begin, rows.append):
        yield from rows
        rows.clear()
    yield from rows
