from hypothesis import given
from hypothesis import strategies as st

from data.records.entity import Link
from engine.topology import WIDEST, Topology


def shop() -> Topology:
    topology = Topology(
        Link("default", *link)
        for link in [
            ("pod/a-0", "service/a", "part_of"),
            ("pod/a-1", "service/a", "part_of"),
            ("pod/b-0", "service/b", "part_of"),
            ("pod/a-0", "host/1", "runs_on"),
            ("service/a", "service/b", "depends_on"),
        ]
    )
    topology.place("host/1", "S1")
    return topology


def test_distance_counts_links_either_way():
    topology = shop()
    assert topology.distance("pod/a-0", "pod/a-1", 4) == 2
    assert topology.distance("service/b", "pod/a-0", 4) == 2
    assert topology.distance("pod/a-1", "host/1", 4) == 3
    assert topology.distance("pod/a-1", "host/1", 2) is None
    assert topology.distance("pod/a-0", "host/nowhere", 4) is None


def test_upstream_is_what_a_thing_hangs_on_and_the_site_comes_unasked():
    assert shop().upstream("pod/a-0") == ("host/1", "service/a", "site/S1", "service/b")


def test_what_two_things_share_upstream():
    topology = shop()
    assert topology.shared(["pod/a-0", "pod/a-1"]) == "service/a"
    assert topology.shared(["pod/a-1", "pod/b-0"]) == "service/b"
    assert topology.shared(["pod/b-0", "host/1"]) is None


def test_a_connection_has_no_upstream():
    topology = Topology([Link("default", "device/1", "device/2", "connects")])
    assert topology.upstream("device/1") == ()
    assert topology.distance("device/2", "device/1", 1) == 1


def test_a_removed_link_is_gone_and_an_unknown_one_is_no_error():
    topology = shop()
    link = Link("default", "pod/a-0", "host/1", "runs_on")
    topology.remove(link)
    topology.remove(link)
    assert topology.distance("pod/a-0", "host/1", 4) is None
    assert not topology.linked("host/1")


def test_two_kinds_of_link_between_the_same_things_are_removed_one_by_one():
    both = [Link("default", "service/a", "service/b", kind) for kind in ("depends_on", "connects")]
    topology = Topology(both)
    topology.remove(both[0])
    assert topology.distance("service/a", "service/b", 1) == 1
    assert topology.upstream("service/a") == ()


def test_a_core_switch_does_not_drag_in_thousands():
    topology = Topology(Link("default", f"device/{n}", "device/core", "depends_on") for n in range(5_000))
    assert len(topology.around("device/core", 2)) <= WIDEST


names = st.sampled_from([f"device/{n}" for n in range(6)])
links = st.lists(st.tuples(names, names, st.sampled_from(["depends_on", "connects", "part_of"])), max_size=14)


@given(links, names, names)
def test_cycles_do_no_harm_and_distance_has_no_direction(told, a, b):
    topology = Topology(Link("default", *link) for link in told)
    assert topology.distance(a, b, 4) == topology.distance(b, a, 4)
    assert a not in topology.upstream(a)


@given(links)
def test_links_that_were_all_removed_leave_nothing(told):
    topology = Topology(Link("default", *link) for link in told)
    for link in told:
        topology.remove(Link("default", *link))
    assert not any(topology.linked(f"device/{n}") for n in range(6))
    assert not any(topology.upstream(f"device/{n}") for n in range(6))
