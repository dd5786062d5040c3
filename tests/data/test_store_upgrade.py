"""An older database becomes a current one, with all that is in it, and is kept as it was beside."""

import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from data import opening, sqlite_file, tables, upgrade
from data.opening import open_store
from data.store import Commit, Position, Snapshot, StoreBroken
from tests.data import store_samples as samples
from tests.data.store_suite import all_segments, lines_of


def make(path: Path, revision: str) -> None:
    """A database as the program of that revision made it."""
    sqlite_file.prepare(path)
    engine = sqlite_file.write_engine(path)
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql(f"PRAGMA application_id={sqlite_file.APPLICATION}")
        command.upgrade(upgrade.configuration(connection), revision)
        connection.exec_driver_sql("COMMIT")
    engine.dispose()


def revision_of(path: Path) -> str:
    found = sqlite3.connect(path)
    try:
        return str(found.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    finally:
        found.close()


def shape_of(path: Path) -> dict[str, object]:
    """Tables with their columns in order, and indexes with theirs."""
    found = sqlite3.connect(path)
    try:
        names = found.execute("SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'alembic%'").fetchall()
        shape: dict[str, object] = {}
        for kind, name in names:
            if kind == "table":
                shape[name] = (
                    found.execute(f"PRAGMA table_info({name})").fetchall(),
                    found.execute(f"PRAGMA table_list({name})").fetchall(),
                )
            elif not name.startswith("sqlite_"):
                shape[name] = found.execute(f"PRAGMA index_info({name})").fetchall()
        return shape
    finally:
        found.close()


def test_the_migrations_are_the_ones_that_the_program_knows(tmp_path: Path) -> None:
    engine = sqlite_file.write_engine(tmp_path / "noc.db")
    with engine.connect() as connection:
        script = ScriptDirectory.from_config(upgrade.configuration(connection))
    engine.dispose()
    known = tuple(revision.revision for revision in script.walk_revisions())
    assert tuple(reversed(known)) == sqlite_file.REVISIONS


async def test_the_last_migration_leads_to_the_tables_of_today(tmp_path: Path) -> None:
    make(tmp_path / "old.db", "head")
    await (await open_store(f"sqlite:///{tmp_path}/new.db", "test")).close()
    assert shape_of(tmp_path / "old.db") == shape_of(tmp_path / "new.db")
    engine = sqlite_file.write_engine(tmp_path / "old.db")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
    engine.dispose()


async def test_an_old_database_is_upgraded_when_it_is_opened(tmp_path: Path) -> None:
    path, url = tmp_path / "noc.db", f"sqlite:///{tmp_path}/noc.db"
    make(path, "0001")
    # Written by today's store in the tables of then: later ones add indexes and tables only.
    old = sqlite_file.REVISIONS, sqlite_file.HEAD
    sqlite_file.HEAD = "0001"  # type: ignore[misc]
    try:
        store = await open_store(url, "test")
        await store.commit(
            Commit(
                segment=samples.segment(1, 40),
                alerts=[samples.alert(1), samples.alert(2, ended_at=samples.START)],
                positions=[Position("default", samples.START, 1)],
                feed=[samples.entry(1)],
                snapshot=Snapshot(40, b"s"),
            )
        )
        await store.close()
    finally:
        sqlite_file.REVISIONS, sqlite_file.HEAD = old  # type: ignore[misc]
    assert revision_of(path) == "0001"
    assert any("noc db upgrade" in problem for problem in opening.check_database(url))

    store = await open_store(url, "test")
    try:
        loaded = await store.load(0)
        assert [alert.number for alert in loaded.alerts] == [1, 2]
        assert lines_of(await all_segments(store)) == samples.segment(1, 40).lines
    finally:
        await store.close()
    assert revision_of(path) == sqlite_file.HEAD
    assert opening.check_database(url) == []
    (kept,) = samples.files(tmp_path, f"noc.db.before-{sqlite_file.HEAD}-*Z.bak")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert revision_of(kept) == "0001"

    assert "up to date" in opening.upgrade_database(url)
    opening.restore_database(kept, url, replace=True)
    assert revision_of(path) == "0001"
    assert str(tmp_path) in opening.upgrade_database(url)
    assert opening.check_database(url) == []


async def test_an_upgrade_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "noc.db"
    make(path, "0001")
    spoilt = sqlite3.connect(path)
    spoilt.execute("DROP TABLE clusters")
    spoilt.commit()
    spoilt.close()
    with pytest.raises(StoreBroken, match="clusters"):
        await open_store(f"sqlite:///{path}", "test")
    assert revision_of(path) == "0001"
    assert "alerts_ended_at" not in shape_of(path)
    assert samples.files(tmp_path, "*.bak")


def test_nothing_is_upgraded_where_nothing_is(tmp_path: Path) -> None:
    with pytest.raises(StoreBroken, match="no database"):
        opening.upgrade_database(f"sqlite:///{tmp_path}/noc.db")
