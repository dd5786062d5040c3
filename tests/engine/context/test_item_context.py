"""The context of an item, through the engine: five sections, scoped, the most useful first, and quickly."""

import time

import msgspec
import pytest

from data import times
from data.records.incident import IncidentState, Note
from data.times import HOUR, MINUTE
from data.wire import decode
from engine.context.index import Index
from engine.context.item import item_context
from engine.decisions import Numbers
from engine.items import Items
from engine.oncall.schedule import OnCall
from engine.partition import Partition
from engine.settings import Config
from engine.settings.oncall import Layer, OnCallSettings, Schedule
from engine.settings.places import Places
from engine.views import ItemContext
from tests.engine.shelf import T0, cluster, incident


class Desk:
    """A partition and events told to it."""

    def __init__(self) -> None:
        self.partition = Partition("default", Places(Config()), Numbers())
        self.items = Items(self.partition)
        self.told = 0

    def tell(self, event: str, after: int = 0, /, **data: object) -> None:
        self.told += 1
        body = {"specversion": "1.0", "id": f"e{self.told}", "source": "desk", "type": event, "data": data}
        one = decode(msgspec.json.encode(body | {"time": times.text(T0 + after)}))
        one.seq = self.told
        self.partition.take(one)

    def page(self, place: int = 0) -> ItemContext:
        page = item_context(self.partition, self.items, self.items.rows()[place].ref, 1)
        assert page is not None
        return page


def section(page: ItemContext, title: str) -> list[str]:
    return [f"{fact.label}: {fact.text}" for one in page.sections if one.title == title for fact in one.facts]


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.tell("noc.client.upserted", id="C1", tier="VIP")
    desk.tell("noc.site.upserted", id="S1", client="C1", name="North", in_charge="P1", criticality=4, city="Pune")
    desk.tell("noc.site.upserted", id="S2", client="C2", name="South")
    desk.tell("noc.person.upserted", id="P1", site="S1", name="Ana", role="in_charge", phone="+1")
    desk.tell("noc.person.upserted", id="P2", site="S1", name="Bo", role="guard")
    desk.tell("noc.device.upserted", id="D1", site="S1", kind="network", model="X9")
    desk.tell("noc.device.upserted", id="D2", site="S1", kind="camera")
    desk.tell("noc.link.upserted", **{"from": "device/D2", "to": "device/D1", "kind": "depends_on"})
    return desk


def fire(desk: Desk, after: int = 4 * HOUR, device: str = "D1", **more: object) -> None:
    data = {"alert_type": "LINK_DOWN", "severity": "HIGH", "entity": f"device/{device}", "message": "port 4 down"}
    desk.tell("noc.alert.firing", after, **(data | more))


def test_changes_are_ranked_by_nearness_in_topology_then_in_time(desk: Desk) -> None:
    change = "noc.change.recorded"
    desk.tell(change, 1 * HOUR, kind="config", summary="on the thing itself", entity="device/D1")
    desk.tell(change, 2 * HOUR, kind="config", summary="on its neighbour", entity="device/D2")
    desk.tell(change, 3 * HOUR, kind="staff", summary="at the site", site="S1")
    desk.tell(change, 3 * HOUR + 59 * MINUTE, kind="config", summary="elsewhere", site="S2")
    desk.tell(change, 3 * HOUR + 59 * MINUTE, kind="other", summary="of no place")
    fire(desk)
    assert section(desk.page(), "Changes just before") == [
        "3 h 0 min before: config: on the thing itself (on it)",
        "2 h 0 min before: config: on its neighbour (1 link away)",
        "1 h 0 min before: staff: at the site (at the site)",
        "1 min before: other: of no place",
    ]


def test_people_on_site_and_on_call_are_named_with_how_to_reach_them(desk: Desk) -> None:
    shift = {"start": times.text(T0 + 3 * HOUR), "end": times.text(T0 + 9 * HOUR), "site": "S1"}
    desk.tell("noc.shift.scheduled", 0, id="H1", person="P1", **shift)
    desk.tell("noc.shift.scheduled", 0, id="H2", person="P2", **shift)
    desk.tell("noc.attendance.check_in", 3 * HOUR, person="P2", site="S1")
    settings = OnCallSettings((Schedule("desk", layers=(Layer("first", ("P1",), "day", handover="05:00"),)),))
    desk.partition.answering.oncall = OnCall(settings)
    fire(desk)
    assert section(desk.page(), "On site and on call") == [
        "Bo: at North, checked in 1 h 0 min ago",
        "Ana: at North, not checked in, +1",
        "Ana: on call (first) until Mon 05:00 UTC, +1",
    ]


def test_tickets_that_name_the_thing_come_before_urgent_ones_and_closed_ones_are_left_out(desk: Desk) -> None:
    ticket = "noc.ticket.created"
    desk.tell(ticket, 1, id="T1", site="S1", title="door squeaks", priority="LOW", status="OPEN")
    desk.tell(ticket, 2, id="T2", site="S1", title="no light", priority="CRITICAL", status="NEW", assignee="P1")
    desk.tell(ticket, 3, id="T3", site="S1", title="replace D1 soon", priority="LOW", status="OPEN", number="77")
    desk.tell(ticket, 4, id="T4", site="S2", title="D1 elsewhere", priority="HIGH", status="OPEN")
    desk.tell(ticket, 5, id="T5", site="S1", title="D1 was fixed", priority="HIGH", status="OPEN")
    desk.tell("noc.ticket.closed", 6, id="T5")
    fire(desk)
    own, *others = section(desk.page(), "Open tickets there")
    assert own.endswith(": MEDIUM LINK_DOWN on device/D1 at S1 new, opened for this")
    assert others == [
        "77: LOW replace D1 soon open",
        "T2: CRITICAL no light new",
        "T1: LOW door squeaks open",
    ]


def test_things_are_told_with_what_is_known_of_them(desk: Desk) -> None:
    fire(desk)
    fire(desk, 4 * HOUR + MINUTE, "D2", alert_type="STREAM_LOST")
    told = section(desk.page(), "Things involved") + section(desk.page(len(desk.items.rows()) - 1), "Things involved")
    assert "D1: kind network, model X9, 1 alert firing, last seen 1 min ago" in told
    assert "D2: kind camera, 1 alert firing, last seen 0 min ago, hangs on device/D1" in told


def test_a_past_incident_with_a_known_solution_comes_first(desk: Desk) -> None:
    past = desk.partition.answering.past
    solved = [Note(T0, "ana", "NEW -> RESOLVED: swapped the fibre")]
    old = incident(
        900,
        [900],
        state=IncidentState.CLOSED,
        sites=["S1"],
        resolved_at=T0 + HOUR,
        timeline=solved,
        title="LINK_DOWN on D1",
    )
    past.add(old, [cluster(900, 900, alert_types=["LINK_DOWN"], entities=["device/D1"], sites=["S1"])], "C1")
    desk.tell("noc.change.recorded", HOUR, kind="staff", summary="new guard", site="S1")
    fire(desk)
    page = desk.page()
    assert [one.title for one in page.sections][2] == "Similar before"
    [told] = section(page, "Similar before")
    assert "swapped the fibre (ana), took" in told


def test_what_follows_when_nobody_acknowledges_is_said(desk: Desk) -> None:
    fire(desk)
    partition = desk.partition
    assert desk.page().next_step.endswith("; unacknowledged in 30 min, in_charge is told")
    fire(desk, 4 * HOUR + 14 * MINUTE)
    fire(desk, 4 * HOUR + 28 * MINUTE)
    partition.advance(T0 + 4 * HOUR + 31 * MINUTE)
    assert section(desk.page(), "Escalated") == ["1 min ago: step 1: Ana"]
    desk.tell("noc.operator.acted", 4 * HOUR + 32 * MINUTE, target=desk.items.rows()[0].ref, action="acknowledge")
    assert partition.answering.escalation.due() is None


def test_a_cluster_in_an_incident_shows_the_incident_and_what_is_gone_shows_nothing(desk: Desk) -> None:
    fire(desk)
    [mine] = desk.partition.grouping.clusters.open.values()
    page = item_context(desk.partition, desk.items, f"cluster/{mine.id}", 1)
    assert page is not None
    assert page.item.ref == desk.items.rows()[0].ref
    assert item_context(desk.partition, desk.items, "cluster/C-none", 1) is None


def test_the_index_follows_tickets_and_people_that_move(desk: Desk) -> None:
    registry = desk.partition.registry
    index = Index(registry)
    desk.tell("noc.ticket.created", 1, id="T1", site="S1", status="OPEN")
    index.refresh()
    assert [one.id for one in index.open_tickets(["S1"])] == ["T1"]
    desk.tell("noc.ticket.updated", 2, id="T1", site="S2")
    index.note(registry.kinds["ticket"]["T1"])
    assert (index.open_tickets(["S1"]), [one.id for one in index.open_tickets(["S1", "S2"])]) == ([], ["T1"])
    assert index.people(["S1"], "guard") == ["P2"]
    desk.tell("noc.person.upserted", 3, id="P2", active=False)
    assert index.people(["S1"], "guard") == []


def test_the_context_is_ready_in_a_few_milliseconds_among_thousands(desk: Desk) -> None:
    for number in range(17_000):
        desk.tell("noc.ticket.created", number, id=f"T{number}", site=f"S{number % 300}", title="x", status="OPEN")
    fire(desk)
    desk.page()
    began = time.process_time()
    for _ in range(10):
        desk.page()
    assert (time.process_time() - began) / 10 < 0.010
