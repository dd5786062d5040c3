"""The audit as a chain: every entry carries the hash of the one before it, so that none can be changed, taken out or
put in without the next one telling. There is one chain for each tenant.

The hash is SHA-256 over the entry as canonical JSON, the hash before it included. Entries from before there were chains
are sealed together when the database is next opened: the first entry after them carries the hash over all of them.
Where a chain ends is kept apart (`meta`), so that entries cannot be taken from its end either. Who can write to the
database can write the whole chain anew: note its head elsewhere, and look for it with `noc audit verify --head`.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec
from sqlalchemy import Connection, insert, select

from data import tables
from data.bodies import Bodies
from data.records.audit import AuditRow, Verdict

ORIGIN: Final = "0" * 64  # what the first entry of a chain follows
HEADS: Final = "audit/"  # then the tenant: names in `meta`, whose values are "PLACE HASH" of the newest entry
TRIMMED: Final = "audit-trimmed/"  # then the tenant: up to which place retention has taken its oldest entries away
_encode: Final = msgspec.json.Encoder(order="deterministic").encode


class Head(msgspec.Struct, frozen=True):
    """The newest entry: its place in the chain, from 1 on (0: only sealed entries), and its hash."""

    place: int = 0
    hash: str = ORIGIN


def digest(row: AuditRow) -> str:
    """The hash that an entry must have, in hexadecimal digits."""
    row = msgspec.structs.replace(row, hash="")
    return hashlib.sha256(_encode(msgspec.structs.astuple(row))).hexdigest()


def seal(rows: Iterable[AuditRow]) -> str:
    """One hash over entries without hashes of their own, in order of time."""
    found = ORIGIN
    for row in rows:
        found = hashlib.sha256((found + digest(row)).encode()).hexdigest()
    return found


class Chain:
    """Where the chains of a database end. What is linked is believed only once it is committed (`committed`)."""

    def __init__(self, heads: Mapping[str, Head]) -> None:
        self._heads = dict(heads)
        self._next: dict[str, Head] = {}

    def link(self, rows: Iterable[AuditRow], stored: Callable[[AuditRow], AuditRow]) -> list[AuditRow]:
        """The entries with their places and hashes. `stored` gives an entry as it will be read again."""
        self._next = {}
        made = []
        for row in rows:
            before = self._next.get(row.tenant) or self._heads.get(row.tenant) or Head()
            row = stored(msgspec.structs.replace(row, place=before.place + 1, previous=before.hash))
            row = msgspec.structs.replace(row, hash=digest(row))
            self._next[row.tenant] = Head(row.place, row.hash)
            made.append(row)
        return made

    def rows(self) -> list[tuple[str, str]]:
        """For `meta`: the heads after what was linked last."""
        return [(HEADS + tenant, f"{head.place} {head.hash}") for tenant, head in self._next.items()]

    def committed(self) -> None:
        self._heads |= self._next
        self._next = {}


def heads(connection: Connection) -> dict[str, Head]:
    """By tenant."""
    found = {}
    for name, value in _noted(connection, HEADS).items():
        place, _, hash = value.partition(" ")
        found[name] = Head(int(place), hash) if place.isdigit() else Head(-1, value)
    return found


def trimmed(connection: Connection) -> dict[str, int]:
    return {tenant: int(value) for tenant, value in _noted(connection, TRIMMED).items() if value.isdigit()}


def _noted(connection: Connection, prefix: str) -> dict[str, str]:
    columns = tables.meta.c
    wanted = select(columns.name, columns.value).where(columns.name.startswith(prefix, autoescape=True))
    return {name.removeprefix(prefix): value for name, value in connection.execute(wanted)}


def begin(connection: Connection, bodies: Bodies) -> Chain:
    """The chains as they stand. Seals what was there before them, in a database that has none yet."""
    found = heads(connection)
    if not found:
        columns = tables.audit.c
        older: dict[str, list[AuditRow]] = {}
        for (body,) in connection.execute(select(columns.body).order_by(columns.time, columns.number)):
            row = bodies.decode(AuditRow, body)
            older.setdefault(row.tenant, []).append(row)
        found = {tenant: Head(0, seal(rows)) for tenant, rows in older.items()}
        for tenant, head in found.items():
            connection.execute(insert(tables.meta).values(name=HEADS + tenant, value=f"0 {head.hash}"))
    return Chain(found)


def verify(rows: Iterable[AuditRow], ends: Mapping[str, Head], taken: Mapping[str, int]) -> list[Verdict]:
    """Judges every chain. `rows` come in order of time, `ends` and `taken` from the notes (`heads`, `trimmed`)."""
    of: dict[str, tuple[list[AuditRow], list[AuditRow]]] = {tenant: ([], []) for tenant in ends}
    for row in rows:
        of.setdefault(row.tenant, ([], []))[1 if row.hash or row.place else 0].append(row)
    verdicts = []
    for tenant, (sealed, linked) in sorted(of.items()):
        linked.sort(key=lambda row: row.place)
        head, gone = ends.get(tenant), taken.get(tenant, 0)
        verdict = Verdict(tenant, len(linked), len(sealed), gone, head.hash if head else "")
        verdict.broken = _broken(sealed, linked, head, gone)
        verdicts.append(verdict)
    return verdicts


def _broken(sealed: list[AuditRow], linked: list[AuditRow], head: Head | None, gone: int) -> str:
    if head is None:
        return "where the chain ends is not noted"
    before = Head(0, seal(sealed))
    if gone:  # what the oldest entry that is left followed is not there to be compared with
        before = Head(gone, linked[0].previous if linked else head.hash)
    for row in linked:
        if row.place != before.place + 1:
            twice = row.place <= before.place
            return f"entry {row.place} is there twice" if twice else f"entry {before.place + 1} is missing"
        if digest(row) != row.hash:
            return f"entry {row.place} was changed"
        if row.previous != before.hash:
            what = f"entry {before.place}" if before.place else "an entry from before the chain"
            return f"{what} was changed, taken out or put in: entry {row.place} does not follow on it"
        before = Head(row.place, row.hash)
    if before.place < head.place:
        return f"entry {before.place + 1} is missing, of {head.place} that were written"
    if before.place > head.place:
        return f"entry {head.place + 1} was put in: the chain ended before it"
    return "" if before == head else "what the chain ends with is not what was noted"
