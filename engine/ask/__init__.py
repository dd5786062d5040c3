"""Questions in plain words, answered offline.

    desk = Desk(reader, registry, tenant, now)
    desk.ask("critical alerts at S014 last night")

The reading is shown in the filter language (`Asked.written`), and can be edited and asked again. Asking never changes
anything.
"""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from data import times
from data.store import Reader
from data.times import DAY
from engine.ask.answering import Scope, answered
from engine.ask.asked import Asked, NotUnderstood, read_written
from engine.ask.moments import Clock
from engine.ask.names import Names, gathered
from engine.ask.reading import read
from engine.history.kept import NOTHING, Waiting
from engine.registry import Registry

__all__ = ["Asked", "Desk", "NotUnderstood", "Scope"]
CACHED = 256  # answers


class Desk:
    """Answers over one state of one tenant. `now` is event time, `zone` that of places that do not tell theirs."""

    def __init__(
        self, reader: Reader, registry: Registry, scope: Scope, now: int, zone: str = "UTC", me: str = "",
        waiting: Callable[[str], Waiting] = lambda name: NOTHING, names: Names | None = None,
    ) -> None:  # fmt: skip
        self.reader, self.registry, self.scope, self.now, self.zone, self.me = reader, registry, scope, now, zone, me
        self.waiting = waiting
        self.names = names or gathered(reader, scope.tenant, now)
        self._answers: dict[str, dict[str, Any]] = {}
        self.last: Asked | None = None
        self.questions = self.hits = 0

    def ask(self, question: str, last: Asked | None = None) -> dict[str, Any]:
        """The document of WIRE.md §7, understood or not."""
        self.questions += 1
        key = f"{' '.join(question.lower().split())}\x00{last.written() if last else ''}"
        known = self._answers.get(key)
        if known is not None:
            self.hits += 1
            return {**known, "cached": True}
        try:
            asked = self.understood(question, last)
            found = answered(self.reader, self.registry, asked, self.scope, self.now, self.zone, self.waiting)
        except NotUnderstood as error:
            return {
                "understood": False, "question": question, "reason": error.reason, "message": str(error),
                "suggestions": error.suggestions, "rows": [],
            }  # fmt: skip
        self.last = asked
        filters = {name: value for name, value in asked.filters.items() if not name.startswith("_")}
        document = {
            "understood": True, "question": question, "interpretation": asked.written(), "kind": asked.kind,
            "filters": filters, "since": times.text(asked.since), "until": times.text(asked.until),
            "group_by": asked.group_by, "order_by": asked.order_by, "limit": asked.limit, "total": found["total"],
            "rows": found["rows"], "summary": found["summary"], "insights": found["insights"], "cached": False,
        }  # fmt: skip
        if len(self._answers) >= CACHED:
            self._answers.clear()
        self._answers[key] = document
        return document

    def understood(self, question: str, last: Asked | None = None) -> Asked:
        """Raises NotUnderstood."""
        written = read_written(question, self.now, DAY)
        if written is not None:
            return written
        asked = read(question, self.names, Clock(self.now, self._zone("")), self.me, last)
        sites = asked.filters.get("site", [])
        zone = self._zone(sites[0]) if len(sites) == 1 else None
        if zone is not None and str(zone) != self.zone:  # words for times of day mean those of the site
            asked = read(question, self.names, Clock(self.now, zone), self.me, last)
        return asked

    def _zone(self, site: str) -> ZoneInfo:
        place = self.registry.of("site", site)
        told = place.attributes.get("timezone") if place is not None else None
        for name in (told, self.zone):
            try:
                return ZoneInfo(str(name))
            except (KeyError, ValueError, OSError):
                continue
        return ZoneInfo("UTC")
