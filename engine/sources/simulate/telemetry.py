"""What equipment reports about itself, every five to fifteen minutes: well, ailing, hot, or lying."""

from collections.abc import Callable
from random import Random
from typing import Any, Final

from data.times import DAY, HOUR, SECOND
from engine.sources.simulate.devices import Device
from engine.sources.simulate.dice import dice, wobble
from engine.sources.simulate.event import line
from engine.sources.simulate.weave import Actor
from engine.sources.simulate.world import Site, World, bustle

PERIOD_S: Final = {
    "router": 300, "switch": 300, "nvr": 300, "disk": 1800, "cam": 900, "reader": 900, "sensor": 900, "tablet": 900,
    "tracker": 900, "ups": 900, "ac": 900,
}  # fmt: skip
_NEEDS_NET: Final = frozenset(("cam", "reader", "sensor", "tablet", "nvr", "switch", "disk", "router", "ac", "ups"))


def report(world: World, site: Site, device: Device) -> Actor:
    """A device for as long as the operation runs. Silent while it is down, without power or without network."""
    rng = dice(world.seed, "telemetry", device.id, world.begin)
    period = PERIOD_S[device.make] * SECOND
    now = world.begin + int(rng.random() * period) // 1000 * 1000
    source, gauge = f"iot/{site.id}", _GAUGES[device.make]
    battery = device.make in ("tracker", "tablet", "sensor")
    while True:
        yield now
        dark = device.down or (site.net_down and device.make in _NEEDS_NET) or (site.power_down and not battery)
        if not dark:
            data: dict[str, Any] = {"device": device.id, "online": True}
            gauge(site, device, now, rng, data)
            ident = f"tm-{device.id}-{now // 1000:x}"
            if device.lie and len(device.witness) < 500:
                device.witness.append(ident)
            yield line(source, ident, "device.telemetry", now, data)
        now += period + int(wobble(rng, 4.0) * 1000) * 1000


def _percent(value: float) -> float:
    return round(100.0 if value > 100.0 else value if value > 0.0 else 0.0, 1)


def _network(site: Site, device: Device, now: int, rng: Random, data: dict[str, Any]) -> None:
    load, wear, slow = bustle(now + site.offset), device.wear(now), site.slow_net
    data["temperature_c"] = round(31 + 6 * load + 18 * wear + 9 * site.heat + wobble(rng, 1.5), 1)
    data["signal_pct"] = _percent(97 - 45 * wear - 15 * slow + wobble(rng, 3))
    data["metrics"] = {
        "cpu_pct": _percent(12 + 38 * load + 35 * wear + wobble(rng, 6)),
        "latency_ms": round((8 + 14 * load) * (1 + 5 * wear + 6 * slow) * (0.85 + 0.3 * rng.random()), 2),
        "packet_loss_pct": _percent(0.05 + 6 * wear * rng.random() + 9 * slow * rng.random()),
        "throughput_mbps": round((40 + 360 * load) * (0.9 + 0.2 * rng.random()) / (1 + 2 * slow), 1),
        "crc_errors": int(220 * wear * wear * rng.random() + rng.random() * 1.2),
    }


def _server(site: Site, device: Device, now: int, rng: Random, data: dict[str, Any]) -> None:
    local = now + site.offset
    load, wear = bustle(local), device.wear(now)
    backup = 2 * HOUR <= local % DAY < 2 * HOUR + 40 * 60 * SECOND  # the nightly job is normal
    cpu = 18 + 34 * load + (42 if backup else 0) + 20 * wear + wobble(rng, 7)
    data["temperature_c"] = round(34 + 0.18 * cpu + 14 * wear + 12 * site.heat + wobble(rng, 1.5), 1)
    data["metrics"] = {
        "cpu_pct": _percent(cpu),
        "load1": round(max(0.05, cpu / 14 + wobble(rng, 0.5)), 2),
        "mem_pct": _percent(46 + 12 * load + 30 * wear + wobble(rng, 3)),
        "disk_used_pct": _percent(61 + 9 * (local % (7 * DAY)) / (7 * DAY) + 28 * site.disk_full),
        "streams": 4 + site.criticality,
        "ecc_errors": int(30 * wear * wear * rng.random()),
    }


def _disk(site: Site, device: Device, now: int, rng: Random, data: dict[str, Any]) -> None:
    wear = device.wear(now)
    hours = (now - device.installed_at) // HOUR
    data["temperature_c"] = round(33 + 6 * wear + 8 * site.heat + wobble(rng, 1.2), 1)
    data["metrics"] = {
        "power_on_hours": hours,
        "reallocated_sectors": int(hours / 4000 + 90 * wear * wear),
        "pending_sectors": int(40 * wear * wear * (0.7 + 0.3 * rng.random())),
        "write_latency_ms": round((4 + 2 * rng.random()) * (1 + 8 * wear), 2),
    }


def _camera(site: Site, device: Device, now: int, rng: Random, data: dict[str, Any]) -> None:
    local, wear = now + site.offset, device.wear(now)
    data["temperature_c"] = round(24 + 9 * bustle(local) + 20 * wear + wobble(rng, 1.5), 1)
    data["signal_pct"] = _percent(93 - 48 * wear + wobble(rng, 5))
    fps = 25 - 14 * wear - (3 if site.slow_net else 0) + wobble(rng, 0.8)
    data["metrics"] = {
        "fps": round(max(0.0, fps), 1),
        "bitrate_kbps": int(1800 + 2600 * bustle(local) * (1 - wear / 2)),
    }


def _reader(site: Site, device: Device, now: int, rng: Random, data: dict[str, Any]) -> None:
    wear = device.wear(now)
    data["signal_pct"] = _percent(90 - 40 * wear + wobble(rng, 6))
    data["temperature_c"] = round(27 + 13 * wear + 4 * site.heat + wobble(rng, 1.5), 1)
    data["metrics"] = {
        "match_ms": round((310 + 90 * rng.random()) * (1 + 3 * wear), 1),
        "read_errors": int(14 * wear * rng.random() + rng.random() * 1.1),
    }


def _sensor(site: Site, device: Device, now: int, rng: Random, data: dict[str, Any]) -> None:
    wear = device.wear(now)
    local = now + site.offset
    truth = 20.5 + 4 * bustle(local) + 9 * site.heat + wobble(rng, 0.6)
    lies = {
        "stuck": 21.4,
        "drift": truth + 24 * ((now // HOUR) % 24) / 24,
        "spikes": truth + (38 if rng.random() < 0.12 else 0),
    }
    data["temperature_c"] = round(lies.get(device.lie, truth), 1)
    age = (now - device.installed_at) / DAY % 290 / 3.2  # a cell lasts about nine months
    data["battery_pct"] = _percent(99 - age - 55 * wear + wobble(rng, 0.6))
    data["signal_pct"] = _percent(78 - 42 * wear + wobble(rng, 7))


def _mobile(site: Site, device: Device, now: int, rng: Random, data: dict[str, Any]) -> None:
    wear, turn = (
        device.wear(now),
        (now + site.offset - 6 * HOUR) % (8 * HOUR) / HOUR,
    )  # changed with the guard, every 8 h
    data["battery_pct"] = _percent(97 - (4.5 + 9 * wear) * turn - 12 * wear + wobble(rng, 1))
    data["signal_pct"] = _percent(80 - 50 * wear + wobble(rng, 11))
    data["temperature_c"] = round(29 + 12 * wear + wobble(rng, 2), 1)
    data["gps_accuracy_m"] = round((5 + 9 * rng.random()) * (1 + 6 * wear), 1)


def _power(site: Site, device: Device, now: int, rng: Random, data: dict[str, Any]) -> None:
    wear = device.wear(now)
    data["battery_pct"] = _percent(100 - 50 * wear - wobble(rng, 0.4) ** 2)
    data["temperature_c"] = round(26 + 11 * wear + 6 * site.heat + wobble(rng, 1), 1)
    data["metrics"] = {
        "load_pct": _percent(31 + 18 * bustle(now + site.offset) + wobble(rng, 3)),
        "input_v": round(230 + wobble(rng, 4) - 16 * wear, 1),
    }


def _cooling(site: Site, device: Device, now: int, rng: Random, data: dict[str, Any]) -> None:
    wear = device.wear(now)
    data["temperature_c"] = round(17 + 7 * wear + 14 * site.heat + wobble(rng, 0.8), 1)
    data["metrics"] = {
        "fan_rpm": int((1450 + 500 * bustle(now + site.offset)) * (1 - 0.5 * wear) + wobble(rng, 60)),
        "compressor_a": round(6.2 + 4 * wear + wobble(rng, 0.4), 2),
    }


_GAUGES: Final[dict[str, Callable[[Site, Device, int, Random, dict[str, Any]], None]]] = {
    "router": _network,
    "switch": _network,
    "nvr": _server,
    "disk": _disk,
    "cam": _camera,
    "reader": _reader,
    "sensor": _sensor,
    "tablet": _mobile,
    "tracker": _mobile,
    "ups": _power,
    "ac": _cooling,
}
