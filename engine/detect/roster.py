"""Who is scheduled where: shifts by site and by person, kept while they can matter."""

import msgspec

from data.payloads import Shift
from data.references import bare
from data.times import HOUR, MINUTE, from_datetime
from data.wire import Event

EARLY = 90 * MINUTE  # a check-in this long before the start still belongs to the shift


class Duty(msgspec.Struct):
    """A booked shift. `source` and `event` name the booking; `booked_at` is when it was told first. `came` is when its
    person was first there (0: not yet), `stand_in` who came in that person's place without a word."""

    shift: str
    site: str
    person: str
    start: int
    end: int
    substitute_for: str | None = None
    source: str = ""
    event: str = ""
    booked_at: int = 0
    came: int = 0
    stand_in: str | None = None


class Roster:
    """Scheduled shifts of one partition; cancelled ones are gone, ended ones are dropped after a day."""

    def __init__(self) -> None:
        self.duties: dict[str, Duty] = {}
        self.by_site: dict[str, dict[str, Duty]] = {}
        self.by_person: dict[str, dict[str, Duty]] = {}
        self.next_sweep = 0

    def restore(self, duties: list[Duty]) -> None:
        """Takes up shifts in their order."""
        for duty in duties:
            self._add(duty)

    def schedule(self, shift: Shift, event: Event) -> Duty:
        """Books a shift, or moves one that is booked: what is known of its person's coming stays."""
        id = bare(shift.id) or ""
        before = self.cancel(id)
        duty = Duty(
            id,
            bare(shift.site) or "",
            bare(shift.person) or "",
            from_datetime(shift.start),
            from_datetime(shift.end),
            bare(shift.substitute_for),
            event.source,
            event.id,
            event.time,
        )
        if before is not None and (before.person, before.site) == (duty.person, duty.site):
            duty.came, duty.booked_at = before.came, before.booked_at
        self._add(duty)
        return duty

    def cancel(self, shift: str) -> Duty | None:
        """Takes a shift away; the one that was there."""
        duty = self.duties.pop(shift, None)
        if duty is not None:
            _drop(self.by_site, duty.site, shift)
            _drop(self.by_person, duty.person, shift)
        return duty

    def on_duty(self, site: str, time: int) -> list[Duty]:
        """Shifts of the site that a check-in at `time` may belong to."""
        return [duty for duty in self.by_site.get(site, {}).values() if duty.start - EARLY <= time <= duty.end]

    def of(self, person: str) -> list[Duty]:
        """The shifts of a person that are known: of the last day, and those to come."""
        return list(self.by_person.get(person, {}).values())

    def plans(self, site: str) -> bool:
        """Whether anybody is scheduled there at all."""
        return bool(self.by_site.get(site))

    def sweep(self, time: int) -> None:
        """Forgets what is over, once an hour."""
        if time < self.next_sweep:
            return
        self.next_sweep = time + HOUR
        for id in [id for id, duty in self.duties.items() if duty.end < time - 24 * HOUR]:
            self.cancel(id)

    def _add(self, duty: Duty) -> None:
        self.duties[duty.shift] = duty
        self.by_site.setdefault(duty.site, {})[duty.shift] = duty
        self.by_person.setdefault(duty.person, {})[duty.shift] = duty


def _drop(index: dict[str, dict[str, Duty]], key: str, shift: str) -> None:
    held = index[key]
    del held[shift]
    if not held:
        del index[key]
