"""What must hold in the sections `oncall` and `escalation`: times, people, names that refer to each other, gaps."""

from typing import Any

from data import times
from engine.query import QueryError, parse
from engine.query.errors import choices, did_you_mean
from engine.settings.oncall import Appointment, EscalationPolicy, Layer, Override, Schedule
from engine.settings.reading import Reading
from engine.settings.sections import Config


def check_oncall(reading: Reading, config: Config) -> None:
    """Tells in `reading` all that is wrong with schedules, and where the next days have a hole."""
    entries: list[tuple[str, Schedule]] = reading.elements.get("oncall.schedules", [])
    if not entries:
        return
    _twice(reading, [(key, one.name) for key, one in entries], "schedule")
    for key, one in entries:
        before = len(reading.problems)
        if not _zone(reading, f"{key}.timezone", one.timezone):
            continue
        if not one.layers and not one.appointments:
            reading.at(key, f"nobody is ever on call in '{one.name}'", "add `layers:` or `appointments:`")
        _twice(reading, [(f"{key}.layers[{n}]", layer.name) for n, layer in enumerate(one.layers)], "layer")
        for number, layer in enumerate(one.layers):
            _layer(reading, f"{key}.layers[{number}]", layer, one, config)
        for number, given in enumerate(one.appointments):
            _appointment(reading, f"{key}.appointments[{number}]", given, one, config)
        for number, override in enumerate(one.overrides):
            _override(reading, f"{key}.overrides[{number}]", override, one, config)
        if len(reading.problems) == before:
            _gaps(reading, key, one, config)


def check_escalation(reading: Reading, config: Config) -> None:
    """Tells what is wrong with escalation policies: filters, targets, policies that are never reached."""
    from engine.alerts.policies import SUBJECTS

    schedules = [one.name for one in config.oncall.schedules]
    entries: list[tuple[str, EscalationPolicy]] = reading.elements.get("escalation.policies", [])
    _twice(reading, [(key, one.name) for key, one in entries], "policy")
    everything = ""
    for key, policy in entries:
        if everything:
            reading.warn(key, f"never used: '{everything}' before it takes every item", "put it before that one")
        try:
            query = parse(policy.match)
            query.compile(SUBJECTS)
            everything = everything or (policy.name if query.node is None else "")
        except QueryError as error:
            text = f"in `{policy.match[:120]}`: {error.message} at character {error.position + 1}"
            reading.at(f"{key}.match", text, error.hint or "see the filter language in the help")
        if not policy.steps:
            reading.at(f"{key}.steps", "tells nobody", "add `steps: [{to: [oncall]}]`")
        for number, step in enumerate(policy.steps):
            if not step.to:
                reading.at(f"{key}.steps[{number}].to", "tells nobody", "name targets, such as oncall or person/P1")
            for place, target in enumerate(step.to):
                _target(reading, f"{key}.steps[{number}].to[{place}]", target, schedules)


def _zone(reading: Reading, key: str, name: str) -> bool:
    import zoneinfo

    from engine.oncall import moments

    try:
        moments.zone(name)
    except ValueError as error:
        text, _, remedy = str(error).partition("; ")
        reading.at(key, text, did_you_mean(name, zoneinfo.available_timezones()) or remedy)
        return False
    return True


def _target(reading: Reading, key: str, target: str, schedules: list[str]) -> None:
    from engine.alerts.policies import KINDS, WORDS

    kind, slash, name = target.partition("/")
    known = [*WORDS, *(f"{one}/NAME" for one in KINDS)]
    if not slash and target not in WORDS:
        hint = did_you_mean(target, WORDS) or choices(known)
        reading.at(key, f"'{target[:40]}' is no target", hint)
    elif slash and (kind not in KINDS or not name):
        reading.at(key, f"'{target[:40]}' is no target", did_you_mean(kind, KINDS) or choices(known))
    elif kind == "schedule" and name not in schedules:
        hint = did_you_mean(name, schedules) or (choices(schedules) if schedules else "add it to oncall.schedules")
        reading.at(key, f"there is no schedule '{name[:40]}'", hint)


def _layer(reading: Reading, key: str, layer: Layer, schedule: Schedule, config: Config) -> None:
    from engine.oncall.rotation import Rotation

    if not layer.people:
        reading.at(f"{key}.people", "nobody takes turns", "name people, such as [P1, P2]")
        return
    try:
        rotation = Rotation(layer, schedule.timezone or config.engine.timezone)
    except ValueError as error:
        _said(reading, key, error, "handover", "start", "until", "hours", given=layer)
        return
    if rotation.begins is not None and rotation.ends is not None and rotation.ends <= rotation.begins:
        reading.at(f"{key}.until", "it ends before it begins", "write a date after `start`")


def _appointment(reading: Reading, key: str, given: Appointment, schedule: Schedule, config: Config) -> None:
    from engine.oncall.schedule import Appointed

    try:
        Appointed(given, schedule.timezone or config.engine.timezone)
    except ValueError as error:
        _said(reading, key, error, "start", "end", "repeat", "timezone", given=given)


def _override(reading: Reading, key: str, given: Override, schedule: Schedule, config: Config) -> None:
    from engine.oncall.schedule import stand_of

    try:
        stand_of(given, schedule.timezone or config.engine.timezone)
    except ValueError as error:
        _said(reading, key, error, "start", "end", given=given)
    layers = [one.name for one in schedule.layers]
    if given.layer and given.layer not in layers:
        hint = did_you_mean(given.layer, layers) or (choices(layers) if layers else "remove it")
        reading.at(f"{key}.layer", f"there is no layer '{given.layer}'", hint)
    people = {person for one in schedule.layers for person in one.people} | {
        one.person for one in schedule.appointments
    }
    if given.instead_of and given.instead_of not in people:
        hint = did_you_mean(given.instead_of, people) or "remove it, or name somebody of the schedule"
        reading.at(f"{key}.instead_of", f"'{given.instead_of}' is never on call here", hint)


def _said(reading: Reading, key: str, error: ValueError, *names: str, given: Any) -> None:
    """A ValueError of the schedule's own reading, at the setting whose text it names."""
    text, _, remedy = str(error).partition("; ")
    quoted = text.partition("'")[2].partition("'")[0]
    at = next((name for name in names if quoted and str(getattr(given, name)).find(quoted) >= 0), "")
    reading.at(f"{key}.{at}" if at else key, text, remedy or "change it")


def _gaps(reading: Reading, key: str, schedule: Schedule, config: Config) -> None:
    """A warning where nobody is on call in the days to come; the only check that looks at the wall."""
    from engine import clock
    from engine.oncall.gaps import AHEAD, gaps, total
    from engine.oncall.schedule import Roll

    if not schedule.continuous:
        return
    now = clock.wall() // times.MINUTE * times.MINUTE
    roll = Roll(schedule, config.engine.timezone)
    found = gaps(roll, now, now + AHEAD)
    if found:
        first = times.to_datetime(found[0].start).astimezone(roll.zone)
        end = times.to_datetime(found[0].end).astimezone(roll.zone)
        times_in_words = f"{len(found)} times" if len(found) > 1 else "once"
        text = (
            f"in the next 14 days nobody of '{schedule.name}' is on call {times_in_words}, "
            f"{total(found) // times.HOUR} h in all, first {first:%a %Y-%m-%d %H:%M} to {end:%a %Y-%m-%d %H:%M}"
        )
        reading.warn(key, text, "fill it with a layer or an override, or say `continuous: false`")


def _twice(reading: Reading, named: list[tuple[str, str]], what: str) -> None:
    seen: set[str] = set()
    for key, name in named:
        if name in seen:
            reading.at(f"{key}.name", f"a second {what} called '{name}'", "give it another name")
        seen.add(name)
