from data.records.cluster import Trace
from data.records.entity import Link
from engine.alerts.cause import causes
from engine.topology import Topology

SECOND = 1_000_000
SHOP = [(f"pod/{service}-{n}", f"service/{service}", "part_of") for service in "abc" for n in range(3)]
HOST = [(f"pod/{service}-{n}", "host/1", "runs_on") for service in "abc" for n in range(3)]


def topology(*links: tuple[str, str, str]) -> Topology:
    return Topology(Link("default", *link) for link in links)


def slow_everywhere() -> list[Trace]:
    return [Trace(f"pod/{service}-{n}", "SLOW", n * SECOND, 3.0) for service in "abc" for n in range(3)]


def test_the_only_alert_is_the_cause():
    (cause,) = causes([Trace("host/a", "DOWN", 0, 1.0)], topology())
    assert (cause.entity, cause.alert_type) == ("host/a", "DOWN")


def test_no_alert_no_cause():
    assert causes([], topology()) == []


def test_what_is_rare_points_at_the_cause_though_it_comes_later():
    found = causes([*slow_everywhere(), Trace("pod/b-1", "OOM_KILLED", 20 * SECOND, 12.0)], topology(*SHOP))
    assert found[0].entity == "pod/b-1"
    assert found[0].alert_type == "OOM_KILLED"


def test_a_service_whose_pods_all_burn_is_the_cause():
    burn = [Trace(f"pod/c-{n}", "CPU", 5 * SECOND, 9.0) for n in range(3)]
    found = causes([*slow_everywhere(), *burn], topology(*SHOP, *HOST))
    assert found[0].entity == "service/c"
    assert "3 things that hang on it" in found[0].text


def test_a_host_is_not_suspected_for_merely_bearing_all():
    assert "host/1" not in [cause.entity for cause in causes(slow_everywhere(), topology(*SHOP, *HOST))]


def test_a_router_with_silent_alarms_is_found_behind_its_devices():
    links = [(f"device/{n}", "device/router", "depends_on") for n in range(3)]
    others = [(f"device/{n}", "device/switch", "depends_on") for n in range(10, 30)]
    found = causes([Trace(f"device/{n}", "OFFLINE", n * SECOND, 4.0) for n in range(3)], topology(*links, *others))
    assert found[0].entity == "device/router"


def test_among_equals_the_first_counts():
    traces = [Trace("host/b", "DOWN", 30 * SECOND, 2.0), Trace("host/a", "DOWN", 0, 2.0)]
    assert causes(traces, topology())[0].entity == "host/a"


def test_sites_without_a_common_uplink_blame_the_first_site():
    traces = [Trace("device/1", "OFFLINE", 0, 2.0), Trace("device/2", "OFFLINE", SECOND, 2.0)]
    assert causes(traces, topology(), ["S7", "S1"])[0].entity == "site/S7"


def test_confidence_is_a_share_and_never_certain():
    for cause in causes(slow_everywhere(), topology(*SHOP)):
        assert 0 <= cause.confidence <= 0.95
