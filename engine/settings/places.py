"""Settings of a place: the configuration with the overrides that match its tenant, client and site."""

from typing import Any

import msgspec

from engine.query import Field, Kind, Match, Schema, parse
from engine.settings.sections import Config


class Place(msgspec.Struct, frozen=True):
    tenant: str
    client: str | None = None
    site: str | None = None


PLACES = Schema(
    "places",
    [
        Field("tenant", Kind.NAME, lambda place: place.tenant),
        Field("client", Kind.NAME, lambda place: place.client),
        Field("site", Kind.NAME, lambda place: place.site),
    ],
    lambda place: (place.site, place.client, place.tenant),
)


class Places:
    """Answers what holds where; each place is worked out once. Raises QueryError for a match that cannot be read."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._overrides: list[tuple[Match, dict[str, Any]]] = [
            (parse(one.match).compile(PLACES), one.set) for one in config.overrides
        ]
        self._known: dict[Place, Config] = {}
        self.plain = not self._overrides  # the same everywhere

    def at(self, tenant: str, client: str | None = None, site: str | None = None) -> Config:
        """The settings there; the same object for the same place."""
        if self.plain:
            return self.config
        place = Place(tenant, client, site)
        found = self._known.get(place)
        if found is None:
            found = self.config
            for match, values in self._overrides:
                if match(place, 0):
                    found = changed(found, values)
            self._known[place] = found
        return found


def longest(config: Config, key: str) -> int:
    """The greatest value that this length has anywhere."""
    section, _, name = key.partition(".")
    everywhere: int = getattr(getattr(config, section), name)
    return max([everywhere, *(int(one.set.get(key, everywhere)) for one in config.overrides)])


def changed(config: Config, values: dict[str, Any]) -> Config:
    """`config` with settings of its sections replaced, by their full names (`alerts.flapping.high`)."""
    for key, value in values.items():
        config = _put(config, key, value)
    return config


def _put(section: Any, key: str, value: Any) -> Any:
    name, mark, rest = key.partition(".")
    return msgspec.structs.replace(section, **{name: _put(getattr(section, name), rest, value) if mark else value})
