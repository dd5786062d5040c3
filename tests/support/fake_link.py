"""An engine that is not there: seeded, believable pages that move on by `step`, one second of event time each."""

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine.link import Watch
from engine.views import (
    AlertRow,
    Board,
    ClusterRow,
    Dossier,
    Fact,
    FeedPage,
    FeedRow,
    Health,
    HeatGrid,
    ItemContext,
    Outcome,
    Result,
    Section,
    Sheet,
    SourceRow,
)
from tests.support import fake_sheets

if TYPE_CHECKING:
    from tests.support.fake_past import FakePast

SECOND = 1_000_000
HOUR = 3600 * SECOND
START = 1_764_122_400 * SECOND + 7 * SECOND  # 2025-11-26 02:00:07 UTC

SITES = tuple(f"S{n:03d}" for n in range(1, 19))
NAMES = (
    "Harbour Gate", "Northfield Mall", "Airport Cargo", "Civic Tower", "Mill Lane", "Data Hall 2", "Riverside Depot",
    "St Anne Hospital", "Old Mint", "Quarry Road", "Central Station", "West Terminal", "Lakeview Campus",
    "Foundry Park",     "Embassy Row", "Cold Store 7", "Solar Field East", "Museum Quarter",
)  # fmt: skip
PEOPLE = ("a.okafor", "m.lindqvist", "r.banerjee", "j.castillo")
TYPES = (
    ("DEVICE_OFFLINE", 4, "camera {d} at {n} has not been heard from for {k} min"),
    ("BIOMETRIC_ANOMALY", 3, "face match of P{p} at {n} is 0.{k}, usual is 0.97"),
    ("NO_SHOW", 3, "P{p} has not come to the night shift at {n}"),
    ("TICKET_SLA_RISK", 3, "ticket T{p} will miss its deadline in {k} min"),
    ("GEOFENCE_VIOLATION", 4, "P{p} checked in {k}0 m outside {n}"),
    ("UPLINK_DOWN", 5, "both uplinks of {n} are down, {k} devices unreachable"),
    ("BATTERY_LOW", 2, "tablet {d} at {n} is at {k} %"),
    ("GHOST_GUARD", 5, "P{p} checks in at {n} yet never moves: {k} nights in a row"),
    ("TOUR_OVERDUE", 2, "checkpoint {k} of the tour at {n} is overdue"),
    ("DISK_LATENCY", 3, "recorder {d} at {n}: write latency {k} ms, usual is 4 ms"),
    ("HEARTBEAT", 1, "source {d} reports every {k} s again"),
)
FEED_TYPES = (
    "alert_created",
    "alert_updated",
    "anomaly_detected",
    "incident_updated",
    "ticket_updated",
    "cluster_updated",
)


DONE = {
    "acknowledge": "Acknowledged", "snooze": "Snoozed", "silence": "Silenced", "approve": "Approved",
    "reject": "Rejected",
}  # fmt: skip


class FakeLink:
    """`storm` multiplies what happens per step; `quiet` starts empty; `late` steps pass before any page comes."""

    def __init__(
        self, seed: int = 7, *, read_only: bool = False, storm: int = 1, quiet: bool = False, late: int = 0
    ) -> None:
        self.read_only = read_only
        self.random = random.Random(seed)
        self.now = START
        self.storm, self.late = storm, late
        self.speed = 1.0
        self.speeds: list[float] = []
        self.notes: list[str] = []
        self.acts: list[tuple[str, str]] = []
        self.refuse: set[str] = set()
        self.closed = False
        self.pasts: list[FakePast] = []
        self.trials: list[Any] = []
        self.sources_down = 1
        self.revision = 0
        self.sequence = 0
        self.feed: list[FeedRow] = []
        self.items: dict[str, ClusterRow] = {}
        self.timelines: dict[str, list[tuple[int, str, str]]] = {}
        self.undo: dict[str, list[ClusterRow]] = {}
        self.before: dict[str, ClusterRow] = {}
        self.params: list[dict[str, str]] = []
        self.heat = [[0] * 24 for _ in SITES]
        self.worst = [[0] * 24 for _ in SITES]
        self.watches: list[tuple[Watch[Any], Callable[[Watch[Any]], None]]] = []
        self.history = [self.random.randrange(200, 900) for _ in range(60)]
        if not quiet:
            self._past()

    # the world

    def _past(self) -> None:
        back = self.now
        for n in range(46):
            self.now = back - (46 - n) * 97 * SECOND
            self._happen()
        for number in range(3):
            ref = sorted(self.items)[number * 3]
            self._set(ref, state="ACKNOWLEDGED", owner=PEOPLE[number])
        for row in range(len(SITES)):
            for column in range(24):
                if self.random.random() < 0.09 + 0.03 * (row % 4):
                    self.heat[row][column] = int(self.random.paretovariate(0.9))
                    self.worst[row][column] = self.random.choices((1, 2, 3, 4, 5), (3, 5, 6, 3, 1))[0]
        self.now = back

    def _happen(self) -> None:
        roll = self.random
        kind = roll.randrange(len(TYPES))
        alert_type, severity, template = TYPES[kind]
        place = roll.randrange(len(SITES))
        text = template.format(
            n=NAMES[place], p=roll.randrange(100, 400), d=f"D{roll.randrange(10, 99)}", k=roll.randrange(3, 60)
        )
        ref = f"alert/A-{roll.randrange(32**6):06x}"
        if severity > 1:
            self._item(alert_type, severity, place, text)
        self._tell(roll.choice(FEED_TYPES), severity, SITES[place], ref, text)
        self.heat[place][23] += severity > 2
        self.worst[place][23] = max(self.worst[place][23], severity if severity > 2 else 0)

    def _item(self, alert_type: str, severity: int, place: int, text: str) -> None:
        for ref, row in self.items.items():
            if row.alert_types[0] == alert_type and SITES[place] in row.sites:
                self._set(ref, alerts=row.alerts + 1, last_at=self.now)
                return
        roll = self.random
        ref = f"incident/I-{len(self.items) + 1000 + len(self.undo)}"
        others = tuple(roll.sample(SITES, roll.choice((0, 0, 0, 1, 3)))) if severity > 3 else ()
        sites = (SITES[place], *(site for site in others if site != SITES[place]))
        title = text if len(sites) == 1 else f"{text} and {len(sites) - 1} sites more"
        priority = min(99, severity * 17 + roll.randrange(12) + len(sites))
        self.items[ref] = ClusterRow(
            ref, severity, "NEW", priority, title, sites, (alert_type,), roll.randrange(1, 40), roll.randrange(1, 9),
            roll.choice((0, 0, 3)), self.now, self.now, None, None,
        )  # fmt: skip
        self.timelines[ref] = [(self.now, "engine", f"opened: {alert_type} at {SITES[place]}")]

    def _tell(self, kind: str, severity: int, site: str, ref: str, text: str) -> None:
        self.sequence += 1
        self.feed.append(FeedRow(self.sequence, self.now, kind, severity, site, ref, text))
        del self.feed[:-2000]

    def _set(self, ref: str, **changes: Any) -> None:
        row = self.items[ref]
        self.items[ref] = ClusterRow(*(changes.get(name, getattr(row, name)) for name in row.__struct_fields__))

    def step(self, seconds: int = 1) -> None:
        """Event time goes on; things happen; every open watch gets its new page."""
        if self.late:
            self.late -= 1
            return
        for _ in range(seconds):
            self.now += int(SECOND * self.speed)
            for _ in range(self.storm):
                if self.speed and self.random.random() < 0.7:
                    self._happen()
            self.history = [*self.history[1:], self.random.randrange(200, 900) * self.storm]
        self._publish()

    def vanish(self, ref: str) -> None:
        """The item leaves the board, as when it is resolved elsewhere."""
        del self.items[ref]
        self._publish()

    def _publish(self) -> None:
        self.revision += 1
        for watch, fill in self.watches:
            fill(watch)

    def backtest(self, text: str) -> Any:
        from tests.support.fake_trial import FakeTrial

        self.trials.append(FakeTrial(text))
        return self.trials[-1]

    # watching

    def past(self) -> "FakePast":
        from tests.support.fake_past import FakePast

        self.pasts.append(FakePast(self))
        return self.pasts[-1]

    def _watch(self, fill: Callable[[Watch[Any]], None]) -> Watch[Any]:
        watch: Watch[Any] = Watch(lambda: self._close(watch))
        self.watches.append((watch, fill))
        if not self.late:
            fill(watch)
        return watch

    def _close(self, watch: Watch[Any]) -> None:
        self.watches = [pair for pair in self.watches if pair[0] is not watch]

    @staticmethod
    def _match(where: str) -> Callable[[str, int, tuple[str, ...], str], bool]:
        tests: list[Callable[[str, int, tuple[str, ...], str], bool]] = []
        for term in where.split():
            name, colon, value = term.partition(":")
            if term.startswith("severity>="):
                least = ("info", "low", "medium", "high", "critical").index(term[10:].lower()) + 1
                tests.append(lambda _text, severity, _sites, _state, least=least: severity >= least)
            elif term == "!acked":
                tests.append(lambda _text, _severity, _sites, state: state != "ACKNOWLEDGED")
            elif colon and name == "site":
                tests.append(lambda _text, _severity, sites, _state, value=value: value in sites)
            elif colon:
                raise ValueError(
                    f"there is no field '{name}' (at character {where.index(term) + 1}): did you mean 'site'?"
                )
            else:
                tests.append(lambda text, _severity, _sites, _state, term=term: term.lower() in text.lower())
        return lambda *row: all(test(*row) for test in tests)

    def watch_feed(self, where: str = "", limit: int = 500) -> Watch[FeedPage]:
        def fill(watch: Watch[FeedPage]) -> None:
            try:
                match = self._match(where)
            except ValueError as error:
                watch.error = str(error)
                watch.page = watch.page or FeedPage(0, (), 0, len(self.feed), self.sequence)
                return
            rows = [row for row in self.feed if match(row.text, row.severity, (row.site or "",), "")]
            watch.page = FeedPage(self.revision, tuple(rows[-limit:]), len(rows), len(self.feed), self.sequence)

        return self._watch(fill)

    def watch_board(self, where: str = "", limit: int = 500, order: str = "priority") -> Watch[Board]:
        keys: dict[str, Callable[[ClusterRow], Any]] = {
            "priority": lambda row: -row.priority,
            "severity": lambda row: -row.severity,
            "newest": lambda row: -row.opened_at,
            "active": lambda row: -row.last_at,
            "oldest": lambda row: row.opened_at,
            "alerts": lambda row: -row.alerts,
            "site": lambda row: row.sites,
        }

        def fill(watch: Watch[Board]) -> None:
            try:
                match = self._match(where)
            except ValueError as error:
                watch.error = str(error)
                return
            every = list(self.items.values())
            rows = [row for row in every if match(row.title, row.severity, row.sites, row.state)]
            rows.sort(key=lambda row: (row.state != "NEW", keys[order](row), row.ref))
            watch.page = Board(self.revision, tuple(rows[:limit]), len(rows), len(every) - len(rows), 4)

        return self._watch(fill)

    def watch_item(self, ref: str) -> Watch[ItemContext]:
        def fill(watch: Watch[ItemContext]) -> None:
            row = self.items.get(ref)
            if row is None:
                watch.error = f"nothing is known of {ref}" if not ref.startswith("alert/") else None
                watch.page = watch.page or self._lone(ref)
                return
            watch.page = self._context(row)

        return self._watch(fill)

    def _lone(self, ref: str) -> ItemContext | None:
        about = next((row for row in reversed(self.feed) if row.ref == ref), None)
        if about is None:
            return None
        row = ClusterRow(
            ref, about.severity, "NEW", 40, about.text, (about.site or "",), ("HEARTBEAT",), 1, 1, 0,
            about.time, about.time, None, None
        )  # fmt: skip
        return self._context(row)

    def _context(self, row: ClusterRow) -> ItemContext:
        place = SITES.index(row.sites[0])
        alerts = tuple(
            AlertRow(
                f"alert/A-{place}{n}{row.ref[-2:]}",
                row.alert_types[0],
                row.severity if n == 0 else max(1, row.severity - 1),
                "RESOLVED" if n == 3 else "NEW",
                f"device/D{n + 20}",
                row.sites[min(n, len(row.sites) - 1)],
                row.title if n == 0 else f"no answer from D{n + 20} since the uplink went",
                row.opened_at,
                row.last_at,
                n * 3 + 1,
                "opened it" if n == 0 else "same site, 40 s apart, depends on the uplink",
            )
            for n in range(min(5, row.open_alerts))
        )
        sections = (
            Section("Probable cause", (
                Fact("switch", "core switch SW-1 lost both uplinks; 14 devices depend on it", 5, "device/SW-1"),
                Fact("sureness", "0.86: first to fire, upstream of every other, same outage on 12 Nov"),
            )),
            Section("Site", (
                Fact("site", f"{NAMES[place]} ({row.sites[0]}), Rotterdam", 0, f"site/{row.sites[0]}"),
                Fact("client", "Meridian Logistics, VIP", 0, "client/C4"),
                Fact("in charge", "M. Lindqvist, +31 10 555 0143", 0, "person/P102"),
                Fact("on shift", "P214 since 22:00, P311 has not come", 3, "shift/H3"),
            )),
            Section("Changes in the hours before", (
                Fact("01:42", "config: firmware 4.2.1 to SW-1, by j.castillo", 4, None),
            ), more=2),
        )  # fmt: skip
        return ItemContext(
            self.revision, row,
            f"{row.open_alerts} alerts that depend on one switch within 2 min; VIP client and criticality 5 give "
            f"priority {row.priority}.",
            "Call the site on shift, ask for the power of SW-1; if it is dark, dispatch a technician "
            "and open a ticket with the carrier.",
            alerts, sections, tuple(self.timelines.get(row.ref, ())),
        )  # fmt: skip

    def watch_heat(self, hours: int = 24, by: str = "hour") -> Watch[HeatGrid]:
        def fill(watch: Watch[HeatGrid]) -> None:
            each = HOUR * 24 if by == "day" else HOUR
            end = self.now // each * each
            columns = tuple(end - (hours - 1 - n) * each for n in range(hours))
            cells = tuple(tuple(row[-hours:]) for row in self.heat)
            watch.page = HeatGrid(
                self.revision, SITES, NAMES, columns, cells, tuple(tuple(row[-hours:]) for row in self.worst),
                f"anomalies of each {by}",
            )  # fmt: skip

        return self._watch(fill)

    def watch_sheet(self, kind: str, where: str = "", limit: int = 500, order: str = "") -> Watch[Sheet]:
        del order

        def fill(watch: Watch[Sheet]) -> None:
            watch.page = fake_sheets.sheet(kind, where, limit, self.now, self.revision)

        return self._watch(fill)

    def watch_dossier(self, ref: str, span: str = "") -> Watch[Dossier]:
        def fill(watch: Watch[Dossier]) -> None:
            watch.page = fake_sheets.dossier(ref, self.now, self.revision, span)

        return self._watch(fill)

    def watch_health(self) -> Watch[Health]:
        def fill(watch: Watch[Health]) -> None:
            levels = [0] * 5
            for row in self.items.values():
                levels[row.severity - 1] += 1
            names = ("gate-1", "gate-2", "camera-hub", "tickets", "field-app", "prometheus")
            sources = tuple(
                SourceRow(name, "live", self.now - 2 * SECOND, 41_000 + 997 * n, 31.0 * (n + 1))
                if n >= self.sources_down
                else SourceRow(name, "stale", self.now - 140 * SECOND, 38_113, 0.0)
                for n, name in enumerate(names)
            )
            watch.page = Health(
                self.revision, "live", self.now, "default", 1_284_332 + self.sequence, 12, 40, 7,
                float(self.history[-1]),
                tuple(self.history), 3.4, 41.0, sum(row.open_alerts for row in self.items.values()), len(self.items),
                (levels[0], levels[1], levels[2], levels[3], levels[4]), sources, "sqlite noc.db", self.speed,
            )  # fmt: skip

        return self._watch(fill)

    # acting

    def act(
        self,
        action: str,
        target: str,
        done: Callable[[Outcome], None],
        *,
        note: str = "",
        params: dict[str, str] | None = None,
    ) -> None:
        self.acts.append((action, target))
        self.params.append(params or {})
        self.notes.append(note)
        targets = (params or {}).get("targets", target).split(",")
        if action == "undo":
            before = self.undo.pop(target)
            self.items.update({row.ref: row for row in before})
            outcome = Outcome(True, f"Taken back: {before[0].ref} is {before[0].state} again", before[0].ref)
        else:
            results = tuple(self._act(action, each) for each in targets)
            done_to = [one.target for one in results if one.ok]
            token = f"act-{len(self.acts)}" if done_to else None
            if token:
                self.undo[token] = [self.before[ref] for ref in done_to]
            outcome = Outcome(bool(done_to), results[0].text, target, token, results if len(results) > 1 else ())
        self._publish()
        done(outcome)

    def _act(self, action: str, target: str) -> Result:
        if self.read_only or target in self.refuse:
            return Result(target, False, f"{target} belongs to somebody else")
        row = self.items.get(target)
        if row is None:
            return Result(target, False, f"nothing is known of {target}")
        self.before[target] = row
        changes: dict[str, dict[str, object]] = {
            "acknowledge": {"state": "ACKNOWLEDGED", "owner": "you"},
            "snooze": {"snoozed_until": self.now + HOUR},
            "silence": {"muted": "silence", "muted_why": "silenced by you"},
            "approve": {"candidate": False},
            "reject": {"state": "RESOLVED", "candidate": False},
        }
        self._set(target, **changes[action])
        self.timelines[target].append((self.now, "you", action))
        return Result(target, True, f"{DONE[action]} {target}: {row.title}")

    def set_speed(self, factor: float) -> None:
        self.speeds.append(factor)
        self.speed = factor
        self._publish()

    def close(self) -> None:
        self.closed = True
