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
from engine.ask.proposing import PROPOSABLE, Proposer, proposer_of, strangers
from engine.ask.reading import read
from engine.history.kept import NOTHING, Waiting
from engine.registry import Registry

__all__ = ["Asked", "Desk", "NotUnderstood", "Scope", "proposer_of"]
CACHED = 256  # answers


class Desk:
    """Answers over one state of one tenant. `now` is event time, `zone` that of places that do not tell theirs."""

    def __init__(
        self, reader: Reader, registry: Registry, scope: Scope, now: int, zone: str = "UTC", me: str = "",
        waiting: Callable[[str], Waiting] = lambda name: NOTHING, names: Names | None = None,
        proposer: Proposer | None = None,
    ) -> None:  # fmt: skip
        self.reader, self.registry, self.scope, self.now, self.zone, self.me = reader, registry, scope, now, zone, me
        self.waiting, self.proposer = waiting, proposer
        self.names = names or gathered(reader, scope.tenant, now)
        self._answers: dict[str, tuple[dict[str, Any], Asked]] = {}
        self.last: Asked | None = None
        self.questions = self.hits = 0

    def ask(self, question: str, last: Asked | None = None) -> dict[str, Any]:
        """The document of WIRE.md §7, understood or not; `proposed_by` names the model where not the rules read it."""
        self.questions += 1
        key = f"{' '.join(question.lower().split())}\x00{last.written() if last else ''}"
        known = self._answers.get(key)
        if known is not None:
            self.hits += 1
            document, self.last = known
            return {**document, "cached": True}
        asked, document = self._read(question, last)
        if asked is None:
            return document
        self.last = asked
        if len(self._answers) >= CACHED:
            self._answers.clear()
        self._answers[key] = document, asked
        return document

    def forget(self) -> None:
        """The next question follows none."""
        self.last = None

    def _read(self, question: str, last: Asked | None) -> tuple[Asked | None, dict[str, Any]]:
        try:
            asked = self.understood(question, last)
            return asked, self._answered(question, asked)
        except NotUnderstood as error:
            return self._proposed(question, last, error)

    def _answered(self, question: str, asked: Asked) -> dict[str, Any]:
        """Raises NotUnderstood."""
        found = answered(self.reader, self.registry, asked, self.scope, self.now, self.zone, self.waiting)
        filters = {name: value for name, value in asked.filters.items() if not name.startswith("_")}
        return {
            "understood": True, "question": question, "interpretation": asked.written(), "kind": asked.kind,
            "filters": filters, "since": times.text(asked.since), "until": times.text(asked.until),
            "group_by": asked.group_by, "order_by": asked.order_by, "limit": asked.limit, "total": found["total"],
            "rows": found["rows"], "summary": found["summary"], "insights": found["insights"], "cached": False,
        }  # fmt: skip

    def _proposed(self, question: str, last: Asked | None, error: NotUnderstood) -> tuple[Asked | None, dict[str, Any]]:
        """What a model makes of a question that the rules cannot read, if one is asked and its answer is sound; else
        the refusal of the rules."""
        refusal = {
            "understood": False, "question": question, "reason": error.reason, "message": str(error),
            "suggestions": error.suggestions, "rows": [],
        }  # fmt: skip
        if self.proposer is None or error.reason not in PROPOSABLE:
            return None, refusal
        try:
            line = self.proposer.propose(question, self.now, last)
            asked = read_written(line, self.now, DAY) if line else None
            if asked is None or strangers(" ".join(asked.where), self.names):
                return None, refusal
            document = self._answered(question, asked)
        except NotUnderstood:
            return None, refusal
        return asked, {**document, "proposed_by": self.proposer.settings.model}

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
