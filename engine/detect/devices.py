"""Devices that go away, and sources that fall silent: conditions that last until they are over."""

from collections.abc import Mapping

import msgspec

from data.payloads import DeviceNote, Heartbeat
from data.records import severity
from data.references import bare
from data.times import DAY, SECOND
from data.wire import Event
from engine.alerts.signal import UNTIL_CLEARED, Signal, identity
from engine.detect.report import Report
from engine.detect.room import Handler, Untimed
from engine.registry import Registry

_RAISES = {
    "noc.device.offline": ("DEVICE_OFFLINE", severity.HIGH),
    "noc.device.failed": ("DEVICE_FAILED", severity.HIGH),
    "noc.device.error": ("DEVICE_ERROR", severity.MEDIUM),
}
REMOVED = "REMOVED"  # the code of a device that was taken out of service: no fault


class DeviceConditions(Untimed):
    """Offline, failed and error reports of devices become alerts; `online` ends what it proves wrong."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def handlers(self) -> Mapping[str, Handler]:
        return {f"noc.device.{word}": self.see for word in ("error", "maintained", "failed", "online", "offline")}

    def dump(self) -> bytes:
        return b""

    def load(self, body: bytes) -> None:
        """Nothing is kept."""

    def see(self, event: Event) -> list[Report]:
        data: DeviceNote = event.data
        device = bare(data.device) or ""
        if event.type in ("noc.device.online", "noc.device.maintained"):
            ended = ("DEVICE_OFFLINE", "DEVICE_FAILED") if event.type == "noc.device.online" else ("DEVICE_FAILED",)
            return [self._signal(event, device, name, severity.HIGH, firing=False) for name in ended]
        alert_type, level = _RAISES[event.type]
        if data.code == REMOVED:
            return []
        return [self._signal(event, device, alert_type, level, firing=True)]

    def _signal(self, event: Event, device: str, alert_type: str, level: int, *, firing: bool) -> Signal:
        ref = f"device/{device}"
        data: DeviceNote = event.data
        words = data.message or alert_type.replace("_", " ").lower()
        code = {} if data.code is None else {"code": str(data.code)}
        component = {} if data.component is None else {"component": data.component}
        kind = self.registry.of("device", device)
        known = kind.attributes.get("kind") if kind else None
        return Signal(
            firing=firing,
            alert_type=alert_type,
            severity=level,
            time=event.time,
            source=event.source,
            fingerprint=identity(alert_type, ref, None),
            cause=event.identity,
            entity=ref,
            site=self.registry.site_of(ref),
            message=f"{self.registry.label(ref)}: {words}",
            labels={**code, **component, **({"kind": known} if known else {})},
            # An error is a report, not a state: its alert ends by the configured lease.
            ends_at=None if alert_type == "DEVICE_ERROR" or not firing else UNTIL_CLEARED,
        )


LONGEST = 3650 * DAY  # a longer promise says no more, and its end has to be a time that can be written


class Beat(msgspec.Struct):
    """A source that promised to be heard from every `period` microseconds."""

    source: str
    period: int
    last: int
    silent: bool = False


class Heartbeats:
    """Silence of a source beyond the period it promised is itself an alert."""

    def __init__(self) -> None:
        self.beats: dict[str, Beat] = {}
        self._due: int | None = None  # not later than the first promise that can break

    def handlers(self) -> Mapping[str, Handler]:
        return {"noc.heartbeat": self.promise}

    def due(self) -> int | None:
        return self._due

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(list(self.beats.values()))

    def load(self, body: bytes) -> None:
        self.beats = {beat.source: beat for beat in msgspec.msgpack.decode(body, type=list[Beat])}
        self._look_ahead()

    def promise(self, event: Event) -> list[Report]:
        """A heartbeat states or changes the promise of its source."""
        data: Heartbeat = event.data
        beat = self.beats.setdefault(event.source, Beat(event.source, 0, event.time))
        beat.period = int(min(data.period_s * SECOND, LONGEST))
        beat.last = max(beat.last, event.time)
        breaks = beat.last + beat.period + 1
        self._due = breaks if self._due is None else min(self._due, breaks)
        return []

    def alive(self, beat: Beat, event: Event) -> list[Report]:
        """Any event of a promising source is a sign of life."""
        if event.time > beat.last:
            beat.last = event.time
        if not beat.silent:
            return []
        beat.silent = False
        self._look_ahead()
        return [self._signal(beat, event.time, event.identity, firing=False)]

    def tick(self, now: int) -> list[Report]:
        """Sources whose promise is broken at `now`, when one is due; a promise kept since then only moves `due` on."""
        reports: list[Report] = []
        for beat in self.beats.values():
            if not beat.silent and beat.last + beat.period < now:
                beat.silent = True
                reports.append(self._signal(beat, now, now, firing=True))
        self._look_ahead()
        return reports

    def _look_ahead(self) -> None:
        self._due = min((beat.last + beat.period + 1 for beat in self.beats.values() if not beat.silent), default=None)

    def _signal(self, beat: Beat, time: int, cause: int, *, firing: bool) -> Signal:
        seconds = beat.period // SECOND
        return Signal(
            firing=firing,
            alert_type="SOURCE_SILENT",
            severity=severity.HIGH,
            time=time,
            source="noc/engine",
            fingerprint=identity("SOURCE_SILENT", f"source/{beat.source}", None),
            cause=cause,
            entity=f"source/{beat.source}",
            message=f"nothing heard from {beat.source} for over {seconds} s",
            ends_at=UNTIL_CLEARED if firing else None,
        )
