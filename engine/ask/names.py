"""The names that a question may hold: sites, people, clients, devices, kinds of alerts, metrics; also nearly right."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from data.store import Reader
from data.times import DAY

LOOKED_AT: Final = 20_000  # alerts whose types are taken note of
NEAR: Final = 84.0  # how alike (0-100, indel similarity) a text and a name must be to be taken for it
SUGGESTED: Final = 55.0
_UNIT: Final = re.compile(r"_(?:pct|percent|c|ms|s|m|kw|mbps|kbps|rpm|v|a|bytes|mb|gb|count|total|per_s)$")
PART: Final = 5  # letters that a part of a name must have to stand for the whole


class Name(NamedTuple):
    """`field` is that of the filter, `value` what it is compared with, `told` what people call it."""

    field: str
    value: str
    told: str


class Names:
    """By what they are called, in lower case."""

    def __init__(self, names: Iterable[Name], sites_of: Mapping[str, Sequence[str]] | None = None) -> None:
        self.sites_of = sites_of or {}  # by client
        self.by_text: dict[str, list[Name]] = {}
        for name in names:
            for text in {name.value.lower(), name.told.lower(), _words(name.value)}:
                if text:
                    self.by_text.setdefault(text, []).append(name)
        self.stems: dict[str, str] = {}  # what people call a metric, without its unit -> the metric
        self.vocabulary: set[str] = set()  # words of types of alerts
        for one in (name for named in self.by_text.values() for name in named):
            if one.field == "metric":
                self.stems.setdefault(_words(_UNIT.sub("", one.value)), one.value)
            elif one.field == "alert_type":
                self.vocabulary |= {word.rstrip("s") for word in _words(one.value).split() if len(word) > 3}
        self.states = [(one, _state(one.value)) for one in self._types() if "_" in one.value]
        self._texts = list(self.by_text)
        self.longest = max((len(text.split()) for text in self.by_text), default=1)
        self.words = frozenset(word for text in self.by_text for word in text.split())

    def _types(self) -> list[Name]:
        every = (name for named in self.by_text.values() for name in named)
        return list(dict.fromkeys(one for one in every if one.field == "alert_type"))

    def veiled(self) -> "Names":
        """For whoever may not know what people are called: they are known by their ids only."""
        every = dict.fromkeys(name for names in self.by_text.values() for name in names)
        named = (one._replace(told=one.value) if one.field == "person" else one for one in every)
        return Names(named, self.sites_of)

    def exact(self, text: str) -> list[Name]:
        return self.by_text.get(text, [])

    def near(self, text: str) -> list[Name]:
        """What a text with a slip of the pen stands for; several where it may stand for several."""
        close = self._close(text, NEAR)
        best = close[0][1] if close else 0.0
        alike = [one for one, how in close if how > best - 2]
        return list(dict.fromkeys(name for one in alike for name in self.by_text[one]))

    def holding(self, text: str) -> list[Name]:
        """Sites, clients and people of whose name the text is a whole word; several where it is of several."""
        if len(text) < PART or text not in self.words:
            return []
        found = (name for told, names in self.by_text.items() if text in told.split() for name in names)
        return list(dict.fromkeys(name for name in found if name.field in ("site", "client", "person")))

    def suggestions(self, text: str) -> list[str]:
        return list(dict.fromkeys(self.by_text[one][0].told for one, _ in self._close(text, SUGGESTED)))

    def _close(self, text: str, least: float) -> list[tuple[str, float]]:
        from rapidfuzz import fuzz, process

        found = process.extract(text, self._texts, scorer=fuzz.ratio, score_cutoff=least, limit=5)
        return [(one, how) for one, how, _ in found]


def _words(value: str) -> str:
    """`DEVICE_OFFLINE` as people write it: `device offline`."""
    return re.sub(r"[_\s]+", " ", value).strip().lower()


def _state(value: str) -> re.Pattern[str]:
    """`LINK_DOWN` as a sentence has it: links that are down, a link went down."""
    things, *rest = map(re.escape, _words(value).split())
    verbs = r"(?: (?:that|which|is|are|was|were|went|goes?|going|gone|drop(?:s|ped|ping)?|has|have|had|been))*"
    return re.compile(rf"(?<![\w-]){things}s?{verbs} {' '.join(rest)}(?![\w-])")


def gathered(reader: Reader, tenant: str, now: int, metrics: Iterable[str] = ()) -> Names:
    """Everything that is known in a tenant; `metrics` are those that are not written down yet."""
    found: list[Name] = []
    sites_of: dict[str, list[str]] = {}
    for entity in reader.entities():
        if entity.tenant != tenant:
            continue
        kind, _, id = entity.ref.partition("/")
        told = entity.name or id
        if kind in ("site", "person", "client"):
            found.append(Name(kind, id, told))
            if kind == "site" and entity.client:
                sites_of.setdefault(entity.client, []).append(id)
        elif kind in ("device", "host", "service"):
            found.append(Name("entity", entity.ref, id))
            if entity.name:
                found.append(Name("entity", entity.ref, entity.name))
    found += [
        Name("metric", row, row) for row in sorted({*metrics, *(row.name for row in reader.metric_series(tenant))})
    ]
    types: dict[str, None] = {}
    for number, alert in enumerate(reader.alerts(now - 30 * DAY, None)):
        if number >= LOOKED_AT:
            break
        if alert.tenant == tenant:
            types[alert.alert_type] = None
    found += [Name("alert_type", one, one) for one in types]
    return Names(found, sites_of)
