"""The probable root cause of an incident: which thing broke first, most unusually, and carries the rest.

Each kind of alert on each thing (a trace) is weighed by

* *rarity*: an alert that hardly ever fires says more than one that fires in every incident (inverse frequency, as for
  words in texts); what is commoner than the median of the incident says nothing;
* *own-ness*: a type that hits many things of the incident points at none of them;
* *order*: the weight halves every `HALF` from the first alert on.

A thing also gathers the weight of what hangs directly on it (pods of a service, devices behind a router), for each
type that hits at least two of them, by how much more often it hits them than their share of all such things (lift, in
bits, at most one). So a service whose pods alone burn CPU is suspected; a host is not, merely for bearing most pods.

An outage of several sites: what they share upstream where the topology names it, else the site that was first.

The confidence is the share of a candidate in all weight, never above 0.95: it is evidence, not proof. The weights
were chosen on 70 faults with known roots and hold about alike on all their overlays; nothing is fitted to a fault.
"""

import math
from collections.abc import Iterable, Sequence

import msgspec

from data.records.cluster import Trace
from data.records.incident import Cause
from data.times import SECOND
from engine.topology import Topology

HALF = 120 * SECOND
NAMED = 5  # candidates kept
FEW = 8  # traces; below, rarity is not measured against the median
LEAST = 0.01  # weight of any trace: among equals, the first counts


class Candidate(msgspec.Struct):
    """A thing under suspicion: its weight, its weightiest alert type, and what the words are made of."""

    entity: str | None
    weight: float = 0.0
    top: float = 0.0
    alert_type: str = ""
    types: int = 0
    first: int = 0
    parts: int = 0


def causes(traces: Iterable[Trace], topology: Topology, sites: Sequence[str] = ()) -> list[Cause]:
    """Candidates, best first. `traces` are the first firings of each kind in the incident's clusters."""
    kept = sorted(traces, key=lambda trace: trace.time)
    if not kept:
        return []
    weights = _weights(kept)
    own = _own(kept, weights)
    found = _gather(kept, weights, own, topology)
    ranked = sorted(found.values(), key=lambda one: (-one.weight, one.first, one.entity or ""))[:NAMED]
    total = sum(one.weight for one in own.values())
    named = [Cause(one.entity, one.alert_type, round(min(0.95, one.weight / total), 3), _words(one)) for one in ranked]
    if len(sites) < 2:
        return named
    return [_of_sites(kept[0], topology, sites), *named][:NAMED]


def _weights(traces: Sequence[Trace]) -> list[float]:
    start = traces[0].time
    usual = sorted(trace.rarity for trace in traces)[len(traces) // 2] if len(traces) >= FEW else 0.0
    hit: dict[str, int] = {}
    for trace in traces:
        hit[trace.alert_type] = hit.get(trace.alert_type, 0) + 1
    return [
        (LEAST + max(0.0, trace.rarity - usual) ** 2) / hit[trace.alert_type] * 0.5 ** ((trace.time - start) / HALF)
        for trace in traces
    ]


def _own(traces: Sequence[Trace], weights: Sequence[float]) -> dict[str | None, Candidate]:
    start = traces[0].time
    found: dict[str | None, Candidate] = {}
    for trace, weight in zip(traces, weights, strict=True):
        one = found.get(trace.entity)
        if one is None:
            one = found[trace.entity] = Candidate(trace.entity, first=trace.time - start)
        one.weight += weight
        one.types += 1
        if weight > one.top:
            one.top, one.alert_type = weight, trace.alert_type
    return found


def _gather(
    traces: Sequence[Trace], weights: Sequence[float], own: dict[str | None, Candidate], topology: Topology
) -> dict[str | None, Candidate]:
    """`own`, and what bears at least two of them."""
    hits: dict[tuple[str, str], dict[str, float]] = {}  # (type, kind of thing) -> weight by thing
    for trace, weight in zip(traces, weights, strict=True):
        if trace.entity is not None:
            kind = trace.entity.partition("/")[0]
            hits.setdefault((trace.alert_type, kind), {})[trace.entity] = weight
    found = dict(own)
    for (alert_type, kind), by_thing in hits.items():
        borne: dict[str, list[str]] = {}
        for entity in by_thing:
            for above in topology.bearers(entity):
                borne.setdefault(above, []).append(entity)
        for above, entities in borne.items():
            share = topology.share(above, kind)
            lift = math.log2(len(entities) / len(by_thing) / share) if share else 0.0
            if len(entities) < 2 or lift <= 0:
                continue
            weight = sum(by_thing[entity] for entity in entities) * min(1.0, lift)
            _credit(found, above, alert_type, weight, len(entities), min(own[entity].first for entity in entities))
    return found


def _credit(
    found: dict[str | None, Candidate], above: str, alert_type: str, weight: float, parts: int, first: int
) -> None:
    one = found.get(above)
    if one is None:
        one = found[above] = Candidate(above, first=first)
    one.weight += weight
    one.parts = max(one.parts, parts)
    if weight > one.top:
        one.top, one.alert_type = weight, alert_type


def _of_sites(first: Trace, topology: Topology, sites: Sequence[str]) -> Cause:
    shared = topology.shared(f"site/{site}" for site in sites)
    where = f"{len(sites)} sites"
    if shared is not None:
        return Cause(shared, first.alert_type, 0.9, f"{where} hang on it")
    return Cause(
        f"site/{sites[0]}", first.alert_type, 0.5, f"the first of {where}; the topology names nothing they share"
    )


def _words(one: Candidate) -> str:
    what = f"{one.types} kind{'s' if one.types != 1 else ''} of alert on it" if one.types else "no alert of its own"
    when = "from the start" if one.first < SECOND else f"from {one.first // SECOND} s on"
    parts = f"; {one.parts} things that hang on it are hit by {one.alert_type}" if one.parts else ""
    return f"{what}, {when}{parts}"
