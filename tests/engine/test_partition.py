"""The clock of a partition: what moves it, what is late, and when timers run (WIRE.md §1, Time)."""

from data.own import CLOCK_HOLD, CLOCK_STEP
from data.wire import decode, own_entry
from tests.support.recordings import Decided, Script, at


def mark(found: Decided, tenant: str = "default") -> int:
    return found.pipeline.partition(tenant).watermark


def test_the_watermark_is_the_greatest_time_taken_and_never_steps_back() -> None:
    script = Script()
    script.tick(at(5))
    script.add("phone.activity", at(3), {"person": "P1"}, source="other")
    found = Decided(script)
    assert mark(found) == at(5)


def test_late_by_the_allowance_is_applied_and_by_more_is_recorded_only() -> None:
    script = Script()
    script.tick(at(60))
    script.add("person.upserted", at(50), {"id": "P1"})
    script.add("person.upserted", at(50) - 1, {"id": "P2"})
    found = Decided(script)
    partition = found.pipeline.partition("default")
    assert partition.registry.get("person/P1") is not None
    assert partition.registry.get("person/P2") is None
    assert (partition.tallies.events, partition.tallies.late) == (3, 1)


def test_a_held_event_is_taken_without_moving_the_watermark() -> None:
    script = Script()
    script.tick(at(0))
    script.lines.append(own_entry(CLOCK_HOLD, "default", at(99)).line)
    ahead = script.fire(at(99))
    found = Decided(script)
    assert mark(found) == at(0)
    assert found.alert.first_seen == at(99)
    assert found.reasons[ahead] is None
    script.tick(at(1))
    found.take(script)
    assert mark(found) == at(1), "the next one moves it again"


def test_a_step_of_the_wall_runs_the_timers_and_is_no_event() -> None:
    script = Script()
    script.fire(at(0))
    script.lines.append(own_entry(CLOCK_STEP, "default", at(15)).line)
    found = Decided(script)
    assert mark(found) == at(15)
    assert found.alert.ended_at == at(15)
    assert found.pipeline.partition("default").tallies.events == 1
    script.lines.append(own_entry(CLOCK_STEP, "default", at(3)).line)
    found.take(script)
    assert mark(found) == at(15), "the wall does not turn it back"


def test_timers_run_in_order_of_their_time_each_at_its_own() -> None:
    script = Script(source="gate")
    script.add("heartbeat", at(0), {"period_s": 600})
    script.fire(at(1), alert="A", source="x")
    script.fire(at(0), alert="B", source="x")
    script.tick(at(40))
    found = Decided(script)
    ends = [(entry.time, entry.data["what"]) for entry in found.feed if entry.data.get("what") == "expired"]
    assert ends == [(at(15), "expired"), (at(16), "expired")]
    silent = [alert for alert in found.alerts.values() if alert.alert_type == "SOURCE_SILENT"]
    assert [alert.first_seen for alert in silent] == [at(10) + 1]
    times = [entry.time for entry in found.feed if entry.time > at(1)]
    assert times == sorted(times)


def test_what_is_due_at_a_moment_comes_before_the_events_of_that_moment() -> None:
    script = Script()
    script.fire(at(0))
    script.clear(at(15))
    found = Decided(script)
    assert found.alert.end_reason == "expired"


def test_a_link_that_came_and_went_in_one_batch_is_gone() -> None:
    script = Script()
    data = {"from": "host/a", "to": "host/b", "kind": "depends_on"}
    script.add("link.upserted", at(0), data)
    script.add("link.removed", at(0), data)
    script.add("link.removed", at(1), data | {"to": "host/c"})
    script.add("link.upserted", at(1), data | {"to": "host/c"})
    found = Decided()
    commit = found.pipeline.run([decode(line) for line in script.lines], 0).commit
    assert [link.target for link in commit.links_added] == ["host/c"]
    assert [link.target for link in commit.links_removed] == ["host/b"]


def test_each_tenant_has_its_own_sequence_without_gaps() -> None:
    one, other = Script(tenant="a"), Script(tenant="b", prefix="o")
    for minute in range(0, 100, 20):
        one.fire(at(minute))
        other.fire(at(minute + 3), alert="X")
    found = Decided(one)
    found.take(other)
    for tenant in "ab":
        sequences = [entry.sequence for entry in found.feed if entry.partition == tenant]
        assert sequences == list(range(1, len(sequences) + 1))
        assert len(sequences) >= 5
