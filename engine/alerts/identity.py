"""When are two reports about the same alert, and what is one alert made of that was reported several times?

*Identity*: the first configured rule whose source matches says which fields and labels count. Without one it is the
fingerprint that the source gives, else type, entity and site. As with Alertmanager a label without a value is no label.

*Merging*: Alertmanager's rules for two reports of one label set (its documentation and the tests of its API). Where
the times of activity overlap they are one occurrence: the earliest start wins; what was said last wins; of two ends
that are over the later one wins; an end that the source named wins over one that only follows from a time-out, as long
as it is the later one. Where they do not overlap there are two occurrences.
"""

from collections.abc import Sequence

import msgspec

from data import ids
from data.payloads import AlertSignal
from data.references import bare
from engine.alerts.signal import identity
from engine.query.texts import TextTest, glob_whole
from engine.settings.sections import Fingerprint

ALL, NONE = "all", "none"
REMEMBERED = 10_000  # sources whose rule is known without looking


class Identities:
    """Which reports are about the same alert, by the rules of the configuration."""

    def __init__(self, rules: Sequence[Fingerprint] = ()) -> None:
        self.rules = tuple(rules)
        self._tests: list[TextTest] = [glob_whole(rule.source) for rule in self.rules]
        self._known: dict[str, int | None] = {}

    def of(self, source: str, data: AlertSignal) -> int:
        """64 bits; the same for every report on the same alert, from whatever the event itself says."""
        rule = self.rule(source)
        if rule is None:
            if data.fingerprint:
                return ids.fingerprint("given", data.fingerprint)
            return identity(data.alert_type, data.entity, bare(data.site))
        return ids.fingerprint("rule", msgspec.json.encode(_parts(rule, data)).decode())

    def explain(self, source: str, data: AlertSignal) -> str:
        """In words: the rule, what it looks at, and the values found."""
        rule = self.rule(source)
        if rule is None:
            if data.fingerprint:
                return f"the source's own fingerprint {data.fingerprint}"
            found = [("alert_type", data.alert_type), ("entity", data.entity or ""), ("site", bare(data.site) or "")]
            return f"no rule for this source: {_told(found)}"
        return f"rule {self.rules.index(rule) + 1} ({rule.source}): {_told(_parts(rule, data))}"

    def rule(self, source: str) -> Fingerprint | None:
        """The first whose source matches."""
        if not self.rules:
            return None
        if source not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            folded = source.casefold()
            self._known[source] = next((place for place, test in enumerate(self._tests) if test(folded)), None)
        place = self._known[source]
        return None if place is None else self.rules[place]


def _parts(rule: Fingerprint, data: AlertSignal) -> list[tuple[str, str]]:
    found = [(name, _field(name, data)) for name in rule.fields]
    labels = {name: text for name, value in (data.labels or {}).items() if (text := label_text(value))}
    wanted = sorted(labels) if ALL in rule.labels else sorted(set(rule.labels) - {NONE})
    return found + [(f"labels.{name}", labels.get(name, "")) for name in wanted]


def _field(name: str, data: AlertSignal) -> str:
    value = bare(data.site) if name == "site" else getattr(data, name)
    return str(value) if value is not None else ""


def label_text(value: str | float | bool | None) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _told(parts: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{name}={value or '(none)'}" for name, value in parts)


class Activity(msgspec.Struct, frozen=True):
    """From when until when a source says that the condition holds. `named`: the source named the end itself; else it
    follows from a time-out. `told_at` is when the report arrived. Times in microseconds."""

    starts_at: int
    ends_at: int
    told_at: int
    named: bool = True

    def over(self, now: int) -> bool:
        return self.ends_at <= now


def overlap(one: Activity, other: Activity) -> bool:
    """Whether they are one occurrence: at some moment, or where one follows at once on the other, both hold."""
    return one.starts_at <= other.ends_at and other.starts_at <= one.ends_at


def merged(one: Activity, other: Activity, now: int) -> Activity | None:
    """One activity of both, in whatever order they are given; None where they are two occurrences."""
    if not overlap(one, other):
        return None
    older, newer = (other, one) if other.told_at < one.told_at else (one, other)
    keeps = older.over(now) if newer.over(now) else older.named
    late = older.ends_at > newer.ends_at and keeps
    return Activity(
        min(older.starts_at, newer.starts_at),
        older.ends_at if late else newer.ends_at,
        newer.told_at,
        older.named if late else newer.named,
    )
