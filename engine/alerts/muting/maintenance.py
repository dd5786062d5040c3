"""Windows of planned work, from the configuration and by command, on the clocks of a named zone.

A window covers what its scope names and nothing else: one of a site never mutes another site.
"""

import msgspec

from data.records.alert import Alert
from data.records.silence import Scope, Window
from engine.alerts.muting.indexes import ByMatch
from engine.alerts.muting.matcher_syntax import Matcher
from engine.alerts.muting.matchers import Match, match_of, parse
from engine.alerts.muting.recurrence import Recurrence, Span

NAMED = (("sites", "site"), ("clients", "client"), ("entities", "entity"), ("tenants", "tenant"))
FOREVER = 1 << 62


class Planned(msgspec.Struct):
    """A window at work: `open` is the occurrence that is on, `next` when to look again."""

    window: Window
    match: Match
    recurrence: Recurrence
    open: Span | None = None
    next: int = -FOREVER

    def look(self, now: int) -> bool:
        """Brings `open` and `next` up to `now`; True if it opened or closed."""
        was = self.open
        self.open, self.next = None, FOREVER
        window = self.window
        if window.ended_at is None or now < window.ended_at:
            span = self.recurrence.covering(now)
            if span is not None and window.cut_until is not None and span[1] <= window.cut_until:
                span = None
            self.open = span
            following = self.recurrence.following(now)
            if span is not None:
                self.next = span[1]
            elif following is not None:
                self.next = following[0]
            if window.cut_until is not None and now < window.cut_until:
                self.next = min(self.next, window.cut_until)
        return (was is None) is not (self.open is None)


class Windows:
    """All windows of one partition. `turn` must be called when `due` says so, and once before anything is asked."""

    def __init__(self) -> None:
        self.all: dict[str, Planned] = {}
        self._open: ByMatch[Planned] = ByMatch()
        self.due: int | None = None

    def put(self, window: Window, now: int | None = None) -> Planned:
        """Raises MatcherError or ScheduleError."""
        planned = Planned(window, match_of_scope(window.scope), Recurrence(window.schedule))
        self.all[window.id] = planned
        if now is not None:
            self.settle(planned, now)
        return planned

    def drop(self, id: str) -> None:
        self._open.drop(id)
        self.all.pop(id, None)
        self._look_ahead()

    def settle(self, planned: Planned, now: int) -> bool:
        """Brings one up to `now`; True if it opened or closed."""
        turned = self._look(planned, now)
        self._look_ahead()
        return turned

    def hits(self, alert: Alert) -> list[Planned]:
        return self._open.hits(alert)

    def best(self, alert: Alert) -> Planned | None:
        """The open window that covers the alert for longest."""
        hits = self.hits(alert)
        if len(hits) < 2:
            return hits[0] if hits else None
        return max(hits, key=lambda one: ((one.open or (0, 0))[1], one.window.id))

    def turn(self, now: int) -> list[tuple[Planned, bool]]:
        """What opens (True) or closes at `now`, in order of making."""
        if self.due is not None and now < self.due:
            return []
        turned = []
        for planned in self.all.values():
            if planned.next <= now and self._look(planned, now):
                turned.append((planned, planned.open is not None))
        self._look_ahead()
        return turned

    def _look(self, planned: Planned, now: int) -> bool:
        turned = planned.look(now)
        if planned.open is None:
            self._open.drop(planned.window.id)
        else:
            self._open.put(planned.window.id, planned.match, planned)
        return turned

    def _look_ahead(self) -> None:
        first = min((one.next for one in self.all.values()), default=FOREVER)
        self.due = None if first == FOREVER else first


def match_of_scope(scope: Scope) -> Match:
    """Of several names of one kind any, of several kinds all. Raises MatcherError, also for a scope that names
    nothing."""
    matchers: list[Matcher] = list(parse(scope.match).matchers) if scope.match else []
    for name, field in NAMED:
        values: tuple[str, ...] = getattr(scope, name)
        if len(values) == 1:
            matchers.append(Matcher(field, "=", values[0]))
        elif values:
            matchers.append(Matcher(field, "=~", "|".join(escaped(one) for one in values)))
    return match_of(matchers)


def escaped(text: str) -> str:
    """As an expression that matches only this text."""
    return "".join(f"\\{sign}" if sign in r"\.+*?()|[]{}^$" else sign for sign in text)


def scope_words(scope: Scope) -> str:
    """What it covers, for people."""
    parts = [f"{field} {', '.join(getattr(scope, name))}" for name, field in NAMED if getattr(scope, name)]
    return "; ".join([*parts, scope.match] if scope.match else parts) or "everything"
