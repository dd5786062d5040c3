"""A foreign calendar as a schedule of the configuration, in YAML, with its people named as they are known here."""

from collections.abc import Iterable

from data.records.entity import Entity
from data.times import text as utc
from engine.oncall.ical import Happening
from engine.oncall.recurrence import write_rule
from engine.settings.oncall import Appointment


class People:
    """Finds a person by id, name or mail address, whatever the case."""

    def __init__(self, known: Iterable[Entity]) -> None:
        self._ids: dict[str, str] = {}
        for one in known:
            if one.kind == "person":
                for word in (one.id, one.name, one.attributes.get("email")):
                    if word:
                        self._ids.setdefault(str(word).casefold(), one.id)

    def find(self, event: Happening) -> tuple[str, bool]:
        """(id, True), or the words of the calendar and False."""
        for word in (event.attendee, event.summary, *event.summary.replace(":", ",").split(",")):
            found = self._ids.get(word.strip().casefold())
            if found is not None:
                return found, True
        return event.summary or event.attendee, False


def appointments(events: Iterable[Happening], people: People) -> tuple[list[Appointment], list[str]]:
    """The events as settings, and the names of people that are not known."""
    made: list[Appointment] = []
    unknown: dict[str, None] = {}
    for event in events:
        person, known = people.find(event)
        if not known:
            unknown[person] = None
        rule = write_rule(event.rule) if event.rule is not None else ""
        skip = tuple(utc(one) for one in event.skip)
        start, end = f"{event.start:%Y-%m-%dT%H:%M:%S}", f"{event.end:%Y-%m-%dT%H:%M:%S}"
        made.append(Appointment(person, start, end, rule, skip, event.zone_name))
    return made, list(unknown)


def yaml_of(name: str, zone_name: str, made: Iterable[Appointment]) -> str:
    """A file for `conf.d`: a schedule of that name replaces one that is there."""
    lines = ["oncall:", "  schedules:", f"    - name: {quoted(name)}", f"      timezone: {zone_name}"]
    lines.append("      appointments:")
    for one in made:
        parts = [f"person: {quoted(one.person)}", f"start: {quoted(one.start)}", f"end: {quoted(one.end)}"]
        if one.repeat:
            parts.append(f"repeat: {quoted(one.repeat)}")
        if one.skip:
            parts.append(f"skip: [{', '.join(map(quoted, one.skip))}]")
        if one.timezone != zone_name:
            parts.append(f"timezone: {one.timezone}")
        lines.append(f"        - {{{', '.join(parts)}}}")
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """As a YAML text between double quotes, which takes any letter."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
