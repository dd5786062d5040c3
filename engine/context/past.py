"""Incidents that are over, as far as the next one can learn from them: what they looked like, what solved them, how
long that took. Bounded: the oldest is forgotten first.

Two incidents are alike by the types of their alerts (half of the weight), the kinds of things, the sites, and the
words of their titles. Incidents of another client are never shown.
"""

from collections.abc import Iterable

import msgspec

from data.records.cluster import Cluster
from data.records.incident import Incident, Note
from engine.context.words import share, words_of

KEPT = 2_000
PENDING = 10_000  # incidents that are not over, of which closed clusters are remembered
LOOKED_AT = 300  # candidates weighed for one answer, newest first
ALIKE = 0.3  # less than this is not worth a look
DEEDS = ("acknowledged", "assigned", "escalated", "resolved", "")  # lines that say what was done, not why

_TYPES, _KINDS, _SITES, _WORDS = 0.5, 0.1, 0.2, 0.2


class Signature(msgspec.Struct):
    """What an incident looked like."""

    types: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()


class Past(msgspec.Struct):
    """One incident that is over; `took` microseconds from opening to its resolution, `by` the person who solved it."""

    number: int
    id: str
    title: str
    severity: int
    client: str | None
    opened_at: int
    took: int
    solution: str
    by: str | None
    cause: str
    looks: Signature


class Likeness(msgspec.Struct, frozen=True):
    past: Past
    likeness: float  # 0-1
    because: str


class _State(msgspec.Struct):
    kept: list[Past]
    pending: list[tuple[int, Signature]]


class PastIncidents:
    """The memory of one partition. `note` takes each cluster of an incident as it closes, `add` the incident itself."""

    def __init__(self, kept: int = KEPT) -> None:
        self._most = kept
        self._kept: dict[int, Past] = {}  # by number, in order of closing
        self._of_type: dict[str, dict[int, None]] = {}
        self._of_site: dict[str, dict[int, None]] = {}
        self._pending: dict[int, Signature] = {}  # incident -> what its closed clusters looked like

    def __len__(self) -> int:
        return len(self._kept)

    def note(self, cluster: Cluster) -> None:
        """A cluster of an incident that goes on is over; its incident is judged by it too."""
        if cluster.incident is not None:
            known = self._pending.get(cluster.incident, Signature())
            self._pending[cluster.incident] = _both(known, looks_of([cluster]))
            if len(self._pending) > PENDING:
                del self._pending[next(iter(self._pending))]

    def add(self, incident: Incident, clusters: Iterable[Cluster] = (), client: str | None = None) -> None:
        """An incident is over. Added again (it was reopened meanwhile), it counts as it is now."""
        looks = _both(self._pending.pop(incident.number, Signature()), looks_of(clusters))
        looks.sites |= frozenset(incident.sites)
        looks.words |= words_of(incident.title)
        solution, by = solution_of(incident)
        cause = incident.causes[0].entity or incident.causes[0].alert_type if incident.causes else ""
        ended = incident.resolved_at or incident.closed_at or incident.last_at
        self._forget(incident.number)
        self._keep(
            Past(
                incident.number, incident.id, incident.title, incident.severity, client, incident.opened_at,
                max(0, ended - incident.opened_at), solution, by, cause, looks,
            )
        )  # fmt: skip
        while len(self._kept) > self._most:
            self._forget(next(iter(self._kept)))

    def similar(
        self,
        incident: Incident | None,
        clusters: Iterable[Cluster],
        limit: int = 5,
        client: str | None = None,
        weighed: int = LOOKED_AT,
    ) -> list[Likeness]:
        """The past incidents most like this one, best first; of equals, one with a known solution, then the newest. At
        most `weighed` are looked at."""
        looks = looks_of(clusters)
        if incident is not None:
            looks = _both(looks, self._pending.get(incident.number, Signature()))
            looks.sites |= frozenset(incident.sites)
            looks.words |= words_of(incident.title)
        found = []
        for number in self._candidates(looks, weighed):
            past = self._kept[number]
            if incident is not None and number == incident.number:
                continue
            if client is not None and past.client is not None and past.client != client:
                continue
            likeness = alike(looks, past.looks)
            if likeness >= ALIKE:
                found.append(Likeness(past, round(likeness, 3), _because(looks, past.looks)))
        found.sort(key=lambda one: (-one.likeness, not one.past.by, -one.past.opened_at, one.past.number))
        return found[:limit]

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(
            _State(list(self._kept.values()), list(self._pending.items())), order="deterministic"
        )

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        self._kept, self._of_type, self._of_site = {}, {}, {}
        for past in state.kept:
            self._keep(past)
        self._pending = dict(state.pending)

    def _keep(self, past: Past) -> None:
        self._kept[past.number] = past
        for name in past.looks.types:
            self._of_type.setdefault(name, {})[past.number] = None
        for name in past.looks.sites:
            self._of_site.setdefault(name, {})[past.number] = None

    def _forget(self, number: int) -> None:
        past = self._kept.pop(number, None)
        if past is None:
            return
        for names, table in ((past.looks.types, self._of_type), (past.looks.sites, self._of_site)):
            for name in names:
                table[name].pop(number, None)
                if not table[name]:
                    del table[name]

    def _candidates(self, looks: Signature, weighed: int) -> list[int]:
        """Those that share a type, rarest type first, then a site; the newest `weighed`."""
        found: dict[int, None] = {}
        by_type = sorted((len(self._of_type[name]), name) for name in looks.types if name in self._of_type)
        tables = [self._of_type[name] for _, name in by_type]
        tables += [self._of_site[name] for name in sorted(looks.sites) if name in self._of_site]
        for table in tables:
            for number in reversed(table):
                found[number] = None
                if len(found) >= weighed:
                    return list(found)
        return list(found)


def looks_of(clusters: Iterable[Cluster]) -> Signature:
    """What clusters look like together."""
    types: set[str] = set()
    kinds: set[str] = set()
    sites: set[str] = set()
    titles: list[str] = []
    for cluster in clusters:
        types.update(cluster.alert_types)
        kinds.update(ref.partition("/")[0] for ref in cluster.entities)
        sites.update(cluster.sites)
        titles.append(cluster.title)
    return Signature(frozenset(types), frozenset(kinds), frozenset(sites), words_of(*titles, *types))


def alike(one: Signature, other: Signature) -> float:
    """0-1."""
    return (
        _TYPES * share(one.types, other.types)
        + _KINDS * share(one.kinds, other.kinds)
        + _SITES * share(one.sites, other.sites)
        + _WORDS * share(one.words, other.words)
    )


def solution_of(incident: Incident) -> tuple[str, str | None]:
    """What solved it, and who; from the newest words of a person in its timeline, those of the resolution first."""
    people = [note for note in incident.timeline if note.actor != "engine"]
    for note in reversed(people):
        step, mark, text = note.text.partition(": ")
        if step.endswith("-> RESOLVED"):
            said = text if mark else _said(people)
            return said or "resolved without a word", note.actor
    said = _said(people)
    return (said, people[-1].actor) if said else ("ended by itself", None)


def _said(people: list[Note]) -> str:
    """The newest comment: a line that is no step of the state machine and no deed."""
    for note in reversed(people):
        if " -> " not in note.text and note.text not in DEEDS and not note.text.endswith(" undone"):
            return note.text
    return ""


def _both(one: Signature, other: Signature) -> Signature:
    return Signature(one.types | other.types, one.kinds | other.kinds, one.sites | other.sites, one.words | other.words)


def _because(looks: Signature, other: Signature) -> str:
    both = sorted(looks.types & other.types)
    parts = [f"{len(both)} of {len(looks.types | other.types)} alert types alike"] if both else []
    if looks.sites & other.sites:
        parts.append("same site")
    return ", ".join(parts) or "alike in words"
