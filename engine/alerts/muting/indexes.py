"""Two indexes that face each other: mutes by what they match, and firing alerts by what may match them."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from data.records.alert import Alert
from engine.alerts.muting.fields import reader
from engine.alerts.muting.matchers import Match

# The most telling field first: a mute lies in the index under the first of these that it names exactly.
TELLING = ("entity", "instance", "site", "alert_type", "client")
BY = ("entity", "site", "alert_type", "client")  # what firing alerts are found by
Named = TypeVar("Named")


class ByMatch(Generic[Named]):
    """Things with a `Match`, found by alert: by one exact field each, one by one only where a set names none."""

    def __init__(self) -> None:
        self._tables: dict[str, tuple[Callable[[Alert], str], dict[str, dict[str, tuple[Match, Named]]]]] = {}
        self._others: dict[str, tuple[Match, Named]] = {}
        self._matches: dict[str, Match] = {}

    def __contains__(self, id: str) -> bool:
        return id in self._matches

    def __len__(self) -> int:
        return len(self._matches)

    def put(self, id: str, match: Match, named: Named) -> None:
        self.drop(id)
        self._matches[id] = match
        name = telling(match)
        if name is None:
            self._others[id] = match, named
            return
        _, table = self._tables.setdefault(name, (reader(name), {}))
        for value in match.exact[name]:
            table.setdefault(value, {})[id] = match, named

    def drop(self, id: str) -> None:
        match = self._matches.pop(id, None)
        if match is None or self._others.pop(id, None) is not None:
            return
        name = telling(match)
        assert name is not None
        _, table = self._tables[name]
        for value in match.exact[name]:
            del table[value][id]
            if not table[value]:
                del table[value]
        if not table:
            del self._tables[name]

    def hits(self, alert: Alert) -> Iterator[Named]:
        """All that match the alert."""
        for read, table in self._tables.values():
            here = table.get(read(alert))
            if here is not None:
                for match, named in here.values():
                    if match(alert):
                        yield named
        for match, named in self._others.values():
            if match(alert):
                yield named


def telling(match: Match) -> str | None:
    """The exact field that a set is found by."""
    exact = match.exact
    return next((name for name in TELLING if name in exact), next(iter(exact), None))


class Firing:
    """The firing alerts, by number and by what most sets of matchers name."""

    def __init__(self) -> None:
        self.alerts: dict[int, Alert] = {}
        self._tables: dict[str, dict[str, dict[int, None]]] = {name: {} for name in BY}
        self._readers = [(name, reader(name)) for name in BY]
        self._values: dict[int, list[str]] = {}  # as they were when the alert was put in

    def put(self, alert: Alert) -> None:
        self.drop(alert.number)
        number = alert.number
        self.alerts[number] = alert
        values = self._values[number] = [read(alert) for _, read in self._readers]
        for name, value in zip(BY, values, strict=True):
            self._tables[name].setdefault(value, {})[number] = None

    def drop(self, number: int) -> None:
        if self.alerts.pop(number, None) is None:
            return
        for name, value in zip(BY, self._values.pop(number), strict=True):
            table = self._tables[name]
            del table[value][number]
            if not table[value]:
                del table[value]

    def having(self, name: str, value: str) -> list[int]:
        """Numbers of those with this value, in no telling order."""
        return list(self._tables[name].get(value, ()))

    def matching(self, match: Match) -> list[int]:
        """Numbers of those that match, ascending."""
        return sorted(number for number in self._candidates(match) if match(self.alerts[number]))

    def _candidates(self, match: Match) -> list[int]:
        best: list[int] | None = None
        for name in BY:
            values = match.exact.get(name)
            if values is not None:
                found = [number for value in values for number in self._tables[name].get(value, ())]
                if best is None or len(found) < len(best):
                    best = found
        return list(self.alerts) if best is None else best
