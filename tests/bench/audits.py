"""How long an audit takes: so many sites with three people on duty each, who are heard and make their tours.

.venv/bin/python -m tests.bench.audits --sites 1000
"""

import argparse
import time

import msgspec

from data import times
from data.times import HOUR, MINUTE
from data.wire import decode
from engine.detect.fieldwork import Fieldwork
from engine.registry import Registry
from engine.settings import Config
from engine.settings.places import Places

T0 = times.parse("2026-01-05T18:00:00Z")


class Night:
    """Events are made and taken one by one, as a partition would."""

    def __init__(self, sites: int) -> None:
        self.registry = Registry("default")
        self.work = Fieldwork("default", Places(Config()), self.registry, lambda: None)
        self.handlers: dict[str, list[object]] = {}
        self.count = 0
        for room in self.work.rooms.values():
            for kind, handler in room.handlers().items():
                self.handlers.setdefault(kind, []).append(handler)
        for site in range(sites):
            where = {"id": f"S{site}", "client": f"C{site % 20}", "lat": 52.0, "lon": 4.0}
            self.send("site.upserted", T0, where)
            for person in range(3):
                who = {"person": f"P{site}-{person}", "site": f"S{site}"}
                begin, end = times.text(T0), times.text(T0 + 8 * HOUR)
                self.send("shift.scheduled", T0, {"id": f"H{site}-{person}", "start": begin, "end": end} | who)
                self.send("attendance.check_in", T0, who)

    def send(self, kind: str, time_: int, data: dict[str, object]) -> None:
        self.count += 1
        line = msgspec.json.encode(
            {"specversion": "1.0", "id": f"e{self.count}", "source": "s", "type": f"noc.{kind}",
             "time": times.text(time_), "data": data}
        )  # fmt: skip
        event = decode(line)
        self.registry.observe(event)
        for handler in self.handlers.get(event.type, ()):
            handler(event)  # type: ignore[operator]


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--sites", type=int, default=1000)
    sites = asked.parse_args().sites
    night = Night(sites)
    spent: dict[str, list[float]] = {"5 min": [], "15 min": [], "1 h": []}
    for tick in range(1, 60):
        now = T0 + tick * 5 * MINUTE
        for site in range(sites):
            person = f"P{site}-{tick % 3}"
            night.send("phone.activity", now - 60_000_000, {"person": person})
            fix = {"person": person, "lat": 52 + tick * 1e-3, "lon": 4.0, "accuracy_m": 5}
            night.send("location.fix", now - 60_000_000, fix)
        rooms = night.work.rooms.values()
        while (due := min((at for room in rooms if (at := room.due()) is not None), default=now + 1)) < now:
            for room in rooms:
                if room.due() == due:
                    room.tick(due)
        begun = time.process_time()
        night.work.audits.tick(now)
        kind = "1 h" if now % HOUR == 0 else "15 min" if now % (15 * MINUTE) == 0 else "5 min"
        spent[kind].append(time.process_time() - begun)
    for kind, took in spent.items():
        print(
            f"audit of {kind:>6}, {sites:,} sites: "
            f"median {1e3 * sorted(took)[len(took) // 2]:.1f} ms, most {1e3 * max(took):.1f} ms"
        )
    begun = time.process_time()
    body = {name: room.dump() for name, room in night.work.rooms.items()}
    size = sum(map(len, body.values()))
    print(f"dump: {1e3 * (time.process_time() - begun):.1f} ms, {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
