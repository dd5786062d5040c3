"""The verdicts over all firing alerts, and how a change of one reaches others.

Order of judgement: what a person asked for (silence, maintenance), then inhibition, then dependency. Following the
alert that explains another never leads in a circle, so it ends at one that is shown, or that a person muted. A cause
that a person muted takes with it only what lies at its own site: a window or silence there must not hide another place.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from data.records.alert import Alert
from engine.alerts.muting.dependency import Dependency
from engine.alerts.muting.indexes import Firing
from engine.alerts.muting.inhibition import Inhibition
from engine.alerts.muting.mute import Mute

BY_PEOPLE = ("silence", "maintenance")
ROUNDS = 16  # how often one alert is judged anew in one go; rules in a circle end there, with the alert shown

Key = TypeVar("Key", int, str)
Explanation = tuple[str, str, str, int]  # kind, by, text, number of the alert


class Verdicts:
    """`muted` holds the verdicts that are not None, by number of the alert. `asked` tells what a person asked for."""

    def __init__(
        self, firing: Firing, inhibition: Inhibition, dependency: Dependency, asked: Callable[[Alert], Mute | None]
    ) -> None:
        self.firing = firing
        self.inhibition = inhibition
        self.dependency = dependency
        self.asked = asked
        self.muted: dict[int, Mute] = {}
        self._explained: dict[int, set[int]] = {}  # alert -> those it explains now
        self._by: dict[str, set[int]] = {}  # id of a silence, window or rule -> those it mutes
        self.get = self.muted.get

    def restore(self, verdicts: Iterable[tuple[int, Mute]]) -> None:
        for number, mute in verdicts:
            self._set(number, mute)

    def decide(self, alert: Alert) -> Mute | None:
        """The verdict as it follows from all others."""
        asked = self.asked(alert)
        if asked is not None:
            return asked
        behind = None
        for kind, by, words, number in self._explanations(alert):
            mute = self.muted.get(number)
            if mute is not None and (mute.kind in BY_PEOPLE):
                source = self.firing.alerts[number]
                if behind is None and source.site == alert.site and not self._leads_to(number, alert.number):
                    behind = Mute(mute.kind, mute.by, f"{words}, which is {mute.text}", number)
            elif not self._leads_to(number, alert.number):
                return Mute(kind, by, words, number)
        return behind

    def settle(self, seeds: Iterable[int]) -> list[int]:
        """Judges these alerts anew, and all that their verdicts bear on; those whose verdict is another, ascending."""
        before: dict[int, Mute | None] = {}
        rounds: dict[int, int] = {}
        waiting = deque(seeds)
        while waiting:
            number = waiting.popleft()
            alert = self.firing.alerts.get(number)
            if alert is None:
                continue
            rounds[number] = rounds.get(number, 0) + 1
            old = self.muted.get(number)
            new = self.decide(alert) if rounds[number] <= ROUNDS else None
            if new == old:
                continue
            before.setdefault(number, old)
            self._set(number, new)
            if _by_people(old) or _by_people(new):
                waiting.extend(self.explained_by(number))
                waiting.extend(self.explainable(alert))
        return sorted(number for number, old in before.items() if self.muted.get(number) != old)

    def drop(self, number: int) -> None:
        self._set(number, None)

    def explained_by(self, number: int) -> list[int]:
        """The alerts whose verdict names this one, ascending."""
        return sorted(self._explained.get(number, ()))

    def muted_by(self, id: str) -> set[int]:
        """The alerts that a silence, window or rule mutes now; not to be changed."""
        return self._by.get(id, set())

    def explainable(self, alert: Alert) -> list[int]:
        """The alerts that this one could explain, and that nothing explains so far, ascending."""
        found = {*self.inhibition.targets(alert, self._covers), *self.dependency.targets(alert)}
        return sorted(number for number in found if self._is_open(number))

    def _is_open(self, number: int) -> bool:
        mute = self.muted.get(number)
        return mute is None or (mute.source_alert is not None and mute.kind in BY_PEOPLE)

    def _covers(self, number: int) -> bool:
        """Does this source explain all its targets already?"""
        return not _by_people(self.muted.get(number))

    def _explanations(self, alert: Alert) -> Iterator[Explanation]:
        for rule, number in self.inhibition.sources(alert):
            yield "inhibited", rule.name, f"{rule.name}: explained by {_named(self.firing.alerts[number])}", number
        for ref, number in self.dependency.sources(alert):
            yield "dependency", ref, f"{ref} is down: {_named(self.firing.alerts[number])}", number

    def _leads_to(self, number: int, end: int) -> bool:
        """Is `number` explained by `end`, over however many steps?"""
        here: int | None = number
        while here is not None:
            if here == end:
                return True
            mute = self.muted.get(here)
            here = mute.source_alert if mute is not None else None
        return False

    def _set(self, number: int, mute: Mute | None) -> None:
        old = self.muted.pop(number, None)
        if old is not None:
            _remove(self._by, old.by, number)
            if old.source_alert is not None:
                _remove(self._explained, old.source_alert, number)
        if mute is not None:
            self.muted[number] = mute
            self._by.setdefault(mute.by, set()).add(number)
            if mute.source_alert is not None:
                self._explained.setdefault(mute.source_alert, set()).add(number)


def _remove(sets: dict[Key, set[int]], key: Key, number: int) -> None:
    numbers = sets[key]
    numbers.discard(number)
    if not numbers:
        del sets[key]


def _by_people(mute: Mute | None) -> bool:
    return mute is not None and mute.kind in BY_PEOPLE


def _named(alert: Alert) -> str:
    where = f" of {alert.entity}" if alert.entity else ""
    return f"{alert.alert_type}{where} (alert {alert.id})"
