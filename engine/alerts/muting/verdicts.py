"""The verdicts over all firing alerts, and how a change of one reaches others.

Order of judgement: what a person asked for (silence, maintenance), then inhibition, then dependency. Following the
alert that explains another never leads in a circle, so it ends at one that is shown, or that a person muted. A cause
that a person muted takes with it only what lies at its own site: a window or silence there must not hide another place.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from data.records.alert import Alert
from engine.alerts.muting.dependency import Dependency
from engine.alerts.muting.indexes import Firing
from engine.alerts.muting.inhibition import Inhibition
from engine.alerts.muting.mute import Mute

BY_PEOPLE = ("silence", "maintenance")
ROUNDS = 32  # waves of one change; rules in a circle end there, with the alerts shown
PASSED = 64  # causes that people muted which are looked past for one that is shown; then the alert is shown itself

Key = TypeVar("Key", int, str)
Explanation = tuple[str, str, int]  # kind, by, number of the alert


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
        if asked is not None or not (self.inhibition.rules or self.dependency.awake):
            return asked
        behind = None
        passed = 0
        for kind, by, number in self._explanations(alert):
            mute = self.muted.get(number)
            if mute is None or mute.kind not in BY_PEOPLE:
                if not self._leads_to(number, alert.number):
                    return Mute(kind, by, self._words(kind, by, number), number)
                continue
            same = self.firing.alerts[number].site == alert.site
            if behind is None and same and not self._leads_to(number, alert.number):
                behind = Mute(mute.kind, mute.by, f"{self._words(kind, by, number)}, which is {mute.text}", number)
            passed += 1
            if passed >= PASSED:
                break
        return behind

    def settle(self, seeds: Iterable[int]) -> list[int]:
        """Judges these alerts anew, and all that their verdicts bear on; those whose verdict is another, ascending."""
        before: dict[int, Mute | None] = {}
        rounds = 0
        wave = list(seeds)
        while wave:
            rounds += 1
            turned = []  # alerts that people began or ceased to mute: only that bears on others
            for number in wave:
                alert = self.firing.alerts.get(number)
                if alert is None:
                    continue
                old = self.muted.get(number)
                new = self.decide(alert) if rounds <= ROUNDS else self.asked(alert)
                if new == old:
                    continue
                before.setdefault(number, old)
                self._set(number, new)
                if _by_people(old) or _by_people(new):
                    turned.append(alert)
            wave = self._borne_on(turned) if turned else []
        return sorted(number for number, old in before.items() if self.muted.get(number) != old)

    def _borne_on(self, turned: list[Alert]) -> list[int]:
        """The alerts that these explain or could explain, ascending."""
        found = self.inhibition.all_targets(turned)
        for alert in turned:
            found.update(self.dependency.targets(alert))
        found = {number for number in found if self._is_open(number)}
        for alert in turned:
            found.update(self._explained.get(alert.number, ()))
        return sorted(found)

    def take(self, number: int, mute: Mute | None) -> None:
        """The verdict over an alert that has just been raised; nothing depends on it yet, except in a circle."""
        if mute is not None or number in self.muted:
            self._set(number, mute)

    def drop(self, number: int) -> None:
        if number in self.muted:
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
        if not found:
            return []
        return sorted(number for number in found if self._is_open(number))

    def _is_open(self, number: int) -> bool:
        mute = self.muted.get(number)
        return mute is None or (mute.source_alert is not None and mute.kind in BY_PEOPLE)

    def _covers(self, number: int) -> bool:
        """Does this source explain all its targets already?"""
        return not _by_people(self.muted.get(number))

    def _explanations(self, alert: Alert) -> Iterator[Explanation]:
        for rule, number in self.inhibition.sources(alert):
            yield "inhibited", rule.name, number
        for ref, number in self.dependency.sources(alert):
            yield "dependency", ref, number

    def _words(self, kind: str, by: str, number: int) -> str:
        source = self.firing.alerts[number]
        where = f" of {source.entity}" if source.entity else ""
        what = "explained by" if kind == "inhibited" else "down:"
        return f"{by} {'is ' if kind == 'dependency' else ''}{what} {source.alert_type}{where} (alert {source.id})"

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
