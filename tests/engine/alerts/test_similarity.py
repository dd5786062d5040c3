from desk import Desk

HOUR = 3600


def joined(desk: Desk, at: float, **alert) -> bool:
    placement = desk.fire(at, **alert)
    return placement is not None and not placement.opened


def test_a_second_alert_on_a_quiet_host_joins_and_says_why():
    desk = Desk()
    desk.fire(0, "CPU_HIGH", "host/a")
    placement = desk.fire(20, "LATENCY_HIGH", "host/a")
    assert placement is not None
    assert not placement.opened
    assert placement.suppressed == "cluster"
    assert "same host" in placement.reason
    assert "20 s apart" in placement.reason


def test_the_same_type_on_another_thing_of_the_site_joins():
    desk = Desk()
    desk.fire(0, "DEVICE_OFFLINE", "device/1")
    assert joined(desk, 15, alert_type="DEVICE_OFFLINE", entity="device/2")


def test_nothing_is_shared_across_sites():
    desk = Desk()
    desk.fire(0, "DEVICE_OFFLINE", "device/1", site="S1")
    assert not joined(desk, 5, alert_type="DEVICE_OFFLINE", entity="device/2", site="S2")


def test_unlike_alerts_of_one_site_stay_apart():
    desk = Desk()
    desk.fire(0, "DOOR_OPEN", "device/door")
    assert not joined(desk, 5, alert_type="BATTERY_LOW", entity="device/radio")


def test_what_begins_all_the_time_proves_nothing():
    desk = Desk()
    for n in range(50):  # begins anew every 25 min: a coincidence with it is worth little
        desk.fire(n * 1500, "FLAP", "host/a")
        desk.clear(n * 1500 + 60, "FLAP", "host/a")
    desk.fire(50 * 1500, "FLAP", "host/a")
    assert not joined(desk, 50 * 1500 + 595, alert_type="DISK_FAILED", entity="host/a")


def test_many_things_of_a_site_at_once_are_one_matter():
    desk = Desk()
    desk.fire(0, "OLD_NEWS", "device/0")
    desk.fire(10 * HOUR, "ROUTER_DOWN", "device/router")
    desk.fire(10 * HOUR + 2, "NVR_LOST", "device/nvr")
    desk.fire(10 * HOUR + 3, "DOOR_OFFLINE", "device/door")
    placement = desk.fire(10 * HOUR + 4, "GUARD_SILENT", "person/7")
    assert placement is not None
    assert not placement.opened
    assert "3 other things at this site" in placement.reason


def test_neighbours_in_the_topology_join():
    desk = Desk(links=[("service/shop", "service/pay", "depends_on")])
    desk.fire(0, "ERRORS", "service/pay")
    placement = desk.fire(30, "LATENCY", "service/shop")
    assert placement is not None
    assert not placement.opened
    assert "service/pay is 1 link away" in placement.reason
