"""The names that a question may hold: sites, people, clients, devices, kinds of alerts, metrics; also nearly right."""

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from data.store import Reader
from data.times import DAY

LOOKED_AT: Final = 20_000  # alerts whose types are taken note of
NEAR: Final = 0.84  # how alike a word and a name must be to be taken for it
SUGGESTED: Final = 0.55
COMPARED: Final = 40  # names that are compared with a word, letter by letter
LONGEST: Final = 64  # letters of a name that are looked at


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
        self.longest = max((len(text.split()) for text in self.by_text), default=1)
        # Which names hold a group of three letters: of thousands only those that share some are worth comparing.
        self._holding: dict[str, list[str]] = {}
        for text in self.by_text:
            for part in _threes(text):
                self._holding.setdefault(part, []).append(text)

    def veiled(self) -> "Names":
        """For whoever may not know what people are called: they are known by their ids only."""
        every = dict.fromkeys(name for names in self.by_text.values() for name in names)
        named = (one._replace(told=one.value) if one.field == "person" else one for one in every)
        return Names(named, self.sites_of)

    def exact(self, text: str) -> list[Name]:
        return self.by_text.get(text, [])

    def near(self, text: str) -> list[Name]:
        """What a text with a slip of the pen stands for; several where it may stand for several."""
        close = difflib.get_close_matches(text, self._alike(text), n=3, cutoff=NEAR)
        if not close:
            return []
        best = difflib.SequenceMatcher(None, text, close[0]).ratio()
        alike = [one for one in close if difflib.SequenceMatcher(None, text, one).ratio() > best - 0.02]
        return list(dict.fromkeys(name for one in alike for name in self.by_text[one]))

    def _alike(self, text: str) -> list[str]:
        """The names that share most groups of letters with a text."""
        shared = Counter(name for part in _threes(text) for name in self._holding.get(part, ()))
        return [name for name, _ in shared.most_common(COMPARED)]

    def suggestions(self, text: str) -> list[str]:
        close = difflib.get_close_matches(text, self._alike(text), n=5, cutoff=SUGGESTED)
        return list(dict.fromkeys(self.by_text[one][0].told for one in close))


def _threes(text: str) -> set[str]:
    """Groups of three letters, with the beginning and the end of the text."""
    framed = f" {text[:LONGEST]} "
    return {framed[at : at + 3] for at in range(len(framed) - 2)}


def _words(value: str) -> str:
    """`DEVICE_OFFLINE` as people write it: `device offline`."""
    return re.sub(r"[_\s]+", " ", value).strip().lower()


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
