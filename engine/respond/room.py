"""All that responds to decisions in one partition: who is told, and what playbooks do; the partition's door to it."""

from typing import TYPE_CHECKING, Any

from data import ids
from data.own import DOCUMENT, STEP_OUTCOME
from data.payloads import OperatorAction
from data.records.run import Run
from data.wire import Event
from engine.detect.report import Over
from engine.respond.actions.inside import Inside, Moment, message
from engine.respond.actions.looking import Looking
from engine.respond.actions.outcome import Done, NotSent, Outcome
from engine.respond.actions.specs import SendNotification
from engine.respond.actions.tickets import Tickets
from engine.respond.contacts import LIVE, MODES, reason
from engine.respond.hub import documents
from engine.respond.hub.dispatch import Dispatch
from engine.respond.playbooks import orders
from engine.respond.playbooks.facts import Scene, Scenes
from engine.respond.playbooks.library import Library, library_of
from engine.respond.playbooks.runs import Runs
from engine.settings import Config
from engine.views import Outcome as Answer

if TYPE_CHECKING:
    from engine.decisions import Numbers
    from engine.partition import Partition

_NONE = Library.nothing()
ENTRIES = frozenset((STEP_OUTCOME, DOCUMENT, *MODES))
"""Types of the engine's own entries that are for this room."""


class Responding:
    def __init__(self, partition: "Partition", config: Config, numbers: "Numbers") -> None:
        self.partition = partition
        self.config = config
        self.numbers = numbers
        self.name, self.teller = partition.name, partition.teller
        registry = partition.registry
        self._alerts = partition.alerts
        self._via = ""  # receiver that the command of this event came back from
        self.hub = Dispatch(self.name, config, partition.alerts, partition.grouping, self.teller, numbers)
        self.scenes = Scenes(self.name, partition.commands.targets, partition.findings, registry)
        library = library_of(config) if config.playbooks.enabled else _NONE
        tickets = Tickets(self.name, partition.answering.tickets, registry, self.teller, self.scenes.home)
        looking = Looking(partition.alerts, registry, partition.topology, partition.changes)
        inside = Inside(self._act, self._end_finding, tickets, looking, partition.answering.oncall, self._message)
        self.runs = Runs(
            self.name, config.playbooks, library, self.scenes, inside, self.teller, numbers, lambda: self.hub.mode,
            self._note,
        )  # fmt: skip
        if self.hub.channels or library.playbooks:
            partition.alerts.noted = {}
        if library.playbooks:
            partition.grouping.on_incident.append(self.runs.incident_changed)
            partition.findings.watcher = self.runs.found

    def look(self, now: int) -> bool:
        """What has changed, until nothing more follows from it: what playbooks do changes things too. Whether there was
        anything."""
        alerts = self._alerts
        via, self._via = self._via, ""
        if not alerts.noted and not self.runs.waiting:
            return False
        while alerts.noted or self.runs.waiting:
            noted, alerts.noted = alerts.noted or {}, {}
            self.runs.look(noted.values(), now)
            self.hub.look(noted.values(), now, via)
        return True

    def entry(self, entry: Event, now: int) -> None:
        """An entry of the engine's own: whether anybody is contacted, what came of a step that left it, or a document
        for receivers."""
        if entry.type in MODES:
            self.hub.mode = MODES[entry.type]
        elif entry.type == DOCUMENT:
            documents.take(self.hub, entry.data, now)
        else:
            self.runs.outcome(entry.data, now)
        self.look(now)

    def command(self, event: Event, now: int) -> Answer | None:
        """A person's command on messages or runs; None for any other. One that came back from a receiver (`via`, its
        name) tells it nothing new: what ends by it is known there."""
        via = (event.data.params or {}).get("via")
        self._via = via if isinstance(via, str) else ""
        return self.hub.command(event) or orders.command(self.runs, event, now)

    def _act(self, action: str, target: str, params: dict[str, Any], playbook: str, note: str, now: int) -> Answer:
        """As if a person had given the command, but not journalled: it follows from what is."""
        data = OperatorAction(target, action, f"playbook/{playbook}", note or None, params or None)  # type: ignore[arg-type]
        id = f"{playbook}/{action}/{target}/{now}"
        identity = ids.fingerprint(self.name, "noc/playbook", id)
        event = Event("noc.operator.acted", now, "noc/playbook", id, self.name, None, data, b"", identity)
        self.partition.hands.acted(event)
        return self.teller.out.outcomes.pop(0)

    def _end_finding(self, scene: Scene, now: int, note: str) -> bool:
        """False where it is over already."""
        key = self.scenes.key_of(scene.finding) if scene.finding is not None else None
        if key is not None:
            self.partition.findings.end(Over(key, now, note))
        return key is not None

    def _message(self, given: SendNotification, scene: Scene, at: Moment) -> Outcome:
        names = given.to or tuple(receiver.name for receiver in self.config.notify.receivers)
        if not names:
            return NotSent("not sent: there are no receivers in the configuration")
        sent = []
        for name in names:
            number = self.numbers.take("notification")
            id = ids.derive("N", self.name, at.key, name)
            mode = self.hub.mode
            self.teller.out.outbox[number] = message(given, scene, at, name, number, id, mode, self.name)
            sent.append(f"notification/{id}")
        if self.hub.mode != LIVE:
            return NotSent(reason(self.hub.mode))
        return Done(f"queued for {', '.join(names)}", {"notifications": sent})

    def _note(self, run: Run, now: int, text: str) -> None:
        """A line in the timeline of the incident that a run is about."""
        item = self.partition.grouping.item(run.target)
        if item is not None and item.incident is not None:
            self.partition.grouping.note(item.incident, now, f"playbook/{run.playbook}", text)
