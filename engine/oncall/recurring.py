"""A schedule as recurring events, which a calendar goes on with for ever: one for each person of each rotation."""

from datetime import datetime, timedelta

from data import ids
from engine.oncall.ical import Happening
from engine.oncall.recurrence import Rule
from engine.oncall.rotation import Rotation
from engine.oncall.schedule import Roll


def recurring(roll: Roll) -> list[Happening]:
    """Raises ValueError for a schedule of which a rule would tell only a part."""
    if roll.stands:
        raise ValueError("it has overrides")
    if roll.appointments:
        raise ValueError("it has appointments")
    for rotation in roll.rotations:
        if rotation.limited:
            raise ValueError(f"its layer '{rotation.name}' is limited to hours or days")
        if rotation.ends is not None or rotation.begins is not None:
            raise ValueError(f"its layer '{rotation.name}' has a start or an end")
    return [event for rotation in roll.rotations for event in _of(roll, rotation)]


def _of(roll: Roll, rotation: Rotation) -> list[Happening]:
    found = []
    for place, person in enumerate(rotation.people):
        start = datetime.combine(rotation.first + timedelta(days=rotation.days * place), rotation.clock)
        rule = Rule(weekly=False, interval=rotation.days * len(rotation.people))
        uid = ids.derive("D", roll.name, rotation.name, person, str(place))
        end = start + timedelta(days=rotation.days)
        found.append(Happening(f"{uid}@noc", person, "", start, end, roll.zone_name, rule))
    return found
