"""The chain of the audit tells when an entry was changed, taken out or put in, and where."""

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import chain
from data.chain import Chain, Head
from data.opening import open_reader, open_store
from data.records.audit import AuditRow, Verdict
from data.store import Commit, StoreFull


def row(number: int, tenant: str = "default") -> AuditRow:
    detail = {"note": f"n{number}", "big": 2**70, "list": [1, {"b": None, "a": 0.1}]}
    return AuditRow(1_000 + number, tenant, "ann", "acknowledge", f"alert/A{number}", "acknowledged", detail, number)


def judged(rows: list[AuditRow], head: Head, gone: int = 0) -> str:
    (verdict,) = chain.verify(rows, {"default": head}, {"default": gone} if gone else {})
    return verdict.broken


def linked(count: int) -> tuple[list[AuditRow], Head]:
    rows = Chain({}).link(map(row, range(count)), lambda one: one)
    return rows, Head(rows[-1].place, rows[-1].hash)


@given(st.integers(2, 12), st.data())
def test_every_change_of_one_entry_is_found_where_it_is(count: int, data: st.DataObject) -> None:
    rows, head = linked(count)
    assert judged(rows, head) == ""
    at = data.draw(st.integers(0, count - 1))
    field, value = data.draw(
        st.sampled_from([("actor", "eve"), ("time", 5), ("outcome", ""), ("detail", {}), ("seq", 99), ("target", "x")])
    )
    changed = [*rows[:at], msgspec.structs.replace(rows[at], **{field: value}), *rows[at + 1 :]]
    assert judged(changed, head) == f"entry {at + 1} was changed"
    assert judged([*rows[:at], *rows[at + 1 :]], head).startswith(f"entry {at + 1} is missing")


def test_an_entry_whose_hash_was_made_anew_is_betrayed_by_the_next() -> None:
    rows, head = linked(4)
    forged = msgspec.structs.replace(rows[1], actor="eve")
    rows[1] = msgspec.structs.replace(forged, hash=chain.digest(forged))
    assert judged(rows, head) == "entry 2 was changed, taken out or put in: entry 3 does not follow on it"


def test_the_end_of_the_chain_is_known_apart_from_it() -> None:
    rows, head = linked(4)
    assert judged(rows[:-1], head) == "entry 4 is missing, of 4 that were written"
    assert judged(rows, Head(3, rows[2].hash)) == "entry 4 was put in: the chain ended before it"
    assert judged([*rows, rows[1]], head) == "entry 2 is there twice"


def test_what_retention_took_away_is_not_missed() -> None:
    rows, head = linked(6)
    assert judged(rows[3:], head, gone=3) == ""
    assert judged(rows[4:], head, gone=3) == "entry 4 is missing"
    assert judged([], head, gone=6) == ""


async def written(url: str, *commits: list[AuditRow]) -> list[Verdict]:
    store = await open_store(url, "test")
    try:
        for rows in commits:
            await store.commit(Commit(audit=rows))
    finally:
        await store.close()
    return verdicts(url)


def verdicts(url: str) -> list[Verdict]:
    reader = open_reader(url)
    try:
        return reader.audit_verdicts()
    finally:
        reader.close()


async def test_the_chain_goes_on_over_commits_and_restarts_for_each_tenant_apart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/noc.db"
    await written(url, [row(1), row(2, "t2")], [row(3)])
    found = await written(url, [row(4), row(5, "t2")])
    assert [(one.tenant, one.entries, one.sealed, one.broken) for one in found] == [
        ("default", 3, 0, ""),
        ("t2", 2, 0, ""),
    ]
    reader = open_reader(url)
    places = [(one.tenant, one.place) for one in reader.audit(None, None)]
    reader.close()
    assert places == [("default", 1), ("t2", 1), ("default", 2), ("default", 3), ("t2", 2)]


def old(path: Path, count: int) -> None:
    """Entries as the program wrote them before there were chains."""
    database = sqlite3.connect(path)
    names = "time tenant actor action target outcome detail seq"
    database.execute("INSERT INTO shapes VALUES (200, 'AuditRow', ?)", (names,))
    for number in range(count):
        one = row(number)
        body = bytes([200]) + msgspec.msgpack.encode(
            [one.time, one.tenant, one.actor, one.action, one.target, one.outcome, {"note": "old"}, one.seq]
        )
        database.execute("INSERT INTO audit (tenant, time, body) VALUES (?, ?, ?)", (one.tenant, one.time, body))
    database.commit()
    database.close()


def delete_one(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM audit WHERE number = 2")


def change_one(path: Path) -> None:
    with sqlite3.connect(path) as database:
        (body,) = database.execute("SELECT body FROM audit WHERE number = 2").fetchone()
        database.execute("UPDATE audit SET body = ? WHERE number = 2", (body.replace(b"alert/A1", b"alert/A9"),))


@pytest.mark.parametrize("harm", [delete_one, change_one])
async def test_entries_from_before_the_upgrade_are_sealed_by_it(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    path, url = tmp_path / "noc.db", f"sqlite:///{tmp_path}/noc.db"
    await written(url)
    old(path, 3)
    (fresh,) = await written(url)  # nothing was done since
    assert (fresh.entries, fresh.sealed, fresh.broken) == (0, 3, "")
    (after,) = await written(url, [row(7)])
    assert (after.entries, after.sealed, after.broken) == (1, 3, "")
    harm(path)
    (harmed,) = verdicts(url)
    assert harmed.broken.startswith("an entry from before the chain was changed, taken out or put in")


async def test_a_commit_that_fails_leaves_no_gap(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/noc.db"
    store = await open_store(url, "test")
    await store.commit(Commit(audit=[row(1)]))
    good = store._driver._conn  # type: ignore[attr-defined]

    def full(*_: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    class Broken:
        in_transaction = False
        execute = executemany = staticmethod(full)

    store._driver._connection = Broken()  # type: ignore[attr-defined]
    with pytest.raises(StoreFull):
        await store.commit(Commit(audit=[row(2)]))
    store._driver._connection = good  # type: ignore[attr-defined]
    await store.commit(Commit(audit=[row(2)]))
    await store.close()
    (found,) = verdicts(url)
    assert (found.entries, found.broken) == (2, "")


def test_the_order_of_fields_in_a_detail_does_not_matter() -> None:
    one = row(1)
    shuffled = list(one.detail.items())
    random.Random(1).shuffle(shuffled)
    assert chain.digest(one) == chain.digest(msgspec.structs.replace(one, detail=dict(shuffled)))
