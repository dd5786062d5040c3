"""What hangs on what: a graph of things, walked in small, bounded steps.

Links come from `noc.link.upserted`: `depends_on`, `runs_on` and `part_of` are directed (the source hangs on the
target, which lies upstream), `connects` goes both ways and has no upstream. A thing with a site also hangs on that
site, unasked. Walks count visited nodes, so cycles do no harm; answers are cached until the graph changes.
"""

from collections.abc import Iterable, Iterator

from data.records.entity import Link

BOTH_WAYS = "connects"
CACHED = 50_000  # answers kept of each kind
WIDEST = 64  # things looked at around one thing; a core switch has thousands of neighbours and they prove nothing


class Topology:
    """The links of one partition. References are `kind/id`; answers are ordered by distance, then by
    name: a graph read back from the database gives the same ones."""

    def __init__(self, links: Iterable[Link] = ()) -> None:
        self._near: dict[str, dict[str, int]] = {}  # both ways; value: number of links between the two
        self._up: dict[str, dict[str, int]] = {}
        self._parts: dict[str, dict[str, int]] = {}  # the other way: what hangs on a thing
        self._island: dict[str, int] = {}  # thing -> connected part of the graph
        self._kinds_known: dict[tuple[int, str], int] = {}  # things by connected part and kind
        self._site: dict[str, str] = {}
        self._around: dict[tuple[str, int], dict[str, int]] = {}
        self._apart: dict[tuple[str, str, int], int | None] = {}
        self._above: dict[str, tuple[str, ...]] = {}
        self._kinds: set[tuple[str, str, str]] = set()
        for link in links:
            self.add(link)

    def add(self, link: Link) -> None:
        """A second mention of a link, and a link of a thing to itself, change nothing."""
        key = (link.source, link.target, link.kind)
        if key in self._kinds or link.source == link.target:
            return
        self._kinds.add(key)
        _count(self._near, link.source, link.target)
        _count(self._near, link.target, link.source)
        if link.kind != BOTH_WAYS:
            _count(self._up, link.source, link.target)
            _count(self._parts, link.target, link.source)
        self._forget()

    def remove(self, link: Link) -> None:
        """An unknown link is no error: its removal may be told before its making."""
        key = (link.source, link.target, link.kind)
        if key not in self._kinds:
            return
        self._kinds.discard(key)
        _uncount(self._near, link.source, link.target)
        _uncount(self._near, link.target, link.source)
        if link.kind != BOTH_WAYS:
            _uncount(self._up, link.source, link.target)
            _uncount(self._parts, link.target, link.source)
        self._forget()

    def place(self, ref: str, site: str | None) -> None:
        """Tells the site (bare id) of a thing; it lies upstream of the thing, behind what explicit links name."""
        if site is None:
            if self._site.pop(ref, None) is not None:
                self._above.clear()
        elif self._site.get(ref) != site and ref != f"site/{site}":
            self._site[ref] = site
            self._above.clear()

    def linked(self, ref: str) -> bool:
        """Does any explicit link name this thing?"""
        return ref in self._near

    def around(self, ref: str, reach: int) -> dict[str, int]:
        """Things within `reach` links, nearest first, with their distance; at most `WIDEST`, without `ref`."""
        key = (ref, reach)
        found = self._around.get(key)
        if found is None:
            if len(self._around) > CACHED:
                self._around.clear()
            found = self._around[key] = dict(self._walk(ref, reach))
        return found

    def distance(self, a: str, b: str, limit: int) -> int | None:
        """Links between two things, walked from both ends; None if more than `limit` or not found within bounds."""
        if a == b:
            return 0
        key = (a, b, limit)
        if key not in self._apart:
            if len(self._apart) > CACHED:
                self._apart.clear()
            self._apart[key] = self._measure(a, b, limit)
        return self._apart[key]

    def upstream(self, ref: str) -> tuple[str, ...]:
        """All that a thing hangs on, nearest first, its site behind its explicit links; at most `WIDEST`."""
        found = self._above.get(ref)
        if found is None:
            if len(self._above) > CACHED:
                self._above.clear()
            found = self._above[ref] = tuple(self._climb(ref))
        return found

    def bearers(self, ref: str) -> tuple[str, ...]:
        """What a thing hangs on directly, by explicit links; its site where there is none."""
        return tuple(sorted(self._up.get(ref, ()))) or self._implied(ref)

    def share(self, ref: str, kind: str) -> float:
        """Of all things of `kind` that links connect with `ref`, however far: the share that hangs directly on it."""
        if not self._island:
            self._find_islands()
        known = self._kinds_known.get((self._island.get(ref, -1), kind), 0)
        mine = sum(part.partition("/")[0] == kind for part in self._parts.get(ref, ()))
        return min(1.0, mine / known) if known else 0.0

    def _find_islands(self) -> None:
        """Numbers the connected parts of the graph, and counts the things in each by kind."""
        for number, start in enumerate(self._near):
            if start in self._island:
                continue
            self._island[start] = number
            ring = [start]
            while ring:
                here = ring.pop()
                key = (number, here.partition("/")[0])
                self._kinds_known[key] = self._kinds_known.get(key, 0) + 1
                for there in self._near[here]:
                    if there not in self._island:
                        self._island[there] = number
                        ring.append(there)

    def shared(self, refs: Iterable[str]) -> str | None:
        """The nearest thing that all `refs` hang on (or are), or None. Nearest: fewest steps from the first."""
        common: list[str] | None = None
        for ref in refs:
            line = (ref, *self.upstream(ref))
            common = list(line) if common is None else [above for above in common if above in line]
            if not common:
                return None
        return common[0] if common else None

    def _measure(self, a: str, b: str, limit: int) -> int | None:
        half = limit // 2
        left, right = self.around(a, limit - half), self.around(b, half)
        best = min(left.get(b, limit + 1), right.get(a, limit + 1))
        small, large = (left, right) if len(left) <= len(right) else (right, left)
        for ref, steps in small.items():
            other = large.get(ref)
            if other is not None and steps + other < best:
                best = steps + other
        return best if best <= limit else None

    def _walk(self, ref: str, reach: int) -> Iterator[tuple[str, int]]:
        seen, ring = {ref}, [ref]
        for steps in range(1, reach + 1):
            outer: list[str] = []
            for here in ring:
                for there in sorted(self._near.get(here, ())):
                    if there in seen:
                        continue
                    seen.add(there)
                    outer.append(there)
                    yield there, steps
                    if len(seen) > WIDEST:
                        return
            ring = outer

    def _climb(self, ref: str) -> Iterator[str]:
        seen, ring = {ref}, [ref]
        while ring and len(seen) <= WIDEST:
            outer: list[str] = []
            for here in ring:
                for there in (*sorted(self._up.get(here, ())), *self._implied(here)):
                    if there not in seen:
                        seen.add(there)
                        outer.append(there)
                        yield there
            ring = outer

    def _implied(self, ref: str) -> tuple[str, ...]:
        site = self._site.get(ref)
        return () if site is None else (f"site/{site}",)

    def _forget(self) -> None:
        self._around.clear()
        self._apart.clear()
        self._above.clear()
        self._island.clear()
        self._kinds_known.clear()


def _count(graph: dict[str, dict[str, int]], a: str, b: str) -> None:
    there = graph.setdefault(a, {})
    there[b] = there.get(b, 0) + 1


def _uncount(graph: dict[str, dict[str, int]], a: str, b: str) -> None:
    there = graph[a]
    there[b] -= 1
    if not there[b]:
        del there[b]
        if not there:
            del graph[a]
