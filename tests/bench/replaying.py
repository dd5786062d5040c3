"""Replays through the whole engine: CPU time by stage, bytes on the disk."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import NullPool, create_engine, func, select
from sqlalchemy.exc import OperationalError

from data import tables
from tests.bench import recordings
from tests.bench.child import ask
from tests.bench.figures import Figure, at_least, at_most, cost

MIXED, MIXED_QUICK = 300_000, 50_000


def measure(folder: Path, *, quick: bool) -> Iterator[Figure]:
    count = MIXED_QUICK if quick else MIXED
    mixed = recordings.simulated(folder / "mixed.jsonl", count)
    found, database = best(folder, [mixed], runs=1 if quick else 3)
    yield from _rates("mixed events", found)
    limit = 1e9 / 25_000 / 30  # at the 30 ns of the machine the promise was made on
    yield at_most(_loops("mixed events, in iterations of the yardstick", found), round(limit))
    for stage, micros in found["split"].items():
        yield cost("replay", f"  {stage}", micros, found["loop_ns"])
    yield from _disk("mixed events", database, found["events"])
    if quick:
        return
    for path in recordings.shared():
        name = path.name.removesuffix(".jsonl.gz")
        found, database = best(folder, [path], runs=1)
        yield from _rates(name, found)
        split = found["split"]
        commit = sum(micros for stage, micros in split.items() if stage.startswith("commit"))
        yield cost("replay", "  decode", split["decode"], found["loop_ns"])
        yield cost("replay", "  pipeline", split["pipeline"], found["loop_ns"])
        yield cost("replay", "  commit", commit, found["loop_ns"])
        yield from _disk(name, database, found["events"])


def best(folder: Path, files: list[Path], runs: int) -> tuple[dict[str, Any], Path]:
    """The cheapest of several replays, each into a new database, and the last database."""
    answers = []
    database = folder / "replay.db"
    for _ in range(runs):
        for old in folder.glob("replay.db*"):
            old.unlink()
        answers.append(ask("replay", 600, files=[str(file) for file in files], database=f"sqlite:///{database}"))
    return min(answers, key=lambda answer: answer["cpu"]), database


def _rates(name: str, found: dict[str, Any]) -> Iterator[Figure]:
    events, cpu = found["events"], found["cpu"]
    rate = Figure("replay", f"{name}: {events:,} events, rate on one core", events / cpu, "/CPU s")
    yield at_least(rate, 25_000) if name == "mixed events" else rate
    yield cost("replay", f"{name}: each, all threads", cpu * 1e6 / events, found["loop_ns"])


def _loops(name: str, found: dict[str, Any]) -> Figure:
    return Figure("replay", name, found["cpu"] * 1e9 / found["events"] / found["loop_ns"], "loops")


def _disk(name: str, database: Path, events: int) -> Iterator[Figure]:
    whole = at_most(Figure("disk", f"{name}: whole database", database.stat().st_size / events, "B/event"), 60)
    if name != "mixed events":
        whole.aim, whole.met = "", None
    yield whole
    for table, size in sorted(table_bytes(database).items(), key=lambda item: -item[1])[:6]:
        yield Figure("disk", f"  {table}", size / events, "B/event")


def table_bytes(database: Path) -> dict[str, int]:
    """Bytes of the values in each table, without what the file needs beside them; `segments` by its columns."""
    engine = create_engine(f"sqlite:///{database}", poolclass=NullPool)
    found: dict[str, int] = {}
    with engine.connect() as connection:
        for table in tables.metadata.sorted_tables:
            for column in table.columns:
                size = connection.execute(select(func.sum(func.length(column)))).scalar() or 0
                name = f"{table.name}.{column.name}" if table.name == "segments" else table.name
                found[name] = found.get(name, 0) + size
    found["segments"] = sum(size for name, size in found.items() if name.startswith("segments."))
    return found


def journalled(database: Path) -> int:
    """Events in the journal of a database, also while an engine writes to it; 0 before there is one."""
    engine = create_engine(f"sqlite:///{database}", poolclass=NullPool)
    with suppress(OperationalError), engine.connect() as connection:
        columns = tables.segments.c
        last = select(columns.first + columns.count - 1).order_by(columns.first.desc()).limit(1)
        return connection.execute(last).scalar() or 0
    return 0
