"""Bringing an older database up to date, after a copy of it has been laid beside. Imported only when that is needed:
Alembic takes most of a second."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from data import backup, sqlite_file
from data.faults import told

_MIGRATIONS = Path(__file__).parent / "migrations"


def configuration(connection: Connection) -> Config:
    """Alembic's settings; there is no ini file."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def run(path: Path, now: int) -> Path:
    """To the newest revision, all of it or nothing. `now` names the copy, whose path is returned: it is
    `<database>.before-<revision>-<time>.bak`. The caller holds the lock."""
    kept = backup.beside(path, f"before-{sqlite_file.HEAD}", now)
    backup.copy(path, kept)
    engine = sqlite_file.write_engine(path)
    try:
        with told(path), engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                command.upgrade(configuration(connection), sqlite_file.HEAD)
            except BaseException:
                connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")
    finally:
        engine.dispose()
    return kept
