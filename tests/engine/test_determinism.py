"""The same events lead to the same decisions: whatever the batches, in one run or several, after any stop.

WIRE.md §5: "Results do not depend on batch borders or speed", "a repeated replay goes on by identity alone".
"""

import asyncio
import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from data import times
from data.opening import check_database, open_store
from data.store import Commit
from data.times import HOUR, MINUTE, SECOND
from engine.run import replay
from engine.runtime import Engine
from engine.sources.simulate import MONDAY
from tests.support.memory import MemoryStore
from tests.support.recordings import DECIDED, SHARED, T0, Script, exported, play, replayed, simulated, started, write


@pytest.fixture(scope="module")
def night() -> tuple[bytes, ...]:
    """The first half day of six sites, and a few deliveries that came twice."""
    lines = simulated(6, 12)
    return (*lines, *lines[-200::7])


@pytest.fixture(scope="module")
def whole(night: tuple[bytes, ...], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    url = f"sqlite:///{tmp_path_factory.mktemp('whole')}/noc.db"
    asyncio.run(replayed(url, night))
    found = exported(url)
    empty = {kind for kind in DECIDED if not found[kind]}
    assert empty <= {"findings", "audit"}, "there is something to compare"
    return found


@pytest.mark.parametrize(("size", "tail"), [(1, 500), (7, 3000), (5000, 1 << 30)])
def test_batches_of_any_size_decide_the_same(
    size: int, tail: int, night: tuple[bytes, ...], whole: dict[str, bytes], tmp_path: Path
) -> None:
    """The smallest batches only for the last hours: thousands of commits would take a minute."""
    url = f"sqlite:///{tmp_path}/noc.db"

    async def run() -> None:
        engine = await started(await open_store(url, "test"))
        await play(engine, night[:-tail], 501)
        await play(engine, night[-tail:], size)
        await engine.close()

    asyncio.run(run())
    assert exported(url) == whole


def test_a_replay_in_parts_ends_where_one_in_a_piece_does(
    night: tuple[bytes, ...], whole: dict[str, bytes], tmp_path: Path
) -> None:
    url, file = f"sqlite:///{tmp_path}/noc.db", str(write(tmp_path / "night.jsonl.gz", night))
    border = MONDAY + 3 * HOUR + 7 * SECOND
    first = replay([file], url, until=border)
    second = replay([file], url, since=border)
    assert first.events > 1000
    assert second.events > 1000
    assert second.duplicates == len(night[-200::7])
    assert exported(url) == whole

    again = replay([file], url)
    assert (again.events, again.duplicates, again.alerts) == (0, len(night), 0)
    assert exported(url) == whole
    assert check_database(url) == []


@pytest.mark.data
@pytest.mark.skipif(not SHARED.exists(), reason="the shared recordings are not here")
@pytest.mark.parametrize("name", ["alerts-ait-russellmitchell", "alerts-faults-cloudbed1", "alerts-telecom-18V"])
def test_a_real_recording_decides_the_same_in_parts(name: str, tmp_path: Path) -> None:
    with gzip.open(SHARED / f"{name}.jsonl.gz") as file:
        lines = [line for _, line in zip(range(3000), file, strict=False)]
    one, other = (f"sqlite:///{tmp_path}/{each}.db" for each in ("one", "other"))
    asyncio.run(replayed(one, lines, 1000))
    asyncio.run(in_parts(other, lines))
    assert exported(one) == exported(other)


async def in_parts(url: str, lines: Sequence[bytes]) -> None:
    for first in range(0, len(lines), 700):
        engine = await started(await open_store(url, "test"))
        await play(engine, lines[first : first + 700], 90)
        await (engine.close() if first % 1400 else engine.store.close())  # every other time without a snapshot


# Small timelines, with everything that can come between two events.

Deed = tuple[str, int, dict[str, Any], str]

STEPS = [0, 0, SECOND, 9 * SECOND, 50 * SECOND, 4 * MINUTE, 5 * MINUTE, 6 * MINUTE, 16 * MINUTE, 65 * MINUTE]
LATE = [-SECOND, -2 * MINUTE, -9 * MINUTE, -10 * MINUTE - 1, -HOUR]
THINGS = ["host/a", "host/b", "service/c", "device/d"]
steps = st.sampled_from(STEPS + STEPS + LATE)
alerts = st.fixed_dictionaries(
    {
        "alert_type": st.sampled_from(["LinkDown", "DiskFull", "Slow"]),
        "severity": st.sampled_from(["LOW", "MEDIUM", "HIGH", "CRITICAL"]),
    },
    optional={
        "entity": st.sampled_from(THINGS),
        "site": st.sampled_from(["S1", "S2"]),
        "message": st.sampled_from(["port 1 down", "port 2 down", "no answer"]),
        "fingerprint": st.sampled_from(["f1", "f2"]),
        "lease": st.sampled_from([0, SECOND, 3 * MINUTE, 30 * MINUTE]),
        "labels": st.sampled_from([{"rack": "r1"}, {"rack": "r2"}]),
    },
)
links = st.fixed_dictionaries(
    {
        "from": st.sampled_from(THINGS),
        "to": st.sampled_from([*THINGS, "host/core", "site/S1"]),
        "kind": st.sampled_from(["depends_on", "connects"]),
    }
)
acts = st.fixed_dictionaries(
    {
        "action": st.sampled_from(["acknowledge", "assign", "escalate", "resolve", "comment", "undo"]),
        "which": st.integers(0, 3),
        "note": st.sampled_from(["", "seen it"]),
    }
)
sites = st.fixed_dictionaries(
    {"id": st.sampled_from(["S1", "S2"]), "client": st.just("C1"), "criticality": st.integers(1, 5)}
)
things = st.fixed_dictionaries(
    {"id": st.sampled_from(THINGS[:3])}, optional={"site": st.sampled_from(["S1", "S2", None])}
)
check_ins = st.fixed_dictionaries(
    {"person": st.sampled_from(["P1", "P2"]), "site": st.sampled_from(["S1", "S2"])},
    optional={"lat": st.sampled_from([10.0, 10.1]), "lon": st.just(76.0), "face": st.just({"verified": False})},
)
shifts = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["H1", "H2", "H3"]),
        "site": st.sampled_from(["S1", "S2"]),
        "person": st.sampled_from(["P1", "P2", "P3"]),
    },
    optional={"substitute_for": st.just("P3")},
)
KINDS: dict[str, tuple[int, st.SearchStrategy[dict[str, Any]]]] = {
    "alert.firing": (9, alerts),
    "alert.resolved": (3, alerts),
    "device.offline": (1, st.just({"device": "d"})),
    "device.online": (1, st.just({"device": "d"})),
    "heartbeat": (1, st.sampled_from([{"period_s": 30}, {"period_s": 400}])),
    "link.upserted": (2, links),
    "link.removed": (1, links),
    "operator.acted": (3, acts),
    "site.upserted": (1, sites),
    "entity.upserted": (1, things),
    "attendance.check_in": (1, check_ins),
    "shift.scheduled": (1, shifts),
    "shift.cancelled": (1, st.sampled_from([{"id": "H1"}, {"id": "H2"}])),
    "again": (1, st.just({})),
}
deeds = st.one_of(
    [
        st.tuples(st.just(kind), steps, data, st.sampled_from(["default", "default", "default", "other"]))
        for kind, (weight, data) in KINDS.items()
        for _ in range(weight)
    ]
)
stops = st.lists(st.sampled_from(["", "", "batch", "batch", "close", "crash", "snapshot"]), min_size=50, max_size=50)


async def written(deeds: Sequence[Deed], store: MemoryStore) -> list[bytes]:
    """Plays the deeds one by one into an engine on `store`: commands speak of what is open just then. The lines."""
    engine = await started(store)
    script = Script()
    now, acted = T0, "none"
    for kind, step, given_data, tenant in deeds:
        data = dict(given_data)
        time = now + step
        now = max(now, time)
        if kind == "again":
            script.lines.append(script.lines[len(script.lines) // 2] if script.lines else b"not json")
        else:
            if "lease" in data:
                data["ends_at"] = moment(time + data.pop("lease"))
            if kind == "shift.scheduled":
                data |= {"start": moment(time), "end": moment(time + 8 * HOUR)}
            if kind == "operator.acted":
                data |= {"target": target(engine, tenant, data.pop("which")), "params": {"action": acted}}
            name = script.add(kind, time, data, tenant=tenant, source=f"src-{kind}")
            acted = name if kind == "operator.acted" and data["action"] != "undo" else acted
        await play(engine, script.lines[-1:], 1)
    await engine.close()
    return script.lines


def moment(time: int) -> str:
    return times.text(time)


def target(engine: Engine, tenant: str, which: int) -> str:
    grouping = engine.pipeline.partition(tenant).grouping
    refs = [f"incident/{one.id}" for one in grouping.open_incidents()]
    refs += [f"cluster/{one.id}" for one in grouping.loose_clusters()]
    return refs[which % len(refs)] if refs else "cluster/C-none"


async def interrupted(lines: Sequence[bytes], stops: Sequence[str], store: MemoryStore) -> None:
    engine = await started(store)
    waiting: list[bytes] = []
    for line, stop in zip(lines, stops, strict=False):
        waiting.append(line)
        if not stop:
            continue
        await play(engine, waiting, len(waiting))
        waiting = []
        if stop == "snapshot":
            await leave_snapshot(engine)
        elif stop in ("close", "crash"):
            if stop == "close":
                await engine.close()
            engine = await started(store)
    await play(engine, waiting, len(waiting) or 1)
    await engine.close()


async def leave_snapshot(engine: Engine) -> None:
    snapshot = engine.pipeline.snapshot()
    if snapshot.seq:
        await engine.store.commit(Commit(snapshot=snapshot))


# Shrinking such timelines takes minutes and seldom helps: the failing table and its rows tell more.
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
)
@given(st.lists(deeds, min_size=2, max_size=50), stops)
def test_borders_and_stops_anywhere_change_nothing(deeds: list[Deed], stops: list[str]) -> None:
    singly, parted = MemoryStore(), MemoryStore()
    lines = asyncio.run(written(deeds, singly))
    asyncio.run(interrupted(lines, stops, parted))
    expected, found = singly.rows(), parted.rows()
    for name, rows in expected.items():
        assert readable(found[name]) == readable(rows), name
    assert parted.snapshot == singly.snapshot


def readable(rows: Any) -> Any:
    """Rows as plain values, so that a failure shows what differs."""
    if isinstance(rows, dict):
        return {key: readable(row) for key, row in rows.items()}
    if isinstance(rows, list):
        return [readable(row) for row in rows]
    return msgspec.msgpack.decode(rows) if isinstance(rows, bytes) and rows[:1] > b"\x7f" else rows
