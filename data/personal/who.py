"""A person as the database knows them: the id, and every name, phone and address that was ever told with it."""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, select

from data import journal, tables
from data.bodies import Bodies
from data.personal.keys import EMAILS, PHONES
from data.records import DEFAULT_TENANT
from data.records.entity import Entity
from data.references import NAMED_KINDS, bare

KIND: Final = "person"
UPSERTED: Final = "noc.person.upserted"
PERSON_FIELDS: Final = frozenset(
    (*(field for field, kind in NAMED_KINDS.items() if kind == KIND), "person_id", "actor", "author")
)
SHORTEST: Final = 3  # letters of an id that is looked for within sentences
_RESERVED: Final = frozenset((*NAMED_KINDS, "noc", "engine", "console", "operator", "default", "alert", "finding"))
LASTING: Final = (KIND, "site", "client")  # what others go on speaking of by its id
_object: Final = msgspec.json.Decoder(dict[str, Any])


class Person(msgspec.Struct, frozen=True):
    """`names`, `phones` and `emails` are all that were ever told, `words` what else the caller says that they are
    called. `devices` and `things` are ids of devices and references of other entities that are theirs (shifts, tasks,
    tickets); `like` are ids of other people and places that hold the id of this person as a part. `namesake` names what
    bears the very same id, is no person, and could not be told from them."""

    tenant: str
    id: str
    names: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    things: tuple[str, ...] = ()
    like: tuple[str, ...] = ()
    namesake: str | None = None
    known: bool = False

    @property
    def ref(self) -> str:
        return f"{KIND}/{self.id}"


def find(connection: Connection, bodies: Bodies, tenant: str, id: str, words: tuple[str, ...] = ()) -> Person:
    """What is known of them; `known` is False where nothing stored is a person of this id. Reads the journal."""
    id = bare(id) or id
    ref = f"{KIND}/{id}"
    told: list[dict[str, Any]] = []
    devices: list[str] = []
    things: list[str] = []
    like: set[str] = set()
    namesake, known = None, False
    for entity in _entities(connection, bodies, tenant):
        attributes = entity.attributes
        if entity.ref == ref:
            known = True
            told.append({**attributes, "name": entity.name})
            continue
        if entity.id == id:
            if entity.kind in LASTING or not distinct(id):
                namesake = entity.ref
        elif id.casefold() in entity.id.casefold() and entity.kind in LASTING:
            like.add(entity.id)
        if any(bare(value) == id for value in _people_of(attributes)):
            (devices if entity.kind == "device" else things).append(
                entity.id if entity.kind == "device" else entity.ref
            )
    for data in _upserts(connection, tenant, id):
        known = True
        told.append(data)
    return Person(
        tenant, id, _values(told, ("name",)), _values(told, PHONES), _values(told, EMAILS), words, tuple(devices),
        tuple(things), tuple(sorted(like)), namesake, known,
    )  # fmt: skip


def distinct(id: str) -> bool:
    """Whether the id means this person wherever it stands as a word. A plain number, a very short one or a word of the
    trade may mean anything."""
    return len(id) >= SHORTEST and not id.isdigit() and id.casefold() not in _RESERVED


def _people_of(attributes: dict[str, Any]) -> Iterator[str]:
    for field in PERSON_FIELDS:
        value = attributes.get(field)
        if isinstance(value, str):
            yield value


def _entities(connection: Connection, bodies: Bodies, tenant: str) -> Iterator[Entity]:
    columns = tables.entities.c
    wanted = select(columns.body).where(columns.tenant == tenant).execution_options(yield_per=500)
    for (body,) in connection.execute(wanted):
        yield bodies.decode(Entity, body)


def _upserts(connection: Connection, tenant: str, id: str) -> Iterator[dict[str, Any]]:
    """The data of every event that told of this person."""
    for _, lines in lines_of(connection):
        for line in lines:
            if b"person.upserted" not in line:
                continue
            event = _object.decode(line)
            data = event.get("data")
            if event.get("type") != UPSERTED or (event.get("tenant") or DEFAULT_TENANT) != tenant:
                continue
            if isinstance(data, dict) and bare(str(data.get("id"))) == id:
                yield data


def lines_of(connection: Connection) -> Iterator[tuple[int, list[bytes]]]:
    """The journal, oldest first: first position and lines of each segment."""
    columns = tables.segments.c
    wanted = select(columns.first, columns.count, columns.lines).order_by(columns.first)
    for first, count, lines in connection.execute(wanted.execution_options(yield_per=4)):
        yield first, journal.unpack_lines(lines, count)


def _values(told: list[dict[str, Any]], fields: tuple[str, ...]) -> tuple[str, ...]:
    found = (one.get(field) for one in told for field in fields)
    return tuple(sorted({re.sub(r"\s+", " ", value).strip() for value in found if isinstance(value, str)} - {""}))
