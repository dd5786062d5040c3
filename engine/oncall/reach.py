"""Who is meant by the targets of an escalation step, at one moment."""

from collections.abc import Iterator, Sequence

from engine.alerts.policies import EVERYBODY, IN_CHARGE, ON_CALL
from engine.context.index import Index
from engine.oncall.schedule import OnCall
from engine.registry import Registry

MOST = 50  # people that one step tells


class Reach:
    """Answers from the schedules and from what is known of people and sites."""

    def __init__(self, oncall: OnCall, registry: Registry, index: Index) -> None:
        self.oncall = oncall
        self.registry = registry
        self.index = index

    def people(self, targets: Sequence[str], sites: Sequence[str], time: int) -> tuple[str, ...]:
        """References of people, each once, in the order of the targets. People who have left are not reached."""
        found: dict[str, None] = {}
        for target in targets:
            for id in self._meant(target, sites, time):
                person = self.registry.of("person", id)
                if person is None or person.attributes.get("active") is not False:
                    found[person.ref if person is not None else f"person/{id}"] = None
                    if len(found) == MOST:
                        return tuple(found)
        return tuple(found)

    def label(self, ref: str) -> str:
        return self.registry.label(ref)

    def in_charge(self, sites: Sequence[str]) -> Iterator[str]:
        """People in charge of the sites, in the sites' order."""
        for site in sites:
            entity = self.registry.of("site", site)
            person = entity.attributes.get("in_charge") if entity is not None else None
            if person:
                yield str(person)

    def _meant(self, target: str, sites: Sequence[str], time: int) -> Iterator[str]:
        kind, _, name = target.partition("/")
        if target in (ON_CALL, EVERYBODY):
            for turn in self.oncall.who(time):
                yield turn.person
        if target in (IN_CHARGE, EVERYBODY):
            yield from self.in_charge(sites)
        elif kind == "schedule":
            for turn in self.oncall.who(time, name):
                yield turn.person
        elif kind == "person":
            yield name
        elif kind == "role":
            self.index.refresh()
            yield from self.index.people(sites, name)
