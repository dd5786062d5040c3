"""Matchers as Alertmanager writes them: `site="S014", severity=~"HIGH|CRITICAL"`, braces allowed, all must hold.

Grammar and meaning are Alertmanager's (UTF-8 mode of its matcher/parse): names and values may be quoted, a missing
label is empty, an expression must match the whole value. Ours: fields of the alert count as labels; `severity` takes
no notice of case and also looks at the word that a foreign sender used in its label.
"""

from collections.abc import Callable, Iterable

import msgspec

from data.records.alert import Alert
from data.records.severity import NAMES
from engine.alerts.muting.fields import SEVERITY, field, reader
from engine.alerts.muting.matcher_syntax import Matcher, MatcherError, read_matchers
from engine.query.regex import Regex, RegexError, compiled

MOST = 32  # matchers in one set
REMEMBERED = 4_096  # values whose answers an expression remembers

__all__ = ["Match", "Matcher", "MatcherError", "match_of", "parse", "written"]


class Match(msgspec.Struct, frozen=True, eq=False):
    """A set of matchers, ready to be asked.

    `exact` maps fields to the only values they may have, for indexes. `text` is the one spelling of the set: sorted,
    each matcher once.
    """

    matchers: tuple[Matcher, ...]
    text: str
    exact: dict[str, frozenset[str]]
    tests: tuple[Callable[[Alert], bool], ...]

    def __call__(self, alert: Alert) -> bool:
        for test in self.tests:  # noqa: SIM110 (a generator costs more than the tests)
            if not test(alert):
                return False
        return True

    @property
    def matches_empty(self) -> bool:
        """Would an alert without any of these labels match? Such a set mutes what nobody thought of."""
        return all(admits(one, "") for one in self.matchers)

    @property
    def matches_all(self) -> bool:
        """Does every alert that has these labels at all match (`alertname=~".+"`)?"""
        return all(one.name in PRESENT and one.regex and _UNLIKELY_ADMITTED(one) for one in self.matchers)


PRESENT = ("alertname", "alert_type", "severity", "source", "tenant")  # fields that every alert has


def _UNLIKELY_ADMITTED(matcher: Matcher) -> bool:  # noqa: N802
    return all(admits(matcher, text) for text in ("x", "LOW", "q/0 \N{SNOWMAN}"))


def parse(text: str) -> Match:
    """Raises MatcherError: unreadable, empty, too many, or an expression that cannot be used."""
    return match_of(read_matchers(text))


def match_of(matchers: Iterable[Matcher]) -> Match:
    """Raises MatcherError."""
    ordered = tuple(sorted(set(matchers), key=lambda one: (one.name, one.op, one.value)))
    if not ordered:
        raise MatcherError("no matcher", 0, 'write at least one, such as site="S014"')
    if len(ordered) > MOST:
        raise MatcherError(f"more than {MOST} matchers", 0, "use one expression for several values")
    exact: dict[str, frozenset[str]] = {}
    for one in ordered:
        values = exact_values(one)
        if values is not None and one.name != SEVERITY:
            name = field(one.name)
            exact[name] = values & exact.get(name, values)
    return Match(ordered, written(ordered), exact, tuple(tester(one) for one in ordered))


def written(matchers: Iterable[Matcher]) -> str:
    """As a person would write them."""
    return ",".join(one.text for one in matchers)


def exact_values(matcher: Matcher) -> frozenset[str] | None:
    """The only values that match, where these are few."""
    if matcher.op == "=":
        return frozenset((matcher.value,))
    return regex_of(matcher).literals if matcher.op == "=~" else None


def regex_of(matcher: Matcher) -> Regex:
    """Raises MatcherError."""
    try:
        return compiled(matcher.value, ignore_case=matcher.name == SEVERITY)
    except RegexError as error:
        raise MatcherError(f"in {matcher.text}: {error.text}", matcher.place, error.remedy) from None


def admits(matcher: Matcher, value: str) -> bool:
    """Does a label with this value match?"""
    return accepting(matcher)(value) is not matcher.negative


def accepting(matcher: Matcher) -> Callable[[str], bool]:
    """The test without its negation."""
    if matcher.regex:
        return regex_of(matcher)
    value = matcher.value
    if matcher.name == SEVERITY:
        folded = value.casefold()
        return lambda found: found.casefold() == folded
    return lambda found: found == value


def tester(matcher: Matcher) -> Callable[[Alert], bool]:
    """Raises MatcherError."""
    name, negative = field(matcher.name), matcher.negative
    if name == SEVERITY:
        return severity_tester(matcher)
    read = reader(name)
    if not matcher.regex:
        value = matcher.value
        return (lambda alert: read(alert) != value) if negative else (lambda alert: read(alert) == value)
    accept = regex_of(matcher)
    known: dict[str, bool] = {}

    def test(alert: Alert) -> bool:
        value = read(alert)
        found = known.get(value)
        if found is None:  # labels repeat: most answers are given already
            if len(known) >= REMEMBERED:
                known.clear()
            found = known[value] = accept(value) is not negative
        return found

    return test


def severity_tester(matcher: Matcher) -> Callable[[Alert], bool]:
    """Looks at our word for the severity, and at the one in the label of a foreign sender."""
    accept, negative = accepting(matcher), matcher.negative
    levels = tuple(accept(word) for word in NAMES)

    def test(alert: Alert) -> bool:
        if levels[alert.severity]:
            return not negative
        word = alert.labels.get(SEVERITY)
        return (word is not None and accept(word)) is not negative

    return test
