"""What is replayed: simulated days, a storm of alerts, and the shared recordings where they are there."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec

from data import times
from data.times import MINUTE, SECOND
from engine.sources.simulate import MONDAY, Operation, events

ROOT: Final = Path(__file__).resolve().parents[2]
SHARED: Final = ROOT.parent / "shared" / "data"
ALERTS_ONLY: Final = (
    "alerts-ait-santos", "alerts-faults-cloudbed1", "alerts-telecom-24V", "tickets-uci", "devices-backblaze",
)  # fmt: skip
SITES: Final = 24


def simulated(path: Path, count: int, sites: int = SITES, seed: int = 1) -> Path:
    """The first `count` events of a simulated operation, as `noc simulate` writes them."""
    with path.open("wb") as file:
        for _, line in islice(events(Operation(sites, None, seed)), count):
            file.write(line + b"\n")
    return path


def shared() -> list[Path]:
    return [path for name in ALERTS_ONLY if (path := SHARED / f"{name}.jsonl.gz").exists()]


def storm(count: int, span: int = 10 * SECOND, begin: int = MONDAY) -> Iterator[bytes]:
    """`count` alerts that all fire for the first time within `span` microseconds: 500 sites, 20 things at each."""
    yield from places(500, 20, begin - MINUTE)
    for number in range(count):
        site, thing, kind = number % 500, number // 500 % 20, number // 10_000
        name = f"{_KINDS[kind % len(_KINDS)]}{kind // len(_KINDS) or ''}"
        yield alert(number, begin + number * span // count, name, f"S{site:03}-T{thing:02}", f"S{site:03}", "POWER")


def strangers(count: int, begin: int, apart: int) -> Iterator[bytes]:
    """`count` alerts that have nothing to do with each other: another site, thing, type and source each time."""
    yield from places(count, 1, begin - MINUTE)
    for number in range(count):
        site = f"S{number:03}"
        yield alert(number, begin + number * apart, f"ODD_{number}", f"{site}-T00", site, f"ODD {number}")


def places(sites: int, things: int, time: int) -> Iterator[bytes]:
    for site in range(sites):
        yield event(f"site-{site}", "noc.site.upserted", time, {"id": f"S{site:03}", "name": f"Site {site}"})
        for thing in range(things):
            data = {"id": f"S{site:03}-T{thing:02}", "site": f"S{site:03}", "kind": "sensor"}
            yield event(f"device-{site}-{thing}", "noc.device.upserted", time, data)


def alert(number: int, time: int, kind: str, entity: str, site: str, words: str) -> bytes:
    data = {
        "alert_type": kind,
        "severity": ("LOW", "MEDIUM", "HIGH", "CRITICAL")[number % 4],
        "entity": f"device/{entity}",
        "site": site,
        "message": f"{words} {kind} at {entity}, reading {number % 97}",
        "labels": {"job": "storm", "rack": str(number % 31)},
    }
    return event(f"storm-{time}-{number}", "noc.alert.firing", time, data, f"monitor/{site}")


def event(name: str, kind: str, time: int, data: dict[str, Any], source: str = "bench") -> bytes:
    fields = {"specversion": "1.0", "id": name, "source": source, "type": kind, "time": times.text(time), "data": data}
    return msgspec.json.encode(fields)


_KINDS: Final = (
    "POWER_LOST", "LINK_DOWN", "SMOKE", "DOOR_FORCED", "CAMERA_OFFLINE", "BATTERY_LOW", "TEMPERATURE_HIGH",
    "WATER_LEAK", "PANIC_BUTTON", "CONTROLLER_ERROR",
)  # fmt: skip
