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
        return tuple([read(alert) for read in self.equal])


class Side(msgspec.Struct, frozen=True):
    """How an alert stands to a rule."""

    rule: Rule
    source: bool
    target: bool
    key: Key


class Inhibition:
    """The sources and targets of all rules among the firing alerts."""

    def __init__(self, rules: Iterable[InhibitRule]) -> None:
        """Raises MatcherError."""
        self.rules = [rule_of(one, number) for number, one in enumerate(rules)]
        self._sides: dict[int, list[Side]] = {}
        self._of_type: dict[str, list[Rule]] = {}

    def put(self, alert: Alert) -> None:
        if not self.rules:
            return
        number = alert.number
        if number in self._sides:
            self.drop(number)
        sides = self._sides[number] = self.sides(alert)
        for side in sides:
            for table in _tables(side):
                numbers = table.get(side.key)
                if numbers is None:
                    table[side.key] = [number]
                elif numbers[-1] < number:
                    numbers.append(number)
                else:
                    insort(numbers, number)

    def drop(self, number: int) -> None:
        for side in self._sides.pop(number, ()):
            for table in _tables(side):
                numbers = table[side.key]
                del numbers[bisect_left(numbers, number)]
                if not numbers:
                    del table[side.key]

    def sides(self, alert: Alert) -> list[Side]:
        """The rules that the alert has to do with."""
        rules = self._of_type.get(alert.alert_type)
        if rules is None:
            rules = self._rules_of(alert.alert_type)
        found = []
        for rule in rules:
            source, target = rule.source(alert), rule.target(alert)
            if source or target:
                found.append(Side(rule, source, target, rule.key(alert)))
        return found

    def sources(self, alert: Alert) -> Iterator[tuple[Rule, int]]:
        """What may explain the alert, by rule, the oldest first."""
        sides = self._sides.get(alert.number)
        for side in self.sides(alert) if sides is None else sides:
            if side.target:
                rule, key = side.rule, side.key
                yield from ((rule, number) for number in rule.single.get(key, ()) if number != alert.number)
                if not side.source:
                    yield from ((rule, number) for number in rule.double.get(key, ()))

    def targets(self, alert: Alert, covered: Callable[[int], bool]) -> Iterator[int]:
        """What the alert, which is among the firing, may explain. Where `covered` says that an older source does so
        already nothing is looked at: in a storm every source would look at every target."""
        for side in self._sides.get(alert.number, ()):
            if not side.source:
                continue
            rule, key = side.rule, side.key
            oldest = rule.single.get(key, ())
            if oldest and oldest[0] < alert.number and covered(oldest[0]):
                continue
            numbers: Iterable[int] = rule.targets.get(key, ())
            if side.target:
                both = frozenset(rule.double.get(key, ()))
                numbers = [one for one in numbers if one not in both]
            yield from (one for one in numbers if one != alert.number)

    def all_targets(self, alerts: Iterable[Alert]) -> set[int]:
        """What any of these sources may explain, perhaps more; each set of targets is looked at once."""
        found: set[int] = set()
        seen: set[tuple[int, Key]] = set()
        for alert in alerts:
            for side in self._sides.get(alert.number, ()):
                place = id(side.rule), side.key
                if side.source and place not in seen:
                    seen.add(place)
                    found.update(side.rule.targets.get(side.key, ()))
        return found

    def _rules_of(self, alert_type: str) -> list[Rule]:
        """Rules whose matchers do not speak against the type."""
        if len(self._of_type) > 10_000:
            self._of_type.clear()
        found = self._of_type[alert_type] = [
            rule
            for rule in self.rules
            if any(alert_type in side.exact.get("alert_type", (alert_type,)) for side in (rule.source, rule.target))
        ]
        return found


def _tables(side: Side) -> Iterator[dict[Key, list[int]]]:
    if side.source:
        yield side.rule.double if side.target else side.rule.single
    if side.target:
        yield side.rule.targets


def rule_of(setting: InhibitRule, number: int) -> Rule:
    """Raises MatcherError."""
    sides = (setting.source, setting.target)
    source, target = (match_of(one for text in side for one in read_matchers(text)) for side in sides)
    equal = tuple(reader(name) for name in setting.equal)
    name = setting.name or f"rule {number + 1}"
    return Rule(name, source, target, equal, {}, {}, {})
