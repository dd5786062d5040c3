"""Two indexes that face each other: mutes by what they match, and firing alerts by what may match them."""

from collections.abc import Callable, Collection
from typing import Generic, TypeVar

from data.records.alert import Alert
from engine.alerts.muting.fields import client_of, entity_of, reader, site_of
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

    def hits(self, alert: Alert) -> list[Named]:
        """All that match the alert."""
        found: list[Named] = []
        if not self._matches:
            return found
        for read, table in self._tables.values():
            here = table.get(read(alert))
            if here is not None:
                found += [named for match, named in here.values() if match(alert)]
        if self._others:
            found += [named for match, named in self._others.values() if match(alert)]
        return found


def telling(match: Match) -> str | None:
    """The exact field that a set is found by."""
    exact = match.exact
    return next((name for name in TELLING if name in exact), next(iter(exact), None))


class Firing:
    """The firing alerts, by number and by what most sets of matchers name."""

    def __init__(self) -> None:
        self.alerts: dict[int, Alert] = {}
        # A value that one alert has maps to its number, else to a set of numbers: most things have one alert.
        self._tables: tuple[dict[str, int | set[int]], ...] = tuple({} for _ in BY)
        self._values: dict[int, tuple[str, ...]] = {}  # as they were when the alert was put in

    def put(self, alert: Alert) -> None:
        number = alert.number
        if number in self.alerts:
            self.drop(number)
        self.alerts[number] = alert
        values = self._values[number] = entity_of(alert), site_of(alert), alert.alert_type, client_of(alert)
        for table, value in zip(self._tables, values, strict=True):
            here = table.get(value)
            if here is None:
                table[value] = number
            elif isinstance(here, set):
                here.add(number)
            else:
                table[value] = {here, number}

    def drop(self, number: int) -> None:
        if self.alerts.pop(number, None) is None:
            return
        for table, value in zip(self._tables, self._values.pop(number), strict=True):
            here = table[value]
            if isinstance(here, set) and len(here) > 1:
                here.discard(number)
            else:
                del table[value]

    def having(self, name: str, value: str) -> Collection[int]:
        """Numbers of those with this value, in no telling order; not to be changed."""
        return _numbers(self._tables[BY.index(name)].get(value))

    def matching(self, match: Match) -> list[int]:
        """Numbers of those that match, ascending."""
        return sorted(number for number in self._candidates(match) if match(self.alerts[number]))

    def _candidates(self, match: Match) -> Collection[int]:
        best: Collection[int] | None = None
        for name, table in zip(BY, self._tables, strict=True):
            values = match.exact.get(name)
            if values is not None:
                found = [number for value in values for number in _numbers(table.get(value))]
                if best is None or len(found) < len(best):
                    best = found
        return self.alerts if best is None else best


def _numbers(here: int | set[int] | None) -> Collection[int]:
    if isinstance(here, set):
        return here
    return () if here is None else (here,)
