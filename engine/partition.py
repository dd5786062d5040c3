"""One partition of the operation: its clock, its entities, its detectors, its alerts. Events go in, decisions come out.

The order of things at one event (WIRE.md §1): the timers due at its time run, the watermark moves, the event is
observed, what the detectors report becomes alerts and anomalies. Whether a batch holds one event or a thousand makes
no difference.
"""

from collections import deque
from collections.abc import Callable
from functools import partial

import msgspec

from data.own import CLOCK_HOLD, CLOCK_STEP, METERS, MODEL_DRIFT, MODEL_TURN
from data.records.entity import Link
from data.references import bare
from data.store import Loaded, Position
from data.wire import Event
from engine.alerts.grouping import Grouping
from engine.alerts.lifecycle import Lifecycle
from engine.alerts.muting import Muting
from engine.alerts.pairs import KIND as PAIRS
from engine.alerts.pairs import since_change
from engine.alerts.signal import Signal
from engine.anomalies import Anomalies
from engine.answering import Answering
from engine.commands import Commands
from engine.correlations import Correlations
from engine.decisions import Decisions, Numbers, Teller
from engine.detect.baselines import orders
from engine.detect.detectors import Detectors
from engine.detect.report import Found, Over, Report, Sighting, Told
from engine.findings import Findings
from engine.hands import Hands
from engine.history.room import History
from engine.models.library import Library
from engine.models.scorer import Scorer
from engine.predict.foresight import Foresight
from engine.registry import Registry
from engine.respond.room import ENTRIES, Responding
from engine.score.choices import KIND as PRIORITY
from engine.score.choices import Learned, choice
from engine.score.fraud_model import KIND as FRAUD
from engine.score.fraud_rows import FraudRows
from engine.settings.places import Places
from engine.ticket_news import TicketNews
from engine.topology import Topology
from engine.waiting import waiting

NEVER = -(1 << 62)  # the watermark before the first event
ALWAYS = 1 << 62
CHANGES = 500  # recorded changes that are remembered for context


_OWN = frozenset((CLOCK_STEP, CLOCK_HOLD, MODEL_TURN, MODEL_DRIFT, METERS, *ENTRIES))
# What has statistics to dump; a new room goes behind the others.
_ROOMS = ("detectors", "grouping", "anomalies", "commands", "muting", "answering", "alerts", "damping", "findings",
          "fraud", "hub", "correlations", "foresight", "playbooks", "history")  # fmt: skip
_CHECK_IN = "noc.attendance.check_in"
_ALERTS = ("noc.alert.firing", "noc.alert.resolved")


class ChangeNote(msgspec.Struct, frozen=True):
    """A change somebody recorded: what often explains what happened next."""

    time: int
    kind: str
    summary: str
    site: str | None
    entity: str | None


class Tallies(msgspec.Struct):
    """Counts since the partition began; they are part of the statistics."""

    events: int = 0
    late: int = 0


class Partition:
    def __init__(self, name: str, places: Places, numbers: Numbers, library: Library | None = None) -> None:
        self.name = name
        config = self.config = places.config
        self._late_after = config.engine.late_after
        self.zone = config.engine.timezone  # of places that do not tell theirs
        self.watermark = NEVER
        self.held = False  # the next event is too far ahead of the wall to move the watermark
        self.tallies = Tallies()
        self.teller = Teller(name)
        self.registry = Registry(name)
        TicketNews(self.registry, self.teller)
        self.topology = Topology()
        self.links: dict[Link, bool] = {}  # those that changed, and whether they are there now
        self.changes: deque[ChangeNote] = deque(maxlen=CHANGES)
        self.detectors = Detectors(name, places, self.registry)
        self.grouping = Grouping(name, config, self.topology, self.registry, self.teller, numbers)
        self.muting = Muting(name, config, self.topology, self.registry)
        self.alerts = Lifecycle(name, places, self.registry, self.grouping, self.muting, self.teller, numbers)
        self.damping = self.alerts.damping
        self.anomalies = Anomalies(name, places, self.alerts, self.teller, numbers)
        self.answering = Answering(name, config, self.registry, self.grouping, self.alerts, self.teller)
        self.grouping.watcher = self.answering
        self.findings = Findings(name, self.alerts, self.answering, self.teller, numbers)
        rules, days = self.detectors.attendance, lambda: self.detectors.calendar
        self.fraud = FraudRows(name, places, rules, days, self.alerts, self.answering, self.teller, numbers)
        audits = self.detectors.fieldwork.audits
        audits.paused, audits.waiting = self.muting.paused, lambda: waiting(self.grouping, self.answering)
        self.correlations = Correlations(
            name, places, self.detectors.activity, self.alerts, self.teller, numbers, lambda: self.watermark
        )
        self.commands = Commands(self.alerts, self.grouping, self.teller, config.incidents.sla)
        self.hands = Hands(self)
        self.respond = Responding(self, config, numbers)
        self.hub, self.playbooks = self.respond.hub, self.respond.runs
        self.foresight = Foresight(
            name, config, self.registry, days, self.alerts, self.teller, numbers, library or Library()
        )
        self.history = History(name, self.teller, numbers, places.at(name).series.kept)
        self._recorded = self.history.handlers()
        self.commands.choosing = partial(
            choice, targets=self.commands.targets, alerts=self.alerts, grouping=self.grouping
        )
        self.foresight.sockets[PRIORITY] = self._rank_by
        self.foresight.sockets[FRAUD] = self.fraud.equip
        self.grouping.clusters.pairs_by = partial(self.foresight.scorer, PAIRS)
        for kind in self.foresight.library.pinned:
            self.foresight.equip(kind)
        self.grouping.clusters.seen.changed = partial(since_change, self.changes)
        self._quiet_until = NEVER  # no timer is due before this; a bound that spares looking at each event
        # Rooms with timers; at one moment they run in this order.
        self._timers: tuple[tuple[Callable[[], int | None], Callable[[int], None]], ...] = (
            (self.detectors.due, self._detect),
            (self.alerts.due, self.alerts.tick),
            (self.muting.due, self._unmute),
            (self.damping.due, self._calm),
            (self.commands.due, self.commands.tick),
            (self.answering.due, self.answering.tick),
            (self.grouping.due, self.grouping.tick),
            (self.correlations.due, self.correlations.tick),
            (self.hub.due, self.hub.tick),
            (self.foresight.due, self._foresee),
            (self.playbooks.due, self.playbooks.tick),
            (self.history.due, self._keep_history),
        )
        self.ran = [[0, 0] for _ in self._timers]  # of each: when it ran last, and how often since the start
        # What else follows from an event, behind the detectors.
        self._follow: dict[str, Callable[[Event], None]] = {
            "noc.link.upserted": self._link,
            "noc.link.removed": self._link,
            "noc.change.recorded": self._change,
            "noc.heartbeat": lambda event: None,  # it may have set a timer
            "noc.operator.acted": self.hands.acted,
            "noc.verdict.recorded": self.hands.judged,
            _CHECK_IN: self.fraud.check_in,
            "noc.attendance.check_out": self.fraud.histories.note_end,
            "noc.biometric.verified": self.fraud.histories.note_proof,
        }

    def take(self, event: Event) -> None:
        """One event, with everything that follows from it."""
        if event.type in _OWN:
            self._clock(event)
            return
        time = event.time
        if time > self.watermark:
            if time < self._quiet_until and not self.held:
                self.watermark = time
            elif not self.held:
                self.advance(time)
        elif time < self.watermark - self._late_after:
            self._late(event)
            return
        self.held = False
        self.tallies.events += 1
        self.registry.observe(event)
        if event.type in self._recorded:
            self._record(event)
        reports = self.detectors.see(event)
        for report in reports:
            # Only an alert event has an assignment: its own report, which is the last one.
            own = report is reports[-1] and event.type in _ALERTS
            self._decide(report, event.seq if own else 0)
        follow = self._follow.get(event.type)
        if follow is not None:
            follow(event)
        foresaw = event.type in self.foresight.handlers and self._foreseen(event)
        if self.respond.look(self.watermark) or reports or foresaw or follow is not None:
            self._changed()  # what was decided may have set an earlier timer
        elif self.detectors.woken:
            self._sooner(self.detectors.due())
        self.detectors.woken = False

    def _foreseen(self, event: Event) -> bool:
        """What predictions say to an event; whether anything came of it."""
        reports = self.foresight.see(event)
        for report in reports:
            self._decide(report, 0)
        self._sooner(self.foresight.due())
        return bool(reports)

    def _record(self, event: Event) -> None:
        self._recorded[event.type](event)
        self._sooner(self.history.due())

    def _changed(self) -> None:
        """Any room may have set an earlier timer."""
        self._quiet_until = NEVER
        self.detectors.stale = True

    def _sooner(self, due: int | None) -> None:
        """A room has set a timer, and changed nothing else that others wait for."""
        if due is not None and due < self._quiet_until:
            self._quiet_until = due

    def _clock(self, entry: Event) -> None:
        """An entry of the engine's own: the wall moved the watermark, or the next event must not."""
        if entry.type == CLOCK_HOLD:
            self.held = True
        elif entry.type == MODEL_TURN:
            self.foresight.turn(entry)
        elif entry.type == MODEL_DRIFT:
            self._decide(self.foresight.drifted(entry), 0)
            self._changed()
        elif entry.type == METERS:  # it moves no watermark: what is measured is no news of the operation
            self.history.metered(entry)
            self._sooner(self.history.due())
        elif entry.type in ENTRIES:
            self.respond.entry(entry, self.watermark)
            self._changed()
        elif entry.time > self.watermark:
            self.advance(entry.time)

    def _link(self, event: Event) -> None:
        link = Link(self.name, event.data.source, event.data.target, event.data.kind)
        if event.type == "noc.link.upserted":
            self.topology.add(link)
            self.links[link] = True
        else:
            self.topology.remove(link)
            self.links[link] = False
        self.alerts.rejudge(self.muting.relinked(link.source), self.watermark)

    def _rank_by(self, scorer: Scorer | None) -> None:
        self.grouping.ranking.equip(None if scorer is None else Learned(scorer))

    def _change(self, event: Event) -> None:
        data = event.data
        site = bare(data.site) or self.registry.site_of(data.entity)
        self.changes.append(ChangeNote(event.time, data.kind, data.summary, site, data.entity))

    def advance(self, time: int) -> None:
        """Moves the watermark; every timer due until then runs, each at its own time, in order."""
        while (due := self.due()) is not None and due <= time:
            self.watermark = max(self.watermark, due)
            self._run_timer(due)
        self.watermark = time
        self._quiet_until = ALWAYS if due is None else due

    def due(self) -> int | None:
        """When the next timer runs, if any is set."""
        first = None
        for due, _ in self._timers:
            other = due()
            if other is not None and (first is None or other < first):
                first = other
        return first

    def timers_due(self) -> list[int | None]:
        """When each room with timers runs next, in their order (`engine.jobs` names them)."""
        return [due() for due, _ in self._timers]

    def _run_timer(self, now: int) -> None:
        """Runs the first room, in their fixed order, that has a timer due at `now`."""
        for (due, run), ran in zip(self._timers, self.ran, strict=True):
            if due() == now:
                run(now)
                ran[0], ran[1] = now, ran[1] + 1
                break
        self.respond.look(self.watermark)

    def _detect(self, now: int) -> None:
        for report in self.detectors.tick(now):
            self._decide(report, 0)
        if self.detectors.baselines.changes:
            self.teller.out.audit += orders.audited(self.detectors.baselines)

    def _foresee(self, now: int) -> None:
        for report in self.foresight.tick(now):
            self._decide(report, 0)

    def _keep_history(self, now: int) -> None:
        too_many = self.history.tick(now)
        if too_many is not None:
            self._decide(too_many, 0)

    def _calm(self, now: int) -> None:
        for digest in self.alerts.calmed(now):
            self.grouping.storm_over(digest.cluster, now, digest.text)

    def _unmute(self, now: int) -> None:
        self.alerts.rejudge(self.muting.tick(now), now)
        self.hands.tell_turns()

    def _decide(self, report: Report, seq: int) -> None:
        if isinstance(report, Signal):
            if report.firing:
                self.alerts.fire(report, seq)
            else:
                self.alerts.clear(report, seq)
        elif isinstance(report, Sighting):
            self.anomalies.sight(report)
            self.fraud.sight(report)
        elif isinstance(report, Found):
            self.findings.tell(report)
        elif isinstance(report, Over):
            self.findings.end(report)
        elif isinstance(report, Told):
            self.teller.tell(report.type, report.time, report.ref, report.site, report.severity, report.data)
        else:
            self.anomalies.withdraw(report)
            self.fraud.withdraw(report)

    def _late(self, event: Event) -> None:
        self.tallies.events += 1
        self.tallies.late += 1
        if event.type in _ALERTS:
            self.teller.out.assign(event.seq, -1, "late")
        elif event.type in self._recorded:
            self._record(event)
        elif event.type == _CHECK_IN:
            self.fraud.late(event)

    def collect(self) -> Decisions:
        """What was decided since the last call."""
        out, self.teller.out = self.teller.out, Decisions()
        return out

    def position(self) -> Position:
        return Position(self.name, self.watermark, self.teller.sequence)

    # State. Statistics are dumped whole; records come back from their rows, as they stood at the same moment; the
    # tail of the journal then runs through `take` again, with its output dropped.

    def dump(self) -> bytes:
        parts = tuple(getattr(self, name).dump() for name in _ROOMS)
        return msgspec.msgpack.encode(
            (self.watermark, self.teller.sequence, self.tallies, self.held, list(self.changes), parts)
        )

    def load(self, body: bytes) -> list[str]:
        """Takes up a dump. Statistics that another version wrote in another shape begin anew; says which."""
        kind = tuple[int, int, Tallies, bool, list[ChangeNote], list[bytes]]
        state = msgspec.msgpack.decode(body, type=kind)
        self.watermark, self.teller.sequence, self.tallies, self.held, changes, parts = state
        self.changes.extend(changes)
        rooms = [getattr(self, name).load for name in _ROOMS]
        lost = []
        for name, load, part in zip(_ROOMS, rooms, parts, strict=False):  # an older version had fewer rooms
            try:
                load(part)
            except msgspec.MsgspecError as error:
                lost.append(f"{self.name}: the statistics of {name} begin anew ({error})")
        return lost

    def restore(self, loaded: Loaded) -> None:
        """The records of this partition."""
        mine = [alert for alert in loaded.alerts if alert.tenant == self.name]
        self.registry.restore(entity for entity in loaded.entities if entity.tenant == self.name)
        for link in loaded.links:
            if link.tenant == self.name:
                self.topology.add(link)
        self.grouping.restore(
            mine,
            [cluster for cluster in loaded.clusters if cluster.tenant == self.name],
            [incident for incident in loaded.incidents if incident.tenant == self.name],
        )
        self.muting.restore(mine)
        self.alerts.restore(mine)
