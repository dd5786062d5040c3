"""The chain of an audit linked anew behind entries that a person was taken out of.

The old hashes cannot stay: an entry without the id, beside the hash of the entry with it, tells the id to whoever tries
all that there may be, and so does every later hash, the chain's old head included. So the chain is made anew from the
first entry that changed, and an entry at its end says from where, by whom and why. Heads that were noted elsewhere
before are found up to there.
"""

import msgspec
from sqlalchemy import Connection, insert, select, update

from data import chain, tables
from data.bodies import Bodies
from data.chain import Chain, Head
from data.records.audit import AuditRow


def link_anew(connection: Connection, bodies: Bodies, tenant: str) -> tuple[int, int]:
    """Entries whose hash is not theirs any more, and all that follow. Gives the first place that changed and how many
    did; 0 and 0 where none."""
    columns = tables.audit.c
    wanted = select(columns.number, columns.body).where(columns.tenant == tenant).order_by(columns.time, columns.number)
    read = [(number, bodies.decode(AuditRow, body)) for number, body in connection.execute(wanted)]
    linked = sorted(((number, row) for number, row in read if row.hash or row.place), key=lambda one: one[1].place)
    sealed = [row for _, row in read if not (row.hash or row.place)]
    gone = chain.trimmed(connection).get(tenant, 0)
    before = linked[0][1].previous if gone and linked else chain.seal(sealed)
    first, count, head = 0, 0, Head(0, before)
    for number, row in linked:
        new = msgspec.structs.replace(row, previous=head.hash)
        new = msgspec.structs.replace(new, hash=chain.digest(new))
        if new.hash != row.hash:
            first, count = first or row.place, count + 1
            connection.execute(update(tables.audit).where(columns.number == number).values(body=bodies.encode(new)))
        head = Head(new.place, new.hash)
    if linked:
        note(connection, tenant, head)
    elif sealed and not gone:
        note(connection, tenant, Head(0, before))
    return first, count


def note(connection: Connection, tenant: str, head: Head) -> None:
    """Where the chain ends."""
    name, value = chain.HEADS + tenant, f"{head.place} {head.hash}"
    held = tables.meta.c
    done = connection.execute(update(tables.meta).where(held.name == name).values(value=value))
    if not done.rowcount:
        connection.execute(insert(tables.meta).values(name=name, value=value))


def append(connection: Connection, bodies: Bodies, row: AuditRow) -> AuditRow:
    """One more entry, linked to the newest."""
    links = Chain(chain.heads(connection))
    (linked,) = links.link([row], lambda one: bodies.decode(AuditRow, bodies.encode(one)))
    connection.execute(insert(tables.audit).values(tenant=linked.tenant, time=linked.time, body=bodies.encode(linked)))
    for name, value in links.rows():
        note(connection, name.removeprefix(chain.HEADS), Head(int(value.split()[0]), value.split()[1]))
    return linked
