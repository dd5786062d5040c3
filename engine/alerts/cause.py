"""The probable root cause of an incident: which thing broke first, most unusually, and carries the rest.

Each thing with alerts is weighed by three kinds of evidence. *Rarity*: an alert that hardly ever fires says more than
one that fires in every incident (inverse frequency, as for words in texts). *Order*: what came first weighs more;
the weight halves every `HALF`. *Structure*: a thing gathers half of the weight of what hangs directly on it (pods of a
service, devices behind a router), if at least two of its parts are hit by alike alerts.

The confidence is the share of the best candidate among all weight, never above 0.95: it is evidence, not proof.
"""

from collections.abc import Iterable

import msgspec

from data.records.cluster import Trace
from data.records.incident import Cause
from data.times import SECOND
from engine.topology import Topology

HALF = 120 * SECOND
GATHERED = 0.5
NAMED = 5  # candidates kept


class Candidate(msgspec.Struct):
    """A thing under suspicion: its weight, its weightiest alert type, and words."""

    entity: str | None
    weight: float = 0.0
    top: float = 0.0
    alert_type: str = ""
    types: int = 0
    first: int = 0
    parts: int = 0


def causes(traces: Iterable[Trace], topology: Topology) -> list[Cause]:
    """Candidates, best first. `traces` are the first firings of each kind in the incident's clusters."""
    own = _weigh(traces)
    gathered = _gather(own, topology)
    ranked = sorted(gathered.values(), key=lambda one: (-one.weight, one.first, one.entity or ""))[:NAMED]
    total = sum(one.weight for one in own.values()) or 1.0
    return [Cause(one.entity, one.alert_type, round(min(0.95, one.weight / total), 3), _words(one)) for one in ranked]


def _weigh(traces: Iterable[Trace]) -> dict[str | None, Candidate]:
    traces = list(traces)
    start = min((trace.time for trace in traces), default=0)
    found: dict[str | None, Candidate] = {}
    for trace in traces:
        weight = trace.rarity * 0.5 ** ((trace.time - start) / HALF)
        one = found.setdefault(trace.entity, Candidate(trace.entity, first=trace.time - start))
        one.weight += weight
        one.types += 1
        one.first = min(one.first, trace.time - start)
        if weight > one.top:
            one.top, one.alert_type = weight, trace.alert_type
    return found


def _gather(own: dict[str | None, Candidate], topology: Topology) -> dict[str | None, Candidate]:
    """`own` and what carries at least two of them."""
    parts: dict[str, list[Candidate]] = {}
    for entity, one in own.items():
        if entity is None:
            continue
        for above in topology.bearers(entity):
            parts.setdefault(above, []).append(one)
    found = {entity: msgspec.structs.replace(one) for entity, one in own.items()}
    for above, ones in parts.items():
        if len(ones) < 2:
            continue
        alike = sorted(ones, key=lambda one: -one.weight)
        whole = found.setdefault(above, Candidate(above, first=min(one.first for one in ones)))
        whole.weight += GATHERED * sum(one.weight for one in alike)
        whole.parts = len(ones)
        if not whole.alert_type:
            whole.alert_type = alike[0].alert_type
    return found


def _words(one: Candidate) -> str:
    what = f"{one.types} kind{'s' if one.types != 1 else ''} of alert on it" if one.types else "no alert of its own"
    when = "from the start" if one.first < SECOND else f"from {one.first // SECOND} s on"
    parts = f", {one.parts} things that hang on it are hit" if one.parts else ""
    return f"{what}, {when}{parts}"
