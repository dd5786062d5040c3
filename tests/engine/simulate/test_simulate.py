"""The simulated operation as its readers see it: valid, ordered, repeatable, and true to its own book."""

import itertools
from collections import Counter, defaultdict
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.times import DAY, HOUR, MINUTE, parse
from data.wire import Event, decode
from engine.sources.simulate import MONDAY, Operation, events, truth
from engine.sources.simulate.frauds import FRAUDS
from engine.sources.simulate.honest import EXCUSES
from engine.sources.simulate.storms import PLOTS

pytestmark = pytest.mark.xdist_group("simulate")  # one worker makes the week

SITES, DAYS = 12, 7


class Week(NamedTuple):
    """A week of twelve sites: how many events of each type, all ids, the few rare events decoded, and the truth."""

    types: Counter[str]
    ids: set[str]
    rare: list[Event]
    rows: list[dict[str, Any]]


FREQUENT = ("noc.device.telemetry", "noc.metric.sampled", "noc.location.fix", "noc.heartbeat", "noc.phone.activity")


@pytest.fixture(scope="module")
def week() -> Week:
    types: Counter[str] = Counter()
    ids: set[str] = set()
    rare: list[Event] = []
    rows: list[dict[str, Any]] = []
    for _, line in events(Operation(sites=SITES, days=DAYS, seed=1), plant=rows.append):
        parts = line[:240].decode().split('"', 16)  # {"specversion":"1.0","id":"...","source":"...","type":"..."
        name = parts[15]
        types[name] += 1
        ids.add(parts[7])
        if name not in FREQUENT:
            rare.append(decode(line))
    return Week(types, ids, rare, rows)


def of_kind(week: Week, kind: str) -> list[dict[str, Any]]:
    return [row for row in week.rows if row["kind"] == kind or row["kind"].startswith(f"{kind}:")]


def test_every_event_is_valid_in_time_order_and_unique() -> None:
    last, seen = 0, set[str]()
    for time, line in events(Operation(sites=4, days=1, seed=3, hardness=0.5)):
        event = decode(line)
        assert event.time == time
        assert time >= last
        assert event.id not in seen
        last = time
        seen.add(event.id)
    assert MONDAY + DAY - HOUR < last < MONDAY + DAY


@settings(max_examples=5, deadline=None)
@given(
    sites=st.integers(1, 5),
    seed=st.integers(0, 99),
    hour=st.integers(0, 8000),
    lively=st.booleans(),
    hardness=st.floats(0, 1),
)
def test_a_picture_may_begin_at_any_hour(sites: int, seed: int, hour: int, lively: bool, hardness: float) -> None:
    begin = MONDAY + hour * HOUR + 1234 * MINUTE
    operation = Operation(sites=sites, days=None, seed=seed, lively=lively, hardness=hardness)
    last, kinds = 0, set[str]()
    for time, line in events(operation, begin):
        if time > begin + HOUR:
            break
        event = decode(line)
        assert event.time == time >= last
        last = time
        kinds.add(event.type)
    assert {"noc.site.upserted", "noc.device.telemetry", "noc.attendance.check_in", "noc.metric.sampled"} <= kinds


def test_the_same_operation_is_the_same_bytes_and_another_seed_is_not() -> None:
    def first(seed: int) -> list[tuple[int, bytes]]:
        return list(itertools.islice(events(Operation(sites=3, seed=seed), MONDAY + 9 * HOUR), 5000))

    assert first(7) == first(7)
    assert first(7) != first(8)


def test_the_truth_does_not_depend_on_whether_events_are_looked_at() -> None:
    operation = Operation(sites=2, days=1, seed=5)
    rows: list[dict[str, Any]] = []
    for _ in events(operation, plant=rows.append):
        pass
    assert list(truth(operation)) == rows


def test_truth_speaks_only_of_events_that_were_sent(week: Week) -> None:
    for row in week.rows:
        assert row["event_ids"], row
        assert week.ids.issuperset(row["event_ids"]), row
        assert parse(row["start"]) <= parse(row["end"])
        assert row["site"]
    assert len({row["id"] for row in week.rows}) == len(week.rows)


def test_ids_are_unique_over_all_sources(week: Week) -> None:
    assert len(week.ids) == week.types.total()


def test_a_week_has_every_planted_kind(week: Week) -> None:
    planted = {row["kind"] for row in week.rows}
    expected = (
        {f"fraud:{kind}" for kind in FRAUDS}
        | {f"honest:{kind}" for kind in EXCUSES}
        | {f"incident:{cause}" for cause in PLOTS}
    )
    expected |= {
        "no_show",
        "late_arrival",
        "device_failure",
        "sla_breach",
        "staffing_gap",
        "missed_tour",
        "inactivity",
        "sensor",
    }
    assert expected <= planted


def test_rates_are_those_of_a_real_operation(week: Week) -> None:
    alerts = week.types["noc.alert.firing"] + week.types["noc.alert.resolved"]
    assert 3000 < week.types.total() / SITES / DAYS < 7000
    assert 0.03 < alerts / week.types.total() < 0.08
    assert 2 <= len(of_kind(week, "incident")) / DAYS / 3 <= 6
    assert 4 <= len(of_kind(week, "fraud")) / DAYS <= 12
    assert 0.005 < len(of_kind(week, "fraud")) / week.types["noc.attendance.check_in"] < 0.15
    assert 0.05 < len(of_kind(week, "sla_breach")) / week.types["noc.ticket.created"] < 0.3


def test_incidents_come_as_cascades_with_their_root_among_the_alerts(week: Week) -> None:
    firing = {event.id: event.data for event in week.rare if event.type == "noc.alert.firing"}
    sizes = []
    for row in of_kind(week, "incident"):
        alerts = [firing[ident] for ident in row["event_ids"] if ident in firing]
        sizes.append(len(alerts))
        if parse(row["end"]) < MONDAY + DAYS * DAY - HOUR:
            assert row["entity"] in {alert.entity for alert in alerts}, row
    assert sorted(sizes)[len(sizes) // 2] >= 20


def test_missed_tours_follow_from_the_checkpoints(week: Week) -> None:
    due: dict[str, int] = {}
    parts: dict[str, list[str]] = defaultdict(list)
    done: dict[str, int] = {}
    cancelled = set[str]()
    for event in week.rare:
        if event.type == "noc.task.created" and event.data.kind == "tour":
            due[event.data.id] = parse(str(event_text(event)["due"]))
        elif event.type == "noc.task.created" and event.data.kind == "checkpoint":
            parts[event.data.parent].append(event.data.id)
        elif event.type == "noc.task.completed":
            done[event.data.id] = event.time
        elif event.type == "noc.task.updated" and event.data.status == "CANCELLED":
            cancelled.add(event.data.id)
    missed = {
        f"task/{tour}"
        for tour, limit in due.items()
        if limit + 30 * MINUTE < MONDAY + DAYS * DAY and tour not in cancelled
        if sum(done.get(part, limit + DAY) <= limit + 30 * MINUTE for part in parts[tour]) < 0.8 * len(parts[tour])
    }
    assert missed == {row["entity"] for row in of_kind(week, "missed_tour")}


def test_breached_tickets_follow_from_their_deadlines(week: Week) -> None:
    deadline: dict[str, int] = {}
    solved: dict[str, bool] = {}
    met: dict[str, bool] = {}
    late = set[str]()
    for event in week.rare:
        for ident in [ident for ident, limit in deadline.items() if limit < event.time]:
            del deadline[ident]
            if not solved.get(ident):
                late.add(f"ticket/{ident}")
        if event.type == "noc.ticket.created":
            deadline[event.data.id] = parse(event_text(event)["deadline"])
        elif event.type == "noc.ticket.updated":
            solved[event.data.id] = event.data.status == "RESOLVED"
        elif event.type == "noc.ticket.closed":
            met[f"ticket/{event.data.id}"] = event.data.sla_met
    assert late == {row["entity"] for row in of_kind(week, "sla_breach")}
    assert all(good is (ticket not in late) for ticket, good in met.items())


def test_gaps_follow_from_bookings_and_check_ins(week: Week) -> None:
    booked: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)
    where: dict[str, tuple[str, int]] = {}
    arrivals: list[tuple[str, int, str | None]] = []
    for event in week.rare:
        if event.type == "noc.shift.scheduled":
            where[event.data.id] = (event.data.site, parse(event_text(event)["start"]))
            booked[where[event.data.id]][event.data.id] = event.time
        elif event.type == "noc.shift.cancelled":
            booked[where[event.data.id]].pop(event.data.id)
        elif event.type == "noc.attendance.check_in":
            arrivals.append((event.data.site, event.time, event.data.shift))
    gaps = set()
    for (site, start), shifts in booked.items():
        came = sum(
            at == site and start - 90 * MINUTE <= time <= start + 30 * MINUTE and bool(shift)
            for at, time, shift in arrivals
        )
        if start + 30 * MINUTE < MONDAY + DAYS * DAY and came < len(shifts):
            gaps.add((site, start))
    assert gaps == {(row["site"], parse(row["start"])) for row in of_kind(week, "staffing_gap")}


def test_a_failed_device_is_silent_until_it_is_repaired() -> None:
    rows: list[dict[str, Any]] = []
    reports: dict[str, list[int]] = defaultdict(list)
    for _, line in events(Operation(sites=12, days=1, seed=2), plant=rows.append):
        if b"noc.device.telemetry" in line:
            event = decode(line)
            reports[f"device/{event.data.device}"].append(event.time)
    failures = [row for row in rows if row["kind"] == "device_failure"]
    assert failures
    for row in failures:  # which takes 90 minutes at least
        end = parse(row["end"])
        assert not [time for time in reports[row["entity"]] if end < time < end + 90 * MINUTE]


def test_verdicts_come_late_for_some_and_are_mostly_right(week: Week) -> None:
    guilty = {row["event_ids"][0] for row in of_kind(week, "fraud")}
    verdicts = [event for event in week.rare if event.type == "noc.verdict.recorded"]
    right = sum(
        (event.data.verdict == "confirmed") == (event.data.target.removeprefix("fraud/") in guilty)
        for event in verdicts
    )
    assert len(verdicts) > 40
    assert 0.9 < right / len(verdicts) <= 1.0


@pytest.mark.parametrize("hour", [2, 7, 16, 21])
def test_a_lively_operation_burns_within_twenty_minutes(hour: int) -> None:
    begin = MONDAY + hour * HOUR
    rows: list[dict[str, Any]] = []
    firing = 0
    for time, line in events(Operation(days=None, seed=hour, lively=True), begin, rows.append):
        if time > begin + 30 * MINUTE:
            break
        firing += begin <= time < begin + 20 * MINUTE and b"noc.alert.firing" in line
    kinds = {row["kind"] for row in rows}
    assert firing > 25
    assert "incident:uplink_loss" in kinds


def test_a_running_operation_has_people_on_duty_everywhere() -> None:
    begin = MONDAY + 13 * HOUR + 45 * MINUTE
    here: dict[str, str] = {}
    for time, line in events(Operation(days=None, seed=4), begin):
        if time >= begin:
            break
        event = decode(line)
        if event.type == "noc.attendance.check_in":
            here[event.data.person] = event.data.site
        elif event.type == "noc.attendance.check_out":
            here.pop(event.data.person, None)
    assert len(set(here.values())) == 12


def test_the_first_event_does_not_wait_for_the_rest() -> None:
    stream = events(Operation(sites=200, days=None))
    assert next(stream)[0] == MONDAY


def test_a_hard_operation_has_more_of_everything() -> None:
    def count(hardness: float) -> Counter[str]:
        return Counter(
            row["kind"].partition(":")[0] for row in truth(Operation(sites=12, days=1, seed=1, hardness=hardness))
        )

    assert count(1.0)["incident"] > 1.5 * count(0.0)["incident"]


@pytest.mark.parametrize("wrong", [{"sites": 0}, {"days": 0}, {"hardness": 1.5}])
def test_an_impossible_operation_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Operation(**wrong)


def event_text(event: Event) -> dict[str, str]:
    """The payload as it was written."""
    data: dict[str, str] = msgspec.json.decode(event.line)["data"]
    return data
