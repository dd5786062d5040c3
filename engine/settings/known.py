"""What windows and rules name that a database has never heard of: most often a slip of the pen."""

from collections.abc import Iterable, Iterator

from data.records.entity import Entity
from engine.alerts.muting.fields import field
from engine.alerts.muting.matcher_syntax import Matcher, MatcherError, read_matchers
from engine.alerts.muting.matchers import exact_values
from engine.query.errors import did_you_mean
from engine.settings.problems import WARNING, Problem
from engine.settings.sections import Config

Named = tuple[str, str, str]  # key of the setting, kind of thing, id


def unknown(config: Config, entities: Iterable[Entity], alert_types: Iterable[str]) -> list[Problem]:
    """A warning for each name that is neither an entity nor an alert type seen so far. An empty database knows nothing
    and says nothing."""
    known: dict[str, set[str]] = {}
    for one in entities:
        known.setdefault(one.kind, set()).add(one.id)
    if not known:
        return []
    known["alert type"] = set(alert_types)
    found = []
    for key, kind, id in named(config):
        here = known.get(kind, set())
        if id not in here:
            file, _, line = _place(config, key).rpartition(":")
            text = f"the database knows no {kind} '{id[:60]}'"
            remedy = did_you_mean(id, here) or "look at its spelling, or leave it for what is to come"
            found.append(Problem(file, int(line) if line.isdigit() else 0, WARNING, text, remedy, key))
    return found


def named(config: Config) -> Iterator[Named]:
    """All that the sections `maintenance` and `inhibit` name exactly."""
    for number, window in enumerate(config.maintenance):
        key = f"maintenance[{number}]"
        for name, kind, values in (("site", "site", window.scope.sites), ("client", "client", window.scope.clients)):
            yield from ((f"{key}.{name}[{place}]", kind, one) for place, one in enumerate(values))
        for place, ref in enumerate(window.entity):
            kind, _, id = ref.partition("/")
            yield f"{key}.entity[{place}]", kind, id
        yield from of_matchers(f"{key}.match", window.match)
    for number, rule in enumerate(config.inhibit):
        for name, texts in (("source", rule.source), ("target", rule.target)):
            for place, text in enumerate(texts):
                yield from of_matchers(f"inhibit[{number}].{name}[{place}]", text)


def of_matchers(key: str, text: str) -> Iterator[Named]:
    """What matchers name exactly; nothing for those that cannot be read, which is told elsewhere."""
    try:
        matchers = read_matchers(text)
    except MatcherError:
        return
    for one in matchers:
        for value in sorted(_values(one)):
            name = field(one.name)
            if name in ("site", "client"):
                yield key, name, value
            elif name == "alert_type":
                yield key, "alert type", value
            elif name == "entity" and "/" in value:
                kind, _, id = value.partition("/")
                yield key, kind, id


def _values(matcher: Matcher) -> frozenset[str]:
    try:
        return exact_values(matcher) or frozenset()
    except MatcherError:
        return frozenset()


def _place(config: Config, key: str) -> str:
    while key and key not in config.origins:
        key = key.rpartition(".")[0] if not key.endswith("]") else key.rpartition("[")[0]
    return config.origins.get(key, "configuration:0")
