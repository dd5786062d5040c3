"""Rules by which one alert explains others, with Alertmanager's exact meaning.

A target is hidden while a source fires that has the same values in all labels of `equal`; a label missing in both is
equal. An alert that matches both sides is not hidden by another such alert, so none hides itself (Alertmanager,
inhibit/inhibit.go).
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator

import msgspec

from data.records.alert import Alert
from engine.alerts.muting.fields import reader
from engine.alerts.muting.matcher_syntax import read_matchers
from engine.alerts.muting.matchers import Match, match_of
from engine.settings.muting import InhibitRule

Key = tuple[str, ...]


class Rule(msgspec.Struct, frozen=True, eq=False):
    """A rule at work. Lists of numbers are sorted; `single` holds the sources that are no targets."""

    name: str
    source: Match
    target: Match
    equal: tuple[Callable[[Alert], str], ...]
    single: dict[Key, list[int]] = {}
    double: dict[Key, list[int]] = {}
    targets: dict[Key, list[int]] = {}

    def key(self, alert: Alert) -> Key:
        return tuple(read(alert) for read in self.equal)


class Inhibition:
    """The sources and targets of all rules among the firing alerts."""

    def __init__(self, rules: Iterable[InhibitRule]) -> None:
        """Raises MatcherError."""
        self.rules = [rule_of(one, number) for number, one in enumerate(rules)]
        self._places: dict[int, list[tuple[dict[Key, list[int]], Key]]] = {}

    def put(self, alert: Alert) -> None:
        self.drop(alert.number)
        places = []
        for rule in self.rules:
            source, target = rule.source(alert), rule.target(alert)
            if source or target:
                key = rule.key(alert)
                if source:
                    places.append((rule.double if target else rule.single, key))
                if target:
                    places.append((rule.targets, key))
        if places:
            self._places[alert.number] = places
        for table, key in places:
            insort(table.setdefault(key, []), alert.number)

    def drop(self, number: int) -> None:
        for table, key in self._places.pop(number, ()):
            numbers = table[key]
            del numbers[bisect_left(numbers, number)]
            if not numbers:
                del table[key]

    def sources(self, alert: Alert) -> Iterator[tuple[Rule, int]]:
        """What may explain the alert, by rule, the oldest first."""
        for rule in self.rules:
            if rule.target(alert):
                key = rule.key(alert)
                yield from ((rule, number) for number in rule.single.get(key, ()) if number != alert.number)
                if not rule.source(alert):
                    yield from ((rule, number) for number in rule.double.get(key, ()))

    def targets(self, alert: Alert, covered: Callable[[int], bool] | None = None) -> Iterator[int]:
        """What the alert may explain. Where `covered` says that an older source does so already, nothing is looked at:
        in a storm every source would look at every target."""
        for rule in self.rules:
            if not rule.source(alert):
                continue
            key = rule.key(alert)
            oldest = rule.single.get(key, ())
            if covered is not None and oldest and oldest[0] < alert.number and covered(oldest[0]):
                continue
            numbers = list(rule.targets.get(key, ()))
            if rule.target(alert):
                both = rule.double.get(key, ())
                numbers = [one for one in numbers if one not in both]
            yield from (one for one in numbers if one != alert.number)


def rule_of(setting: InhibitRule, number: int) -> Rule:
    """Raises MatcherError."""
    sides = (setting.source, setting.target)
    source, target = (match_of(one for text in side for one in read_matchers(text)) for side in sides)
    equal = tuple(reader(name) for name in setting.equal)
    name = setting.name or f"rule {number + 1}"
    return Rule(name, source, target, equal, {}, {}, {})
