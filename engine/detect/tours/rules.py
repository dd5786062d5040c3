"""A tour is missed when at its due time and a grace fewer than 80 % of its checkpoints are completed, unless it was
cancelled (WIRE.md §5). The limits are settings. One tour is one finding, whatever is found wrong with it.

A completion that is told late, but happened in time, takes the finding back. Checkpoints without a tour event of their
own make up a tour; one without a due time is never missed.
"""

from collections import deque
from collections.abc import Callable, Mapping

import msgspec

from data.payloads import Task
from data.records import severity
from data.references import bare
from data.times import DAY, HOUR, MINUTE, from_datetime
from data.wire import Event
from engine.detect.heaps import Deadlines
from engine.detect.report import Found, Over, Report
from engine.detect.room import Handler
from engine.detect.tours.tour import Coverage, Tour
from engine.registry import Registry
from engine.settings.activity import WorkSettings
from engine.settings.places import Places

KEPT = 26 * HOUR  # what was judged is remembered for a day's scorecard
OPEN_FOR = 6 * HOUR  # a missed tour that nobody closes is over after this
UNPLANNED = DAY  # a tour without a due time is forgotten after this
ENDED = ("CLOSED", "MISSED", "RESOLVED")
_TYPES = {"noc.task.created", "noc.task.updated", "noc.task.completed"}


class _State(msgspec.Struct):
    tours: list[Tour]
    past: dict[str, list[Coverage]]


class TourRules:
    """The tours of one partition that are not long over."""

    def __init__(self, tenant: str, places: Places, registry: Registry, wake: Callable[[], None]) -> None:
        self.tenant = tenant
        self.places = places
        self.registry = registry
        self.wake = wake
        self.tours: dict[str, Tour] = {}
        self.past: dict[str, deque[Coverage]] = {}  # by site
        self.left: Callable[[Tour, int], str | None] = lambda tour, now: None  # in words, if its guard went away
        self._tour_of: dict[str, str] = {}  # checkpoint -> tour
        self._at: dict[str, dict[str, Tour]] = {}  # site -> its tours
        self._timers = Deadlines(self._timer_of)

    def handlers(self) -> Mapping[str, Handler]:
        return dict.fromkeys(sorted(_TYPES), self.see)

    def due(self) -> int | None:
        return self._timers.due()

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(
            _State(list(self.tours.values()), {s: list(past) for s, past in self.past.items()})
        )

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        self.tours = {}
        self.past = {site: deque(past) for site, past in state.past.items()}
        for tour in state.tours:
            self._put(tour)

    # Events.

    def see(self, event: Event) -> list[Report]:
        data: Task = event.data
        id = bare(data.id) or ""
        tour = self.tours.get(id)
        if tour is not None:
            return self._tour(event, tour, data)
        owner = self._tour_of.get(id)
        if owner is not None:
            return self._point(event, self.tours[owner], id, data)
        kind = data.kind or self._known(id, "kind")
        if kind == "tour":
            if event.type == "noc.task.completed" or data.status in ("COMPLETED", "CANCELLED", *ENDED):
                return []  # over before it was heard of, or long forgotten
            return self._tour(event, self._put(Tour(id, None, points={}, until=event.time + UNPLANNED)), data)
        parent = bare(data.parent) or self._known(id, "parent")
        if kind != "checkpoint" or not isinstance(parent, str):
            return []
        owner_tour = self.tours.get(parent)
        if owner_tour is None:
            if event.type != "noc.task.created":
                return []  # of a tour that is long over
            owner_tour = self._put(
                Tour(parent, bare(data.site), bare(data.person), points={}, until=event.time + UNPLANNED)
            )
        self._tour_of[id] = parent
        owner_tour.points[id] = False
        return self._point(event, owner_tour, id, data)

    def _tour(self, event: Event, tour: Tour, data: Task) -> list[Report]:
        site = bare(data.site) or tour.site
        if site is not None and (tour.site != site or tour.id not in self._at.get(site, ())):
            self._settle(tour, site)
        tour.person = bare(data.person) or tour.person
        if data.mandatory is not None:
            tour.mandatory = data.mandatory
        self._plan(tour, data, event)
        if event.type == "noc.task.completed" or data.status == "COMPLETED":
            tour.completed = True
            return self._excused(tour, event, "completed")
        if data.status == "CANCELLED":
            return self._drop(tour, event.time, "cancelled")
        if data.status in ENDED and tour.judged:
            return self._drop(tour, event.time, f"closed as {data.status}")
        return []

    def _point(self, event: Event, tour: Tour, id: str, data: Task) -> list[Report]:
        if tour.due is None:
            self._plan(tour, data, event)
        if data.status == "CANCELLED":
            tour.points.pop(id, None)
            return self._excused(tour, event, "the rest was cancelled")
        if event.type != "noc.task.completed" and data.status != "COMPLETED":
            return []
        tour.points[id] = True
        tour.scanned_at = max(tour.scanned_at, event.time)
        return self._excused(tour, event, "scanned")

    def _plan(self, tour: Tour, data: Task, event: Event) -> None:
        """When it is due: the time it names, else so long after its creation."""
        due = tour.due
        if data.due is not None:
            due = from_datetime(data.due)
        elif data.sla_minutes is not None and self._known(tour.id, "due") is None:
            due = event.time + int(min(data.sla_minutes * MINUTE, 365 * DAY))
        elif event.type == "noc.task.updated" and self._known(tour.id, "due") is None and bare(data.id) == tour.id:
            due = None if self._known(tour.id, "sla_minutes") is None else due
        grace = self.settings(tour.site).tour_grace
        if (due, grace) != (tour.due, tour.grace) and not tour.judged:
            tour.due, tour.grace = due, grace
            if self._timers.set(tour.id):
                self.wake()

    def _excused(self, tour: Tour, event: Event, how: str) -> list[Report]:
        """Enough of it is done by now."""
        if not tour.finding or tour.share < self.settings(tour.site).tour_coverage:
            return []
        tour.finding = ""
        late = tour.due is not None and event.time > tour.due + tour.grace
        evidence = {"checkpoints_done": tour.done, "ended_late": late}
        return [Over(f"TOUR/{tour.id}", event.time, f"{how}, {'late' if late else 'in time'}", evidence)]

    # Timers.

    def tick(self, now: int) -> list[Report]:
        reports: list[Report] = []
        for id in self._timers.take(now):
            tour = self.tours[id]
            if tour.judged or tour.due is None:
                reports += self._drop(tour, now, f"nobody closed it within {OPEN_FOR // HOUR} h")
            else:
                reports += self._judge(tour, now)
        return reports

    def _judge(self, tour: Tour, now: int) -> list[Report]:
        tour.judged, tour.until = True, now + OPEN_FOR
        missed = tour.share < self.settings(tour.site).tour_coverage
        if tour.site is not None:
            past = self.past.setdefault(tour.site, deque())
            past.append(Coverage(tour.due or now, tour.done, len(tour.points), missed))
            while past and past[0].due < now - KEPT:
                past.popleft()
        if not missed:
            return self._drop(tour, now, "made")
        self._timers.set(tour.id)
        return [self.missed(tour, now)]

    def missed(self, tour: Tour, now: int) -> Found:
        """What is wrong with it: not begun, not finished, or left."""
        left = self.left(tour, now)
        done, of = tour.done, len(tour.points)
        fresh = "TOUR_ABANDONMENT" if left else "TOUR_INCOMPLETE" if done else "TOUR_OVERDUE"
        tour.finding = tour.finding or fresh
        how = f"{done} of {of} checkpoints" if of else "not completed"
        late = max(0, now - (tour.due or now)) // MINUTE
        title = f"tour {tour.id}: {how} {late} min after it was due" + (f"; {left}" if left else "")
        evidence: dict[str, object] = {
            "checkpoints_done": done,
            "checkpoints": of,
            "minutes_late": late,
            "mandatory": tour.mandatory,
        }
        if left:
            evidence["guard"] = left
        level = severity.LEVELS[self.settings(tour.site).missed_severity] if tour.mandatory else severity.MEDIUM
        return Found(
            f"TOUR/{tour.id}", tour.finding, "SECURITY", level, now, title, evidence, site=tour.site,
            person=tour.person, entity=f"task/{tour.id}", window_start=tour.due or now,
        )  # fmt: skip

    # What others ask.

    def at(self, site: str) -> list[Tour]:
        """Tours of a site that are not over."""
        return list(self._at.get(site, {}).values())

    def delayed(self, site: str) -> int:
        """Tours of a site that were missed and are not made up for."""
        return sum(bool(tour.finding) for tour in self._at.get(site, {}).values())

    def settings(self, site: str | None) -> WorkSettings:
        return self.places.at(self.tenant, self.registry.client_of(site), site).work

    def _timer_of(self, id: str) -> int | None:
        tour = self.tours.get(id)
        return None if tour is None else tour.timer

    def _known(self, id: str, field: str) -> object:
        entity = self.registry.of("task", id)
        return None if entity is None else entity.attributes.get(field)

    def _put(self, tour: Tour) -> Tour:
        self.tours[tour.id] = tour
        for point in tour.points:
            self._tour_of[point] = tour.id
        if tour.site is not None:
            self._settle(tour, tour.site)
        self._timers.set(tour.id)
        return tour

    def _settle(self, tour: Tour, site: str) -> None:
        if tour.site is not None:
            self._at.get(tour.site, {}).pop(tour.id, None)
        tour.site = site
        self._at.setdefault(site, {})[tour.id] = tour

    def _drop(self, tour: Tour, now: int, why: str) -> list[Report]:
        del self.tours[tour.id]
        for point in tour.points:
            self._tour_of.pop(point, None)
        if tour.site is not None:
            self._at[tour.site].pop(tour.id, None)
            if not self._at[tour.site]:
                del self._at[tour.site]
        if not tour.finding:
            return []
        return [Over(f"TOUR/{tour.id}", now, why, {"checkpoints_done": tour.done})]
