"""Devices that will fail within the horizon: looked at when they report, and hourly while they are quiet."""

import heapq
from collections.abc import Mapping
from typing import Final

import msgspec
import numpy as np

from data.payloads import DeviceNote, Telemetry
from data.records.entity import Entity
from data.references import bare
from data.times import DAY, HOUR, MINUTE, parse
from data.wire import Event
from engine.alerts.signal import Signal
from engine.detect.report import Report
from engine.detect.room import Handler
from engine.models.spec import ModelSpec
from engine.predict import reasons
from engine.predict.book import Book, Case, Standing
from engine.predict.device_features import DeviceFeatures
from engine.predict.gauges import Device, Habits, Hazards
from engine.predict.local import next_quarter
from engine.predict.looking import HOLDS, Looking, Matrix, Subject
from engine.predict.sheets import Sheets
from engine.registry import Registry
from engine.settings.predict import PredictDeviceSettings

REMOVED: Final = "REMOVED"
SILENT: Final = 30 * DAY  # a device that was not heard of for so long is looked at no longer
SPEC: Final = ModelSpec(
    name="device",
    outcome="the device failed within the horizon",
    trivial="errors_24h",
    per_entity=60,
    depth=3,
    # Few and small steps: failures of tomorrow are others than those of yesterday. Judged at three moments of a fleet,
    # 60 trees foretold better what came after than 150, and 150 better than 300; among drives of the same time not.
    trees=80,
    rate=0.04,
    signs={"errors_24h": 1, "error:*": 1, "troubles": 1},
    lift=2.0,
    lasting=HOUR,
    # They grow from the beginning of a recording on, so they tell when something was seen rather than how it is.
    left_out=("reports", "event_frequency_last_24h"),
    words={
        "offline_duration_last_7_days": "it was offline for {minutes} in the last seven days",
        "time_since_last_event_minutes": "nothing was heard of it for {minutes}",
        "event_frequency_last_24h": "it reports {value} times an hour",
        "battery_level": "its battery is at {value} %",
        "gps_accuracy_degradation": "its GPS has become {yes:worse|no worse}",
        "device_type_failure_rate": "devices of its kind fail {value} times an hour",
        "model_failure_rate": "devices of its model fail {value} times an hour",
        "age_days": "it is {value} days old",
        "errors_24h": "it reported {value} errors in about a day",
        "troubles": "{value} of its error counters are above zero",
        "reports": "of how long it has been followed",
        "error:*": "it reported the error {name} {value} times in about a day",
        "*.change": "{name} changed by {value} with its last report",
        "*.hour": "{name} changed by {value} within the last hours",
        "*.drift": "{name} is {value} away from what is usual for it",
        "*.growth": "{name} has grown by {value} since it was first seen",
        "*.steady": "of how long {name} has not changed",
        "*.ups": "of how often {name} rose lately",
    },
)


SPARE: Final = 9 * MINUTE  # without a model, figures of a healthy device are taken no more often
FEW: Final = 200  # devices
SELDOM: Final = 25 * MINUTE  # between two reports


class _State(msgspec.Struct, array_like=True):
    devices: list[Device]
    hazards: dict[str, list[float]]
    table: bytes
    said: list[tuple[int, int, int, int]]
    deadlines: list[tuple[int, str]]
    next: int | None
    due: int | None
    habits: Habits = msgspec.field(default_factory=Habits)


class DeviceRoom:
    """The devices of one partition, as things that may fail."""

    def __init__(
        self, settings: PredictDeviceSettings, kept: float, registry: Registry, book: Book, sheets: Sheets
    ) -> None:
        self.settings = settings
        self.registry = registry
        self.book = book
        self.devices: dict[str, Device] = {}
        self.hazards, self.habits = Hazards(), Habits()
        self.features = DeviceFeatures(self.hazards)
        self.looking = Looking(
            "device", "device_failure", lambda: self.features.table, book, sheets, self._subject, self._case
        )
        self.looking.warn_from, self.looking.best = settings.warn_from, settings.best
        self.looking.kept, self.looking.vector_every = kept, 10 * MINUTE
        self._deadlines: list[tuple[int, str]] = []
        self._next: int | None = None
        self._due: int | None = None

    def handlers(self) -> Mapping[str, Handler]:
        if not self.settings.on:
            return {}
        words = ("error", "maintained", "failed", "online", "offline")
        return {
            "noc.device.telemetry": self.hear, "noc.device.upserted": self.meet,
            **{f"noc.device.{word}": self.note for word in words},
        }  # fmt: skip

    def due(self) -> int | None:
        return self._due

    def hear(self, event: Event) -> list[Report]:
        """A report of a device: a look, at most once in a while."""
        data: Telemetry = event.data
        device = self._device(bare(data.device) or "", event.time)
        device.active = True
        ruled, gap = self.looking.scorer is None, event.time - device.last_at
        if not device.hear(data, event.time, self.habits, SPARE if ruled and len(self.devices) > FEW else 0):
            return []
        since = event.time - device.judged_at
        if device.judged_at and since < self.settings.every:
            return []
        if ruled and device.judged_at:
            # The rules say the same of every healthy device. One of few, or one that reports seldom, is looked at as
            # often as its vector is kept, from which a model is learned later; those of a large fleet together, once
            # an hour (`_quiet`). Looks only at full hours would teach a model what it does not see once it is live.
            was, device.stirred = device.stirred, device.stirs()
            often = gap >= SELDOM or len(self.devices) <= FEW
            often = often or device.woke
            if not (was or device.stirred or (often and since >= self.looking.vector_every)):
                return []
            return [*self._judge(device, event.time, None if often else HOUR)]
        return [*self._judge(device, event.time)]

    def meet(self, event: Event) -> list[Report]:
        """News of what it is; one that is not active any more is looked at no longer."""
        id = bare(event.data.id) or ""
        device = self.devices.get(id)
        if device is None:
            return []
        self._describe(device, self.registry.of("device", id))
        if event.data.active is False:
            return [*self._retire(device, event.time, None)]
        return []

    def note(self, event: Event) -> list[Report]:
        data: DeviceNote = event.data
        word = event.type.rpartition(".")[2]
        device = self._device(bare(data.device) or "", event.time)
        if word == "failed":
            self._expose(device, event.time, 1)
            return [*self._retire(device, event.time, True)]
        if word == "offline" and data.code == REMOVED:
            return [*self._retire(device, event.time, None)]
        if word == "error":
            device.fail(data, event.time)
        elif word == "maintained":
            device.maintained_at = event.time
        else:
            device.reach(word == "online", event.time)
            device.last_at = max(device.last_at, event.time)
        return []

    def tick(self, now: int) -> list[Report]:
        signals: list[Signal] = []
        while self._deadlines and self._deadlines[0][0] <= now:
            signals += self._passed(heapq.heappop(self._deadlines)[1], now)
        if self._next is not None and self._next <= now:
            signals += self._quiet(now)
            self._next = None
        self._look_ahead(now)
        return [*signals]

    def _judge(self, device: Device, now: int, every: int | None = None) -> list[Signal]:
        known = device.id in self.features.table
        self._expose(device, now)
        slot = self.features.put(device, now)
        if not known:
            self.looking.fresh(slot, now)
        device.judged_at, device.woke = now, False
        begun = device.key not in self.book.open
        signals = self.looking.one(device.id, slot, now, told=False, every=every)
        if begun:
            heapq.heappush(self._deadlines, (now + self.settings.horizon, device.id))
        self._look_ahead(now)
        return signals

    def _quiet(self, now: int) -> list[Signal]:
        """Those that are up, but have not been looked at for an hour."""
        ids, slots = self.features.table.rows()
        wanted = set(self.looking.unsaid_since(slots, now - HOLDS).tolist())
        quiet = []
        for id, slot in zip(ids, slots.tolist(), strict=True):
            device = self.devices[id]
            if now - device.last_at > SILENT:
                self._drop(device)
            elif slot in wanted and device.online:
                quiet.append(id)
        for id in quiet:
            device = self.devices[id]
            self._expose(device, now)
            self.features.put(device, now)
            device.judged_at = now
            if _key(id) not in self.book.open:
                heapq.heappush(self._deadlines, (now + self.settings.horizon, id))
        places = np.array([self.features.table.slots[id] for id in quiet], np.intp)
        return self.looking.many(quiet, places, now, opens=True)

    def _passed(self, id: str, now: int) -> list[Signal]:
        """The hour is over and it has not failed. A warning that is as true as before goes on with the next look."""
        held = self.book.open.get(_key(id))
        if held is None or held.row.deadline is None:
            return []
        if not (held.kept or held.warned) and held.row.deadline <= now:
            self._roll(held, id, now)
            return []
        if held.row.deadline > now:  # it was warned of since: the hour counts from then on
            heapq.heappush(self._deadlines, (held.row.deadline, id))
            return []
        self.book.settle(_key(id), False, now, still=True)
        if not held.fingerprint:
            self._again(id, now)
            return []
        signals = self._judge(self.devices[id], now)
        again = self.book.open.get(_key(id))
        if again is None or not again.fingerprint:
            signals.append(self.book.clear(held, now, False))
        return signals

    def _roll(self, held: Standing, id: str, now: int) -> None:
        """One whose quiet end is not kept goes on as the next: nothing is written of either."""
        device = self.devices.get(id)
        if device is None or not device.online:
            self.book.settle(_key(id), False, now, still=True)
            return
        held.row.made_at, held.row.deadline = now, now + self.settings.horizon
        heapq.heappush(self._deadlines, (held.row.deadline, id))

    def _again(self, id: str, now: int) -> None:
        """What was said last holds for the next hour too, until the device is looked at: a failure between two looks is
        one that was missed, and is counted."""
        device, slot = self.devices.get(id), self.features.table.slots.get(id)
        if device is not None and slot is not None and device.online:
            self.looking.hold(id, slot, now)
            heapq.heappush(self._deadlines, (now + self.settings.horizon, id))

    def _retire(self, device: Device, now: int, outcome: bool | None) -> list[Signal]:
        device.active = False
        signals = self.book.settle(_key(device.id), outcome, now)
        self._drop(device)
        self._look_ahead(now)
        return signals

    def _drop(self, device: Device) -> None:
        self.features.drop(device.id)
        self.devices.pop(device.id, None)

    def _device(self, id: str, now: int) -> Device:
        device = self.devices.get(id)
        if device is None:
            device = self.devices[id] = Device(id, exposed_to=now)
            self._describe(device, self.registry.of("device", id))
        return device

    def _describe(self, device: Device, known: Entity | None) -> None:
        told = known.attributes if known is not None else {}
        device.ref, device.key = f"device/{device.id}", _key(device.id)
        device.site = known.site if known is not None else None
        device.client = self.registry.client_of(device.site)
        device.kind, device.model = told.get("kind"), told.get("model")
        installed = told.get("installed_at")
        device.installed_at = parse(installed) if isinstance(installed, str) else 0

    def _expose(self, device: Device, now: int, failures: int = 0) -> None:
        hours = max(0, now - device.exposed_to) / HOUR
        device.exposed_to = max(device.exposed_to, now)
        self.hazards.expose((f"kind/{device.kind}", f"model/{device.model}"), hours, failures)

    def _look_ahead(self, now: int) -> None:
        if not len(self.features.table):
            self._next = None
        elif self._next is None:
            self._next = next_quarter(now)
        times = [time for time in (self._next, self._deadlines[0][0] if self._deadlines else None) if time is not None]
        self._due = min(times, default=None)

    def _subject(self, id: str, now: int) -> Subject:
        device = self.devices[id]
        return Subject(device.ref, device.key, now + self.settings.horizon, device.site, device.client)

    def _case(self, id: str, row: Matrix, p: float) -> Case:
        scorer = self.looking.scorer
        low, high = scorer.bounds(p) if scorer is not None else (0.0, 1.0)
        device, label = self.devices[id], self.registry.label(f"device/{id}")
        battery = device.gauges.get("battery")
        if battery is not None and 0 <= battery.last < 20:
            advice = f"charge it or hand out another: its battery is at {battery.last:.0f} %"
        elif device.kind in ("disk", "server"):
            advice = "see that what it holds is kept elsewhere, and plan its replacement"
        else:
            advice = "check it, and have a spare ready at the site"
        said = reasons.of(scorer, self.features.table.names, row, SPEC)
        return Case(said, advice, "will fail", label, low, high)

    def dump(self) -> bytes:
        state = _State(
            list(self.devices.values()), self.hazards.tallies, self.features.table.dump(), self.looking.dump(),
            self._deadlines, self._next, self._due, self.habits,
        )  # fmt: skip
        return msgspec.msgpack.encode(state)

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        self.devices = {device.id: device for device in state.devices}
        self.hazards.tallies, self.habits = state.hazards, state.habits
        self.features.table.load(state.table)
        self.looking.load(state.said)
        self._deadlines, self._next, self._due = state.deadlines, state.next, state.due


def _key(id: str) -> str:
    return f"device_failure/{id}"
