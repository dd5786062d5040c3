"""Who is planned where, and who came: the shifts of the last day and of those to come."""

import msgspec

from data.payloads import Shift
from data.references import bare
from data.times import HOUR, MINUTE, from_datetime

EARLY = 90 * MINUTE  # a check-in this long before the start still belongs to the shift
KEPT = 30 * HOUR  # a shift is remembered this long after its end: a day's scorecard looks back


class Planned(msgspec.Struct):
    """A shift. `came_at` is when its person checked in at its site, `left_at` when the same person checked out there;
    0: never."""

    id: str
    site: str
    person: str
    start: int
    end: int
    came_at: int = 0
    left_at: int = 0


class Plan:
    """Shifts of one partition by id, site and person. Cancelled ones are gone."""

    def __init__(self) -> None:
        self.shifts: dict[str, Planned] = {}
        self._at: dict[str, dict[str, Planned]] = {}
        self._of: dict[str, dict[str, Planned]] = {}
        self._next_sweep = 0

    def restore(self, shifts: list[Planned]) -> None:
        for shift in shifts:
            self._put(shift)

    def schedule(self, shift: Shift, time: int) -> Planned:
        """A new shift, or an old one told anew."""
        id = bare(shift.id) or ""
        known = self.cancel(id)
        planned = Planned(
            id, bare(shift.site) or "", bare(shift.person) or "", from_datetime(shift.start), from_datetime(shift.end)
        )
        if known is not None and (known.site, known.person) == (planned.site, planned.person):
            planned.came_at, planned.left_at = known.came_at, known.left_at
        self._put(planned)
        self._sweep(time)
        return planned

    def cancel(self, id: str) -> Planned | None:
        shift = self.shifts.pop(id, None)
        if shift is not None:
            for table, name in ((self._at, shift.site), (self._of, shift.person)):
                del table[name][id]
                if not table[name]:
                    del table[name]
        return shift

    def mine(self, person: str, site: str, time: int) -> Planned | None:
        """The shift of a person at a site that something at `time` belongs to; of several the latest to begin."""
        shifts = [one for one in self._of.get(person, {}).values() if one.site == site]
        fitting = [one for one in shifts if one.start - EARLY <= time <= one.end]
        return max(fitting, key=lambda one: (one.start, one.id), default=None)

    def nearest(self, person: str, time: int) -> int | None:
        """How far `time` is from any shift of a person, anywhere: 0 within one, None without any."""
        gaps = [max(0, one.start - time, time - one.end) for one in self._of.get(person, {}).values()]
        return min(gaps, default=None)

    def on_duty(self, site: str, time: int) -> list[Planned]:
        """Shifts of a site that should be manned at `time`."""
        return [one for one in self._at.get(site, {}).values() if one.start <= time < one.end]

    def began(self, site: str, after: int, until: int) -> list[Planned]:
        """Shifts of a site whose start lies in (after, until]."""
        return [one for one in self._at.get(site, {}).values() if after < one.start <= until]

    def sites(self) -> list[str]:
        return list(self._at)

    def _put(self, shift: Planned) -> None:
        self.shifts[shift.id] = shift
        self._at.setdefault(shift.site, {})[shift.id] = shift
        self._of.setdefault(shift.person, {})[shift.id] = shift

    def _sweep(self, time: int) -> None:
        if time < self._next_sweep:
            return
        self._next_sweep = time + HOUR
        for id in [id for id, shift in self.shifts.items() if shift.end < time - KEPT]:
            self.cancel(id)
