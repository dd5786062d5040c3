"""What events alone tell: the rooms of detection of one partition, asked in a fixed order."""

import msgspec

from data.payloads import CalendarDay
from data.times import HOUR
from data.wire import Event
from engine.alerts.identity import Identities
from engine.alerts.signal import from_event
from engine.detect.attendance import AttendanceRules
from engine.detect.baselines import Baselines
from engine.detect.devices import DeviceConditions, Heartbeats
from engine.detect.fieldwork import Fieldwork
from engine.detect.metrics import MetricSeries
from engine.detect.report import Report, Sighting
from engine.detect.rhythm import Heard
from engine.detect.room import Handler, Room
from engine.detect.signals import Activity
from engine.registry import Registry
from engine.settings.places import Places


class HeatCell(msgspec.Struct):
    """Anomalies of one site in one hour: how many, and the worst severity."""

    count: int = 0
    worst: int = 0


class _State(msgspec.Struct):
    heat: dict[str, dict[int, HeatCell]]
    calendar: dict[str, CalendarDay]
    heard: dict[str, Heard]
    rooms: dict[str, bytes]


class Detectors:
    """All detectors of one partition. `see` takes events in order; timers are `due` and run by `tick`."""

    HEAT_HOURS = 24 * 8

    def __init__(self, tenant: str, places: Places, registry: Registry) -> None:
        self.registry = registry
        rules_of_identity = places.config.alerts.fingerprint
        self._identity_of = Identities(rules_of_identity).of if rules_of_identity else None
        self.attendance = AttendanceRules(tenant, places, registry, self.wake)
        self.beats = Heartbeats()
        self.activity = Activity(tenant, places, registry, self.wake)
        self.baselines = Baselines(tenant, places, registry, self.activity, lambda: self.calendar, lambda: self.heard)
        self.series = MetricSeries(tenant, places, registry, self.wake)
        self.fieldwork = Fieldwork(tenant, places, registry, self.wake)
        self.heat: dict[str, dict[int, HeatCell]] = {}
        self.calendar: dict[str, CalendarDay] = {}  # by date and place; a later day of the same replaces it
        self.heard: dict[str, Heard] = {}  # by source
        self._first: int | None = None  # when the first timer of a room runs, unless `stale`
        self.stale = True
        self.woken = False  # a room set a timer although it reported nothing; whoever asks takes it back
        # The rooms, in the order in which they look at an event; their statistics are kept under these names.
        self.rooms: dict[str, Room] = {
            "attendance": self.attendance,
            "devices": DeviceConditions(registry),
            "beats": self.beats,
            "activity": self.activity,
            "baselines": self.baselines,
            "series": self.series,
            **self.fieldwork.rooms,
        }
        self._handlers: dict[str, tuple[Handler, ...]] = {
            "noc.alert.firing": (self._alert,),
            "noc.alert.resolved": (self._alert,),
            "noc.calendar.day": (self._day,),
        }
        for room in self.rooms.values():
            for type, handler in room.handlers().items():
                self._handlers[type] = (*self._handlers.get(type, ()), handler)

    def see(self, event: Event) -> list[Report]:
        """What this event tells, in a fixed order."""
        source, time = event.source, event.time
        heard = self.heard.get(source)
        if heard is None:
            self.heard[source] = Heard(time, first=time)
        else:
            heard.hear(time)
        beat = self.beats.beats.get(source)
        reports = self.beats.alive(beat, event) if beat is not None else []
        for handler in self._handlers.get(event.type, ()):
            found = handler(event)
            if found:
                for report in found:
                    if type(report) is Sighting and not report.again:
                        self._warm(report)
                reports = [*reports, *found] if reports else found
        if reports:
            self.stale = True
        return reports

    def wake(self) -> None:
        """A room calls it when it sets an earlier timer at an event of which it reports nothing."""
        self.woken = self.stale = True

    def due(self) -> int | None:
        """When the first timer of a room runs. Rooms are asked anew only after one may have changed its own: it has
        reported something, has run, has called `wake`, or whoever reaches into a room has set `stale`."""
        if not self.stale:
            return self._first
        self.stale = False
        first = None
        for room in self.rooms.values():
            due = room.due()
            if due is not None and (first is None or due < first):
                first = due
        self._first = first
        return first

    def tick(self, now: int) -> list[Report]:
        """What is due at `now`."""
        reports: list[Report] = []
        self.stale = True
        for room in self.rooms.values():
            if room.due() == now:
                reports += room.tick(now)
        for report in reports:
            if type(report) is Sighting and not report.again:
                self._warm(report)
        return reports

    def dump(self) -> bytes:
        rooms = {name: room.dump() for name, room in self.rooms.items()}
        return msgspec.msgpack.encode(_State(self.heat, self.calendar, self.heard, rooms))

    def load(self, body: bytes) -> None:
        """Takes up a dump; a room that the dump does not know, or wrote in another shape, begins anew."""
        state = msgspec.msgpack.decode(body, type=_State)
        self.heat, self.calendar, self.heard = state.heat, state.calendar, state.heard
        self.stale = True
        for name, room in self.rooms.items():
            if name in state.rooms:
                room.load(state.rooms[name])

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
