"""Whether an alert is shown as open work, and if not, why, and what shows it instead.

One object per partition, driven by event time. It keeps the verdict of every firing alert; `raised`, `changed`,
`ended`, `tick` and `command` return the numbers of those whose verdict is another than before.
"""

from collections.abc import Callable, Iterable

import msgspec

from data import ids
from data.records.alert import Alert
from data.records.silence import Silence, Window
from data.times import text
from data.wire import Event
from engine.alerts.muting.asked import Asked, Done
from engine.alerts.muting.dependency import Dependency, Network
from engine.alerts.muting.indexes import Firing
from engine.alerts.muting.inhibition import Inhibition
from engine.alerts.muting.maintenance import Planned, Windows
from engine.alerts.muting.mute import Mute
from engine.alerts.muting.orders import Orders
from engine.alerts.muting.silences import Silences
from engine.alerts.muting.verdicts import Verdicts
from engine.registry import Registry
from engine.settings import Config
from engine.topology import Topology

BEFORE = -(1 << 62)

__all__ = ["Mute", "Muting", "Turn"]


class Turn(msgspec.Struct, frozen=True):
    """A silence or window that began or ended; `ref` is `silence/ID` or `maintenance/ID`."""

    time: int
    ref: str
    name: str
    began: bool


class _State(msgspec.Struct):
    now: int
    silences: list[Silence] = []
    windows: list[Window] = []
    verdicts: list[tuple[int, Mute]] = []
    network: Network = msgspec.field(default_factory=Network)
    rules: int = 0


class Muting:
    """All that mutes alerts in one partition. Raises MatcherError or ScheduleError for a configuration that
    `noc config check` refuses."""

    def __init__(self, tenant: str, config: Config, topology: Topology, registry: Registry) -> None:
        self.tenant = tenant
        self.registry = registry
        self.now = BEFORE
        self.silenced = Silences(tenant)
        self.planned = Windows()
        self.firing = Firing()
        self.inhibition = Inhibition(config.inhibit)
        self.dependency = Dependency(config.dependency, topology, registry, self.firing)
        self.verdicts = Verdicts(self.firing, self.inhibition, self.dependency, self._asked)
        self.orders = Orders(tenant, self.silenced, self.planned, self.firing)
        self.turned: list[Turn] = []  # for the feed; who tells it clears it
        rules = config.maintenance, config.inhibit, config.dependency, config.engine.timezone
        self._rules = ids.fingerprint(msgspec.json.encode(rules).decode())
        self._anew = False  # the rules are others than those the verdicts were made by
        for setting in config.maintenance:
            window = setting.window(tenant, config.engine.timezone)
            if not window.scope.tenants or tenant in window.scope.tenants:
                self.planned.put(window)

    # What the life cycle asks.

    def judge(self, alert: Alert, now: int) -> Mute | None:
        """The verdict over an alert: kept if it fires, worked out if it was not raised yet. `now` is the watermark."""
        if alert.number in self.firing.alerts:
            return self.verdicts.get(alert.number)
        self._begin(now)
        return self.verdicts.decide(alert)

    def raised(self, alert: Alert) -> list[int]:
        """The alert fires, for the first time or again. The numbers of others that must be judged anew."""
        self._begin(alert.last_seen)
        number = alert.number
        if number in self.firing.alerts:
            return [other for other in self.changed(alert) if other != number]
        self._put(alert)
        self.verdicts.take(number, self.verdicts.decide(alert))
        if number in self.verdicts.muted:
            self._count(alert)
        seeds = self.verdicts.explainable(alert)
        if not seeds:
            return []
        return [other for other in self.verdicts.settle(seeds) if other != number]

    def _count(self, alert: Alert) -> None:
        """The alert is one more that its silences and windows have covered."""
        windows = [planned.window for planned in self.planned.hits(alert)]
        for one in (*self.silenced.hits(alert), *windows):
            assert isinstance(one, Silence | Window)
            one.matched += 1
            one.matched_at = max(alert.last_seen, one.matched_at or alert.last_seen)

    def changed(self, alert: Alert) -> list[int]:
        """Severity, site, labels or anything else that matchers see is another. The alert itself may be among them."""
        if alert.number not in self.firing.alerts:
            return []
        seeds = [*self.verdicts.explained_by(alert.number), *self.dependency.site_mates(alert)]
        self._put(alert)
        return self.verdicts.settle([alert.number, *seeds, *self.verdicts.explainable(alert)])

    def ended(self, alert: Alert) -> list[int]:
        """The alert fires no longer: what it explained must be looked at again."""
        number = alert.number
        if number not in self.firing.alerts:
            return []
        seeds = {*self.verdicts.explained_by(number), *self.dependency.site_mates(alert)}
        self.firing.drop(number)
        self.inhibition.drop(number)
        self.dependency.drop(number)
        self.verdicts.drop(number)
        return self.verdicts.settle(sorted(seeds))

    def relinked(self, ref: str) -> list[int]:
        """A link whose source is `ref` came or went."""
        numbers = self.dependency.relinked(ref)
        more = {one for number in numbers for one in self.verdicts.explainable(self.firing.alerts[number])}
        return self.verdicts.settle(sorted({*numbers, *more}))

    def due(self) -> int | None:
        """When the next silence or window begins or ends."""
        if self._anew:
            return self.now
        first, second = self.silenced.due, self.planned.due
        if self.now == BEFORE:
            return first  # windows are looked at from the first alert or command on
        return second if first is None or (second is not None and second < first) else first

    def tick(self, now: int) -> list[int]:
        """What is due at `now` begins or ends."""
        self.now = max(self.now, now)
        changed = self._turn()
        return sorted({*changed, *self.refresh()}) if self._anew else changed

    def refresh(self) -> list[int]:
        """Judges every firing alert anew, as after a change of the configuration."""
        self._anew = False
        return self.verdicts.settle(sorted(self.firing.alerts))

    def command(self, event: Event) -> tuple[Done, list[int]]:
        """Carries out `noc.operator.acted` of action `silence`; with a target `maintenance/...` it is about windows."""
        self._begin(event.time)
        self.now = max(self.now, event.time)
        data = event.data
        asked = Asked(data.params, self.now)
        planned = data.action == "maintenance" or data.target.startswith("maintenance/")
        carry_out = self.orders.maintenance if planned else self.orders.silence
        done = carry_out(asked, data.actor or "operator", data.note or "", data.target)
        touched, self.orders.touched = self.orders.touched, []
        if done.ok:
            self._tell(done.target)
        seeds = {number for match in touched for number in self.firing.matching(match)}
        return done, self.verdicts.settle(sorted(seeds))

    def paused(self, now: int) -> Callable[[str], bool]:
        """Whether a site as a whole is under maintenance: an open window names it, its client, or everything, and
        nothing narrower."""
        if not self.planned.all:
            return lambda site: False
        self._begin(now)
        scopes = [one.window.scope for one in self.planned.all.values() if one.open is not None]
        whole = [scope for scope in scopes if not scope.entities and not scope.match]

        def covered(site: str) -> bool:
            client = self.registry.client_of(site)
            return any(
                (not scope.sites or site in scope.sites) and (not scope.clients or client in scope.clients)
                for scope in whole
            )

        return covered

    # What views ask.

    def silences(self) -> list[Silence]:
        """In the order of their making; expired ones for some days."""
        return list(self.silenced.all.values())

    def windows(self) -> list[Planned]:
        """In order: those of the configuration first."""
        return list(self.planned.all.values())

    def muted_by(self, id: str) -> list[int]:
        """Numbers of the firing alerts that this silence, window or rule mutes now."""
        return sorted(self.verdicts.muted_by(id))

    def muted(self) -> dict[int, Mute]:
        """All verdicts that are not None, by number of the alert."""
        return dict(self.verdicts.muted)

    # State: records of silences, windows and verdicts; the indexes follow from the alerts.

    def dump(self) -> bytes:
        windows = [one.window for one in self.planned.all.values()]
        verdicts = sorted(self.verdicts.muted.items())
        state = _State(self.now, self.silences(), windows, verdicts, self.dependency.network, self._rules)
        return msgspec.msgpack.encode(state)

    def load(self, body: bytes) -> None:
        """Call `restore` with the alerts too, before or after."""
        state = msgspec.msgpack.decode(body, type=_State)
        self.now = state.now
        self.silenced.restore(state.silences, state.now)
        for window in state.windows:
            self._resume(window)
        if state.now != BEFORE:
            self.planned.turn(state.now)
        self.dependency.network = state.network
        self.verdicts.restore(state.verdicts)
        self._anew = state.now != BEFORE and state.rules != self._rules

    def restore(self, alerts: Iterable[Alert]) -> None:
        """The alerts that fire."""
        for alert in sorted((one for one in alerts if one.firing), key=lambda one: one.number):
            self._put(alert, counted=True)

    def _put(self, alert: Alert, *, counted: bool = False) -> None:
        self.firing.put(alert)
        self.inhibition.put(alert)
        self.dependency.put(alert, counted=counted)

    def _resume(self, window: Window) -> None:
        """A window as it was left: what people did to one of the configuration, or one that they made."""
        known = self.planned.all.get(window.id)
        if known is not None:
            for name in ("ended_at", "ended_by", "cut_until", "matched", "matched_at"):
                setattr(known.window, name, getattr(window, name))
        elif window.origin == "command":
            self.planned.put(window)

    def _begin(self, now: int) -> None:
        """Windows know nothing of the time before something happens."""
        if self.now == BEFORE:
            self.now = now
            self._turn()

    def _turn(self) -> list[int]:
        seeds: set[int] = set()
        for silence, began in self.silenced.turn(self.now):
            hit = self.firing.matching(self.silenced.match(silence))
            seeds.update(hit)
            _count(silence, hit, self.now, began)
            self.turned.append(Turn(self.now, f"silence/{silence.id}", silence.matchers, began))
        for planned, began in self.planned.turn(self.now):
            hit = self.firing.matching(planned.match)
            seeds.update(hit)
            _count(planned.window, hit, self.now, began)
            self.turned.append(Turn(self.now, f"maintenance/{planned.window.id}", planned.window.name, began))
        return self.verdicts.settle(sorted(seeds))

    def _tell(self, ref: str) -> None:
        """A command began or ended something at once; what begins later is told then."""
        kind, _, id = ref.partition("/")
        if kind == "silence":
            silence = self.silenced.all[id]
            if silence.starts_at <= self.now:
                self.turned.append(Turn(self.now, ref, silence.matchers, self.now < silence.ends_at))
            return
        planned = self.planned.all[id]
        window = planned.window
        if planned.open is not None or window.ended_by is not None:
            self.turned.append(Turn(self.now, ref, window.name, planned.open is not None))

    def _asked(self, alert: Alert) -> Mute | None:
        """What a person asked for: a silence, then a window."""
        silence = self.silenced.best(alert)
        if silence is not None:
            return Mute("silence", silence.id, silence_words(silence))
        planned = self.planned.best(alert)
        return None if planned is None else Mute("maintenance", planned.window.id, window_words(planned))


def silence_words(silence: Silence) -> str:
    why = f": {silence.comment}" if silence.comment else ""
    return f"silenced by {silence.author} until {text(silence.ends_at)}{why}"


def window_words(planned: Planned) -> str:
    assert planned.open is not None
    why = f": {planned.window.comment}" if planned.window.comment else ""
    return f"maintenance {planned.window.name} until {text(planned.open[1])}{why}"


def _count(one: Silence | Window, hit: list[int], now: int, began: bool) -> None:
    if began and hit:
        one.matched += len(hit)
        one.matched_at = now
