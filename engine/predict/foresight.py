"""All that is foreseen in one partition: its rooms, the predictions that stand, and the models at work."""

from collections.abc import Callable

import msgspec

from data.own import ModelDrift, ModelTurn
from data.payloads import CalendarDay
from data.records.audit import AuditRow
from data.times import DAY
from data.wire import Event
from engine.alerts.lifecycle import Lifecycle
from engine.alerts.signal import Signal, identity
from engine.decisions import Numbers, Teller
from engine.detect.report import Report
from engine.detect.room import Handler
from engine.models.library import Library
from engine.models.scorer import Scorer
from engine.predict.book import Book
from engine.predict.device import DeviceRoom
from engine.predict.local import Zones
from engine.predict.sheets import Sheets
from engine.predict.sla import SlaRoom
from engine.predict.staffing import StaffingRoom
from engine.registry import Registry
from engine.settings import Config

DRIFTED = "ML_DRIFT_DETECTED"


class _State(msgspec.Struct):
    book: bytes
    told: dict[str, tuple[int, int]]
    live: dict[str, int]
    rooms: dict[str, bytes]


class Foresight:
    """`live` are the numbers of the versions at work, by kind of model. `handlers`, `due`, `tick` as a room of
    detection has them."""

    def __init__(
        self,
        tenant: str,
        config: Config,
        registry: Registry,
        calendar: Callable[[], dict[str, CalendarDay]],
        alerts: Lifecycle,
        teller: Teller,
        numbers: Numbers,
        library: Library,
    ) -> None:
        self.tenant = tenant
        self.teller, self.numbers, self.library = teller, numbers, library
        self.alerts = alerts
        self.live: dict[str, int] = {}
        self.book = Book(tenant, teller, numbers, config.predict.held_back)
        self.book.acted = self._acted
        self.sheets = Sheets(tenant, teller, numbers)
        zones = Zones(registry, calendar, config.engine.timezone)
        predict, book, sheets = config.predict, self.book, self.sheets
        self.rooms: dict[str, SlaRoom | DeviceRoom | StaffingRoom] = {
            "sla": SlaRoom(predict.sla, zones, book, sheets),
            "device": DeviceRoom(predict.device, predict.quiet_kept, registry, book, sheets),
            "staffing": StaffingRoom(predict.staffing, tenant, registry, zones, book, sheets),
        }
        self.sockets: dict[str, Callable[[Scorer | None], None]] = {}  # of kinds that have no room here
        self.handlers: dict[str, tuple[Handler, ...]] = {}
        for room in self.rooms.values():
            for type, handler in room.handlers().items():
                self.handlers[type] = (*self.handlers.get(type, ()), handler)

    def see(self, event: Event) -> list[Report]:
        reports: list[Report] = []
        for handler in self.handlers[event.type]:
            reports += handler(event)
        return reports

    def due(self) -> int | None:
        first = None
        for room in self.rooms.values():
            due = room.due()
            if due is not None and (first is None or due < first):
                first = due
        return first

    def tick(self, now: int) -> list[Report]:
        reports: list[Report] = []
        for room in self.rooms.values():
            if room.due() == now:
                reports += room.tick(now)
        return reports

    def turn(self, event: Event) -> None:
        """A version goes live: from this moment on it scores."""
        told: ModelTurn = event.data
        self.numbers.model = max(self.numbers.model, told.number + 1)
        self.live[told.kind] = told.number
        for version in self.library.turn(told.number):
            self.teller.out.models[version.number] = version
        if told.kind not in self.library.pinned:
            self.equip(told.kind)
        row = AuditRow(
            event.time, self.tenant, "engine", "train", f"model/{told.kind}", f"version {told.version} is live",
            {"number": told.number, "why": told.why}, event.seq,
        )  # fmt: skip
        self.teller.out.audit.append(row)

    def scorer(self, kind: str) -> Scorer | None:
        """The version of a kind that is at work; None while rules are."""
        number = self._at_work(kind)
        return None if number is None else self.library.scorer(number)

    def _at_work(self, kind: str) -> int | None:
        pinned = self.library.pinned
        return pinned[kind] if kind in pinned else self.live.get(kind)

    def drifted(self, event: Event) -> Signal:
        """Tells the feed that a model has drifted; gives the alert that is raised, one a day for each kind of model."""
        told: ModelDrift = event.data
        ref = f"model/{told.kind}"
        data = {
            "model": told.kind, "version": told.version, "what": told.what, "measure": told.measure,
            "value": round(told.value, 6), "text": told.text,
        }  # fmt: skip
        self.teller.tell("model_drifted", event.time, ref, None, told.level, data)
        return Signal(
            firing=True, alert_type=DRIFTED, severity=told.level, time=event.time, source="noc/models",
            fingerprint=identity(DRIFTED, ref, None), cause=event.identity, entity=ref, message=told.text,
            labels={"version": told.version, "measure": told.measure}, ends_at=event.time + DAY,
        )  # fmt: skip

    def equip(self, kind: str) -> None:
        """Gives the room or socket of a kind its version."""
        room = self.rooms.get(kind)
        number = self._at_work(kind)
        if room is not None and number is not None:
            room.looking.scorer = self.library.scorer(number)
        elif kind in self.sockets and number is not None:
            self.sockets[kind](self.library.scorer(number))

    def _acted(self, fingerprint: int) -> bool:
        """Somebody took it up: acknowledged or assigned it, or ended it by hand."""
        alert = self.alerts.live.get(fingerprint)
        if alert is None:
            return True
        return alert.acknowledged_at is not None or alert.assignee is not None

    def dump(self) -> bytes:
        rooms = {name: room.dump() for name, room in self.rooms.items()}
        return msgspec.msgpack.encode(_State(self.book.dump(), self.sheets.told, self.live, rooms))

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        self.book.load(state.book)
        self.sheets.told, self.live = state.told, state.live
        for name, room in self.rooms.items():
            if name in state.rooms:
                room.load(state.rooms[name])
        for kind in self.live:
            self.equip(kind)
