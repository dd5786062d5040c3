"""Everything that is held about a person, as one document: a section for each kind of row, and how many there are."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from data.personal.needles import Needles
from data.personal.who import PERSON_FIELDS, Person
from data.store import Follower
from engine.exports import KINDS, Selection, rows
from engine.exports.journal import event_lines

_TOLD_APART: Final = frozenset(("events", "relations", "assignments"))
NOTES: Final = (
    "buckets of the metric series: noc export metrics --entity REF",
    "sums and habits that detection keeps hold the same in another form; they are no record of single events",
)


class Naming:
    """Whether rows name the person. Where something else bears the same id, only fields that name people count."""

    def __init__(self, person: Person) -> None:
        self._person, self._needles = person, Needles(person)
        self._refs = frozenset((person.ref, *person.things, *(f"device/{id}" for id in person.devices)))

    def row(self, row: Any, field: str = "") -> bool:
        """`field` is the name under which the value stands."""
        if isinstance(row, str):
            if row == self._person.id:
                return self._person.namesake is None or field in PERSON_FIELDS
            return self._needles.found(row)
        if isinstance(row, dict):
            return any(self.row(key) or self.row(value, str(key)) for key, value in row.items())
        if isinstance(row, list | tuple):
            return any(self.row(value, field) for value in row)
        return False

    def entity(self, ref: str | None) -> bool:
        """Whether a thing is the person, or theirs: a shift, a task, a ticket, a device."""
        return ref in self._refs

    def maybe(self, raw: bytes) -> bool:
        """Whether a JSON text is worth a closer look."""
        return self._needles.maybe(raw) or self._needles.hidden(raw)


def document(reader: Follower, person: Person, consoles: Mapping[str, Any]) -> dict[str, Any]:
    """Reads everything. `consoles` are documents that consoles keep (sessions, saved views), by name."""
    naming = Naming(person)
    with reader.still():
        sections = {name: list(found) for name, found in _sections(reader, person, naming)}
    sections["consoles"] = [{"name": name, "holds": held} for name, held in consoles.items() if naming.row(held)]
    return {
        "person": person.ref,
        "tenant": person.tenant,
        "names": list(person.names),
        "phones": list(person.phones),
        "emails": list(person.emails),
        "counts": {name: len(found) for name, found in sections.items()},
        "sections": sections,
        "notes": list(NOTES),
    }


def _sections(reader: Follower, person: Person, naming: Naming) -> Iterator[tuple[str, Iterator[Any]]]:
    yield "master_data", _entities(reader, person, naming)
    yield "events", _events(reader, person, naming)
    for kind in KINDS:
        if kind not in _TOLD_APART:
            yield kind.replace("-", "_"), _rows(reader, kind, person, naming)
    yield "metric_series", _series(reader, person, naming)
    yield "links", _links(reader, person, naming)
    yield "tokens", _tokens(reader, naming)


def _entities(reader: Follower, person: Person, naming: Naming) -> Iterator[Any]:
    """The person first, then what names them."""
    found = [one for one in reader.entities() if one.tenant == person.tenant]
    for one in sorted(found, key=lambda entity: entity.ref != person.ref):
        plain = msgspec.to_builtins(one)
        if one.ref == person.ref or naming.row(plain):
            yield plain


def _events(reader: Follower, person: Person, naming: Naming) -> Iterator[Any]:
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    for line in event_lines(reader, Selection(tenant=person.tenant)):
        if naming.maybe(line):
            event = decode(line)
            if naming.row({**event, "type": ""}):
                yield event


def _rows(reader: Follower, kind: str, person: Person, naming: Naming) -> Iterator[Any]:
    selection = Selection(tenant=None if kind == "dead-letters" else person.tenant, all_scores=kind == "predictions")
    encode = msgspec.json.Encoder().encode
    for row in rows(reader, kind, selection):
        theirs = naming.entity(getattr(row, "entity", None))
        if theirs or naming.maybe(encode(row)):
            plain = msgspec.to_builtins(row)
            if theirs or naming.row(plain):
                yield plain


def _series(reader: Follower, person: Person, naming: Naming) -> Iterator[Any]:
    for one in reader.metric_series(person.tenant):
        if naming.entity(one.entity) or naming.row(msgspec.to_builtins(one)):
            yield {"name": one.name, "entity": one.entity, "site": one.site, "labels": one.labels, "unit": one.unit}


def _links(reader: Follower, person: Person, naming: Naming) -> Iterator[Any]:
    for link in reader.links():
        plain = msgspec.to_builtins(link)
        if link.tenant == person.tenant and naming.row(plain):
            yield plain


def _tokens(reader: Follower, naming: Naming) -> Iterator[Any]:
    """Never what leads to a secret."""
    for token in reader.tokens():
        if naming.row(token.name):
            yield {"id": token.id, "name": token.name, "role": token.role, "revoked": token.revoked}
