"""Who and what belongs to a site: tickets, people, devices, found without looking through all of them.

`note` takes every entity that was made or changed, `Index(registry)` all that are there. Where nobody calls `note`,
`refresh` finds new entities by their number; an entity that moved to another site is then missed at the new one.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from data.records.entity import Entity
from engine.registry import Registry

INDEXED = ("ticket", "person", "device")
CLOSED = frozenset(("CLOSED", "RESOLVED", "CANCELLED", "COMPLETED"))


class Index:
    """Entities of one partition by kind and site."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._at: dict[str, dict[str, dict[str, Entity]]] = {kind: {} for kind in INDEXED}
        self._known = dict.fromkeys(INDEXED, 0)
        self._unplaced: dict[str, Entity] = {}  # entities whose site is not known yet
        self.refresh()

    def note(self, entity: Entity) -> None:
        """An entity was made or changed. Old places stay listed; they are checked when asked."""
        places = self._at.get(entity.kind)
        if places is None:
            return
        if entity.site is None:
            self._unplaced[entity.ref] = entity
        else:
            self._unplaced.pop(entity.ref, None)
            places.setdefault(entity.site, {})[entity.ref] = entity

    def refresh(self) -> None:
        """Takes in what came since the last time."""
        for kind, known in self._known.items():
            table = self.registry.kinds.get(kind, {})
            if len(table) != known:
                for entity in islice(table.values(), known, None):
                    self.note(entity)
                self._known[kind] = len(table)
        for entity in [one for one in self._unplaced.values() if one.site is not None]:
            self.note(entity)

    def at(self, kind: str, sites: Iterable[str]) -> Iterator[Entity]:
        """Entities of a kind at any of the sites, each once, by site and first mention."""
        places = self._at[kind]
        for site in dict.fromkeys(sites):
            for entity in places.get(site, {}).values():
                if entity.site == site:
                    yield entity

    def open_tickets(self, sites: Iterable[str]) -> list[Entity]:
        return [one for one in self.at("ticket", sites) if one.attributes.get("status") not in CLOSED]

    def people(self, sites: Iterable[str], role: str) -> list[str]:
        """Ids of active people of the sites with that role, in order."""
        found = [
            one.id
            for one in self.at("person", sites)
            if one.attributes.get("role") == role and one.attributes.get("active") is not False
        ]
        return sorted(found)  # the same whoever was mentioned first
