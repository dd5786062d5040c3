"""What every store must do, whatever lies beneath. A kind of store is tested by a subclass that says how to open it."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from data.records.entity import Link
from data.store import Commit, Position, Reader, Segment, Snapshot, Store, StoreBroken, StoreBusy
from data.times import DAY, HOUR, MINUTE, SECOND
from tests.data import store_samples as samples
from tests.data.store_samples import START, TENANT


async def all_segments(store: Store, after: int = 0) -> list[Segment]:
    return [segment async for segment in store.segments(after)]


def lines_of(segments: list[Segment]) -> list[bytes]:
    return [line for segment in segments for line in segment.lines]


class StoreSuite(ABC):
    @abstractmethod
    async def open(self) -> Store: ...

    @abstractmethod
    def read(self) -> Reader: ...

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Store]:
        store = await self.open()
        try:
            yield store
        finally:
            await store.close()

    async def test_a_new_store_is_empty(self) -> None:
        async with self.opened() as store:
            loaded = await store.load(HOUR)
            assert (loaded.seq, loaded.snapshot, loaded.positions, loaded.alerts) == (0, None, [], [])
            assert (loaded.next_alert, loaded.next_cluster, loaded.next_incident) == (1, 1, 1)
            assert (loaded.next_finding, loaded.next_anomaly) == (1, 1)
            assert await all_segments(store) == []
            assert store.seen([1, 2]) == [False, False]
            assert store.seen([]) == []
            assert await store.known([]) == []

    async def test_events_come_back_as_they_were(self) -> None:
        given = [samples.segment(1, 700), samples.segment(701, 3), samples.segment(704, 900)]
        async with self.opened() as store:
            for segment in given:
                await store.commit(Commit(segment=segment))
            assert await all_segments(store) == given
        async with self.opened() as store:
            again = await all_segments(store)
            assert lines_of(again) == lines_of(given)
            assert [i for s in again for i in s.identities] == [i for s in given for i in s.identities]
            assert [r for s in again for r in s.received] == [r for s in given for r in s.received]
            assert (await store.load(0)).seq == 1603

    async def test_segments_begin_where_asked(self) -> None:
        async with self.opened() as store:
            await store.commit(Commit(segment=samples.segment(1, 10)))
            await store.commit(Commit(segment=samples.segment(11, 10)))
            for after in range(21):
                found = await all_segments(store, after)
                assert lines_of(found) == lines_of([samples.segment(1, 20)])[after:]
                if found:
                    assert found[0].first == after + 1
                    assert found[0].time_min == START + (after + 1) * SECOND

    async def test_assignments_move_with_a_cut_segment(self) -> None:
        async with self.opened() as store:
            await store.commit(Commit(segment=samples.segment(1, 30)))
            (found,) = await all_segments(store, 10)
            assert found.assignments[0] == (2, 1, 2, 2)  # event 13, twelve on, was assigned so

    async def test_positions_must_follow_on(self) -> None:
        async with self.opened() as store:
            await store.commit(Commit(segment=samples.segment(1, 5)))
            for first in (1, 5, 7):
                with pytest.raises(ValueError, match="does not follow"):
                    await store.commit(Commit(segment=samples.segment(first, 2)))
            assert (await store.load(0)).seq == 5

    async def test_a_snapshot_stands_at_the_end_of_its_commit(self) -> None:
        async with self.opened() as store:
            with pytest.raises(ValueError, match="snapshot"):
                await store.commit(Commit(segment=samples.segment(1, 5), snapshot=Snapshot(4, b"x")))
            assert (await store.load(0)).seq == 0

    async def test_a_commit_that_fails_leaves_nothing(self) -> None:
        async with self.opened() as store:
            bad = Commit(segment=samples.segment(1, 5), alerts=[samples.alert(1, site=["not", "a", "text"])])
            with pytest.raises(StoreBroken):
                await store.commit(bad)
            assert (await store.load(0)).seq == 0
            assert store.seen([samples.identity(1)]) == [False]
            await store.commit(Commit(segment=samples.segment(1, 5)))
            assert (await store.load(0)).seq == 5

    async def test_records_of_the_snapshot_come_back(self) -> None:
        async with self.opened() as store:
            await store.commit(
                Commit(
                    segment=samples.segment(1, 5),
                    entities=[samples.entity("a", 1, site="S1", attributes={"x": [1, {"y": None}]})],
                    links_added=[Link(TENANT, "host/a", "host/b", "runs_on")],
                    alerts=[samples.alert(1), samples.alert(2, cluster=7)],
                    clusters=[samples.cluster(7)],
                    incidents=[samples.incident(3)],
                    findings=[samples.finding(4)],
                    anomalies=[samples.anomaly(6)],
                    positions=[Position(TENANT, START, 9)],
                    snapshot=Snapshot(5, b"statistics"),
                )
            )
        async with self.opened() as store:
            loaded = await store.load(HOUR)
        assert loaded.snapshot == Snapshot(5, b"statistics")
        assert loaded.positions == [Position(TENANT, START, 9)]
        assert loaded.entities == [samples.entity("a", 1, site="S1", attributes={"x": [1, {"y": None}]})]
        assert loaded.links == [Link(TENANT, "host/a", "host/b", "runs_on")]
        assert loaded.alerts == [samples.alert(1), samples.alert(2, cluster=7)]
        assert loaded.clusters == [samples.cluster(7)]
        assert loaded.incidents == [samples.incident(3)]
        assert (loaded.next_alert, loaded.next_cluster, loaded.next_incident) == (3, 8, 4)
        assert (loaded.next_finding, loaded.next_anomaly) == (5, 7)

    async def test_what_changed_after_the_snapshot_is_loaded_as_it_was(self) -> None:
        old, new = Link(TENANT, "host/a", "host/b", "runs_on"), Link(TENANT, "host/a", "host/c", "runs_on")
        async with self.opened() as store:
            await store.commit(
                Commit(
                    segment=samples.segment(1, 5),
                    entities=[samples.entity("a", 2), samples.entity("still", 2)],
                    links_added=[old],
                    alerts=[samples.alert(1), samples.alert(2)],
                    clusters=[samples.cluster(1)],
                    incidents=[samples.incident(1)],
                    positions=[Position(TENANT, START, 1)],
                    snapshot=Snapshot(5, b"one"),
                )
            )
            after = [
                Commit(
                    segment=samples.segment(6, 2),
                    entities=[samples.entity("a", 6, name="renamed"), samples.entity("b", 7)],
                    links_removed=[old],
                    links_added=[new],
                    alerts=[samples.alert(1, count=2), samples.alert(3)],
                    clusters=[samples.cluster(1, closed_at=START + DAY)],
                    incidents=[samples.incident(1, title="changed")],
                    positions=[Position(TENANT, START + 5 * DAY, 2)],
                ),
                Commit(
                    segment=samples.segment(8, 1),
                    entities=[samples.entity("a", 8, name="again"), samples.entity("b", 8)],
                    links_added=[old],
                    alerts=[samples.alert(1, count=3, ended_at=START + DAY), samples.alert(3, count=2)],
                ),
            ]
            await store.commit(after[0])
        async with self.opened() as store:  # what was kept must also be known after a start
            await store.commit(after[1])
        async with self.opened() as store:
            loaded = await store.load(MINUTE)
            assert loaded.seq == 8
            assert loaded.positions == [Position(TENANT, START + 5 * DAY, 2)]
            assert loaded.entities == [samples.entity("a", 2), samples.entity("still", 2)]
            assert loaded.links == [old]
            assert loaded.alerts == [samples.alert(1), samples.alert(2)]
            assert loaded.clusters == [samples.cluster(1)]
            assert loaded.incidents == [samples.incident(1)]
            assert loaded.next_alert == 4

            await store.commit(Commit(snapshot=Snapshot(8, b"two")))
            loaded = await store.load(MINUTE)
            assert [each.seq for each in loaded.entities] == [8, 8, 2]
            assert loaded.links == [old, new]
            assert loaded.alerts == [samples.alert(2), samples.alert(3, count=2)]
            assert loaded.clusters == []

    async def test_without_a_snapshot_all_is_in_the_tail(self) -> None:
        async with self.opened() as store:
            await store.commit(
                Commit(
                    segment=samples.segment(1, 5),
                    entities=[samples.entity("a", 2)],
                    alerts=[samples.alert(1)],
                    links_added=[Link(TENANT, "host/a", "host/b", "runs_on")],
                )
            )
            await store.commit(Commit(segment=samples.segment(6, 1), alerts=[samples.alert(1, count=2)]))
            loaded = await store.load(HOUR)
            assert (loaded.entities, loaded.alerts, loaded.links) == ([], [], [])
            assert loaded.next_alert == 2

    async def test_what_ended_lately_counts_as_open_by_the_clock_of_its_own_partition(self) -> None:
        async with self.opened() as store:
            await store.commit(
                Commit(
                    segment=samples.segment(1, 5),
                    alerts=[
                        samples.alert(1, ended_at=START),
                        samples.alert(2, ended_at=START + 9 * MINUTE),
                        samples.alert(3, ended_at=START, tenant="old"),
                        samples.alert(4),
                    ],
                    incidents=[samples.incident(1, closed_at=START), samples.incident(2, closed_at=START + HOUR)],
                    positions=[Position(TENANT, START + 10 * MINUTE, 0), Position("old", START, 0)],
                    snapshot=Snapshot(5, b""),
                )
            )
            loaded = await store.load(5 * MINUTE)
            assert [each.number for each in loaded.alerts] == [2, 3, 4]
            assert [each.number for each in loaded.incidents] == [2]

    async def test_duplicates_are_told_from_look_alikes(self) -> None:
        async with self.opened() as store:
            await store.commit(Commit(segment=samples.segment(1, 50)))
            await store.commit(Commit(segment=samples.segment(51, 700, tenant="other")))
            assert store.seen([samples.identity(7), samples.identity(51), 5]) == [True, False, False]
            assert store.seen([samples.identity(51, tenant="other")]) == [True]
            asked = [
                samples.candidate(7),
                (samples.identity(7), TENANT, "test", "another"),  # as if hashes had met
                (samples.identity(7), TENANT, "another", "e7"),
                (samples.identity(7), "other", "test", "e7"),
                samples.candidate(60, tenant="other"),
                samples.candidate(50),
            ]
            assert await store.known(asked) == [True, False, False, False, True, True]
        async with self.opened() as store:
            assert store.seen([samples.identity(7), samples.identity(51)]) == [True, False]
            assert await store.known(asked) == [True, False, False, False, True, True]

    async def test_two_events_of_one_hash_are_both_found(self) -> None:
        twins = samples.segment(1, 6)
        twins.identities[1] = twins.identities[4] = 42
        async with self.opened() as store:
            await store.commit(Commit(segment=twins))
            wanted = [(42, TENANT, "test", "e2"), (42, TENANT, "test", "e5"), (42, TENANT, "test", "e3")]
            assert await store.known(wanted) == [True, True, False]
        async with self.opened() as store:
            assert await store.known(wanted) == [True, True, False]

    async def test_small_batches_are_merged_unseen(self) -> None:
        async with self.opened() as store:
            sequence = 0
            for number in range(200):
                entries = [samples.entry(sequence + 1), samples.entry(sequence + 2)]
                sequence += 2
                await store.commit(
                    Commit(
                        segment=samples.segment(number * 3 + 1, 3),
                        feed=entries,
                        positions=[Position(TENANT, START, sequence)],
                    )
                )
            wanted = lines_of([samples.segment(1, 600)])
            assert lines_of(await all_segments(store)) == wanted
            assert await store.known([samples.candidate(seq) for seq in (1, 300, 600)]) == [True] * 3
        async with self.opened() as store:
            found = await all_segments(store)
            assert lines_of(found) == wanted
            assert len(found) <= 3
            assert [at for s in found for at, *_ in s.assignments if at >= len(s.lines)] == []
            assert await store.known([samples.candidate(seq) for seq in (1, 300, 600)]) == [True] * 3
        reader = self.read()
        try:
            assert [each.sequence for each in reader.feed(None, None)] == list(range(1, 401))
        finally:
            reader.close()

    async def test_a_commit_survives_the_cancelling_of_its_caller(self) -> None:
        async with self.opened() as store:
            task = asyncio.ensure_future(store.commit(Commit(segment=samples.segment(1, 5))))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await store.commit(Commit(segment=samples.segment(6, 5)))
            assert lines_of(await all_segments(store)) == lines_of([samples.segment(1, 10)])

    async def test_records_may_change_while_they_are_written(self) -> None:
        async with self.opened() as store:
            alert = samples.alert(1)
            first = asyncio.ensure_future(store.commit(Commit(segment=samples.segment(1, 5))))
            await asyncio.sleep(0)
            second = asyncio.ensure_future(store.commit(Commit(alerts=[alert], snapshot=Snapshot(5, b""))))
            await asyncio.sleep(0)
            alert.count = 99
            await asyncio.gather(first, second)
            assert (await store.load(0)).alerts == [samples.alert(1)]

    async def test_only_one_engine_at_a_time(self) -> None:
        async with self.opened() as store:
            with pytest.raises(StoreBusy, match="--read-only"):
                await self.open()
            await store.commit(Commit(segment=samples.segment(1, 5)))
        async with self.opened() as store:
            assert (await store.load(0)).seq == 5

    async def test_a_closed_store_takes_nothing(self) -> None:
        store = await self.open()
        await store.close()
        await store.close()
        with pytest.raises(StoreBroken, match="closed"):
            await store.commit(Commit(segment=samples.segment(1, 1)))

    async def test_a_reader_sees_what_is_committed_in_the_order_of_time(self) -> None:
        async with self.opened() as store:
            later, earlier = samples.segment(1, 20), samples.segment(21, 10, step=SECOND // 2)
            commit = Commit(
                segment=later,
                entities=[samples.entity("a", 1), samples.entity("z", 2)],
                links_added=[Link(TENANT, "host/a", "host/z", "runs_on")],
                alerts=[samples.alert(2, first_seen=START + 1, cluster=1), samples.alert(1, first_seen=START + 2)],
                clusters=[samples.cluster(1), samples.cluster(2)],
                incidents=[samples.incident(1)],
                findings=[samples.finding(1)],
                anomalies=[samples.anomaly(1)],
                fraud=[samples.fraud(1), samples.fraud(2, time=START)],
                predictions=[samples.prediction(1)],
                correlations=[samples.correlation(1)],
                models=[samples.model(1)],
                feed=[samples.entry(1), samples.entry(2), samples.entry(1, "other")],
                audit=[samples.audit(5, START + 2), samples.audit(4, START + 1)],
                dead_letters=[samples.letter(9), samples.letter(3)],
            )
            await store.commit(commit)
            reader = self.read()
            try:
                await store.commit(Commit(segment=earlier))
                by_time = sorted(
                    [(START + seq * SECOND, seq) for seq in range(1, 21)]
                    + [(START + seq * SECOND // 2, seq) for seq in range(21, 31)]
                )
                assert [seq for seq, _, _ in reader.events(None, None)] == [seq for _, seq in by_time]
                since, until = START + 11 * SECOND, START + 14 * SECOND
                wanted = [seq for time, seq in by_time if since <= time < until]
                assert [seq for seq, _, _ in reader.events(since, until)] == wanted
                assert next(reader.events(since, until))[1:] == (later.lines[10], later.received[10])
                assert len(list(reader.assignments(None, None))) == 7 + 4
                assert [each.number for each in reader.alerts(None, None)] == [2, 1]
                assert [each.number for each in reader.alerts(START + 2, None)] == [1]
                assert [each.number for each in reader.alerts(None, START + 2)] == [2]
                assert [each.number for each in reader.clusters(None, None)] == [1, 2]
                assert list(reader.incidents(None, None)) == [samples.incident(1)]
                assert list(reader.findings(None, None)) == [samples.finding(1)]
                assert list(reader.anomalies(None, None)) == [samples.anomaly(1)]
                assert [each.number for each in reader.fraud(None, None)] == [2, 1]
                assert list(reader.predictions(None, START + 1)) == []
                assert list(reader.predictions(START + 1, None)) == [samples.prediction(1)]
                assert list(reader.correlations(None, None)) == [samples.correlation(1)]
                assert list(reader.models()) == [samples.model(1)]
                loaded = await store.load(0)
                assert loaded.models == [samples.model(1)]
                assert (loaded.next_fraud, loaded.next_prediction) == (3, 2)
                assert (loaded.next_correlation, loaded.next_model) == (2, 2)
                assert [each.ref for each in reader.entities()] == ["host/a", "host/z"]
                assert list(reader.entities("site")) == []
                assert len(list(reader.entities("host"))) == 2
                assert list(reader.links()) == [Link(TENANT, "host/a", "host/z", "runs_on")]
                assert list(reader.feed(None, None)) == [
                    samples.entry(1),
                    samples.entry(2),
                    samples.entry(1, "other"),
                ]
                assert list(reader.feed(START + 2, None)) == [samples.entry(2)]
                assert [each.seq for each in reader.audit(None, None)] == [4, 5]
                assert [each.received_at for each in reader.dead_letters(None, None)] == [3, 9]
                again = [samples.letter(11, line=3), samples.letter(12, line=0), samples.letter(13, line=0)]
                await store.commit(Commit(dead_letters=again))
                # A line of a file is refused once, however often the file is fed; what came by wire counts each time.
                assert [each.received_at for each in reader.dead_letters(None, None)] == [3, 9, 12, 13]
            finally:
                reader.close()

    async def test_an_event_is_found_by_its_identity(self) -> None:
        async with self.opened() as store:
            entity = samples.entity("a", 1, "other")
            await store.commit(Commit(segment=samples.segment(1, 5), entities=[entity]))
            await store.commit(Commit(segment=samples.segment(6, 5, tenant="other")))
            reader = self.read()
            try:
                assert reader.event("test", "e3") == (3, samples.segment(1, 5).lines[2], START + 5)
                found = reader.event("test", "e7")
                assert found is not None
                assert found[0] == 7
                assert reader.event("test", "e70") is None
            finally:
                reader.close()

    async def test_the_engines_own_entries_are_no_events(self) -> None:
        async with self.opened() as store:
            await store.commit(Commit(segment=samples.segment(1, 2, kind="noc.engine.step")))
            await store.commit(Commit(segment=samples.segment(3, 1)))
            reader = self.read()
            try:
                assert [seq for seq, _, _ in reader.events(None, None)] == [3]
            finally:
                reader.close()
