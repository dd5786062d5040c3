"""Devices that are not well are one finding each; sensors that lie are another; honest ones are neither."""

from collections.abc import Callable
from math import sin
from random import Random

import pytest

from engine.settings import Config
from engine.settings.activity import HealthSettings
from engine.settings.sections import Override
from tests.engine.detect.nightwatch import Watch


def watch(config: Config | None = None) -> Watch:
    made = Watch(config)
    made.site()
    made.event("device.upserted", -10, id="D1", site="S1", kind="sensor")
    return made


def honest(made: Watch, count: int, begin: float = 0, level: float = 21.0, seed: int = 1, every: float = 15) -> float:
    dice = Random(seed)
    for number in range(count):
        warm = round(level + dice.gauss(0, 0.4), 1)
        made.event("device.telemetry", begin + every * number, device="D1", temperature_c=warm, battery_pct=80)
    return begin + every * count


def test_a_low_battery_is_one_finding_until_it_is_charged() -> None:
    site = watch()
    for number in range(30):
        site.event("device.telemetry", 10 * number, device="D1", battery_pct=30 - number)
    found = site.one("DEVICE_")
    assert (found.finding_type, found.entity, found.site) == ("DEVICE_BATTERY_LOW", "device/D1", "S1")
    assert site.minutes(found) == 160
    for number, charge in enumerate((16, 20, 25, 29)):
        site.event("device.telemetry", 400 + number, device="D1", battery_pct=charge)
    assert site.one("DEVICE_").status == "NEW", "not yet well"
    site.event("device.telemetry", 410, device="D1", battery_pct=90)
    assert site.one("DEVICE_").status == "RESOLVED"


def test_several_ailments_are_poor_health_and_errors_of_yesterday_do_not_count() -> None:
    site = watch()
    for number in range(5):
        site.event("device.error", 60 * number, device="D1", code="E1")
    assert not site.of("DEVICE_HEALTH")
    for number in range(5):
        site.event("device.telemetry", 301 + number, device="D1", signal_pct=8, temperature_c=66)
    found = site.one("DEVICE_HEALTH_POOR")
    assert found.evidence["points_off"].keys() == {"errors", "signal", "heat"}
    later = watch()
    for number in range(5):
        later.event("device.error", 60 * number, device="D1", code="E1")
    later.event("device.telemetry", 60 * 30, device="D1", signal_pct=8, temperature_c=66)
    assert not later.of("DEVICE_HEALTH")


def test_repair_and_removal_end_it() -> None:
    for kind, more in (("maintained", {}), ("offline", {"code": "REMOVED"})):
        site = watch()
        site.event("device.telemetry", 1, device="D1", battery_pct=4)
        assert site.one("DEVICE_BATTERY_LOW").status == "NEW"
        site.event(f"device.{kind}", 2, device="D1", **more)
        assert site.one("DEVICE_BATTERY_LOW").status == "RESOLVED"


def test_one_reading_for_ever_is_a_broken_sensor_and_believable_ones_end_it() -> None:
    site = watch()
    end = honest(site, 60)
    for number in range(40):
        site.event("device.telemetry", end + 15 * number, device="D1", temperature_c=21.4)
    found = site.one("SENSOR_BROKEN")
    assert "same reading" in found.evidence["fault"]
    assert site.minutes(found) - end <= 15 * 16, "within four hours"
    honest(site, 14, begin=end + 15 * 40, seed=2)
    assert site.one("SENSOR_BROKEN").status == "RESOLVED"


def test_leaps_there_and_back_are_a_broken_sensor() -> None:
    site = watch()
    end = honest(site, 60)
    dice = Random(4)
    for number in range(40):
        warm = round(21 + dice.gauss(0, 0.4) + (38 if dice.random() < 0.15 else 0), 1)
        site.event("device.telemetry", end + 15 * number, device="D1", temperature_c=warm)
    assert "leaps" in site.one("SENSOR_BROKEN").evidence["fault"]


@pytest.mark.parametrize("seed", range(5))
def test_honest_sensors_are_believed(seed: int) -> None:
    site = watch()
    end = honest(site, 300, seed=seed)
    end = honest(site, 60, begin=end, level=30, seed=seed)  # it became warm, and stays so
    assert not site.of("SENSOR_BROKEN")
    coarse = watch()
    dice, warm = Random(seed), 21
    for number in range(400):  # whole degrees, rarely another
        warm += dice.choice((-1, 1)) if dice.random() < 0.06 else 0
        coarse.event("device.telemetry", 15 * number, device="D1", temperature_c=warm)
    assert not coarse.of("SENSOR_BROKEN")


def test_limits_are_settings_of_the_place() -> None:
    config = Config(health=HealthSettings(battery_low=50.0, battery_good=60.0))
    site = watch(config)
    site.event("device.telemetry", 1, device="D1", battery_pct=45)
    assert site.of("DEVICE_BATTERY_LOW")
    other = watch(Config(overrides=(Override("site:S1", {"health.battery_low": 5.0}),)))
    other.event("device.telemetry", 1, device="D1", battery_pct=10)
    assert not other.of("DEVICE_BATTERY_LOW")


def three(change: Callable[[int], tuple[float, float, float]], count: int = 200) -> Watch:
    """Three sensors of a site, with what is added to each at reading `number`; ten days of a day's warmth."""
    site = Watch()
    site.site(minute=-60)
    dice = Random(9)
    for name in ("A", "B", "C"):
        site.event("device.upserted", -50, id=name, site="S1", kind="sensor")
    for number in range(count):
        warm = 20 + 4 * sin(number / 96 * 6.28)
        for place, (name, more) in enumerate(zip(("A", "B", "C"), change(number), strict=True)):
            reading = round(warm + more + dice.gauss(0, 0.3), 1)
            site.event("device.telemetry", 15 * number + place, device=name, temperature_c=reading)
    return site


@pytest.mark.parametrize(
    "drifts",
    [
        lambda number: max(0, number - 100) * 0.25,  # a degree an hour
        lambda number: 40.0 if number >= 100 else 0.0,  # another unit from one reading to the next
    ],
)
def test_a_sensor_that_leaves_its_neighbours_is_broken_and_they_are_not(drifts: Callable[[int], float]) -> None:
    site = three(lambda number: (drifts(number), 0.0, 0.0))
    found = site.one("SENSOR_BROKEN")
    assert found.entity == "device/A"
    assert "neighbours" in found.evidence["fault"]
    assert 100 * 15 < site.minutes(found) < 125 * 15


@pytest.mark.parametrize(
    "change",
    [
        lambda number: (12.0, 12.0, 12.0) if number >= 100 else (0.0, 0.0, 0.0),  # the cooling fails for all
        lambda number: (3.0, -2.0, 0.0),  # they hang in different places
    ],
)
def test_what_happens_to_all_neighbours_is_no_fault(change: Callable[[int], tuple[float, float, float]]) -> None:
    assert not three(change).of("SENSOR_BROKEN")
