"""What the engine does by the clock: each job with its last run, its next one, and how far it is behind.

Most are timers of rooms and run at event time, to the microsecond and in a fixed order, so that a replay runs them too.
What needs the disk or another process runs at the rim: retention, training.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

import msgspec

from data.times import DAY
from engine.retention import SLOT

if TYPE_CHECKING:
    from engine.partition import Partition
    from engine.retention import Retention
    from engine.settings.notify import Digest

ROOMS: Final = (
    ("detection", "audits, patterns, baselines, attendance, tours, silence of sources"),
    ("leases of alerts", "alerts whose source never clears them, reopen windows"),
    ("silences and windows", "mutes that begin or end"),
    ("flapping", "alerts that come and go, storms"),
    ("snoozes and targets", "what was put off, acknowledgements for a time, service targets"),
    ("escalation", "steps of escalation, tickets for incidents"),
    ("closing", "clusters and incidents that are over"),
    ("correlations", "activity tied to alerts"),
    ("notifications", "groups whose time it is"),
    ("predictions", "deadlines, devices and shifts are looked at, what was foreseen is settled"),
    ("playbooks", "waits, limits of approval"),
    ("metric history", "samples become blocks"),
)
"""Names of `Partition._timers`, in their order."""


class Job(msgspec.Struct, frozen=True):
    """Times are event time, microseconds. `runs` count since the start of this process; `late` is by how much a job at
    the rim is overdue: timers of rooms cannot be, since time does not move on without them."""

    name: str
    about: str
    last: int | None
    next: int | None
    late: int
    runs: int
    result: str = ""


def jobs(
    retention: "Retention | None", partition: "Partition", now: int, digests: "Iterable[Digest]" = ()
) -> list[Job]:
    """`digests` are those of the configuration. The next to run first; what has nothing to wait for comes last."""
    found = []
    for (name, about), due, (last, runs) in zip(ROOMS, partition.timers_due(), partition.ran, strict=True):
        # A lease that was prolonged is looked up when its old end comes: what lies behind is due with the next event.
        found.append(Job(name, about, last or None, due if due is None else max(due, now), 0, runs))
    for room in partition.detectors.rooms:
        due = partition.detectors.rooms[room].due()
        if due is not None:
            found.append(Job(f"detection: {room}", "the first timer of this room", None, max(due, now), 0, 0))
    found += _rim(retention, now)
    found += _documents(partition, now, digests)
    return sorted(found, key=lambda one: (one.next is None, one.next or 0, one.name))


def _documents(partition: "Partition", now: int, digests: "Iterable[Digest]") -> Iterator[Job]:
    """Digests and reports that receivers get at a time of day."""
    from engine.respond.hub.digests import CATCH_UP, due_key, last_due, next_due
    from engine.respond.hub.documents import id_of

    for one in digests:
        if one.tenant != partition.name:
            continue
        due = last_due(one, partition.zone, now)
        owed = [name for name in one.to if id_of(one.tenant, due_key(one, due), name) not in partition.hub.documents]
        waits = bool(owed) and now - due <= CATCH_UP
        about = f"{one.report or 'digest'} for {', '.join(one.to)}, {one.every} at {one.at}"
        following = due if waits else next_due(one, partition.zone, now)
        late, result = now - due if waits else 0, "" if owed else "handed over"
        yield Job(f"report: {one.name}", about, None if owed else due, following, late, 0, result)


def _rim(retention: "Retention | None", now: int) -> list[Job]:
    if retention is None or not retention.on:
        return []
    done, last = retention.last, retention.looked_at
    result = ""
    if done is not None:
        removed = ", ".join(f"{count:,} of {table}" for table, count in sorted(done.removed.items()))
        result = f"{done.rolled} blocks of metrics made coarser; removed {removed or 'nothing'}"
    due = (last // SLOT + 1) * SLOT if last is not None else now
    runs = 0 if last is None else 1
    return [
        Job("retention", "old metrics become coarser, old rows go", last, due, max(0, now - due - DAY), runs, result)
    ]
