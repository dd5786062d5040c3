"""What events alone tell. The whole state is dumped and restored with the journal position."""

from collections.abc import Callable

import msgspec

from data.payloads import CalendarDay
from data.times import HOUR
from data.wire import Event
from engine.alerts.identity import Identities
from engine.alerts.signal import from_event
from engine.detect.attendance import AttendanceRules, Presence
from engine.detect.devices import Beat, DeviceConditions, Heartbeats
from engine.detect.report import Report, Sighting
from engine.detect.roster import Duty
from engine.registry import Registry
from engine.settings.places import Places


class HeatCell(msgspec.Struct):
    """Anomalies of one site in one hour: how many, and the worst severity."""

    count: int = 0
    worst: int = 0


class _State(msgspec.Struct):
    people: dict[str, Presence]
    duties: list[Duty]
    beats: list[Beat]
    heat: dict[str, dict[int, HeatCell]]
    calendar: dict[str, CalendarDay]
    heard: dict[str, list[int]]


class Detectors:
    """All detectors of one partition. `see` takes events in order; timers are `due` and run by `tick`."""

    HEAT_HOURS = 24 * 8

    def __init__(self, tenant: str, places: Places, registry: Registry) -> None:
        self.registry = registry
        rules_of_identity = places.config.alerts.fingerprint
        self._identity_of = Identities(rules_of_identity).of if rules_of_identity else None
        self.attendance = AttendanceRules(tenant, places, registry)
        self.devices = DeviceConditions(registry)
        self.beats = Heartbeats()
        self.heat: dict[str, dict[int, HeatCell]] = {}
        self.calendar: dict[str, CalendarDay] = {}  # by date and place; a later day of the same replaces it
        self.heard: dict[str, list[int]] = {}  # source -> [newest event time, events]
        rules, device = self.attendance, self.devices.see
        self._handlers: dict[str, Callable[[Event], list[Report]]] = {
            "noc.alert.firing": self._alert,
            "noc.alert.resolved": self._alert,
            "noc.shift.scheduled": rules.schedule,
            "noc.shift.cancelled": rules.cancel,
            "noc.location.fix": rules.fix,
            "noc.biometric.verified": rules.verify,
            "noc.attendance.check_in": rules.check_in,
            "noc.calendar.day": self._day,
            "noc.heartbeat": self.beats.promise,
            **{f"noc.device.{word}": device for word in ("error", "maintained", "failed", "online", "offline")},
        }

    def see(self, event: Event) -> list[Report]:
        """What this event tells, in a fixed order."""
        source, time = event.source, event.time
        heard = self.heard.get(source)
        if heard is None:
            self.heard[source] = [time, 1]
        else:
            heard[1] += 1
            if time > heard[0]:
                heard[0] = time
        beat = self.beats.beats.get(source)
        reports = self.beats.alive(beat, event) if beat is not None else []
        handler = self._handlers.get(event.type)
        if handler is not None:
            found = handler(event)
            if found:
                for report in found:
                    if type(report) is Sighting:
                        self._warm(report)
                reports = [*reports, *found] if reports else found
        return reports

    def due(self) -> int | None:
        return self.beats.due

    def tick(self, now: int) -> list[Report]:
        """What is due at `now`."""
        return self.beats.tick(now)

    def dump(self) -> bytes:
        state = _State(
            self.attendance.people,
            list(self.attendance.roster.duties.values()),
            list(self.beats.beats.values()),
            self.heat,
            self.calendar,
            self.heard,
        )
        return msgspec.msgpack.encode(state)

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        self.attendance.people = state.people
        self.attendance.roster.restore(state.duties)
        self.beats.restore(state.beats)
        self.heat, self.calendar, self.heard = state.heat, state.calendar, state.heard

    def _alert(self, event: Event) -> list[Report]:
        return [from_event(event, self.registry.site_of(event.data.entity), self._identity_of)]

    def _day(self, event: Event) -> list[Report]:
        day: CalendarDay = event.data
        self.calendar[f"{day.date}/{day.site or day.state or ''}/{day.kind}"] = day
        return []

    def _warm(self, sighting: Sighting) -> None:
        hour = sighting.time // HOUR
        hours = self.heat.setdefault(sighting.site or "", {})
        cell = hours.get(hour)
        if cell is None:
            cell = hours[hour] = HeatCell()
            for old in [h for h in hours if h < hour - self.HEAT_HOURS]:
                del hours[old]
        cell.count += 1
        cell.worst = max(cell.worst, sighting.severity)
