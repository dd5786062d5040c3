"""Who is scheduled where: shifts by site, kept while they can matter."""

import msgspec

from data.payloads import Shift
from data.references import bare
from data.times import HOUR, MINUTE, from_datetime

EARLY = 90 * MINUTE  # a check-in this long before the start still belongs to the shift


class Duty(msgspec.Struct):
    shift: str
    site: str
    person: str
    start: int
    end: int
    substitute_for: str | None = None


class Roster:
    """Scheduled shifts of one partition; cancelled ones are gone, ended ones are dropped after a day."""

    def __init__(self) -> None:
        self.duties: dict[str, Duty] = {}
        self.by_site: dict[str, dict[str, Duty]] = {}
        self._next_sweep = 0

    def restore(self, duties: list[Duty]) -> None:
        for duty in duties:
            self._add(duty)

    def schedule(self, shift: Shift) -> Duty:
        id = bare(shift.id) or ""
        self.cancel(id)
        duty = Duty(
            id,
            bare(shift.site) or "",
            bare(shift.person) or "",
            from_datetime(shift.start),
            from_datetime(shift.end),
            bare(shift.substitute_for),
        )
        self._add(duty)
        return duty

    def cancel(self, shift: str) -> None:
        duty = self.duties.pop(shift, None)
        if duty is not None:
            del self.by_site[duty.site][shift]

    def on_duty(self, site: str, time: int) -> list[Duty]:
        """Shifts of the site that a check-in at `time` may belong to."""
        self._sweep(time)
        return [duty for duty in self.by_site.get(site, {}).values() if duty.start - EARLY <= time <= duty.end]

    def _add(self, duty: Duty) -> None:
        self.duties[duty.shift] = duty
        self.by_site.setdefault(duty.site, {})[duty.shift] = duty

    def _sweep(self, time: int) -> None:
        if time < self._next_sweep:
            return
        self._next_sweep = time + HOUR
        for id in [id for id, duty in self.duties.items() if duty.end < time - 24 * HOUR]:
            self.cancel(id)
