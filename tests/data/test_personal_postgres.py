"""Erasing is written for any database that SQLAlchemy speaks to: the same rows, erased in PostgreSQL and in SQLite, are
the same afterwards. Needs a PostgreSQL at 127.0.0.1:5432 that trusts us; makes a schema of its own and drops it."""

import shutil
import socket
import uuid
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, func, insert, select, text
from sqlalchemy.pool import NullPool

from data import chain, journal, sqlite_file, tables
from data.bodies import Bodies
from data.personal.erasing import Erased, Erasing, Erasure
from data.personal.rewriting import Rewriter
from data.personal.who import find
from data.records.audit import AuditRow
from data.store import Snapshot
from engine.personal.forgetting import VECTOR
from tests.support.grepping import plain
from tests.support.personal import ID, NICK, WORDS, operation

HOST, PORT = "127.0.0.1", 5432
NAME = "erased-00c0ffee"


def reachable() -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((HOST, PORT)) == 0


pytestmark = pytest.mark.skipif(not reachable(), reason="no PostgreSQL at 127.0.0.1:5432")


@pytest.fixture
def postgres() -> Iterator[Engine]:
    schema = f"noc_{uuid.uuid4().hex}"
    base = f"postgresql+psycopg://postgres@{HOST}:{PORT}/postgres"
    with create_engine(base, poolclass=NullPool).connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
        connection.commit()
        engine = create_engine(base, poolclass=NullPool, connect_args={"options": f"-csearch_path={schema}"})
        try:
            yield engine
        finally:
            engine.dispose()
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
            connection.commit()


def copied(source: Connection, target: Connection) -> None:
    tables.metadata.create_all(target)
    for table in tables.metadata.sorted_tables:
        rows = [dict(row._mapping) for row in source.execute(select(*table.c))]
        if rows:
            target.execute(insert(table), rows)
    for table in (tables.audit, tables.dead_letters):
        newest = target.execute(select(func.max(table.c.number))).scalar_one()
        sequence = func.pg_get_serial_sequence(table.name, "number")
        target.execute(select(func.setval(sequence, newest or 1)))


def erased(source: Connection, target: Connection, bodies: Bodies) -> Erased:
    held = tables.snapshots.c
    seq, body = source.execute(select(held.seq, held.body)).one()

    def statistics(rewriter: Rewriter) -> Snapshot:
        return Snapshot(seq, rewriter.opened(journal.decompress(body)))

    entry = AuditRow(1, "default", "boss", "person.erase", f"person/{NAME}", "erased", {}, 0)
    person = find(source, bodies, "default", ID, (NICK,))
    return Erasing(source, target, bodies, Erasure(person, NAME, entry, VECTOR, statistics)).run()


def contents(connection: Connection) -> dict[str, list[Any]]:
    """Every row of every table, in the order of its key; frames of zstd opened."""
    found = {}
    for table in tables.metadata.sorted_tables:
        rows = [tuple(row) for row in connection.execute(select(*table.c))]
        found[table.name] = sorted([tuple(map(_plain, row)) for row in rows], key=repr)
    return found


def _plain(value: Any) -> Any:
    return list(plain(value)) if isinstance(value, bytes) else value


def known_lots(monkeypatch: pytest.MonkeyPatch) -> None:
    lot = count(1)
    monkeypatch.setattr("data.personal.records.secrets.randbits", lambda bits: next(lot))


async def test_the_same_rows_come_to_the_same(
    tmp_path: Path, postgres: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, _ = await operation(tmp_path, hours=0.5)
    await engine.close()
    path, other = tmp_path / "noc.db", tmp_path / "other.db"
    shutil.copy(path, other)
    reading, writing = sqlite_file.read_engine(path), sqlite_file.write_engine(other)
    try:
        with reading.connect() as source, writing.connect() as target, postgres.connect() as copy:
            bodies = sqlite_file.bodies(source)
            copied(source, copy)
            copy.commit()
            target.exec_driver_sql("BEGIN IMMEDIATE")
            known_lots(monkeypatch)
            there = erased(source, target, bodies)
            target.exec_driver_sql("COMMIT")
            known_lots(monkeypatch)
            with postgres.connect() as seen:
                here = erased(seen, copy, bodies)
            copy.commit()
            assert here == there
            assert contents(copy) == contents(target)
            (verdict,) = chain.verify(_audit(copy, bodies), chain.heads(copy), chain.trimmed(copy))
            assert (verdict.broken, verdict.entries > 0) == ("", True)
            assert not _named(contents(copy))
            assert _named(contents(source))
    finally:
        reading.dispose()
        writing.dispose()


def _audit(connection: Connection, bodies: Bodies) -> list[AuditRow]:
    columns = tables.audit.c
    wanted = select(columns.body).order_by(columns.time, columns.number)
    return [bodies.decode(AuditRow, body) for (body,) in connection.execute(wanted)]


def _named(found: dict[str, list[Any]]) -> set[str]:
    told = repr(found).casefold()
    return {word for word in WORDS if word.casefold() in told}
