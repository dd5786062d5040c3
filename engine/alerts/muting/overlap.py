"""What sets of matchers can and cannot hold together: for checking rules before they hurt."""

from collections.abc import Iterable

from data.records.severity import NAMES
from engine.alerts.muting.fields import SEVERITY, field
from engine.alerts.muting.matcher_syntax import Matcher
from engine.alerts.muting.matchers import Match, admits, exact_values

Sides = tuple[Match, Match, tuple[str, ...]]  # source, target, labels in which they must be alike


def contradiction(matchers: Iterable[Matcher]) -> list[Matcher]:
    """Matchers of one field that no value satisfies together; empty where nothing speaks against it."""
    for mates in _by_field(matchers).values():
        values = _values(mates)
        if values is not None and not any(all(admits(one, value) for one in mates) for value in values):
            return mates
    return []


def may_meet(one: Match, other: Match) -> bool | None:
    """Can one alert match both sets? None: perhaps."""
    matchers = {*one.matchers, *other.matchers}
    if contradiction(matchers):
        return False
    certain = all(
        _values(mates) is not None or all(mate.negative for mate in mates) for mates in _by_field(matchers).values()
    )
    return True if certain else None


def circles(rules: list[Sides]) -> list[tuple[list[int], bool]]:
    """Shortest circles of rules in which what one hides is the source of the next, each once by its places, and
    whether it is certain. A rule alone makes none: what matches both its sides hides no such."""
    edges: dict[tuple[int, int], bool | None] = {
        (first, second): meets
        for first, (_, target, _) in enumerate(rules)
        for second, (source, _, _) in enumerate(rules)
        if first != second and (meets := may_meet(target, source)) is not False
    }
    found: dict[frozenset[int], tuple[list[int], bool]] = {}
    for start in range(len(rules)):
        path = _way_back(start, edges, len(rules))
        if path and frozenset(path) not in found and _closes(rules, path):
            pairs = zip(path, [*path[1:], path[0]], strict=True)
            found[frozenset(path)] = path, all(edges[pair] is True for pair in pairs)
    return list(found.values())


def _closes(rules: list[Sides], path: list[int]) -> bool:
    """Do the labels in which source and target must be alike allow the circle?"""
    nodes = [
        (*rules[here][1].matchers, *rules[there][0].matchers)
        for here, there in zip(path, path[1:] + path[:1], strict=True)
    ]
    for place, rule in enumerate(path):
        alike = {field(name) for name in rules[rule][2]}
        both = [one for one in (*nodes[place - 1], *nodes[place]) if field(one.name) in alike]
        if contradiction(set(both)):
            return False
    return True


def _way_back(start: int, edges: dict[tuple[int, int], bool | None], count: int) -> list[int]:
    """The shortest way from a rule over others back to it; empty if there is none."""
    ways = {start: [start]}
    ring = [start]
    while ring:
        outer = []
        for here in ring:
            for there in range(count):
                if (here, there) not in edges:
                    continue
                if there == start:
                    return ways[here]
                if there not in ways:
                    ways[there] = [*ways[here], there]
                    outer.append(there)
        ring = outer
    return []


def _by_field(matchers: Iterable[Matcher]) -> dict[str, list[Matcher]]:
    found: dict[str, list[Matcher]] = {}
    for one in sorted(matchers, key=lambda one: (one.name, one.op, one.value)):
        found.setdefault(field(one.name), []).append(one)
    return found


def _values(mates: list[Matcher]) -> frozenset[str] | None:
    """The only values that may come into question; None where there are too many to try."""
    if mates[0].name == SEVERITY:
        return frozenset((*NAMES[1:], *(one.value for one in mates if one.op == "=")))
    return next((values for one in mates if (values := exact_values(one)) is not None), None)
