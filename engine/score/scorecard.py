"""The daily scorecard: at 06:00 local time the day before is judged for each client.

The zone is that of most of its sites. A client of which nothing was heard for a whole day gets no card until something
is. Grave violations of a pillar are one finding a client and pillar, until a later card no longer has them.
"""

from collections import Counter
from collections.abc import Callable, Mapping

import msgspec

from data.payloads import Task
from data.records.severity import CRITICAL, HIGH, LOW, NAMES
from data.references import bare
from data.times import DAY, HOUR, to_datetime
from data.wire import Event
from engine.detect.localtime import LocalTime
from engine.detect.patterns.escalation_chain import Waiting
from engine.detect.report import Found, Over, Report, Told
from engine.detect.room import Handler
from engine.registry import Registry
from engine.score.days import Answered, Reports, Sources, gathered
from engine.score.pillars import UNKNOWN, Pillar, judged, overall
from engine.settings.places import Places

_NOTHING: list[Report] = []
_CATEGORY = ("", "SECURITY", "SECURITY", "OPERATIONAL", "COMPLIANCE", "OPERATIONAL", "COMPLIANCE", "SAFETY")
_SEVERITY = {"GREEN": 1, "AMBER": 3, "RED": 4, UNKNOWN: LOW}


class _State(msgspec.Struct):
    next: dict[str, int]
    standing: list[str]
    reports: dict[str, Reports]
    answered: dict[int, Answered]


class Scorecards:
    """The cards of one partition. `incidents` are the serious ones that are open now."""

    def __init__(
        self,
        tenant: str,
        places: Places,
        registry: Registry,
        local: LocalTime,
        sources: Sources,
        wake: Callable[[], None],
    ) -> None:
        self.tenant = tenant
        self.places = places
        self.registry = registry
        self.local = local
        self.sources = sources
        self.wake = wake
        self.next: dict[str, int] = {}  # client -> when its next card is due
        self.standing: dict[str, None] = {}  # keys of findings
        self.reports: dict[str, Reports] = {}  # client -> reports that are owed
        self.answered: dict[int, Answered] = {}  # serious incidents of the last two days, by number

    def handlers(self) -> Mapping[str, Handler]:
        if not self.places.config.scorecard.on:
            return {}
        heard = ("noc.attendance.check_in", "noc.ticket.created", "noc.shift.scheduled")
        return {
            **dict.fromkeys(heard, self.hear),
            "noc.task.created": self.task,
            "noc.task.completed": self.task,
        }

    def due(self) -> int | None:
        return min(self.next.values(), default=None)

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(_State(self.next, list(self.standing), self.reports, self.answered))

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        self.next, self.reports, self.answered = state.next, state.reports, state.answered
        self.standing = dict.fromkeys(state.standing)

    def hear(self, event: Event) -> list[Report]:
        """Something happened at a site: its client gets a card."""
        self._hear(bare(event.data.site), event.time)
        return _NOTHING

    def task(self, event: Event) -> list[Report]:
        """Reports are tasks of their own kinds."""
        data: Task = event.data
        known = self.registry.of("task", bare(data.id))
        told = known.attributes if known is not None else {}
        site, kind = bare(data.site) or told.get("site"), data.kind or told.get("kind")
        client = self._hear(site if isinstance(site, str) else None, event.time)
        rules = self.places.config.scorecard
        if client is not None and (kind in rules.compliance_kinds or kind in rules.report_kinds):
            mine = self.reports.setdefault(client, Reports())
            mine.note(str(kind), str(site), event.time, done=event.type == "noc.task.completed")
        return _NOTHING

    def note(self, incidents: list[Waiting], now: int) -> None:
        """Told by each audit: which serious incidents are open, and which of them somebody has."""
        rules = self.places.config
        for one in incidents:
            self.answered[one.number] = Answered.of(one, rules, now)
        for number in [number for number, one in self.answered.items() if one.opened_at < now - 2 * DAY]:
            del self.answered[number]

    def tick(self, now: int) -> list[Report]:
        reports: list[Report] = []
        for client in sorted(client for client, due in self.next.items() if due <= now):
            reports += self._card(client, now)
        return reports

    def _card(self, client: str, now: int) -> list[Report]:
        sites = sorted(id for id, site in self.registry.kinds["site"].items() if site.client == client)
        day = gathered(
            client, sites, now - DAY, now, self.sources, self.reports.get(client), self.answered, self.places
        )
        pillars = judged(day)
        score, status = overall(pillars)
        if status == UNKNOWN:
            del self.next[client]  # nothing was heard of it for a day
        else:
            self._wait(client, now)
        pillars_told = [pillar.as_data() for pillar in pillars]
        local = now + self.local.offset(self._zone(client), now)
        data = {
            "client_id": client,
            "client_name": self.registry.label(f"client/{client}"),
            "date": to_datetime(local - DAY).date().isoformat(),
            "overall_score": score,
            "overall_status": status,
            "violations": sum(len(pillar.violations) for pillar in pillars),
            "critical": sum(one.severity >= CRITICAL for pillar in pillars for one in pillar.violations),
            "pillars": pillars_told,
        }
        reports: list[Report] = [Told("scorecard_updated", f"client/{client}", now, _SEVERITY[status], data)]
        for pillar in pillars:
            reports += self._finding(client, pillar, now)
        return reports

    def _finding(self, client: str, pillar: Pillar, now: int) -> list[Report]:
        key = f"SCORECARD/{client}/{pillar.number}"
        grave = sorted((one for one in pillar.violations if one.severity >= HIGH), key=lambda one: -one.severity)
        if not grave:
            if key not in self.standing:
                return []
            del self.standing[key]
            return [Over(key, now, f"{pillar.name}: {pillar.status} a day later")]
        self.standing[key] = None
        first = grave[0]
        title = f"{pillar.name}: {pillar.status} ({pillar.score}), {len(grave)} grave violations, first {first.text}"
        evidence = {
            "pillar": pillar.number,
            "score": pillar.score,
            "violations": [f"{NAMES[one.severity]} {one.kind} {one.about}: {one.text}" for one in grave[:10]],
        }
        return [
            Found(
                key, first.kind, _CATEGORY[pillar.number], first.severity, now, title, evidence,
                entity=f"client/{client}", window_start=now - DAY, source="noc/scorecard",
            )
        ]  # fmt: skip

    def _hear(self, site: str | None, now: int) -> str | None:
        client = self.registry.client_of(site)
        if client is not None and client not in self.next:
            self._wait(client, now)
            self.wake()
        return client

    def _wait(self, client: str, now: int) -> None:
        hour = self.places.config.scorecard.hour
        site = self._lead(client)
        due = self.local.next(site, now, hour)
        self.next[client] = due if due - now > HOUR else self.local.next(site, due, hour)  # clocks were changed

    def _zone(self, client: str) -> str:
        return self.local.zone(self._lead(client))

    def _lead(self, client: str) -> str | None:
        """A site in the zone of most of its sites."""
        sites = sorted(id for id, site in self.registry.kinds["site"].items() if site.client == client)
        if not sites:
            return None
        zones = Counter(self.local.zone(site) for site in sites)
        zone = min(zones, key=lambda name: (-zones[name], name))
        return next(site for site in sites if self.local.zone(site) == zone)
